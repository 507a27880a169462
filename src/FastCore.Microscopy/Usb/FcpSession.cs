using System.Buffers.Binary;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Usb;

/// <summary>What a session counts.</summary>
/// <param name="Commands">Commands sent for the first time.</param>
/// <param name="Retries">Commands sent again.</param>
/// <param name="CorruptFrames">Places in received transfers where no checksum fitted.</param>
/// <param name="StaleFrames">Frames of another epoch, and replies that nobody waits for.</param>
/// <param name="Resynchronisations">New epochs after the first.</param>
/// <param name="Stalls">Halted endpoints.</param>
public readonly record struct SessionStatistics(
    long Commands, long Retries, long CorruptFrames, long StaleFrames, long Resynchronisations, long Stalls);

/// <summary>
/// The host's end of FCP/1: sequence numbers, epoch, credits, retries, resynchronisation, heartbeat and trace over one opened transport. A command is
/// executed exactly once however often it is sent. When three tries were not answered the link is resynchronised and the tip lifted: the command
/// then failed with <see cref="InstrumentError.Timeout"/> and may be sent again; if that does not help either, the session is over with
/// <see cref="InstrumentError.LinkLost"/> and a new one must be opened by the user. Not for several threads. Steady state allocates nothing.
/// </summary>
public sealed class FcpSession : IDisposable
{
    private const int ReplyHead = 4;
    private const int MostCorruptPerSecond = 8;

    private static readonly Seconds ControlTimeout = new(.2);
    private static readonly Seconds SendTimeout = new(.05);
    private static readonly double[] TriesSeconds = [.020, .040, .080];

    private readonly IUsbTransport transport;
    private readonly TimeProvider clock;
    private readonly long start;
    private readonly byte[][] window = new byte[FcpProtocol.DefaultCredits][];
    private readonly (uint Sequence, int Length)[] outstanding = new (uint, int)[FcpProtocol.DefaultCredits];
    private readonly byte[] urgent = new byte[64];
    private readonly byte[] pending = new byte[64];
    private readonly byte[] bytes = new byte[DeviceInformation.Length];
    private readonly byte[] replied = new byte[FcpProtocol.DeviceFrame];
    private readonly DeviceEvent[] queue = new DeviceEvent[64];
    private int queueHead;
    private int queueCount;
    private int streamOffset = -1;
    private uint next = 1;
    private uint epoch;
    private uint token;
    private long lastHeartbeat;
    private long lastStall = long.MinValue / 2;
    private long corruptWindow;
    private int corruptInWindow;
    private int credits = FcpProtocol.DefaultCredits;
    private long commands;
    private long retries;
    private long corrupt;
    private long stale;
    private long resynchronisations;
    private long stalls;

    // Reply of the command that is waited for.
    private bool answered;
    private NakReason answer;
    private int answerLength;
    private uint answerExpected;

    /// <summary>Takes over an opened transport. <see cref="Open"/> comes next.</summary>
    public FcpSession(IUsbTransport transport)
    {
        ArgumentNullException.ThrowIfNull(transport);
        this.transport = transport;
        clock = transport.Clock;
        start = clock.GetTimestamp();
        for (int k = 0; k < window.Length; k++)
            window[k] = new byte[k == 0 ? FrameCodec.LargestFrame : FcpProtocol.DeviceFrame];
    }

    /// <summary>The device as it was when the session was opened.</summary>
    public DeviceInformation Information { get; private set; }

    /// <summary>Hash of the limits in force, which motion commands quote.</summary>
    public uint LimitsHash { get; set; }

    /// <summary>Whether the link is lost for good.</summary>
    public bool IsFaulted { get; private set; }

    /// <summary>The last frames, as text, when the link last failed; null if it never did.</summary>
    public string? FaultTrace { get; private set; }

    /// <summary>The last frames in both directions.</summary>
    public TraceRing Trace { get; } = new();

    /// <summary>Status that came with the last heartbeat.</summary>
    public DeviceStatus Status { get; private set; }

    /// <summary>Counts.</summary>
    public SessionStatistics Statistics => new(commands, retries, corrupt, stale, resynchronisations, stalls);

    /// <summary>Commands that the device takes without an answer.</summary>
    public int Credits => credits;

    /// <summary>Sequence number of the last command.</summary>
    public uint LastSequence => next - 1;

    /// <summary>Session time in nanosecond.</summary>
    public long NowNanoseconds => clock.GetElapsedTime(start).Ticks * 100;

    /// <summary>Asks the device what it speaks and begins an epoch.</summary>
    /// <exception cref="InstrumentException">
    /// With <see cref="InstrumentError.LinkLost"/> if there is no answer, <see cref="InstrumentError.Refused"/> if it speaks another version.
    /// </exception>
    public void Open()
    {
        if (!ReadInformation(out DeviceInformation information))
            throw Lost("Open");
        if (information.Major != FcpProtocol.Major)
        {
            throw Fault(InstrumentError.Refused, "Open", $"The controller speaks version {information.Major} of the protocol and this program "
                + $"version {FcpProtocol.Major}; bring its firmware ({information.Firmware >> 8:X}.{information.Firmware & 0xFF:X2}) or the program "
                + "up to date.", (int)information.Major);
        }
        Information = information;
        epoch = information.Epoch;
        if (!Resynchronise(out _))
            throw Lost("Open");
        resynchronisations = 0;
    }

    /// <summary>Sends a command, waits for its reply and returns how it was taken. Throws only when the link fails.</summary>
    /// <param name="opcode">Command.</param>
    /// <param name="payload">Payload.</param>
    /// <param name="reply">View of the reply until the next call; empty for a refusal.</param>
    public NakReason Command(Opcode opcode, ReadOnlySpan<byte> payload, out ReadOnlySpan<byte> reply)
    {
        uint sequence = Post(opcode, payload);
        return Await(sequence, opcode, out reply);
    }

    /// <summary>Sends a command without waiting; its reply must be awaited. At most <see cref="Credits"/> may be open.</summary>
    /// <exception cref="InvalidOperationException">No credit is left.</exception>
    public uint Post(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        ThrowIfFaulted(opcode);
        int slot = -1, open = 0;
        for (int k = 0; k < outstanding.Length; k++)
        {
            if (outstanding[k].Length > 0)
                open++;
            else if (slot < 0 && FrameCodec.FrameLength(payload.Length) <= window[k].Length)
                slot = k;
        }
        if (open >= credits || slot < 0)
            throw new InvalidOperationException($"{open} commands wait for their answer and the device takes {credits}; await one first.");
        uint sequence = next++;
        var header = new FrameHeader(FrameType.Command, (ushort)opcode, sequence, epoch, 0, 0, FrameMarks.None);
        int length = FrameCodec.Encode(header, payload, window[slot]);
        outstanding[slot] = (sequence, length);
        commands++;
        // A send that fails is a try that is not answered; Await goes on from there.
        Transmit(window[slot].AsSpan(0, length), header with { PayloadLength = (ushort)payload.Length });
        return sequence;
    }

    /// <summary>Waits for the reply to a posted command.</summary>
    public NakReason Await(uint sequence, Opcode opcode, out ReadOnlySpan<byte> reply)
    {
        int slot = outstanding.Length - 1;
        while (slot >= 0 && (outstanding[slot].Length == 0 || outstanding[slot].Sequence != sequence))
            slot--;
        if (slot < 0)
            throw new InvalidOperationException($"No command {sequence} is open.");
        return AwaitSlot(slot, sequence, opcode, out reply);
    }

    /// <summary>Sends an urgent command outside the sequence (heartbeat, stop, abort) and takes the status that it returns.</summary>
    public void Urgent(Opcode opcode)
    {
        ThrowIfFaulted(opcode);
        token = (token + 1) | 0x8000_0000;
        var header = new FrameHeader(FrameType.Command, (ushort)opcode, token, epoch, 0, 0, FrameMarks.Urgent);
        int length = FrameCodec.Encode(header, default, urgent);
        lastHeartbeat = NowNanoseconds;
        foreach (double seconds in TriesSeconds)
        {
            Transmit(urgent.AsSpan(0, length), header);
            if (WaitForReply(token, new Seconds(seconds)))
            {
                Status = DeviceStatus.Read(replied.AsSpan(ReplyHead));
                return;
            }
            retries++;
        }
        throw Recover(opcode);
    }

    /// <summary>A heartbeat if the last one was 10 ms ago.</summary>
    public void KeepAlive()
    {
        if (NowNanoseconds - lastHeartbeat >= 10_000_000)
            Urgent(Opcode.Heartbeat);
    }

    /// <summary>The next event, waiting for one if need be.</summary>
    public bool TryEvent(Seconds timeout, out DeviceEvent happened)
    {
        if (queueCount == 0)
            Pump(UsbPipe.Events, timeout);
        happened = default;
        if (queueCount == 0)
            return false;
        happened = queue[queueHead];
        queueHead = (queueHead + 1) % queue.Length;
        queueCount--;
        return true;
    }

    /// <summary>Lends the next stream frame; <see cref="ReleaseStream"/> must follow.</summary>
    public bool TryStream(Seconds timeout, out FrameHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        UsbStatus status = transport.Receive(UsbPipe.Stream, timeout, out ReadOnlySpan<byte> transfer);
        if (status != UsbStatus.Ok)
        {
            Handle(status, UsbPipe.Stream);
            return false;
        }
        var reader = new FrameReader(transfer);
        while (reader.MoveNext())
        {
            if (reader.Header.Epoch != epoch || reader.Header.Type != FrameType.Stream)
            {
                stale++;
                continue;
            }
            header = reader.Header;
            payload = reader.Payload;
            Trace.Note(NowNanoseconds, false, header);
            streamOffset = 0;
            return true;
        }
        CountCorrupt(reader.Corrupt);
        transport.Release(UsbPipe.Stream);
        return false;
    }

    /// <summary>Gives the lent stream frame back.</summary>
    public void ReleaseStream()
    {
        if (streamOffset < 0)
            return;
        streamOffset = -1;
        transport.Release(UsbPipe.Stream);
    }

    /// <summary>Arms the reflex with an encoded abort; false where the transport has none.</summary>
    public bool ArmReflex(float threshold)
    {
        Span<byte> frame = stackalloc byte[FrameCodec.HeaderLength];
        FrameCodec.Encode(new FrameHeader(FrameType.Command, (ushort)Opcode.Abort, 0xFFFF_FFFF, epoch, 0, 0, FrameMarks.Urgent), default, frame);
        return transport.ArmReflex(threshold, frame);
    }

    // The transport's own heartbeat, where it has one: what a pause of this program must not stop.
    private void ArmHeartbeat()
    {
        Span<byte> frame = stackalloc byte[FrameCodec.HeaderLength];
        FrameCodec.Encode(new FrameHeader(FrameType.Command, (ushort)Opcode.Heartbeat, 0xFFFF_FFFE, epoch, 0, 0, FrameMarks.Urgent), default, frame);
        transport.ArmHeartbeat(frame);
    }

    /// <summary>Disarms it.</summary>
    public void DisarmReflex() => transport.ArmReflex(float.PositiveInfinity, default);

    /// <summary>Number of times that the reflex has acted.</summary>
    public long ReflexCount => transport.ReflexCount;

    /// <summary>Lifts the tip by endpoint 0, which works with every queue stuck.</summary>
    public bool SafeRetract()
    {
        if (transport.ControlOut(VendorRequest.SafeRetract, 0, ControlTimeout) == UsbStatus.Ok)
            return true;
        return transport.ControlOut(VendorRequest.EmergencyStop, 0, ControlTimeout) == UsbStatus.Ok;
    }

    /// <summary>Closes the transport.</summary>
    public void Dispose() => transport.Dispose();

    /// <summary>The one place where faults of the link become exceptions.</summary>
    internal static InstrumentException Fault(InstrumentError error, string operation, string message, int code = 0) =>
        new(error, operation, message, code);

    private NakReason AwaitSlot(int slot, uint sequence, Opcode opcode, out ReadOnlySpan<byte> reply)
    {
        uint from = sequence;
        for (int attempt = 0; attempt < TriesSeconds.Length; attempt++)
        {
            if (attempt > 0)
            {
                retries++;
                // Everything from there on, in order.
                Resend(from);
            }
            while (WaitForReply(sequence, new Seconds(TriesSeconds[attempt])))
            {
                if (answer == NakReason.SequenceGap && answerExpected != sequence)
                {
                    from = answerExpected;
                    break;
                }
                outstanding[slot] = default;
                reply = answer == NakReason.None ? replied.AsSpan(ReplyHead, answerLength - ReplyHead) : default;
                return answer;
            }
        }
        throw Recover(opcode);
    }

    private void Resend(uint from)
    {
        for (uint sequence = from; sequence != next; sequence++)
        {
            for (int k = 0; k < outstanding.Length; k++)
            {
                if (outstanding[k].Length > 0 && outstanding[k].Sequence == sequence)
                {
                    ReadOnlySpan<byte> frame = window[k].AsSpan(0, outstanding[k].Length);
                    FrameCodec.Decode(frame, out FrameHeader header, out _);
                    Transmit(frame, header);
                }
            }
        }
    }

    private void Transmit(ReadOnlySpan<byte> frame, in FrameHeader header)
    {
        Trace.Note(NowNanoseconds, true, header);
        UsbStatus status = transport.Send(frame, SendTimeout);
        if (status != UsbStatus.Ok)
            Handle(status, null);
    }

    // True when the reply has come; its bytes are in replied then.
    private bool WaitForReply(uint sequence, Seconds timeout)
    {
        long deadline = NowNanoseconds + (long)(timeout.Value * 1e9);
        answered = false;
        while (true)
        {
            long left = deadline - NowNanoseconds;
            if (left <= 0)
                return false;
            UsbStatus status = transport.Receive(UsbPipe.Replies, new Seconds(left * 1e-9), out ReadOnlySpan<byte> transfer);
            if (status == UsbStatus.Timeout)
                return false;
            if (status != UsbStatus.Ok)
            {
                Handle(status, UsbPipe.Replies);
                return false;
            }
            bool again = TakeReplies(transfer, sequence);
            transport.Release(UsbPipe.Replies);
            if (answered)
                return true;
            if (again)
                return false;
        }
    }

    // Looks for the reply among the frames of a transfer; true if the device says that it could not read ours.
    private bool TakeReplies(ReadOnlySpan<byte> transfer, uint sequence)
    {
        bool again = false;
        var reader = new FrameReader(transfer);
        while (reader.MoveNext())
        {
            FrameHeader header = reader.Header;
            ReadOnlySpan<byte> payload = reader.Payload;
            NakReason reason = payload.Length >= ReplyHead ? (NakReason)BinaryPrimitives.ReadUInt16LittleEndian(payload[2..]) : NakReason.BadPayload;
            Trace.Note(NowNanoseconds, false, header, reason);
            if (header.Epoch != epoch || header.Type is not (FrameType.Acknowledge or FrameType.Refuse) || payload.Length < ReplyHead)
            {
                stale++;
                continue;
            }
            credits = Math.Clamp((int)BinaryPrimitives.ReadUInt16LittleEndian(payload), 1, FcpProtocol.DefaultCredits);
            if (header.Type == FrameType.Refuse && header.Sequence == 0)
            {
                again |= reason == NakReason.BadChecksum;
                continue;
            }
            if (header.Sequence != sequence || answered)
            {
                stale++;
                continue;
            }
            answered = true;
            answer = header.Type == FrameType.Acknowledge ? NakReason.None : reason;
            answerExpected = header.Type == FrameType.Refuse && payload.Length >= ReplyHead + 4
                ? BinaryPrimitives.ReadUInt32LittleEndian(payload[ReplyHead..]) : 0;
            answerLength = payload.Length;
            payload.CopyTo(replied);
        }
        CountCorrupt(reader.Corrupt);
        return again;
    }

    private void Pump(UsbPipe pipe, Seconds timeout)
    {
        UsbStatus status = transport.Receive(pipe, timeout, out ReadOnlySpan<byte> transfer);
        if (status != UsbStatus.Ok)
        {
            Handle(status, pipe);
            return;
        }
        var reader = new FrameReader(transfer);
        while (reader.MoveNext())
        {
            if (reader.Header.Epoch != epoch || reader.Header.Type != FrameType.Event || reader.Payload.Length < DeviceEvent.Length)
            {
                stale++;
                continue;
            }
            DeviceEvent happened = DeviceEvent.Read(reader.Payload);
            Trace.Note(NowNanoseconds, false, reader.Header, happened.Reason);
            if (queueCount < queue.Length)
                queue[(queueHead + queueCount++) % queue.Length] = happened;
        }
        CountCorrupt(reader.Corrupt);
        transport.Release(pipe);
    }

    // What is no timeout: a halt is cleared, a lost device ends the session.
    private void Handle(UsbStatus status, UsbPipe? pipe)
    {
        switch (status)
        {
            case UsbStatus.Stall:
                stalls++;
                bool second = NowNanoseconds - lastStall < 1_000_000_000;
                lastStall = NowNanoseconds;
                transport.ClearHalt(pipe);
                transport.ControlIn(VendorRequest.GetStatus, 0, bytes.AsSpan(0, DeviceStatus.Length), ControlTimeout, out _);
                if (second)
                    throw Recover(Opcode.Heartbeat);
                break;
            case UsbStatus.NoDevice:
                throw Lost("Link");
        }
    }

    private void CountCorrupt(int places)
    {
        if (places == 0)
            return;
        corrupt += places;
        long now = NowNanoseconds;
        if (now - corruptWindow > 1_000_000_000)
            (corruptWindow, corruptInWindow) = (now, 0);
        corruptInWindow += places;
    }

    private bool ReadInformation(out DeviceInformation information)
    {
        information = default;
        for (int attempt = 0; attempt < 3; attempt++)
        {
            UsbStatus status = transport.ControlIn(VendorRequest.GetInformation, 0, bytes, ControlTimeout, out int length);
            if (status == UsbStatus.NoDevice)
                return false;
            if (status == UsbStatus.Ok && length == DeviceInformation.Length)
            {
                information = DeviceInformation.Read(bytes);
                return true;
            }
        }
        return false;
    }

    // A new epoch: what is in flight is dropped by its number.
    private bool Resynchronise(out bool sameDevice)
    {
        sameDevice = false;
        resynchronisations++;
        epoch++;
        UsbStatus status = UsbStatus.Failed;
        for (int attempt = 0; attempt < 3 && status != UsbStatus.Ok; attempt++)
            status = transport.ControlOut(VendorRequest.Resynchronise, epoch, ControlTimeout);
        if (status != UsbStatus.Ok)
            return false;
        Array.Clear(outstanding);
        next = 1;
        queueCount = 0;
        ReleaseStream();
        transport.ClearHalt(null);
        for (UsbPipe pipe = UsbPipe.Replies; pipe <= UsbPipe.Events; pipe++)
            transport.ClearHalt(pipe);
        transport.Discard();
        corruptInWindow = 0;
        ArmHeartbeat();
        if (!ReadInformation(out DeviceInformation now))
            return false;
        sameDevice = now.BootCounter == Information.BootCounter && now.Epoch == epoch && (LimitsHash == 0 || now.LimitsHash == LimitsHash);
        return true;
    }

    /// <summary>The ladder: status, resynchronise, lift the tip, try whether commands get through; lost if anything of it fails.</summary>
    private InstrumentException Recover(Opcode opcode)
    {
        FaultTrace = Trace.Dump();
        string operation = opcode.ToString();
        UsbStatus status = transport.ControlIn(VendorRequest.GetStatus, 0, bytes.AsSpan(0, DeviceStatus.Length), ControlTimeout, out _);
        if (status == UsbStatus.NoDevice || !Resynchronise(out bool same) || !SafeRetract() || !same || !Probe())
            return Lost(operation);
        return Fault(InstrumentError.Timeout, operation, $"{operation} was not answered in {TriesSeconds.Length} tries; the link was "
            + "resynchronised and the tip lifted. Send the command again, or check the cable.");
    }

    // One heartbeat in the new epoch, without the ladder.
    private bool Probe()
    {
        token = (token + 1) | 0x8000_0000;
        var header = new FrameHeader(FrameType.Command, (ushort)Opcode.Heartbeat, token, epoch, 0, 0, FrameMarks.Urgent);
        int length = FrameCodec.Encode(header, default, pending);
        foreach (double seconds in TriesSeconds)
        {
            Trace.Note(NowNanoseconds, true, header);
            if (transport.Send(pending.AsSpan(0, length), SendTimeout) != UsbStatus.Ok)
                continue;
            long deadline = NowNanoseconds + (long)(seconds * 1e9);
            answered = false;
            while (!answered && deadline > NowNanoseconds)
            {
                if (transport.Receive(UsbPipe.Replies, new Seconds((deadline - NowNanoseconds) * 1e-9), out ReadOnlySpan<byte> transfer) != UsbStatus.Ok)
                    break;
                TakeReplies(transfer, token);
                transport.Release(UsbPipe.Replies);
            }
            if (answered)
                return true;
        }
        return false;
    }

    private InstrumentException Lost(string operation)
    {
        IsFaulted = true;
        FaultTrace ??= Trace.Dump();
        return Fault(InstrumentError.LinkLost, operation, "The link to the controller is lost; its watchdog lifts the tip. Check cable and power, "
            + "then resume the run from its folder: nothing moves until then.");
    }

    private void ThrowIfFaulted(Opcode opcode)
    {
        if (IsFaulted)
            throw Lost(opcode.ToString());
        if (corruptInWindow > MostCorruptPerSecond)
        {
            corruptInWindow = 0;
            throw Recover(opcode);
        }
    }
}
