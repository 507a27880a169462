using System.Runtime.InteropServices;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Usb.LibUsb;

/// <summary>What the native pump has counted.</summary>
/// <param name="Transfers">Completed transfers from the device.</param>
/// <param name="Bytes">Bytes from the device.</param>
/// <param name="Dropped">Transfers that were lost because nobody took the earlier ones.</param>
/// <param name="HighWater">Largest number of stream transfers that have waited.</param>
/// <param name="Errors">Transfers from the device that ended in an error.</param>
/// <param name="Heartbeats">Heartbeats that the pump has sent by itself.</param>
/// <param name="HeartbeatsWithheld">Heartbeats that it did not send, because this program was silent.</param>
/// <param name="EmergencyStops">Stops on endpoint 0, because the reflex's frame was not taken.</param>
/// <param name="LastReflex">Time from the arrival of the sample to the submission of the last reflex's frame.</param>
/// <param name="IsRealtime">Whether the pump's thread has real-time priority.</param>
/// <param name="IsLocked">Whether its rings are locked in memory.</param>
public readonly record struct PumpStatistics(
    long Transfers, long Bytes, long Dropped, long HighWater, long Errors, long Heartbeats, long HeartbeatsWithheld, long EmergencyStops,
    Seconds LastReflex, bool IsRealtime, bool IsLocked);

/// <summary>
/// A controller through the native pump: transfers are posted again, heartbeats sent and the reflex answered without managed code, so that a garbage
/// collection is felt by none of them. Received transfers are lent in the pump's rings.
/// </summary>
public sealed unsafe class PumpTransport : IUsbTransport
{
    private const ulong HeartbeatPeriod = 10_000_000;
    private const ulong Liveness = 50_000_000;

    private readonly bool heartbeat;
    private nint pump;

    private PumpTransport(nint pump, bool heartbeat)
    {
        this.pump = pump;
        this.heartbeat = heartbeat;
        Serial = Marshal.PtrToStringUTF8((nint)NativePump.SerialOf(pump)) ?? "";
    }

    /// <summary>Whether native-shim was built and finds libusb.</summary>
    public static bool IsAvailable => NativePump.IsAvailable;

    /// <summary>Opens the controller with a serial number; null for the only one.</summary>
    /// <param name="serial">Serial number.</param>
    /// <param name="heartbeat">Whether the pump sends heartbeats between those of the session.</param>
    /// <exception cref="InstrumentException">
    /// With <see cref="InstrumentError.LinkLost"/>: native-shim was not built, no such device is plugged in, or it may not be opened.
    /// </exception>
    public static PumpTransport Open(string? serial = null, bool heartbeat = true)
    {
        if (!IsAvailable)
            throw LibUsbDevice.Fault("native-shim is not beside this program; install CMake, a C compiler and libusb-1.0 and build again.");
        int code = NativePump.Open(FcpProtocol.VendorId, FcpProtocol.ProductId, serial, out nint pump, out int denied);
        return code switch
        {
            0 => new PumpTransport(pump, heartbeat),
            (int)UsbStatus.NoDevice => throw LibUsbDevice.NotFound(serial, denied),
            (int)UsbStatus.Failed => throw LibUsbDevice.Several(),
            _ => throw LibUsbDevice.InUse(code),
        };
    }

    /// <inheritdoc/>
    public TimeProvider Clock => TimeProvider.System;

    /// <inheritdoc/>
    public string Serial { get; }

    /// <summary>Counts of the pump.</summary>
    public PumpStatistics Statistics
    {
        get
        {
            NativePump.StatisticsOf(Pump, out NativePump.Statistics s);
            return new PumpStatistics((long)(s.Transfers[0] + s.Transfers[1] + s.Transfers[2]), (long)(s.Bytes[0] + s.Bytes[1] + s.Bytes[2]),
                (long)(s.Dropped[0] + s.Dropped[1] + s.Dropped[2]), (long)s.HighWater[(int)UsbPipe.Stream], (long)s.Errors, (long)s.Heartbeats,
                (long)s.HeartbeatsWithheld, (long)s.EmergencyStops, new Seconds(s.ReflexNanoseconds * 1e-9), NativePump.IsRealtime(pump) != 0,
                NativePump.IsLocked(pump) != 0);
        }
    }

    /// <inheritdoc/>
    public long ReflexCount
    {
        get
        {
            NativePump.StatisticsOf(Pump, out NativePump.Statistics statistics);
            return (long)statistics.Reflexes;
        }
    }

    private nint Pump
    {
        get
        {
            ObjectDisposedException.ThrowIf(pump == 0, this);
            return pump;
        }
    }

    /// <inheritdoc/>
    public UsbStatus ControlIn(VendorRequest request, uint value, Span<byte> destination, Seconds timeout, out int length)
    {
        uint bytes = (uint)Math.Min(destination.Length, 512);
        fixed (byte* data = destination)
        {
            UsbStatus status = NativePump.Control(Pump, 0xC0, (byte)request, (ushort)value, (ushort)(value >> 16), data, ref bytes, Nanoseconds(timeout));
            length = status == UsbStatus.Ok ? (int)bytes : 0;
            return status;
        }
    }

    /// <inheritdoc/>
    public UsbStatus ControlOut(VendorRequest request, uint value, Seconds timeout)
    {
        uint bytes = 0;
        return NativePump.Control(Pump, 0x40, (byte)request, (ushort)value, (ushort)(value >> 16), null, ref bytes, Nanoseconds(timeout));
    }

    /// <inheritdoc/>
    public UsbStatus Send(ReadOnlySpan<byte> transfer, Seconds timeout)
    {
        fixed (byte* data = transfer)
            return NativePump.Send(Pump, data, (uint)transfer.Length, Nanoseconds(timeout));
    }

    /// <inheritdoc/>
    public UsbStatus Receive(UsbPipe pipe, Seconds timeout, out ReadOnlySpan<byte> transfer)
    {
        UsbStatus status = NativePump.Receive(Pump, (int)pipe, Nanoseconds(timeout), out NativePump.Slot* slot);
        transfer = status == UsbStatus.Ok ? new ReadOnlySpan<byte>(slot->Data, (int)slot->Length) : default;
        return status;
    }

    /// <inheritdoc/>
    public void Release(UsbPipe pipe) => NativePump.Release(Pump, (int)pipe);

    /// <inheritdoc/>
    public UsbStatus ClearHalt(UsbPipe? pipe) => NativePump.ClearHalt(Pump, pipe is { } known ? (int)known : -1);

    /// <inheritdoc/>
    public void Discard() => NativePump.Discard(Pump);

    /// <inheritdoc/>
    public bool ArmReflex(float threshold, ReadOnlySpan<byte> frame)
    {
        var condition = new NativePump.Reflex { Stream = Reflex.SweepStream, Comparator = 0, Threshold = threshold, Consecutive = 1 };
        fixed (byte* data = frame)
            return NativePump.ArmReflex(Pump, &condition, data, (uint)frame.Length) == UsbStatus.Ok;
    }

    /// <inheritdoc/>
    public bool ArmHeartbeat(ReadOnlySpan<byte> frame)
    {
        if (!heartbeat)
            return false;
        fixed (byte* data = frame)
            return NativePump.ArmHeartbeat(Pump, data, (uint)frame.Length, HeartbeatPeriod, Liveness) == UsbStatus.Ok;
    }

    /// <summary>Cancels everything, waits until it has come back, and closes the device.</summary>
    public void Dispose()
    {
        nint open = pump;
        pump = 0;
        if (open != 0)
            NativePump.Close(open);
    }

    private static ulong Nanoseconds(Seconds seconds) => (ulong)Math.Max(0, seconds.Value * 1e9);
}
