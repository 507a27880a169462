using System.Buffers.Binary;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Usb;

/// <summary>
/// A conductive AFM behind FCP/1. Limits are checked here before anything is sent and once more in the device, which also lifts the tip by itself when
/// it hears nothing for its watchdog's time. Steady state allocates nothing.
/// </summary>
public class UsbCafmController : ICafmController
{
    private static readonly Seconds EventSlice = new(5e-3);

    private readonly FcpSession session;
    private readonly DeviceIdentity identity;
    private readonly byte[] payload = new byte[4 + FrameCodec.LargestPayload - 64];
    private readonly double[] filled = new double[SweepPayload.MostSamples];
    private BiasWaveform? known;
    private int knownLength;
    private DeviceLimits inForce;
    private bool disposed;

    /// <summary>Opens the controller behind a transport: version, epoch, identity, limits, watchdog. The transport is closed if that fails.</summary>
    /// <param name="transport">The opened device; owned from now on.</param>
    /// <param name="watchdogMilliseconds">Time without a heartbeat after which the device lifts the tip, 20 to 2000 ms.</param>
    /// <exception cref="InstrumentException">The device does not answer, or speaks another version.</exception>
    public UsbCafmController(IUsbTransport transport, int watchdogMilliseconds = 100)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentOutOfRangeException.ThrowIfLessThan(watchdogMilliseconds, 20);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(watchdogMilliseconds, 2000);
        Clock = transport.Clock;
        session = new FcpSession(transport);
        try
        {
            session.Open();
            // A device that an earlier session left in contact is lifted before anything else.
            session.SafeRetract();
            Check("Open", session.Command(Opcode.Identify, default, out ReadOnlySpan<byte> reply));
            identity = DeviceIdentity.Read(reply);
            Check("Open", session.Command(Opcode.GetLimits, default, out reply));
            inForce = DeviceLimits.Read(reply);
            session.LimitsHash = inForce.Hash;
            Limits = inForce.ToSafetyLimits();
            Span<byte> watchdog = [(byte)watchdogMilliseconds, (byte)(watchdogMilliseconds >> 8), (byte)WatchdogPolicy.Retract];
            Check("Open", session.Command(Opcode.SetWatchdog, watchdog, out _));
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Identity => identity.Model;

    /// <summary>Serial number of the device.</summary>
    public string Serial => identity.Serial;

    /// <inheritdoc/>
    public SafetyLimits Limits { get; private set; }

    /// <inheritdoc/>
    public TimeProvider Clock { get; }

    /// <summary>Null: any waveform within the limits can be measured.</summary>
    public virtual BiasWaveform? FixedWaveform => null;

    /// <summary>The protocol below.</summary>
    public FcpSession Session => session;

    /// <summary>Threshold of the reflex in ampere; the lesser of this and the compliance stops a sweep.</summary>
    public Amperes ReflexThreshold { get; set; } = new(double.PositiveInfinity);

    /// <summary>Tightens the limits, here and in the device. They are never loosened: for that a new plan needs a new session.</summary>
    /// <exception cref="InstrumentException">With <see cref="InstrumentError.LimitViolation"/> if a limit would be wider; nothing was sent.</exception>
    public void Tighten(SafetyLimits limits)
    {
        DeviceLimits asked = DeviceLimits.From(limits);
        if (!asked.IsWithin(inForce))
        {
            throw FcpSession.Fault(InstrumentError.LimitViolation, "SetLimits", "A limit would be wider than the one in force; nothing was sent. "
                + "Limits can only be tightened during a run; change the plan and start again to loosen them.");
        }
        asked.Write(payload);
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(DeviceLimits.Length), 0);
        Check("SetLimits", session.Command(Opcode.SetLimits, payload.AsSpan(0, DeviceLimits.Length + 8), out _));
        inForce = asked;
        session.LimitsHash = asked.Hash;
        Limits = asked.ToSafetyLimits();
    }

    /// <inheritdoc/>
    public ScanImage AcquireOverview(CancellationToken cancellationToken)
    {
        Enter(cancellationToken);
        ScanFrame frame = identity.Frame;
        var values = new float[frame.Rows * frame.Columns];
        Span<double> line = frame.Columns <= SweepPayload.MostSamples ? filled.AsSpan(0, frame.Columns) : new double[frame.Columns];
        for (int row = 0; row < frame.Rows; row++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(4), (ushort)row);
            uint sequence = Begin("AcquireOverview", Opcode.ScanLine, 2);
            Collect("AcquireOverview", sequence, 2, line, Deadline(identity.LineTime), cancellationToken);
            for (int column = 0; column < line.Length; column++)
                values[(row * frame.Columns) + column] = (float)line[column];
        }
        return new ScanImage("Height", "m", frame, values);
    }

    /// <inheritdoc/>
    public StagePosition MoveTo(StagePosition target, CancellationToken cancellationToken)
    {
        Limits.CheckPosition(target);
        Enter(cancellationToken);
        double speed = Math.Min(Limits.MaximumSpeedMetresPerSecond, identity.Motion.SpeedMetresPerSecond);
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(4), FcpProtocol.ToPicometres(target.X.Value));
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(8), FcpProtocol.ToPicometres(target.Y.Value));
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(12), 0);
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(16), (uint)Math.Round(speed * 1e9));
        uint sequence = Begin("MoveTo", Opcode.MoveTip, 16);
        // The way from anywhere in the box, the settling and a second.
        DeviceStatus end = Finish("MoveTo", sequence, Deadline(new Seconds((BoxDiagonal / speed) + identity.Motion.Settle.Value)), cancellationToken);
        return new StagePosition(new Metres(FcpProtocol.FromPicometres(end.X)), new Metres(FcpProtocol.FromPicometres(end.Y)));
    }

    /// <summary>Moves the lifted tip along way-points, which the device executes by itself, and returns the position read at the last.</summary>
    /// <param name="waypoints">One to <see cref="FcpProtocol.MostWaypoints"/> positions, all within the limits.</param>
    /// <param name="cancellationToken">Stops the motion where it is.</param>
    /// <exception cref="ArgumentException">No way-point, or too many.</exception>
    /// <exception cref="InstrumentException">A way-point is outside the limits (nothing was sent), or the motion failed.</exception>
    public StagePosition MovePath(ReadOnlySpan<StagePosition> waypoints, CancellationToken cancellationToken)
    {
        if (waypoints.Length is 0 or > FcpProtocol.MostWaypoints)
        {
            throw new ArgumentException($"A path has 1 to {FcpProtocol.MostWaypoints} way-points, this one {waypoints.Length}; split it.",
                nameof(waypoints));
        }
        foreach (StagePosition waypoint in waypoints)
            Limits.CheckPosition(waypoint);
        Enter(cancellationToken);
        double speed = Math.Min(Limits.MaximumSpeedMetresPerSecond, identity.Motion.SpeedMetresPerSecond);
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(4), (uint)Math.Round(speed * 1e9));
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(8), (uint)waypoints.Length);
        double way = BoxDiagonal;
        for (int k = 0; k < waypoints.Length; k++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(12 + (8 * k)), FcpProtocol.ToPicometres(waypoints[k].X.Value));
            BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(16 + (8 * k)), FcpProtocol.ToPicometres(waypoints[k].Y.Value));
            way += k == 0 ? 0 : waypoints[k - 1].DistanceTo(waypoints[k]).Value;
        }
        uint sequence = Begin("MovePath", Opcode.MovePath, 8 + (8 * waypoints.Length));
        DeviceStatus end = Finish("MovePath", sequence, Deadline(new Seconds((way / speed) + identity.Motion.Settle.Value)), cancellationToken);
        return new StagePosition(new Metres(FcpProtocol.FromPicometres(end.X)), new Metres(FcpProtocol.FromPicometres(end.Y)));
    }

    private double BoxDiagonal => Math.Sqrt(Math.Pow(Limits.MaximumX.Value - Limits.MinimumX.Value, 2)
        + Math.Pow(Limits.MaximumY.Value - Limits.MinimumY.Value, 2));

    /// <inheritdoc/>
    public void Approach(CancellationToken cancellationToken)
    {
        Enter(cancellationToken);
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(4), FcpProtocol.ToPicometres(Limits.MaximumApproachTravel.Value));
        uint sequence = Begin("Approach", Opcode.Approach, 4);
        Finish("Approach", sequence, Deadline(identity.Motion.Lift), cancellationToken);
    }

    /// <inheritdoc/>
    public void Sweep(BiasWaveform waveform, Span<double> currentAmperes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(waveform);
        if (currentAmperes.Length != waveform.Count)
            throw new ArgumentException($"The destination has {currentAmperes.Length} elements; the waveform has {waveform.Count} samples.",
                nameof(currentAmperes));
        if (!ReferenceEquals(waveform, known))
        {
            Limits.CheckSweep(waveform);
            if (waveform.Count > SweepPayload.MostSamples)
            {
                throw FcpSession.Fault(InstrumentError.LimitViolation, "Sweep", $"The controller takes sweeps of at most {SweepPayload.MostSamples} "
                    + $"samples, this one has {waveform.Count}; nothing was sent.");
            }
        }
        else
        {
            // Limits may have been tightened since.
            Limits.CheckBias(new Volts(knownPeak));
        }
        Enter(cancellationToken);
        if (!ReferenceEquals(waveform, known))
        {
            known = null;
            knownLength = SweepPayload.Write(waveform, sweepBytes);
            knownPeak = waveform.Peak.Value;
            known = waveform;
        }
        sweepBytes.AsSpan(0, knownLength).CopyTo(payload.AsSpan(4));
        session.ArmReflex((float)Math.Min(ReflexThreshold.Value, Limits.CurrentCompliance.Value));
        long reflexes = session.ReflexCount;
        try
        {
            uint sequence = Begin("Sweep", Opcode.RunSweep, knownLength);
            Collect("Sweep", sequence, 1, currentAmperes, Deadline(waveform.Duration), cancellationToken);
        }
        catch (InstrumentException exception) when (exception.Error == InstrumentError.Refused && session.ReflexCount > reflexes)
        {
            throw OverCurrent();
        }
        finally
        {
            session.DisarmReflex();
        }
    }

    private readonly byte[] sweepBytes = new byte[FrameCodec.LargestPayload];
    private double knownPeak;

    /// <summary>
    /// Lifts the tip: by command, by endpoint 0 if that fails. With a lost link nothing can be sent; the device's watchdog lifts it then.
    /// </summary>
    public void Retract()
    {
        if (disposed || session.IsFaulted)
            return;
        try
        {
            uint sequence = Begin("Retract", Opcode.Retract, 0);
            Finish("Retract", sequence, Deadline(identity.Motion.Lift), CancellationToken.None);
        }
        catch (InstrumentException) when (session.IsFaulted)
        {
        }
        catch (InstrumentException)
        {
            if (!session.SafeRetract())
                throw;
        }
    }

    /// <summary>Retracts and closes.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Retracts and closes.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposed || !disposing)
            return;
        try
        {
            Retract();
        }
        catch (InstrumentException)
        {
            // The watchdog lifts the tip once the heartbeat ends.
        }
        disposed = true;
        session.Dispose();
    }

    private void Enter(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        // Alarms of the time between commands: the state that they led to answers for itself.
        while (session.TryEvent(default, out _))
        {
        }
    }

    private long Deadline(Seconds duration) => session.NowNanoseconds + (long)((duration.Value + 1) * 1e9);

    // Sends payload[4..], with the limits hash in front.
    private uint Begin(string operation, Opcode opcode, int length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(payload, session.LimitsHash);
        Check(operation, session.Command(opcode, payload.AsSpan(0, 4 + length), out _));
        return session.LastSequence;
    }

    // Waits for the end of an operation: its event, or the status of a heartbeat if that was lost.
    private DeviceStatus Finish(string operation, uint sequence, long deadline, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (session.TryEvent(EventSlice, out DeviceEvent happened))
            {
                if (happened.Sequence == sequence && happened.Code == EventCode.Finished)
                {
                    Check(operation, happened.Reason);
                    return new DeviceStatus(default, happened.Reason, sequence, sequence, 0, happened.X, happened.Y, happened.Z, 0);
                }
                continue;
            }
            if (HasEnded(operation, sequence, deadline, cancellationToken))
                return session.Status;
        }
    }

    // Keeps the link alive; true when the status says that the operation has ended well.
    private bool HasEnded(string operation, uint sequence, long deadline, CancellationToken cancellationToken)
    {
        StopIfCancelled(cancellationToken);
        session.KeepAlive();
        if (session.Status.FinishedSequence == sequence && session.Status.LastSequence >= sequence)
        {
            Check(operation, session.Status.FinishedReason);
            return true;
        }
        if (session.NowNanoseconds <= deadline)
            return false;
        session.Urgent(Opcode.Abort);
        throw FcpSession.Fault(InstrumentError.Timeout, operation, $"{operation} did not end in its time and was stopped; retract and send it again.");
    }

    private void StopIfCancelled(CancellationToken cancellationToken)
    {
        if (!cancellationToken.IsCancellationRequested)
            return;
        session.Urgent(Opcode.Abort);
        cancellationToken.ThrowIfCancellationRequested();
    }

    // Takes the samples of a sweep or line as they come; what the stream lost is read again from the device's memory.
    private void Collect(string operation, uint sequence, ushort stream, Span<double> destination, long deadline, CancellationToken cancellationToken)
    {
        destination.Fill(double.NaN);
        int missing = destination.Length;
        while (missing > 0)
        {
            if (session.TryStream(EventSlice, out FrameHeader header, out ReadOnlySpan<byte> samples))
            {
                if (header.Code == stream && samples.Length >= 12 && BinaryPrimitives.ReadUInt32LittleEndian(samples) == sequence)
                    missing -= Take(samples, destination);
                session.ReleaseStream();
                // Frames that come faster than the slice must not keep cancellation and heartbeat away.
                StopIfCancelled(cancellationToken);
                session.KeepAlive();
                continue;
            }
            if (session.TryEvent(default, out DeviceEvent happened) && happened.Sequence == sequence && happened.Code != EventCode.StreamOverrun)
            {
                Check(operation, happened.Reason);
                ReadMissing(operation, destination);
                return;
            }
            if (HasEnded(operation, sequence, deadline, cancellationToken))
            {
                ReadMissing(operation, destination);
                return;
            }
        }
        // All samples are there; the operation itself must have ended too, or the next command is refused.
        Finish(operation, sequence, deadline, cancellationToken);
    }

    private static int Take(ReadOnlySpan<byte> samples, Span<double> destination)
    {
        int first = BinaryPrimitives.ReadInt32LittleEndian(samples[4..]), count = BinaryPrimitives.ReadInt32LittleEndian(samples[8..]);
        int fresh = 0;
        if (first < 0 || count < 0 || (long)first + count > destination.Length || samples.Length < 12 + (4L * count))
            return 0;
        for (int k = 0; k < count; k++)
        {
            if (double.IsNaN(destination[first + k]))
                fresh++;
            destination[first + k] = BinaryPrimitives.ReadSingleLittleEndian(samples[(12 + (4 * k))..]);
        }
        return fresh;
    }

    private void ReadMissing(string operation, Span<double> destination)
    {
        for (int k = 0; k < destination.Length;)
        {
            if (!double.IsNaN(destination[k]))
            {
                k++;
                continue;
            }
            int count = 1;
            while (count < 256 && k + count < destination.Length && double.IsNaN(destination[k + count]))
                count++;
            BinaryPrimitives.WriteUInt16LittleEndian(payload, (ushort)k);
            BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(2), (ushort)count);
            Check(operation, session.Command(Opcode.ReadSamples, payload.AsSpan(0, 4), out ReadOnlySpan<byte> reply));
            if (reply.Length < 4 * count)
            {
                throw FcpSession.Fault(InstrumentError.Refused, operation, $"The controller sent {reply.Length} bytes for {count} lost samples from {k} on; {4 * count} were "
                    + "expected. Retract and measure the curve again, or check its firmware.");
            }
            for (int i = 0; i < count; i++)
                destination[k + i] = BinaryPrimitives.ReadSingleLittleEndian(reply[(4 * i)..]);
            k += count;
        }
    }

    private InstrumentException OverCurrent() => FcpSession.Fault(InstrumentError.OverCurrent, "Sweep",
        $"The current exceeded {new Amperes(Math.Min(ReflexThreshold.Value, Limits.CurrentCompliance.Value))}; the sweep was stopped and the bias set to "
            + "0. Retract and go on elsewhere, or lower the peak bias.");

    private void Check(string operation, NakReason reason)
    {
        if (reason == NakReason.None)
            return;
        throw reason switch
        {
            NakReason.OverCurrent => OverCurrent(),
            NakReason.TipCrash => FcpSession.Fault(InstrumentError.TipCrash, operation, $"The tip lost feedback during {operation} and was lifted; "
                + "check the tip before going on.", (int)reason),
            NakReason.LimitViolation => FcpSession.Fault(InstrumentError.LimitViolation, operation, $"The controller's own limits refused {operation}; "
                + "nothing moved. Compare the plan's limits with those of the controller.", (int)reason),
            NakReason.Watchdog => FcpSession.Fault(InstrumentError.Timeout, operation, $"The controller's watchdog ended {operation} and lifted the "
                + "tip, because it had heard nothing; send the command again.", (int)reason),
            NakReason.WrongState => FcpSession.Fault(InstrumentError.Refused, operation, $"{operation} is not possible where the tip is; "
                + (operation == "Sweep" ? "call Approach before a sweep." : "call Retract first."), (int)reason),
            NakReason.UnknownCommand => FcpSession.Fault(InstrumentError.Refused, operation, $"The controller's firmware does not know {operation}; "
                + "bring it up to date.", (int)reason),
            _ => FcpSession.Fault(InstrumentError.Refused, operation, $"The controller refused {operation} ({reason}); send it again, or check its "
                + "state.", (int)reason),
        };
    }
}
