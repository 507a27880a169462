namespace FastCore.Microscopy.Usb.Device;

/// <summary>One transfer between a front end and the virtual device (a USB request block).</summary>
/// <param name="capacity">Bytes of the buffer.</param>
public sealed class UsbRequest(int capacity)
{
    /// <summary>Endpoint address with direction bit; 0 for control.</summary>
    public byte Endpoint { get; set; }

    /// <summary>bmRequestType of a control transfer.</summary>
    public byte RequestType { get; set; }

    /// <summary>bRequest of a control transfer.</summary>
    public byte Request { get; set; }

    /// <summary>wValue of a control transfer.</summary>
    public ushort Value { get; set; }

    /// <summary>wIndex of a control transfer.</summary>
    public ushort Index { get; set; }

    /// <summary>Data: what is sent, or where to put what is received.</summary>
    public byte[] Buffer { get; } = new byte[capacity];

    /// <summary>Bytes to send, or at most to receive.</summary>
    public int Length { get; set; }

    /// <summary>Bytes that were transferred.</summary>
    public int Actual { get; set; }

    /// <summary>How it ended.</summary>
    public UsbStatus Status { get; set; }

    /// <summary>Number of the front end's own.</summary>
    public uint Tag { get; set; }
}
