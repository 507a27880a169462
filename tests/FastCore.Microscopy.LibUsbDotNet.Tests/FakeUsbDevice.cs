using System.Diagnostics;
using FastCore.Microscopy.Usb;
using FastCore.Microscopy.Usb.Device;
using LibUsbDotNet;
using LibUsbDotNet.Info;
using LibUsbDotNet.LibUsb;
using LibUsbDotNet.Main;
using Xunit;

namespace FastCore.Microscopy.Tests.Usb;

/// <summary>A virtual device as LibUsbDotNet would show it: every transfer waits until it has ended or its time is over.</summary>
internal sealed class FakeUsbDevice : IUsbDevice
{
    private readonly UsbRequest control = new(512);
    private UsbRequest? ended;

    public FakeUsbDevice(VirtualAfm device)
    {
        Virtual = device;
        device.Completed = request => ended = request;
    }

    public VirtualAfm Virtual { get; }

    public bool IsClaimed { get; private set; }

    public int Disposals { get; private set; }

    public List<int> Written { get; } = new(10_000);

    public ushort VendorId => FcpProtocol.VendorId;

    public ushort ProductId => FcpProtocol.ProductId;

    public UsbDeviceInfo Info => throw new NotSupportedException();

    public IUsbDevice Clone() => throw new NotSupportedException();

    public void Open() => throw new NotSupportedException();

    public bool ClaimInterface(int interfaceID) => IsClaimed ? throw new UsbException(Error.Busy) : IsClaimed = true;

    public bool ReleaseInterface(int interfaceID)
    {
        IsClaimed = false;
        return true;
    }

    public int ControlTransfer(UsbSetupPacket setupPacket, byte[] buffer, int offset, int length)
    {
        (control.RequestType, control.Request, control.Value, control.Index, control.Length) = (setupPacket.RequestType, setupPacket.Request,
            (ushort)setupPacket.Value, (ushort)setupPacket.Index, length);
        Error error = Transact(control, 1000);
        control.Buffer.AsSpan(0, control.Actual).CopyTo(buffer.AsSpan(offset));
        return error == Error.Success ? control.Actual : throw new UsbException(error);
    }

    public UsbEndpointReader OpenEndpointReader(ReadEndpointID readEndpointID, int readBufferSize, EndpointType endpointType)
    {
        Assert.Equal((byte)readEndpointID == FcpProtocol.EventEndpoint ? EndpointType.Interrupt : EndpointType.Bulk, endpointType);
        return new Reader(this, (byte)readEndpointID);
    }

    public UsbEndpointWriter OpenEndpointWriter(WriteEndpointID writeEndpointID, EndpointType endpointType) => new Writer(this, (byte)writeEndpointID);

    public void Dispose() => Disposals++;

    private Error Transact(UsbRequest request, int milliseconds)
    {
        long begin = Stopwatch.GetTimestamp();
        ended = null;
        Virtual.Process();
        Virtual.Submit(request);
        while (!ReferenceEquals(ended, request))
        {
            if (Stopwatch.GetElapsedTime(begin).TotalMilliseconds > milliseconds)
            {
                Virtual.Unlink(request);
                return Error.Timeout;
            }
            Thread.Yield();
            Virtual.Process();
        }
        return request.Status switch
        {
            UsbStatus.Ok => Error.Success,
            UsbStatus.Stall => Error.Pipe,
            UsbStatus.Overflow => Error.Overflow,
            _ => Error.NoDevice,
        };
    }

    private Error ClearHalt(byte address)
    {
        (control.RequestType, control.Request, control.Value, control.Index, control.Length) = (0x02, 1, 0, address, 0);
        return Transact(control, 1000);
    }

    private sealed class Reader(FakeUsbDevice device, byte address) : UsbEndpointReader
    {
        private readonly UsbRequest request = new(4096) { Endpoint = address };

        public override Error ClearHalt() => device.ClearHalt(address);

        public override Error Read(Span<byte> buffer, int timeout, out int transferLength)
        {
            request.Length = buffer.Length;
            Error error = device.Transact(request, timeout);
            transferLength = request.Actual;
            request.Buffer.AsSpan(0, request.Actual).CopyTo(buffer);
            return error;
        }
    }

    private sealed class Writer(FakeUsbDevice device, byte address) : UsbEndpointWriter
    {
        private readonly UsbRequest request = new(FrameCodec.LargestFrame) { Endpoint = address };

        public override Error ClearHalt() => device.ClearHalt(address);

        public override Error Write(Span<byte> buffer, int timeout, out int transferLength)
        {
            device.Written.Add(buffer.Length);
            buffer.CopyTo(request.Buffer);
            request.Length = buffer.Length;
            Error error = device.Transact(request, timeout);
            transferLength = request.Actual;
            return error;
        }
    }
}
