namespace LibUsbDotNet.Info;

internal class UsbDeviceInfo
{
    public virtual string? SerialNumber => throw LibUsb.StandIn.Absent();
}
