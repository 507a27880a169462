using FastCore.Microscopy.Control;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Usb.Device;

/// <summary>
/// The virtual device in this process. With a <see cref="VirtualClock"/> waiting lets the clock go to the next thing that happens in the device;
/// with a real clock it waits. The reflex acts in the completion of a transfer, as the native pump's does.
/// </summary>
public sealed class InProcessTransport : IUsbTransport
{
    private const int Posted = 8;

    private readonly VirtualAfm device;
    private readonly UsbRequest control = new(512);
    private readonly UsbRequest send = new(FrameCodec.LargestFrame);
    private readonly UsbRequest reflex = new(256) { Endpoint = FcpProtocol.CommandEndpoint };
    private readonly Queue<UsbRequest>[] received = [new(Posted), new(Posted), new(Posted)];
    private readonly List<UsbRequest>[] stopped = [new(Posted), new(Posted), new(Posted)];
    private readonly UsbRequest?[] lent = new UsbRequest?[3];
    private float reflexThreshold = float.PositiveInfinity;
    private bool discarding;
    private bool disposed;
    private bool sendDone;

    /// <summary>Opens a device; its clock is the transport's.</summary>
    public InProcessTransport(VirtualAfm device, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(device);
        this.device = device;
        Clock = clock;
        device.Completed = OnCompleted;
        for (int pipe = 0; pipe < 3; pipe++)
        {
            for (int k = 0; k < Posted; k++)
                device.Submit(new UsbRequest(4608) { Endpoint = AddressOf((UsbPipe)pipe), Length = 4608 });
        }
    }

    /// <inheritdoc/>
    public TimeProvider Clock { get; }

    /// <inheritdoc/>
    public string Serial => device.Options.Serial;

    /// <inheritdoc/>
    public long ReflexCount { get; private set; }

    /// <inheritdoc/>
    public UsbStatus ControlIn(VendorRequest request, uint value, Span<byte> destination, Seconds timeout, out int length)
    {
        UsbStatus status = Control(0xC0, (byte)request, value, destination.Length);
        length = status == UsbStatus.Ok ? control.Actual : 0;
        control.Buffer.AsSpan(0, length).CopyTo(destination);
        return status;
    }

    /// <inheritdoc/>
    public UsbStatus ControlOut(VendorRequest request, uint value, Seconds timeout) => Control(0x40, (byte)request, value, 0);

    /// <inheritdoc/>
    public UsbStatus Send(ReadOnlySpan<byte> transfer, Seconds timeout)
    {
        transfer.CopyTo(send.Buffer);
        send.Endpoint = FcpProtocol.CommandEndpoint;
        send.Length = transfer.Length;
        sendDone = false;
        device.Process();
        device.Submit(send);
        long deadline = device.NowNanoseconds + (long)(timeout.Value * 1e9);
        while (!sendDone && Step(deadline))
        {
        }
        if (sendDone)
            return send.Status;
        device.Unlink(send);
        return UsbStatus.Timeout;
    }

    /// <inheritdoc/>
    public UsbStatus Receive(UsbPipe pipe, Seconds timeout, out ReadOnlySpan<byte> transfer)
    {
        transfer = default;
        device.Process();
        Queue<UsbRequest> queue = received[(int)pipe];
        long deadline = device.NowNanoseconds + (long)(timeout.Value * 1e9);
        while (queue.Count == 0)
        {
            if (!device.IsPlugged)
                return UsbStatus.NoDevice;
            if (stopped[(int)pipe].Count > 0)
                return UsbStatus.Stall;
            if (!Step(deadline))
                return UsbStatus.Timeout;
        }
        UsbRequest request = queue.Dequeue();
        if (request.Status != UsbStatus.Ok)
        {
            UsbStatus status = request.Status;
            Post(request);
            return status;
        }
        lent[(int)pipe] = request;
        transfer = request.Buffer.AsSpan(0, request.Actual);
        return UsbStatus.Ok;
    }

    /// <inheritdoc/>
    public void Release(UsbPipe pipe)
    {
        if (lent[(int)pipe] is not { } request)
            return;
        lent[(int)pipe] = null;
        Post(request);
    }

    /// <inheritdoc/>
    public UsbStatus ClearHalt(UsbPipe? pipe)
    {
        byte address = pipe is { } known ? AddressOf(known) : FcpProtocol.CommandEndpoint;
        (control.RequestType, control.Request, control.Value, control.Index, control.Length) = (0x02, 1, 0, address, 0);
        control.Endpoint = 0;
        device.Submit(control);
        if (control.Status == UsbStatus.Ok && pipe is { } halted)
            Restart(stopped[(int)halted]);
        return control.Status;
    }

    /// <inheritdoc/>
    public void Discard()
    {
        discarding = true;
        for (int pipe = 0; pipe < 3; pipe++)
        {
            Restart(stopped[pipe]);
            for (int left = received[pipe].Count; left > 0; left--)
                Post(received[pipe].Dequeue());
        }
        discarding = false;
    }

    /// <inheritdoc/>
    public bool ArmReflex(float threshold, ReadOnlySpan<byte> frame)
    {
        reflexThreshold = frame.Length == 0 ? float.PositiveInfinity : threshold;
        frame.CopyTo(reflex.Buffer);
        reflex.Length = frame.Length;
        return true;
    }

    /// <summary>Closes the transport; the device lives on.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        device.Completed = null;
    }

    private static byte AddressOf(UsbPipe pipe) => pipe switch
    {
        UsbPipe.Replies => FcpProtocol.ReplyEndpoint,
        UsbPipe.Stream => FcpProtocol.StreamEndpoint,
        _ => FcpProtocol.EventEndpoint,
    };

    private static int PipeOf(byte address) => address - FcpProtocol.ReplyEndpoint;

    private UsbStatus Control(byte type, byte request, uint value, int length)
    {
        (control.RequestType, control.Request, control.Value, control.Index) = (type, request, (ushort)value, (ushort)(value >> 16));
        control.Endpoint = 0;
        control.Length = length;
        device.Process();
        device.Submit(control);
        return control.Status;
    }

    private void Post(UsbRequest request)
    {
        if (device.IsPlugged)
            device.Submit(request);
        else
            received[PipeOf(request.Endpoint)].Enqueue(request);
    }

    private void Restart(List<UsbRequest> requests)
    {
        for (int left = requests.Count; left > 0; left--)
        {
            UsbRequest request = requests[^1];
            requests.RemoveAt(requests.Count - 1);
            Post(request);
        }
    }

    // Lets time pass up to the next thing that happens, but not beyond the deadline; false when that is reached.
    private bool Step(long deadline)
    {
        long now = device.NowNanoseconds;
        if (now >= deadline)
            return false;
        long wait = Math.Min(device.NextDueNanoseconds, deadline) - now;
        if (wait > 0)
        {
            // Whole ticks of 100 ns, rounded up, so that what is due has come.
            var duration = new Seconds(((wait + 99) / 100) * 1e-7);
            if (Clock is VirtualClock virtualClock)
                virtualClock.Advance(duration);
            else
                Thread.Sleep(TimeSpan.FromTicks(Math.Max(1, wait / 100)));
        }
        device.Process();
        return true;
    }

    private void OnCompleted(UsbRequest request)
    {
        if (request == control || request == reflex)
            return;
        if (request == send)
        {
            sendDone = true;
            return;
        }
        // Somebody else's, who uses the device's message interface meanwhile.
        if (request.Endpoint is FcpProtocol.MessageOutEndpoint or FcpProtocol.MessageInEndpoint)
            return;
        int pipe = PipeOf(request.Endpoint);
        if (request.Status == UsbStatus.Stall)
        {
            stopped[pipe].Add(request);
            return;
        }
        if (discarding && request.Status == UsbStatus.Ok)
        {
            Post(request);
            return;
        }
        received[pipe].Enqueue(request);
        if (pipe == (int)UsbPipe.Stream && !float.IsPositiveInfinity(reflexThreshold) && Reflex.Exceeds(request.Buffer.AsSpan(0, request.Actual),
            reflexThreshold))
        {
            reflexThreshold = float.PositiveInfinity;
            ReflexCount++;
            device.Submit(reflex);
        }
    }
}
