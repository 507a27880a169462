using System.Buffers.Binary;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Units;
using FastCore.Microscopy.Usb.LibUsb;
using LibUsbDotNet;
using LibUsbDotNet.LibUsb;
using LibUsbDotNet.Main;

namespace FastCore.Microscopy.Usb;

/// <summary>
/// A controller through LibUsbDotNet 3, by its synchronous functions alone. Nothing is posted between two calls: what the device sends meanwhile waits
/// in the device, and a continuous stream can overrun there. The reflex acts when its sample is received, in the caller's thread.
/// </summary>
public sealed class LibUsbDotNetTransport : IUsbTransport
{
    private const int PacketBytes = 512;
    private const int ControlBytes = 512;
    private const byte GetEndpointStatus = 0;

    private static readonly int[] Bytes = [4096, 4096, 512];

    private readonly IDisposable? context;
    private readonly IUsbDevice device;
    private readonly UsbEndpointWriter writer;
    private readonly UsbEndpointReader[] readers;
    private readonly byte[][] received = [new byte[Bytes[0]], new byte[Bytes[1]], new byte[Bytes[2]]];
    private readonly byte[] sent = new byte[FrameCodec.LargestFrame];
    private readonly byte[] control = new byte[ControlBytes];
    private readonly byte[] reflex = new byte[256];
    private int reflexLength;
    private float reflexThreshold = float.PositiveInfinity;
    private bool gone;
    private bool disposed;

    /// <summary>Takes over an opened device, and the context that must outlive it.</summary>
    internal LibUsbDotNetTransport(IUsbDevice device, string serial, IDisposable? context = null)
    {
        this.device = device;
        this.context = context;
        Serial = serial;
        try
        {
            if (!device.ClaimInterface(0))
                throw LibUsbDevice.InUse((int)Error.Busy);
        }
        catch (UsbException exception)
        {
            throw LibUsbDevice.InUse((int)exception.ErrorCode);
        }
        writer = device.OpenEndpointWriter((WriteEndpointID)FcpProtocol.CommandEndpoint, EndpointType.Bulk);
        readers = new UsbEndpointReader[Bytes.Length];
        for (int pipe = 0; pipe < readers.Length; pipe++)
        {
            readers[pipe] = device.OpenEndpointReader((ReadEndpointID)AddressOf((UsbPipe)pipe), Bytes[pipe],
                pipe == (int)UsbPipe.Events ? EndpointType.Interrupt : EndpointType.Bulk);
        }
    }

    /// <summary>Opens the controller with a serial number; null for the only one.</summary>
    /// <exception cref="InstrumentException">
    /// With <see cref="InstrumentError.LinkLost"/>: LibUsbDotNet or libusb is not there, no such device is plugged in, or it may not be opened.
    /// </exception>
    public static LibUsbDotNetTransport Open(string? serial = null)
    {
        UsbContext? context = null;
        try
        {
            context = new UsbContext();
            IUsbDevice device = Find(context, serial, out string found);
            return new LibUsbDotNetTransport(device, found, context);
        }
        catch (Exception exception) when (exception is UsbException or DllNotFoundException or NotSupportedException)
        {
            context?.Dispose();
            throw LibUsbDevice.Fault(exception.Message, exception is UsbException usb ? (int)usb.ErrorCode : 0);
        }
        catch
        {
            context?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public TimeProvider Clock => TimeProvider.System;

    /// <inheritdoc/>
    public string Serial { get; }

    /// <inheritdoc/>
    public long ReflexCount { get; private set; }

    /// <inheritdoc/>
    /// <remarks>The time of a control transfer is LibUsbDotNet's own, one second.</remarks>
    public UsbStatus ControlIn(VendorRequest request, uint value, Span<byte> destination, Seconds timeout, out int length)
    {
        UsbStatus status = Control(0xC0, (byte)request, value, Math.Min(destination.Length, ControlBytes), out length);
        control.AsSpan(0, length).CopyTo(destination);
        return status;
    }

    /// <inheritdoc/>
    /// <remarks>The time of a control transfer is LibUsbDotNet's own, one second.</remarks>
    public UsbStatus ControlOut(VendorRequest request, uint value, Seconds timeout) => Control(0x40, (byte)request, value, 0, out _);

    /// <inheritdoc/>
    public UsbStatus Send(ReadOnlySpan<byte> transfer, Seconds timeout)
    {
        if (gone)
            return UsbStatus.NoDevice;
        transfer.CopyTo(sent);
        UsbStatus status = StatusOf(writer.Write(sent.AsSpan(0, transfer.Length), Milliseconds(timeout), out int written));
        if (status != UsbStatus.Ok)
            return status;
        if (written != transfer.Length)
            return UsbStatus.Failed;
        return transfer.Length % PacketBytes == 0 ? StatusOf(writer.Write(default(Span<byte>), Milliseconds(timeout), out _)) : UsbStatus.Ok;
    }

    /// <inheritdoc/>
    public UsbStatus Receive(UsbPipe pipe, Seconds timeout, out ReadOnlySpan<byte> transfer)
    {
        transfer = default;
        if (gone)
            return UsbStatus.NoDevice;
        Span<byte> buffer = received[(int)pipe];
        UsbStatus status = StatusOf(readers[(int)pipe].Read(buffer, Milliseconds(timeout), out int length));
        // What came before the time was over is not to be had again.
        if (status != UsbStatus.Ok && !(status == UsbStatus.Timeout && length > 0))
            return status;
        transfer = buffer[..length];
        if (pipe == UsbPipe.Stream && !float.IsPositiveInfinity(reflexThreshold) && Reflex.Exceeds(transfer, reflexThreshold))
        {
            reflexThreshold = float.PositiveInfinity;
            ReflexCount++;
            Send(reflex.AsSpan(0, reflexLength), new Seconds(.02));
        }
        return UsbStatus.Ok;
    }

    /// <summary>Nothing: the next transfer of the pipe is asked for when it is wanted.</summary>
    public void Release(UsbPipe pipe)
    {
    }

    /// <inheritdoc/>
    public UsbStatus ClearHalt(UsbPipe? pipe)
    {
        if (gone)
            return UsbStatus.NoDevice;
        try
        {
            if (pipe is { } halted)
                readers[(int)halted].ClearHalt();
            else
                writer.ClearHalt();
        }
        catch (UsbException exception)
        {
            return StatusOf(exception.ErrorCode);
        }
        // What ClearHalt returns is not documented; the endpoint itself says whether it is halted.
        UsbStatus status = Control(0x82, GetEndpointStatus, (uint)AddressOf(pipe) << 16, 2, out int length);
        return status == UsbStatus.Ok && length == 2 && (BinaryPrimitives.ReadUInt16LittleEndian(control) & 1) != 0 ? UsbStatus.Failed : status;
    }

    /// <inheritdoc/>
    public void Discard()
    {
        const int Most = 256;
        for (UsbPipe pipe = UsbPipe.Replies; pipe <= UsbPipe.Events; pipe++)
        {
            for (int k = 0; k < Most && Receive(pipe, default, out _) == UsbStatus.Ok; k++)
            {
            }
        }
    }

    /// <inheritdoc/>
    public bool ArmReflex(float threshold, ReadOnlySpan<byte> frame)
    {
        frame.CopyTo(reflex);
        reflexLength = frame.Length;
        reflexThreshold = frame.Length == 0 ? float.PositiveInfinity : threshold;
        return true;
    }

    /// <summary>Closes the device; no transfer is under way then.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        try
        {
            device.ReleaseInterface(0);
        }
        catch (UsbException)
        {
            // A device that is gone has none.
        }
        device.Dispose();
        context?.Dispose();
    }

    private static IUsbDevice Find(UsbContext context, string? serial, out string found)
    {
        int denied = 0, matching = 0;
        IUsbDevice? opened = null;
        found = "";
        using UsbDeviceCollection plugged = context.List();
        foreach (IUsbDevice one in plugged)
        {
            if (one.VendorId != FcpProtocol.VendorId || one.ProductId != FcpProtocol.ProductId)
                continue;
            // The collection closes its devices at its end: what is kept is a copy.
            IUsbDevice device = one.Clone();
            try
            {
                device.Open();
            }
            catch (UsbException exception)
            {
                denied = (int)exception.ErrorCode;
                device.Dispose();
                continue;
            }
            string text = device.Info.SerialNumber ?? "";
            bool wanted = serial is null || serial == text;
            matching += wanted ? 1 : 0;
            if (wanted && opened is null)
                (opened, found) = (device, text);
            else
                device.Dispose();
        }
        if (matching == 1)
            return opened!;
        opened?.Dispose();
        throw matching > 1 ? LibUsbDevice.Several() : LibUsbDevice.NotFound(serial, denied);
    }

    private static byte AddressOf(UsbPipe? pipe) => pipe is { } known ? (byte)(FcpProtocol.ReplyEndpoint + (int)known) : FcpProtocol.CommandEndpoint;

    // For libusb 0 means for ever.
    private static int Milliseconds(Seconds timeout) => Math.Max(1, (int)Math.Ceiling(timeout.Value * 1e3));

    private UsbStatus Control(byte type, byte request, uint value, int length, out int received)
    {
        received = 0;
        if (gone)
            return UsbStatus.NoDevice;
        try
        {
            var setup = new UsbSetupPacket(type, request, (int)(value & 0xFFFF), (int)(value >> 16), length);
            received = Math.Min(device.ControlTransfer(setup, control, 0, length), length);
            return UsbStatus.Ok;
        }
        catch (UsbException exception)
        {
            return StatusOf(exception.ErrorCode);
        }
    }

    private UsbStatus StatusOf(Error error)
    {
        gone |= error == Error.NoDevice;
        return error switch
        {
            Error.Success => UsbStatus.Ok,
            Error.Timeout => UsbStatus.Timeout,
            Error.Pipe => UsbStatus.Stall,
            Error.Overflow => UsbStatus.Overflow,
            Error.NoDevice => UsbStatus.NoDevice,
            _ => UsbStatus.Failed,
        };
    }
}
