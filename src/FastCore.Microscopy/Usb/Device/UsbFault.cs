using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Usb.Device;

/// <summary>What can go wrong with a transfer.</summary>
public enum UsbFaultKind
{
    /// <summary>The endpoint is busy: the transfer takes <see cref="UsbFault.Duration"/> longer.</summary>
    Busy,

    /// <summary>The endpoint halts.</summary>
    Stall,

    /// <summary>Some bits flip.</summary>
    Corrupt,

    /// <summary>The transfer completes and is lost.</summary>
    Drop,

    /// <summary>It comes twice.</summary>
    Duplicate,

    /// <summary>It comes after the next one.</summary>
    Reorder,

    /// <summary>Its second half is missing.</summary>
    Truncate,

    /// <summary>More comes than was sent.</summary>
    Oversize,

    /// <summary>It is handled <see cref="UsbFault.Duration"/> later.</summary>
    Delay,

    /// <summary>The device's queue overflows: samples are lost, and the device says so.</summary>
    Overrun,

    /// <summary>The cable goes.</summary>
    Unplug,
}

/// <summary>A fault at a given transfer.</summary>
/// <param name="Endpoint">Address: 0 for control, 0x01, 0x81, 0x82 or 0x83.</param>
/// <param name="Transfer">Transfer of this endpoint, counted from 1.</param>
/// <param name="Kind">What happens.</param>
public sealed record UsbFault(byte Endpoint, long Transfer, UsbFaultKind Kind)
{
    /// <summary>For how long, where the kind has a duration.</summary>
    public Seconds Duration { get; init; } = new(5e-3);
}

/// <summary>What a virtual device is like.</summary>
public sealed record VirtualAfmOptions
{
    /// <summary>Serial number.</summary>
    public string Serial { get; init; } = "VIRTUAL0";

    /// <summary>Firmware, binary coded decimal.</summary>
    public uint Firmware { get; init; } = 0x0100;

    /// <summary>Major protocol version that the firmware speaks; another one than the host's plays an older device.</summary>
    public byte Major { get; init; } = FcpProtocol.Major;

    /// <summary>Time from the arrival of a command to its reply.</summary>
    public Seconds ReplyTime { get; init; } = new(50e-6);

    /// <summary>Samples of a sweep are sent at least this often.</summary>
    public Seconds StreamInterval { get; init; } = new(10e-3);

    /// <summary>Factor on the time of the watchdog, for machines that pause for longer than a controller may.</summary>
    public double WatchdogStretch { get; init; } = 1;

    /// <summary>Faults to come.</summary>
    public IReadOnlyList<UsbFault> Faults { get; init; } = [];

    /// <summary>Probability of a random fault per transfer of a bulk or interrupt endpoint; unplugging is never random.</summary>
    public double FaultProbability { get; init; }

    /// <summary>Seed of the random faults.</summary>
    public long FaultSeed { get; init; }

    /// <summary>Whether the device has a second interface, USBTMC, that answers <c>*IDN?</c> and <c>SYST:ERR?</c>.</summary>
    public bool Usbtmc { get; init; }

    /// <summary>Key of the physical switch that allows limits to be loosened; 0 for none.</summary>
    public ulong UnlockKey { get; init; }
}
