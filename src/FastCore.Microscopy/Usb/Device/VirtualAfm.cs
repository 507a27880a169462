using System.Buffers.Binary;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Usb.Device;

/// <summary>
/// A conductive AFM with a USB plug: FCP/1, limits, slew, watchdog and automatic retract are those of a device, film and currents those of the
/// simulated instrument behind it. Front ends submit requests and are told of completed ones; <see cref="Process"/> does what is due.
/// </summary>
/// <remarks>
/// The instrument behind it has a clock of its own that only its commands advance, so that curves do not depend on the timing of the link:
/// the same commands give the same curves in process, through the kernel or after retries. One thread at a time.
/// </remarks>
public sealed partial class VirtualAfm
{
    private readonly VirtualCafm physics;
    private readonly VirtualAfmOptions options;
    private readonly TimeProvider clock;
    private readonly long start;
    private readonly DeviceEndpoint commands;
    private readonly DeviceEndpoint replies;
    private readonly DeviceEndpoint stream;
    private readonly DeviceEndpoint events;
    private readonly DeviceEndpoint messagesOut;
    private readonly DeviceEndpoint messagesIn;
    private readonly UsbtmcInterface? messages;
    private readonly Queue<UsbRequest> delayed = new(64);
    private readonly byte[] held = new byte[FrameCodec.LargestFrame];
    private readonly byte[] work = new byte[FrameCodec.LargestFrame + 64];
    private long delayedUntil = long.MaxValue;
    private int heldLength = -1;
    private uint eventSequence;
    private uint streamSequence;
    private bool streamBroken;

    /// <summary>Plugs an instrument in.</summary>
    /// <param name="physics">The instrument; its own limits must be at least as wide as those of <paramref name="limits"/>.</param>
    /// <param name="options">What the device is like; null for the defaults.</param>
    /// <param name="clock">The device's clock.</param>
    /// <param name="limits">Limits of the hardware; null for those of the instrument.</param>
    public VirtualAfm(VirtualCafm physics, VirtualAfmOptions? options = null, TimeProvider? clock = null, SafetyLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(physics);
        this.physics = physics;
        this.options = options ?? new VirtualAfmOptions();
        this.clock = clock ?? TimeProvider.System;
        start = this.clock.GetTimestamp();
        hardware = DeviceLimits.From(limits ?? physics.Limits);
        inForce = hardware;
        commands = new DeviceEndpoint(FcpProtocol.CommandEndpoint, 1, this.options);
        replies = new DeviceEndpoint(FcpProtocol.ReplyEndpoint, (2 * FcpProtocol.DeviceFrame) + 64, this.options);
        stream = new DeviceEndpoint(FcpProtocol.StreamEndpoint, (2 * FcpProtocol.DeviceFrame) + 64, this.options);
        events = new DeviceEndpoint(FcpProtocol.EventEndpoint, 128, this.options);
        messagesOut = new DeviceEndpoint(FcpProtocol.MessageOutEndpoint, 1, this.options);
        messagesIn = new DeviceEndpoint(FcpProtocol.MessageInEndpoint, UsbtmcInterface.MostAnswer + 64, this.options);
        messages = this.options.Usbtmc ? new UsbtmcInterface(this.options) : null;
        for (int k = 0; k < cache.Length; k++)
            cache[k] = new byte[FcpProtocol.DeviceFrame];
    }

    /// <summary>Told of every request that ended; may submit again.</summary>
    public Action<UsbRequest>? Completed { get; set; }

    /// <summary>The instrument behind the plug.</summary>
    public VirtualCafm Physics => physics;

    /// <summary>What it is like.</summary>
    public VirtualAfmOptions Options => options;

    /// <summary>Whether the cable is in.</summary>
    public bool IsPlugged { get; private set; } = true;

    /// <summary>Number of times that the device has started.</summary>
    public uint BootCounter { get; private set; } = 1;

    /// <summary>What it is doing.</summary>
    public DeviceState State { get; private set; }

    /// <summary>Motions, approaches and sweeps that were begun.</summary>
    public long OperationsBegun { get; private set; }

    /// <summary>How often the watchdog has acted.</summary>
    public long WatchdogTrips { get; private set; }

    /// <summary>Frames received that no checksum fitted.</summary>
    public long CorruptFrames { get; private set; }

    /// <summary>Commands that came again and were answered from memory.</summary>
    public long RepeatedCommands { get; private set; }

    /// <summary>Transfers of an endpoint so far: what <see cref="UsbFault.Transfer"/> counts.</summary>
    public long TransfersOf(byte endpoint) => endpoint == 0 ? controlTransfers : EndpointOf(endpoint)?.Transfers ?? 0;

    /// <summary>Bias at the tip in microvolt.</summary>
    public int BiasMicrovolts { get; private set; }

    /// <summary>Device time.</summary>
    public long NowNanoseconds => (long)(clock.GetElapsedTime(start).Ticks * 100);

    /// <summary>When <see cref="Process"/> has something to do next, in device time; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDueNanoseconds
    {
        get
        {
            long due = Math.Min(NextOperation(), delayedUntil);
            if (!IsPlugged)
                return due;
            return Math.Min(Math.Min(due, DueOf(messagesIn)), Math.Min(DueOf(replies), Math.Min(DueOf(stream), DueOf(events))));
        }
    }

    /// <summary>Takes a request; it completes at once, later, or when it is unlinked.</summary>
    public void Submit(UsbRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Actual = 0;
        if (!IsPlugged)
        {
            Complete(request, UsbStatus.NoDevice);
            return;
        }
        switch (request.Endpoint)
        {
            case 0:
                Control(request);
                break;
            case FcpProtocol.CommandEndpoint:
                Receive(request);
                break;
            case FcpProtocol.MessageOutEndpoint when messages is not null:
                TakeMessage(messages, request);
                break;
            default:
                DeviceEndpoint? endpoint = EndpointOf(request.Endpoint);
                if (endpoint is null)
                    Complete(request, UsbStatus.Stall);
                else if (endpoint.Halted)
                    Complete(request, UsbStatus.Stall);
                else
                {
                    endpoint.Waiting.Enqueue(request);
                    Deliver(endpoint);
                    if (endpoint == messagesIn)
                        Answer(messages!);
                }
                break;
        }
    }

    /// <summary>Takes a waiting request back; it completes as cancelled. False if it had ended already.</summary>
    public bool Unlink(UsbRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Queue<UsbRequest>? waiting = request.Endpoint == FcpProtocol.CommandEndpoint ? delayed : EndpointOf(request.Endpoint)?.Waiting;
        if (waiting is null)
            return false;
        bool found = false;
        for (int left = waiting.Count; left > 0; left--)
        {
            UsbRequest one = waiting.Dequeue();
            if (ReferenceEquals(one, request))
                found = true;
            else
                waiting.Enqueue(one);
        }
        if (waiting == delayed && delayed.Count == 0)
            delayedUntil = long.MaxValue;
        if (found)
            Complete(request, UsbStatus.Cancelled);
        return found;
    }

    /// <summary>Does everything that is due: operations, watchdog, delayed transfers.</summary>
    public void Process()
    {
        if (NowNanoseconds >= delayedUntil)
        {
            delayedUntil = long.MaxValue;
            while (delayed.TryDequeue(out UsbRequest? request))
                Accept(request);
        }
        Operate();
        if (!IsPlugged)
            return;
        Deliver(replies);
        Deliver(stream);
        Deliver(events);
        Deliver(messagesIn);
    }

    /// <summary>Pulls the cable: everything that waits ends, the device goes on by itself and its watchdog lifts the tip.</summary>
    public void Unplug()
    {
        if (!IsPlugged)
            return;
        IsPlugged = false;
        delayedUntil = long.MaxValue;
        while (delayed.TryDequeue(out UsbRequest? request))
            Complete(request, UsbStatus.NoDevice);
        EndWaiting(replies);
        EndWaiting(stream);
        EndWaiting(events);
        EndWaiting(messagesIn);
        EndQueue(messagesOut);
        messages?.Clear();
    }

    /// <summary>Puts the cable in again. The device has started anew: another boot counter, hardware limits, no epoch, tip lifted.</summary>
    public void Replug()
    {
        if (IsPlugged)
            return;
        IsPlugged = true;
        BootCounter++;
        Restart();
    }

    private static void EndQueue(DeviceEndpoint endpoint)
    {
        endpoint.Clear();
        endpoint.Halted = false;
    }

    private void EndWaiting(DeviceEndpoint endpoint)
    {
        EndQueue(endpoint);
        for (int left = endpoint.Waiting.Count; left > 0 && endpoint.Waiting.TryDequeue(out UsbRequest? request); left--)
            Complete(request, UsbStatus.NoDevice);
    }

    private void Complete(UsbRequest request, UsbStatus status)
    {
        request.Status = status;
        Completed?.Invoke(request);
    }

    private DeviceEndpoint? EndpointOf(byte address) => address switch
    {
        FcpProtocol.CommandEndpoint => commands,
        FcpProtocol.ReplyEndpoint => replies,
        FcpProtocol.StreamEndpoint => stream,
        FcpProtocol.EventEndpoint => events,
        FcpProtocol.MessageOutEndpoint when messages is not null => messagesOut,
        FcpProtocol.MessageInEndpoint when messages is not null => messagesIn,
        _ => null,
    };

    private static long DueOf(DeviceEndpoint endpoint) => endpoint.Waiting.Count == 0 || endpoint.Halted ? long.MaxValue : endpoint.NextDue;

    // A transfer to the device, with the faults of the bus.
    private void Receive(UsbRequest request)
    {
        if (commands.Halted)
        {
            Complete(request, UsbStatus.Stall);
            return;
        }
        UsbFaultKind? fault = commands.NextFault(out long wait, out RandomStream random);
        switch (fault)
        {
            case UsbFaultKind.Busy:
                delayed.Enqueue(request);
                delayedUntil = NowNanoseconds + wait;
                return;
            case UsbFaultKind.Stall:
                commands.Halted = true;
                Complete(request, UsbStatus.Stall);
                return;
            case UsbFaultKind.Unplug:
                Unplug();
                Complete(request, UsbStatus.NoDevice);
                return;
        }
        if (delayed.Count > 0)
        {
            delayed.Enqueue(request);
            return;
        }
        ReadOnlySpan<byte> data = request.Buffer.AsSpan(0, request.Length);
        data.CopyTo(work);
        int length = data.Length;
        request.Actual = length;
        switch (fault)
        {
            case UsbFaultKind.Drop or UsbFaultKind.Overrun:
                length = 0;
                break;
            case UsbFaultKind.Corrupt:
                DeviceEndpoint.Flip(work.AsSpan(0, length), ref random);
                break;
            case UsbFaultKind.Truncate:
                length /= 2;
                break;
            case UsbFaultKind.Oversize:
                work.AsSpan(length, 64).Fill(0xA5);
                length = Math.Min(length + 64, work.Length);
                break;
            case UsbFaultKind.Reorder or UsbFaultKind.Delay when heldLength < 0:
                work.AsSpan(0, length).CopyTo(held);
                heldLength = length;
                length = 0;
                break;
        }
        Complete(request, UsbStatus.Ok);
        if (length > 0)
            Handle(work.AsSpan(0, length));
        if (length > 0 && fault == UsbFaultKind.Duplicate)
            Handle(work.AsSpan(0, length));
        if (length > 0 && heldLength >= 0)
        {
            int late = heldLength;
            heldLength = -1;
            Handle(held.AsSpan(0, late));
        }
    }

    private void Accept(UsbRequest request)
    {
        request.Actual = request.Length;
        Complete(request, UsbStatus.Ok);
        Handle(request.Buffer.AsSpan(0, request.Length));
    }

    // A message halts its endpoint where the class demands it; the control of the tip feels nothing of that.
    private void TakeMessage(UsbtmcInterface receiver, UsbRequest request)
    {
        if (messagesOut.Halted || !receiver.Take(request.Buffer.AsSpan(0, request.Length)))
        {
            messagesOut.Halted = true;
            Complete(request, UsbStatus.Stall);
            return;
        }
        request.Actual = request.Length;
        Complete(request, UsbStatus.Ok);
        Answer(receiver);
    }

    // An answer leaves the device only when somebody reads, so that a new message can still take its place.
    private void Answer(UsbtmcInterface sender)
    {
        Span<byte> answer = stackalloc byte[UsbtmcInterface.MostAnswer];
        if (messagesIn.Waiting.Count > 0 && sender.Answer(answer) is int length and > 0)
            Emit(messagesIn, answer[..length], NowNanoseconds);
    }

    private int MessageRequest(UsbRequest request, Span<byte> answer)
    {
        if (messages is null)
            return -1;
        int length = messages.Control(request, answer, out bool brokenOff);
        // The host reads on until a short packet.
        if (brokenOff)
            Emit(messagesIn, default, NowNanoseconds);
        return length;
    }

    // Fills waiting requests with what is ready. A short packet ends a transfer, and every frame is one.
    private void Deliver(DeviceEndpoint endpoint)
    {
        while (endpoint.HasReady && endpoint.Waiting.Count > 0 && !endpoint.Halted && endpoint.Oldest.NotBefore <= NowNanoseconds)
        {
            DeviceEndpoint.Packet packet = endpoint.Oldest;
            UsbRequest request = endpoint.Waiting.Dequeue();
            if (packet.Status == UsbStatus.Stall)
            {
                endpoint.Pop();
                endpoint.Halted = true;
                Complete(request, UsbStatus.Stall);
                while (endpoint.Waiting.TryDequeue(out UsbRequest? other))
                    Complete(other, UsbStatus.Stall);
                return;
            }
            int length = Math.Min(packet.Length, request.Length);
            packet.Data.AsSpan(0, length).CopyTo(request.Buffer);
            request.Actual = length;
            UsbStatus status = packet.Length > request.Length ? UsbStatus.Overflow : UsbStatus.Ok;
            endpoint.Pop();
            Complete(request, status);
        }
    }

    // Queues a frame from the device, with the faults of the bus.
    private void Emit(DeviceEndpoint endpoint, ReadOnlySpan<byte> frame, long notBefore)
    {
        if (!IsPlugged)
            return;
        UsbFaultKind? fault = endpoint.NextFault(out long wait, out RandomStream random);
        if (fault == UsbFaultKind.Unplug)
        {
            Unplug();
            return;
        }
        if (fault == UsbFaultKind.Drop)
            return;
        if (fault == UsbFaultKind.Overrun && endpoint == stream)
        {
            Overrun();
            return;
        }
        DeviceEndpoint.Packet? packet = endpoint.Free();
        if (packet is null)
        {
            // The wire cannot wait: what does not fit is lost and counted.
            if (endpoint == stream)
                Overrun();
            return;
        }
        frame.CopyTo(packet.Data);
        packet.Length = frame.Length;
        packet.NotBefore = notBefore + (fault is UsbFaultKind.Busy or UsbFaultKind.Delay ? wait : 0);
        packet.Status = fault == UsbFaultKind.Stall ? UsbStatus.Stall : UsbStatus.Ok;
        if (fault == UsbFaultKind.Corrupt)
            DeviceEndpoint.Flip(packet.Data.AsSpan(0, packet.Length), ref random);
        else if (fault == UsbFaultKind.Truncate)
            packet.Length /= 2;
        else if (fault == UsbFaultKind.Oversize)
            packet.Length = Math.Min(packet.Data.Length, packet.Length + 64);
        endpoint.Push();
        if (fault == UsbFaultKind.Reorder)
            endpoint.SwapYoungest();
        if (fault == UsbFaultKind.Duplicate && endpoint.Free() is { } again)
        {
            frame.CopyTo(again.Data);
            (again.Length, again.NotBefore, again.Status) = (frame.Length, notBefore, UsbStatus.Ok);
            endpoint.Push();
        }
        Deliver(endpoint);
    }

    private void Overrun()
    {
        streamSequence++;
        if (!streamBroken)
            Raise(EventCode.StreamOverrun, NakReason.None, 0, 1);
        streamBroken = true;
    }

    private void Raise(EventCode code, NakReason reason, uint sequence, float value)
    {
        Span<byte> payload = stackalloc byte[DeviceEvent.Length];
        Span<byte> frame = stackalloc byte[64];
        new DeviceEvent(code, reason, sequence, readX, readY, Height, value).Write(payload);
        int length = FrameCodec.Encode(new FrameHeader(FrameType.Event, (ushort)code, eventSequence++, epoch, (ulong)NowNanoseconds, 0,
            FrameMarks.None), payload, frame);
        Emit(events, frame[..length], NowNanoseconds);
    }

    private void Control(UsbRequest request)
    {
        UsbFaultKind? fault = ControlFault();
        if (fault == UsbFaultKind.Unplug)
        {
            Unplug();
            Complete(request, UsbStatus.NoDevice);
            return;
        }
        if (fault == UsbFaultKind.Stall)
        {
            Complete(request, UsbStatus.Stall);
            return;
        }
        Span<byte> answer = stackalloc byte[512];
        int length = request.RequestType switch
        {
            0xC0 or 0xC1 => VendorIn((VendorRequest)request.Request, answer),
            0xA1 or 0xA2 => MessageRequest(request, answer),
            0x40 or 0x41 => VendorOut((VendorRequest)request.Request, ((uint)request.Index << 16) | request.Value),
            byte type when (type & 0x60) == 0 => Standard(request, answer),
            _ => -1,
        };
        if (length < 0)
        {
            Complete(request, UsbStatus.Stall);
            return;
        }
        request.Actual = Math.Min(length, request.Length);
        answer[..request.Actual].CopyTo(request.Buffer);
        Complete(request, UsbStatus.Ok);
    }

    private UsbFaultKind? ControlFault()
    {
        controlTransfers++;
        foreach (UsbFault fault in controlFaults ??= [.. options.Faults.Where(f => f.Endpoint == 0)])
        {
            if (fault.Transfer == controlTransfers)
                return fault.Kind;
        }
        return null;
    }

    private UsbFault[]? controlFaults;
    private long controlTransfers;

    private int VendorIn(VendorRequest request, Span<byte> answer)
    {
        switch (request)
        {
            case VendorRequest.GetInformation:
                new DeviceInformation(options.Major, FcpProtocol.Minor, FcpProtocol.DefaultCredits, options.Firmware, inForce.Hash, BootCounter,
                    epoch).Write(answer);
                return DeviceInformation.Length;
            case VendorRequest.GetStatus:
                Status().Write(answer);
                return DeviceStatus.Length;
            default:
                return -1;
        }
    }

    private int VendorOut(VendorRequest request, uint value)
    {
        switch (request)
        {
            case VendorRequest.Resynchronise:
                Resynchronise(value);
                return 0;
            case VendorRequest.EmergencyStop or VendorRequest.SafeRetract:
                LiftNow(NakReason.Aborted);
                return 0;
            default:
                return -1;
        }
    }

    private int Standard(UsbRequest request, Span<byte> answer)
    {
        switch (request.Request)
        {
            case 0x06: // GET_DESCRIPTOR
                return UsbDescriptors.Find((byte)(request.Value >> 8), (byte)request.Value, options, answer);
            case 0x00: // GET_STATUS
                answer[..2].Clear();
                if (request.RequestType == 0x82 && EndpointOf((byte)request.Index) is { Halted: true })
                    answer[0] = 1;
                return 2;
            case 0x08: // GET_CONFIGURATION
                answer[0] = 1;
                return 1;
            case 0x0A: // GET_INTERFACE
                answer[0] = 0;
                return 1;
            case 0x01 when request.RequestType == 0x02 && request.Value == 0: // CLEAR_FEATURE(ENDPOINT_HALT)
                if (EndpointOf((byte)request.Index) is { } endpoint)
                    endpoint.Halted = false;
                return 0;
            case 0x09 or 0x0B or 0x05 or 0x01 or 0x03: // SET_CONFIGURATION, SET_INTERFACE, SET_ADDRESS, features
                return 0;
            default:
                return -1;
        }
    }

    private void Resynchronise(uint value)
    {
        AbortOperation(NakReason.Aborted);
        continuous = false;
        epoch = value;
        expected = 1;
        finished = 0;
        heldLength = -1;
        Array.Clear(cached);
        EndQueue(replies);
        EndQueue(stream);
        EndQueue(events);
        commands.Halted = false;
        streamBroken = false;
        Feed();
    }
}
