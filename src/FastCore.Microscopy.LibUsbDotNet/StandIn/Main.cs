namespace LibUsbDotNet.Main;

internal enum EndpointType : byte
{
    Bulk = 2,
    Interrupt = 3,
}

internal enum ReadEndpointID : byte
{
}

internal enum WriteEndpointID : byte
{
}

internal readonly struct UsbSetupPacket(byte bRequestType, byte bRequest, int wValue, int wIndex, int wlength)
{
    public readonly byte RequestType = bRequestType;
    public readonly byte Request = bRequest;
    public readonly short Value = (short)wValue;
    public readonly short Index = (short)wIndex;
    public readonly short Length = (short)wlength;
}
