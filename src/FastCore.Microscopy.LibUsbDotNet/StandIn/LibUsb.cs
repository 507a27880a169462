using System.Collections.ObjectModel;
using LibUsbDotNet.Info;
using LibUsbDotNet.Main;

namespace LibUsbDotNet.LibUsb;

internal static class StandIn
{
    public static Exception Absent() => new NotSupportedException("This program was built without LibUsbDotNet; build it with "
        + "-p:LibUsbDotNetPackage=VERSION, or without -p:UseLibUsbDotNet.");
}

internal class UsbContext : IDisposable
{
    public UsbContext() => throw StandIn.Absent();

    public virtual UsbDeviceCollection List() => throw StandIn.Absent();

    public virtual void Dispose() => throw StandIn.Absent();
}

internal sealed class UsbDeviceCollection(IList<IUsbDevice> list) : ReadOnlyCollection<IUsbDevice>(list), IDisposable
{
    public void Dispose() => throw StandIn.Absent();
}

internal interface IUsbDevice : IDisposable
{
    ushort VendorId { get; }

    ushort ProductId { get; }

    UsbDeviceInfo Info { get; }

    IUsbDevice Clone();

    void Open();

    bool ClaimInterface(int interfaceID);

    bool ReleaseInterface(int interfaceID);

    int ControlTransfer(UsbSetupPacket setupPacket, byte[] buffer, int offset, int length);

    UsbEndpointReader OpenEndpointReader(ReadEndpointID readEndpointID, int readBufferSize, EndpointType endpointType);

    UsbEndpointWriter OpenEndpointWriter(WriteEndpointID writeEndpointID, EndpointType endpointType);
}

internal abstract class UsbEndpointBase
{
    public virtual Error ClearHalt() => throw StandIn.Absent();
}

internal class UsbEndpointReader : UsbEndpointBase
{
    public virtual Error Read(Span<byte> buffer, int timeout, out int transferLength) => throw StandIn.Absent();
}

internal class UsbEndpointWriter : UsbEndpointBase
{
    public virtual Error Write(Span<byte> buffer, int timeout, out int transferLength) => throw StandIn.Absent();
}

internal sealed class UsbException(Error errorCode) : Exception(errorCode.ToString())
{
    public Error ErrorCode { get; } = errorCode;
}
