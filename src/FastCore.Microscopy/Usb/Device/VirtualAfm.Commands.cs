using System.Buffers.Binary;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Usb.Device;

// The protocol's other end, and what the commands do.
public sealed partial class VirtualAfm
{
    private const int ReplyHead = 4;
    private const int LiftedHeight = 1_000_000; // 1 um in picometre

    private readonly DeviceLimits hardware;
    private readonly byte[][] cache = new byte[FcpProtocol.ReplyMemory][];
    private readonly (uint Sequence, int Length)[] cached = new (uint, int)[FcpProtocol.ReplyMemory];
    private readonly byte[] payloadOut = new byte[FcpProtocol.DeviceFrame];
    private readonly byte[] frameOut = new byte[FcpProtocol.DeviceFrame];
    private readonly byte[] waveformBytes = new byte[FrameCodec.LargestPayload];
    private int waveformLength = -1;
    private BiasWaveform? waveform;
    private DeviceLimits inForce;
    private uint epoch;
    private uint expected = 1;

    // Watchdog.
    private long watchdogNanoseconds = 100_000_000;
    private WatchdogPolicy watchdogPolicy = WatchdogPolicy.Retract;
    private long fedAt;

    // The operation that is under way, and how the last one ended.
    private uint operation;
    private long operationBegan;
    private long operationEnds = long.MaxValue;
    private readonly StagePosition[] path = new StagePosition[FcpProtocol.MostWaypoints + 1];
    private int pathCount;
    private double pathMetres;
    private int readX;
    private int readY;
    private bool readKnown;
    private uint finished;
    private NakReason finishedReason;
    private long contactSince = long.MaxValue;

    // Samples of the last sweep or line.
    private double[] currents = [];
    private float[] samples = [];
    private int sampleCount;
    private int sent;
    private int chunk;
    private long sampleNanoseconds;
    private ScanImage? overview;

    // Continuous stream.
    private bool continuous;
    private long continuousNext;
    private long continuousStep;
    private int continuousFrame;
    private ushort feedbackGain;

    private int Height => physics.State == TipState.Contact || State is DeviceState.Contact or DeviceState.Sweeping ? 0 : LiftedHeight;

    private bool IsEngaged => State is not DeviceState.Lifted;

    private void Restart()
    {
        AbortOperation(NakReason.Aborted);
        physics.Retract();
        State = DeviceState.Lifted;
        contactSince = long.MaxValue;
        inForce = hardware;
        epoch = 0;
        expected = 1;
        finished = 0;
        finishedReason = NakReason.None;
        continuous = false;
        heldLength = -1;
        Array.Clear(cached);
    }

    private void Feed() => fedAt = NowNanoseconds;

    private DeviceStatus Status()
    {
        if (!readKnown)
            (readX, readY, readKnown) = (FcpProtocol.ToPicometres(physics.Position.X.Value), FcpProtocol.ToPicometres(physics.Position.Y.Value), true);
        long left = IsEngaged ? Math.Max(0, fedAt + watchdogNanoseconds - NowNanoseconds) : watchdogNanoseconds;
        return new DeviceStatus(State, finishedReason, expected - 1, finished, (uint)(left / 1_000_000), readX, readY, Height, BiasMicrovolts);
    }

    private void Handle(ReadOnlySpan<byte> transfer)
    {
        var reader = new FrameReader(transfer);
        while (reader.MoveNext())
        {
            if (reader.Header.Type == FrameType.Command && reader.Header.Epoch == epoch)
                Handle(reader.Header, reader.Payload);
        }
        if (reader.OtherVersion > 0)
            Answer(FrameType.Refuse, 0, 0, NakReason.WrongVersion, default, false);
        if (reader.Corrupt > 0)
        {
            CorruptFrames += reader.Corrupt;
            Answer(FrameType.Refuse, 0, 0, NakReason.BadChecksum, default, false);
        }
    }

    private void Handle(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        Feed();
        if ((header.Marks & FrameMarks.Urgent) != 0)
        {
            NakReason outcome = Urgent((Opcode)header.Code, out int bytes);
            Answer(outcome == NakReason.None ? FrameType.Acknowledge : FrameType.Refuse, header.Code, header.Sequence, outcome,
                payloadOut.AsSpan(ReplyHead, bytes), false);
            return;
        }
        int ahead = (int)(header.Sequence - expected);
        if (ahead < 0)
        {
            ref (uint Sequence, int Length) memory = ref cached[header.Sequence % FcpProtocol.ReplyMemory];
            if (memory.Length > 0 && memory.Sequence == header.Sequence)
            {
                RepeatedCommands++;
                Emit(replies, cache[header.Sequence % FcpProtocol.ReplyMemory].AsSpan(0, memory.Length), ReplyAt());
            }
            return;
        }
        if (ahead > 0)
        {
            Answer(FrameType.Refuse, header.Code, header.Sequence, NakReason.SequenceGap, default, false);
            return;
        }
        expected++;
        NakReason reason = Execute((Opcode)header.Code, header.Sequence, payload, out int length);
        Answer(reason == NakReason.None ? FrameType.Acknowledge : FrameType.Refuse, header.Code, header.Sequence, reason,
            payloadOut.AsSpan(ReplyHead, reason == NakReason.None ? length : 0), true);
    }

    private long ReplyAt() => NowNanoseconds + (long)(options.ReplyTime.Value * 1e9);

    // Every reply begins with credits and reason; a refusal goes on with the expected sequence number.
    private void Answer(FrameType type, ushort code, uint sequence, NakReason reason, ReadOnlySpan<byte> reply, bool keep)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(payloadOut, FcpProtocol.DefaultCredits);
        BinaryPrimitives.WriteUInt16LittleEndian(payloadOut.AsSpan(2), (ushort)reason);
        int length = ReplyHead + reply.Length;
        if (type == FrameType.Refuse)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(payloadOut.AsSpan(ReplyHead), expected);
            length = ReplyHead + 4;
        }
        int bytes = FrameCodec.Encode(new FrameHeader(type, code, sequence, epoch, (ulong)NowNanoseconds, 0, FrameMarks.None),
            payloadOut.AsSpan(0, length), frameOut);
        if (keep)
        {
            uint slot = sequence % FcpProtocol.ReplyMemory;
            frameOut.AsSpan(0, bytes).CopyTo(cache[slot]);
            cached[slot] = (sequence, bytes);
        }
        Emit(replies, frameOut.AsSpan(0, bytes), ReplyAt());
    }

    private NakReason Urgent(Opcode opcode, out int length)
    {
        length = 0;
        switch (opcode)
        {
            case Opcode.Heartbeat:
                break;
            case Opcode.StopMotion or Opcode.Abort:
                AbortOperation(NakReason.Aborted);
                continuous = false;
                break;
            default:
                return NakReason.UnknownCommand;
        }
        Status().Write(payloadOut.AsSpan(ReplyHead));
        length = DeviceStatus.Length;
        return NakReason.None;
    }

    private NakReason Execute(Opcode opcode, uint sequence, ReadOnlySpan<byte> payload, out int length)
    {
        length = 0;
        Span<byte> reply = payloadOut.AsSpan(ReplyHead);
        switch (opcode)
        {
            case Opcode.Identify:
                Identity().Write(reply);
                length = DeviceIdentity.Length;
                return NakReason.None;
            case Opcode.SetWatchdog:
                return SetWatchdog(payload);
            case Opcode.GetLimits:
                inForce.Write(reply);
                length = DeviceLimits.Length;
                return NakReason.None;
            case Opcode.SetLimits:
                NakReason outcome = SetLimits(payload);
                BinaryPrimitives.WriteUInt32LittleEndian(reply, inForce.Hash);
                length = 4;
                return outcome;
            case Opcode.SetFeedback:
                if (payload.Length < 2)
                    return NakReason.BadPayload;
                feedbackGain = BinaryPrimitives.ReadUInt16LittleEndian(payload);
                return NakReason.None;
            case Opcode.ReadSamples:
                return ReadSamples(payload, reply, out length);
            case Opcode.ReadChannels:
                BinaryPrimitives.WriteSingleLittleEndian(reply, 0);
                BinaryPrimitives.WriteSingleLittleEndian(reply[4..], (float)FcpProtocol.FromPicometres(Height));
                length = 8;
                return NakReason.None;
            case Opcode.StreamStart:
                return StreamStart(payload);
            case Opcode.StreamStop:
                continuous = false;
                return NakReason.None;
            case Opcode.MoveTip or Opcode.MovePath or Opcode.Approach or Opcode.Retract or Opcode.ScanLine or Opcode.RunSweep:
                if (payload.Length < 4)
                    return NakReason.BadPayload;
                if (BinaryPrimitives.ReadUInt32LittleEndian(payload) != inForce.Hash)
                    return NakReason.WrongLimits;
                return Begin(opcode, sequence, payload[4..]);
            default:
                return NakReason.UnknownCommand;
        }
    }

    private DeviceIdentity Identity()
    {
        ScanFrame frame = physics.OverviewFrame;
        return new DeviceIdentity(physics.Identity, options.Serial, frame, physics.Motion,
            new Seconds(physics.OverviewDuration.Value / frame.Rows));
    }

    private NakReason SetWatchdog(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 3)
            return NakReason.BadPayload;
        int milliseconds = BinaryPrimitives.ReadUInt16LittleEndian(payload);
        if (milliseconds is < 20 or > 2000 || payload[2] > (byte)WatchdogPolicy.RampBiasToZero)
            return NakReason.BadPayload;
        watchdogNanoseconds = (long)(milliseconds * 1e6 * options.WatchdogStretch);
        watchdogPolicy = (WatchdogPolicy)payload[2];
        return NakReason.None;
    }

    private NakReason SetLimits(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < DeviceLimits.Length + 8)
            return NakReason.BadPayload;
        DeviceLimits asked = DeviceLimits.Read(payload);
        ulong key = BinaryPrimitives.ReadUInt64LittleEndian(payload[DeviceLimits.Length..]);
        bool unlocked = key != 0 && key == options.UnlockKey;
        // Written so that a trip that is not a number is wider.
        if (!asked.IsWithin(unlocked ? hardware : inForce))
            return NakReason.LimitViolation;
        inForce = asked;
        return NakReason.None;
    }

    private NakReason ReadSamples(ReadOnlySpan<byte> payload, Span<byte> reply, out int length)
    {
        length = 0;
        if (payload.Length < 4)
            return NakReason.BadPayload;
        int first = BinaryPrimitives.ReadUInt16LittleEndian(payload), count = BinaryPrimitives.ReadUInt16LittleEndian(payload[2..]);
        if (count > 256 || first + count > sent)
            return NakReason.BadPayload;
        for (int k = 0; k < count; k++)
            BinaryPrimitives.WriteSingleLittleEndian(reply[(4 * k)..], samples[first + k]);
        length = 4 * count;
        return NakReason.None;
    }

    private NakReason StreamStart(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 4)
            return NakReason.BadPayload;
        uint bytesPerSecond = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        if (bytesPerSecond is < 2048 or > 40_000_000)
            return NakReason.BadPayload;
        continuous = true;
        continuousFrame = 0;
        continuousStep = (long)(FcpProtocol.DeviceFrame * 1e9 / bytesPerSecond);
        continuousNext = NowNanoseconds + continuousStep;
        return NakReason.None;
    }

    private NakReason Begin(Opcode opcode, uint sequence, ReadOnlySpan<byte> payload)
    {
        DeviceState required = opcode == Opcode.RunSweep ? DeviceState.Contact : DeviceState.Lifted;
        if (opcode != Opcode.Retract && State != required)
            return NakReason.WrongState;
        long now = NowNanoseconds;
        MotionModel motion = physics.Motion;
        double duration;
        try
        {
            switch (opcode)
            {
                case Opcode.MoveTip:
                    if (payload.Length < 16)
                        return NakReason.BadPayload;
                    if (BeginPath(payload, 1, BinaryPrimitives.ReadUInt32LittleEndian(payload[12..]), out duration) is var closed and not NakReason.None)
                        return closed;
                    break;
                case Opcode.MovePath:
                    uint count = payload.Length < 8 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(payload[4..]);
                    if (count is 0 or > FcpProtocol.MostWaypoints || payload.Length < 8 + (8 * count))
                        return NakReason.BadPayload;
                    if (BeginPath(payload[8..], (int)count, BinaryPrimitives.ReadUInt32LittleEndian(payload), out duration) is var barred
                        and not NakReason.None)
                        return barred;
                    break;
                case Opcode.Approach:
                    if (payload.Length < 4)
                        return NakReason.BadPayload;
                    if (BinaryPrimitives.ReadInt32LittleEndian(payload) is int travel && (travel > inForce.ApproachTravel || travel <= 0))
                        return NakReason.LimitViolation;
                    duration = motion.Lift.Value / 2;
                    State = DeviceState.Approaching;
                    break;
                case Opcode.Retract:
                    LiftNow(NakReason.Aborted);
                    duration = motion.Lift.Value / 2;
                    State = DeviceState.Retracting;
                    break;
                case Opcode.ScanLine:
                    if (payload.Length < 2)
                        return NakReason.BadPayload;
                    if (BeginLine(BinaryPrimitives.ReadUInt16LittleEndian(payload)) is var refused and not NakReason.None)
                        return refused;
                    duration = physics.OverviewDuration.Value / overview!.Frame.Rows;
                    State = DeviceState.Scanning;
                    break;
                default:
                    if (BeginSweep(payload) is var wrong and not NakReason.None)
                        return wrong;
                    duration = waveform!.Duration.Value;
                    State = DeviceState.Sweeping;
                    break;
            }
        }
        catch (InstrumentException exception)
        {
            return Translate(exception);
        }
        OperationsBegun++;
        operation = sequence;
        operationBegan = now;
        operationEnds = now + (long)(duration * 1e9);
        return NakReason.None;
    }

    // All way-points must be allowed before the first is gone to.
    private NakReason BeginPath(ReadOnlySpan<byte> positions, int count, uint slew, out double duration)
    {
        duration = 0;
        if (slew > inForce.SlewPicometresPerMillisecond || slew == 0)
            return NakReason.LimitViolation;
        for (int k = 0; k < count; k++)
        {
            int x = BinaryPrimitives.ReadInt32LittleEndian(positions[(8 * k)..]), y = BinaryPrimitives.ReadInt32LittleEndian(positions[((8 * k) + 4)..]);
            if (x < inForce.MinimumX || x > inForce.MaximumX || y < inForce.MinimumY || y > inForce.MaximumY)
                return NakReason.LimitViolation;
            path[k + 1] = new StagePosition(new Metres(FcpProtocol.FromPicometres(x)), new Metres(FcpProtocol.FromPicometres(y)));
        }
        path[0] = physics.Position;
        pathCount = count;
        pathMetres = 0;
        for (int k = 0; k < count; k++)
            pathMetres += path[k].DistanceTo(path[k + 1]).Value;
        duration = (pathMetres / Math.Min(slew / 1e9, physics.Motion.SpeedMetresPerSecond)) + physics.Motion.Settle.Value;
        State = DeviceState.Moving;
        return NakReason.None;
    }

    // Where a share of the whole way ends.
    private StagePosition PlaceAlongPath(double share)
    {
        double left = share * pathMetres;
        for (int k = 0; k < pathCount; k++)
        {
            double leg = path[k].DistanceTo(path[k + 1]).Value;
            if (left < leg)
            {
                double part = left / leg;
                return new StagePosition(new Metres(path[k].X.Value + (part * (path[k + 1].X.Value - path[k].X.Value))),
                    new Metres(path[k].Y.Value + (part * (path[k + 1].Y.Value - path[k].Y.Value))));
            }
            left -= leg;
        }
        return path[pathCount];
    }

    private static NakReason Translate(InstrumentException exception) => exception.Error switch
    {
        InstrumentError.TipCrash => NakReason.TipCrash,
        InstrumentError.LimitViolation => NakReason.LimitViolation,
        InstrumentError.OverCurrent => NakReason.OverCurrent,
        _ => NakReason.Refused,
    };

    private NakReason BeginLine(int row)
    {
        if (row == 0)
            overview = physics.AcquireOverview(CancellationToken.None);
        if (overview is null || row >= overview.Frame.Rows)
            return NakReason.BadPayload;
        int columns = overview.Frame.Columns;
        Prepare(columns);
        overview.Values.AsSpan(row * columns, columns).CopyTo(samples);
        chunk = Math.Min(columns, 480);
        sampleNanoseconds = (long)(physics.OverviewDuration.Value * 1e9 / overview.Frame.Rows / columns);
        return NakReason.None;
    }

    private NakReason BeginSweep(ReadOnlySpan<byte> payload)
    {
        if (!SweepPayload.TryRead(payload, ref waveform, waveformBytes, ref waveformLength))
            return NakReason.BadPayload;
        ReadOnlySpan<double> bias = waveform!.BiasVolts;
        double perSample = waveform.Duration.Value / bias.Length;
        double steepest = 0;
        double peak = 0;
        for (int k = 0; k < bias.Length; k++)
        {
            peak = Math.Max(peak, Math.Abs(bias[k]));
            if (k > 0)
                steepest = Math.Max(steepest, Math.Abs(bias[k] - bias[k - 1]));
        }
        if (FcpProtocol.ToMicrovolts(peak) > inForce.BiasMicrovolts || steepest / perSample > (inForce.BiasSlewMillivoltsPerSecond / 1e3) + 1e-9)
            return NakReason.LimitViolation;
        if (waveform.Duration.Value * 1e3 > inForce.ContactMilliseconds)
            return NakReason.LimitViolation;
        if (currents.Length != bias.Length)
            currents = new double[bias.Length];
        physics.Sweep(waveform, currents, CancellationToken.None);
        Prepare(bias.Length);
        for (int k = 0; k < bias.Length; k++)
            samples[k] = (float)currents[k];
        sampleNanoseconds = (long)(perSample * 1e9);
        chunk = Math.Clamp((int)(options.StreamInterval.Value / perSample), 1, 480);
        return NakReason.None;
    }

    private void Prepare(int count)
    {
        if (samples.Length < count)
            samples = new float[count];
        sampleCount = count;
        sent = 0;
    }

    private long NextOperation()
    {
        long due = operationEnds;
        if (State is DeviceState.Sweeping or DeviceState.Scanning)
            due = Math.Min(due, ChunkDue());
        if (IsEngaged)
            due = Math.Min(due, fedAt + watchdogNanoseconds);
        if (contactSince != long.MaxValue)
            due = Math.Min(due, contactSince + (inForce.ContactMilliseconds * 1_000_000L));
        return continuous ? Math.Min(due, continuousNext) : due;
    }

    private long ChunkDue() => sent >= sampleCount ? long.MaxValue : operationBegan + (Math.Min(sent + chunk, sampleCount) * sampleNanoseconds);

    private void Operate()
    {
        long now;
        while (NextOperation() is var due && due <= (now = NowNanoseconds))
        {
            if (IsEngaged && fedAt + watchdogNanoseconds <= due)
                ExpireWatchdog();
            else if (contactSince != long.MaxValue && contactSince + (inForce.ContactMilliseconds * 1_000_000L) <= due)
            {
                LiftNow(NakReason.LimitViolation);
                Raise(EventCode.LimitTrip, NakReason.LimitViolation, 0, 0);
            }
            else if (continuous && continuousNext <= due)
                EmitContinuous();
            else if (State is DeviceState.Sweeping or DeviceState.Scanning && ChunkDue() <= due)
                EmitChunk();
            else
                FinishOperation();
        }
    }

    private void ExpireWatchdog()
    {
        WatchdogTrips++;
        switch (watchdogPolicy)
        {
            case WatchdogPolicy.Retract:
                LiftNow(NakReason.Watchdog);
                break;
            default:
                AbortOperation(NakReason.Watchdog);
                break;
        }
        continuous = false;
        Feed();
        Raise(EventCode.Watchdog, NakReason.Watchdog, 0, 0);
    }

    private void EmitChunk()
    {
        int count = Math.Min(chunk, sampleCount - sent);
        int good = count;
        if (State == DeviceState.Sweeping)
        {
            for (int k = 0; k < count; k++)
            {
                if (Math.Abs(samples[sent + k]) > inForce.CurrentTrip)
                {
                    good = k + 1;
                    break;
                }
            }
            BiasMicrovolts = FcpProtocol.ToMicrovolts(waveform!.BiasVolts[sent + good - 1]);
        }
        bool tripped = State == DeviceState.Sweeping && Math.Abs(samples[sent + good - 1]) > inForce.CurrentTrip;
        SendSamples(State == DeviceState.Sweeping ? (ushort)1 : (ushort)2, operation, sent, samples.AsSpan(sent, good), sent + good < sampleCount);
        sent += good;
        if (!tripped)
            return;
        float current = samples[sent - 1];
        uint sequence = operation;
        EndOperation(NakReason.OverCurrent, DeviceState.Contact);
        Raise(EventCode.OverCurrent, NakReason.OverCurrent, sequence, current);
    }

    private void EmitContinuous()
    {
        Span<float> values = stackalloc float[500];
        for (int k = 0; k < values.Length; k++)
            values[k] = continuousFrame + k;
        SendSamples(3, (uint)continuousFrame, 0, values, true);
        continuousFrame++;
        continuousNext += continuousStep;
    }

    // Stream payload: sequence number of the command, first sample, number of samples, the samples.
    private void SendSamples(ushort id, uint sequence, int first, ReadOnlySpan<float> values, bool more)
    {
        Span<byte> payload = payloadStream.AsSpan(0, 12 + (4 * values.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(payload, sequence);
        BinaryPrimitives.WriteInt32LittleEndian(payload[4..], first);
        BinaryPrimitives.WriteInt32LittleEndian(payload[8..], values.Length);
        for (int k = 0; k < values.Length; k++)
            BinaryPrimitives.WriteSingleLittleEndian(payload[(12 + (4 * k))..], values[k]);
        FrameMarks marks = (more ? FrameMarks.More : FrameMarks.None) | (streamBroken ? FrameMarks.Discontinuity : FrameMarks.None);
        int bytes = FrameCodec.Encode(new FrameHeader(FrameType.Stream, id, streamSequence, epoch, (ulong)NowNanoseconds, 0, marks), payload,
            frameStream);
        streamBroken = false;
        Emit(stream, frameStream.AsSpan(0, bytes), NowNanoseconds);
        if (!streamBroken)
            streamSequence++;
    }

    private readonly byte[] payloadStream = new byte[FcpProtocol.DeviceFrame];
    private readonly byte[] frameStream = new byte[FcpProtocol.DeviceFrame];

    private void FinishOperation()
    {
        NakReason reason = NakReason.None;
        DeviceState next = DeviceState.Lifted;
        try
        {
            switch (State)
            {
                case DeviceState.Moving:
                    Arrive(path[pathCount]);
                    break;
                case DeviceState.Approaching:
                    physics.Approach(CancellationToken.None);
                    contactSince = NowNanoseconds;
                    next = DeviceState.Contact;
                    break;
                case DeviceState.Sweeping:
                    next = DeviceState.Contact;
                    break;
            }
        }
        catch (InstrumentException exception)
        {
            reason = Translate(exception);
            physics.Retract();
        }
        uint sequence = operation;
        EndOperation(reason, next);
        Raise(EventCode.Finished, reason, sequence, 0);
    }

    private void Arrive(StagePosition place)
    {
        StagePosition read = physics.MoveTo(place, CancellationToken.None);
        (readX, readY, readKnown) = (FcpProtocol.ToPicometres(read.X.Value), FcpProtocol.ToPicometres(read.Y.Value), true);
    }

    private void EndOperation(NakReason reason, DeviceState next)
    {
        finished = operation;
        finishedReason = reason;
        operationEnds = long.MaxValue;
        BiasMicrovolts = 0;
        State = next;
    }

    // Stops where it is: a motion holds at the place that it has come to.
    private void AbortOperation(NakReason reason)
    {
        if (operationEnds == long.MaxValue)
            return;
        if (State == DeviceState.Moving)
        {
            double share = Math.Clamp((NowNanoseconds - operationBegan) / Math.Max(1.0, operationEnds - operationBegan), 0, 1);
            try
            {
                Arrive(PlaceAlongPath(share));
            }
            catch (InstrumentException)
            {
                physics.Retract();
            }
        }
        EndOperation(reason, State == DeviceState.Sweeping ? DeviceState.Contact : DeviceState.Lifted);
    }

    private void LiftNow(NakReason reason)
    {
        AbortOperation(reason);
        BiasMicrovolts = 0;
        physics.Retract();
        contactSince = long.MaxValue;
        State = DeviceState.Lifted;
    }
}
