using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Usb;

/// <summary>How a transfer ended.</summary>
public enum UsbStatus
{
    /// <summary>Complete.</summary>
    Ok,

    /// <summary>Nothing within the time.</summary>
    Timeout,

    /// <summary>The endpoint is halted.</summary>
    Stall,

    /// <summary>The device sent more than was asked for.</summary>
    Overflow,

    /// <summary>The device is gone.</summary>
    NoDevice,

    /// <summary>Cancelled by the host.</summary>
    Cancelled,

    /// <summary>Any other fault of bus or driver.</summary>
    Failed,
}

/// <summary>The pipes from the device.</summary>
public enum UsbPipe
{
    /// <summary>Replies to commands, endpoint 0x81.</summary>
    Replies,

    /// <summary>Samples, endpoint 0x82.</summary>
    Stream,

    /// <summary>Events, endpoint 0x83.</summary>
    Events,
}

/// <summary>
/// Bytes to and from one opened device. Transfers from the device are posted all the time by the transport itself; a received one is lent as a view
/// until it is released. One thread at a time. Steady state allocates nothing.
/// </summary>
public interface IUsbTransport : IDisposable
{
    /// <summary>The clock that timeouts are measured with.</summary>
    TimeProvider Clock { get; }

    /// <summary>Serial number of the device.</summary>
    string Serial { get; }

    /// <summary>A vendor request on endpoint 0 that reads at most <paramref name="destination"/>.Length bytes.</summary>
    UsbStatus ControlIn(VendorRequest request, uint value, Span<byte> destination, Seconds timeout, out int length);

    /// <summary>A vendor request on endpoint 0 without data; <paramref name="value"/> travels in wValue (low half) and wIndex.</summary>
    UsbStatus ControlOut(VendorRequest request, uint value, Seconds timeout);

    /// <summary>Sends one transfer to endpoint 0x01, ended by a zero-length packet where its length is a multiple of the packet's.</summary>
    UsbStatus Send(ReadOnlySpan<byte> transfer, Seconds timeout);

    /// <summary>Lends the oldest received transfer of a pipe, waiting for one if need be. Every Ok must be followed by <see cref="Release"/>.</summary>
    UsbStatus Receive(UsbPipe pipe, Seconds timeout, out ReadOnlySpan<byte> transfer);

    /// <summary>Gives the lent transfer back.</summary>
    void Release(UsbPipe pipe);

    /// <summary>Ends the halt of the endpoint of commands (null) or of a pipe.</summary>
    UsbStatus ClearHalt(UsbPipe? pipe);

    /// <summary>Drops everything received and not yet lent.</summary>
    void Discard();

    /// <summary>
    /// Arms the reflex: the first stream sample whose magnitude exceeds the threshold sends <paramref name="frame"/>, without managed code
    /// where the transport has a native pump. An empty frame disarms. False where the transport has no reflex; the device's own trip remains.
    /// </summary>
    bool ArmReflex(float threshold, ReadOnlySpan<byte> frame);

    /// <summary>
    /// Lets the transport send this heartbeat by itself every 10 ms as long as its caller is alive (has called anything for 50 ms). An empty frame ends it.
    /// False where it does not.
    /// </summary>
    bool ArmHeartbeat(ReadOnlySpan<byte> frame) => false;

    /// <summary>How often the reflex has acted.</summary>
    long ReflexCount { get; }
}
