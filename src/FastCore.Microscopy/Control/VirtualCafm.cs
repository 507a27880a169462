using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Control;

/// <summary>Where the tip of a simulated instrument is.</summary>
public enum TipState
{
    /// <summary>Off the sample: may move and scan.</summary>
    Lifted,

    /// <summary>In contact at the setpoint: may sweep.</summary>
    Contact,

    /// <summary>Crashed: may only be retracted.</summary>
    Crashed,

    /// <summary>The link is lost; the watchdog has lifted the tip.</summary>
    Disconnected,
}

/// <summary>
/// What all instruments without hardware share: the order limits - cancellation - faults - state - time of every command, the clock, and the state
/// machine of <see cref="TipState"/>. One command at a time; not safe for use by several threads.
/// </summary>
public abstract class VirtualCafm : ICafmController, IKnowsGroundTruth
{
    private readonly VirtualClock virtualClock = new();
    private readonly long startTimestamp;
    private readonly Dictionary<string, long> commandsByName = new(StringComparer.Ordinal);
    private readonly long seed;
    private long commands;
    private double resumedSeconds;
    private SimulatedFault? pendingSweepFault;
    private bool disposed;

    private protected VirtualCafm(string identity, SafetyLimits limits, StagePosition start, InstrumentOptions options, long seed)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(options);
        if (!(options.Motion.SpeedMetresPerSecond > 0) || !(options.Motion.Lift.Value >= 0) || !(options.Motion.Settle.Value >= 0))
            throw new ArgumentException("The motion model needs a positive speed and non-negative times.", nameof(options));
        Identity = identity;
        Limits = limits;
        Options = options;
        Position = start;
        this.seed = seed;
        Clock = options.RealTime ? TimeProvider.System : virtualClock;
        startTimestamp = Clock.GetTimestamp();
    }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <inheritdoc/>
    public SafetyLimits Limits { get; }

    /// <inheritdoc/>
    public TimeProvider Clock { get; }

    /// <inheritdoc/>
    public abstract BiasWaveform? FixedWaveform { get; }

    /// <inheritdoc/>
    public abstract IGroundTruth Truth { get; }

    /// <summary>What the instrument is like.</summary>
    public InstrumentOptions Options { get; }

    /// <summary>Travel times, for the travel cost of the acquisition.</summary>
    public MotionModel Motion => Options.Motion;

    /// <summary>Frame of the overview.</summary>
    public abstract ScanFrame OverviewFrame { get; }

    /// <summary>Time of the overview scan.</summary>
    public abstract Seconds OverviewDuration { get; }

    /// <summary>Where the tip is.</summary>
    public TipState State { get; private set; }

    /// <summary>Where the tip stands in truth; <see cref="MoveTo"/> returns what the sensors read.</summary>
    public StagePosition Position { get; private set; }

    /// <summary>Number of sweeps that were started; the next one draws from the stream of this number.</summary>
    public long SweepCount { get; private set; }

    /// <summary>Number of moves that were started.</summary>
    public long MoveCount { get; private set; }

    /// <summary>Time on <see cref="Clock"/> since the instrument was opened.</summary>
    public Seconds Elapsed => new(resumedSeconds + Clock.GetElapsedTime(startTimestamp).TotalSeconds);

    /// <summary>
    /// Sets the counters that random streams and drift depend on to those of an earlier run, so that a resumed run goes on as it would have.
    /// </summary>
    public void ResumeAt(long sweeps, long moves, Seconds elapsed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sweeps);
        ArgumentOutOfRangeException.ThrowIfNegative(moves);
        if (!(elapsed.Value >= 0))
            throw new ArgumentOutOfRangeException(nameof(elapsed), elapsed.Value, "The elapsed time must not be negative.");
        SweepCount = sweeps;
        MoveCount = moves;
        resumedSeconds = elapsed.Value;
    }

    /// <inheritdoc/>
    public ScanImage AcquireOverview(CancellationToken cancellationToken)
    {
        Begin("AcquireOverview", TipState.Lifted, "The tip is in contact; call Retract before a scan.", cancellationToken);
        ScanImage image = ReadOverview(out Seconds duration);
        Spend(duration, cancellationToken);
        return image;
    }

    /// <inheritdoc/>
    public StagePosition MoveTo(StagePosition target, CancellationToken cancellationToken)
    {
        Limits.CheckPosition(target);
        if (!(Motion.SpeedMetresPerSecond <= Limits.MaximumSpeedMetresPerSecond))
        {
            throw new InstrumentException(InstrumentError.LimitViolation, "MoveTo",
                $"The tip would move at {Motion.SpeedMetresPerSecond * 1e6:0.###} um/s, the limit is "
                + $"{Limits.MaximumSpeedMetresPerSecond * 1e6:0.###} um/s; nothing was sent. Lower the speed, or raise the limit in the plan.");
        }
        Begin("MoveTo", TipState.Lifted, "The tip is in contact; call Retract before a move.", cancellationToken);
        var random = RandomStream.Named(seed, "move", MoveCount);
        MoveCount++;
        Spend(Motion.TravelTime(Position, target), cancellationToken);
        (Position, StagePosition readBack) = Arrive(target, ref random);
        return readBack;
    }

    /// <inheritdoc/>
    public void Approach(CancellationToken cancellationToken)
    {
        Begin("Approach", TipState.Lifted, "The tip is in contact already; call Retract before another approach.", cancellationToken);
        Spend(new Seconds(Motion.Lift.Value / 2), cancellationToken);
        State = TipState.Contact;
    }

    /// <inheritdoc/>
    public void Sweep(BiasWaveform waveform, Span<double> currentAmperes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(waveform);
        if (currentAmperes.Length != waveform.Count)
            throw new ArgumentException($"The destination has {currentAmperes.Length} elements; the waveform has {waveform.Count} "
                + $"samples.", nameof(currentAmperes));
        Limits.CheckBias(waveform.Peak);
        CheckWaveform(waveform);
        Begin("Sweep", TipState.Contact, "The tip is lifted; call Approach before a sweep.", cancellationToken);
        long number = SweepCount++;
        ReadSweep(waveform, number, currentAmperes);
        SimulatedFault? fault = pendingSweepFault;
        pendingSweepFault = null;
        if (fault == SimulatedFault.Saturate)
            currentAmperes.Fill(Options.Amplifier.Range.Value * (waveform.BiasVolts[waveform.Turnaround] < 0 ? -1 : 1));
        int stopped = fault == SimulatedFault.OverCurrent ? waveform.Turnaround : FirstAboveCompliance(currentAmperes);
        if (stopped >= 0)
        {
            Spend(new Seconds(waveform.Duration.Value * (stopped + 1) / waveform.Count), cancellationToken);
            throw new InstrumentException(InstrumentError.OverCurrent, "Sweep",
                $"The current exceeded the compliance of {Limits.CurrentCompliance} at {waveform.BiasVolts[stopped]:0.###} V; the sweep was "
                + $"stopped and the bias set to 0. Retract and go on elsewhere, or lower the peak bias.");
        }
        Spend(waveform.Duration, cancellationToken);
    }

    /// <inheritdoc/>
    public void Retract()
    {
        if (disposed)
            return;
        if (State is TipState.Contact or TipState.Crashed)
        {
            State = TipState.Lifted;
            if (Options.RealTime)
                Thread.Sleep(new Seconds(Motion.Lift.Value / 2).ToTimeSpan());
            else
                virtualClock.Advance(new Seconds(Motion.Lift.Value / 2));
        }
    }

    /// <summary>Retracts and closes.</summary>
    public void Dispose()
    {
        Retract();
        disposed = true;
        GC.SuppressFinalize(this);
    }

    private protected abstract ScanImage ReadOverview(out Seconds duration);

    private protected abstract void ReadSweep(BiasWaveform waveform, long number, Span<double> currentAmperes);

    /// <summary>Refuses a waveform that this instrument cannot measure, before anything is sent.</summary>
    private protected virtual void CheckWaveform(BiasWaveform waveform)
    {
    }

    /// <summary>Where the tip ends up, and what the sensors say.</summary>
    private protected abstract (StagePosition Actual, StagePosition ReadBack) Arrive(StagePosition target, ref RandomStream random);

    private void Begin(string operation, TipState required, string misuse, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (State == TipState.Disconnected)
            throw LinkLost(operation);
        if (State == TipState.Crashed)
            throw new InstrumentException(InstrumentError.TipCrash, operation, "The tip has crashed; call Retract, and check the tip before "
                + "going on.");
        if (State != required)
            throw new InstrumentException(InstrumentError.Refused, operation, misuse);
        commands++;
        long ofThisName = commandsByName.GetValueOrDefault(operation) + 1;
        commandsByName[operation] = ofThisName;
        var random = RandomStream.Named(seed, "latency", commands);
        double latency = Options.CommandLatency.Value + (Options.CommandLatencyJitter.Value * random.NextNormal());
        Spend(new Seconds(Math.Max(0, latency)), cancellationToken);
        foreach (ScriptedFault scripted in Options.Faults)
        {
            bool due = scripted.Operation is null ? scripted.Number == commands : scripted.Operation == operation && scripted.Number == ofThisName;
            if (due)
                Apply(scripted.Fault, operation, cancellationToken);
        }
    }

    private void Apply(SimulatedFault fault, string operation, CancellationToken cancellationToken)
    {
        switch (fault)
        {
            case SimulatedFault.Refuse:
                throw new InstrumentException(InstrumentError.Refused, operation, $"The instrument refused {operation}; send it again, or "
                    + $"check the controller's state.");
            case SimulatedFault.Stall:
                Spend(Options.CommandTimeout, cancellationToken);
                throw new InstrumentException(InstrumentError.Timeout, operation, $"{operation} was not answered within "
                    + $"{Options.CommandTimeout}; send it again, or check the cable.");
            case SimulatedFault.Disconnect:
                State = TipState.Disconnected;
                throw LinkLost(operation);
            case SimulatedFault.Crash:
                State = TipState.Crashed;
                throw new InstrumentException(InstrumentError.TipCrash, operation, $"The tip lost feedback during {operation}; call Retract, "
                    + $"and check the tip before going on.");
            default:
                pendingSweepFault = fault;
                break;
        }
    }

    private static InstrumentException LinkLost(string operation) => new(
        InstrumentError.LinkLost, operation, "The link to the instrument is lost; its watchdog lifts the tip. Reconnect and resume the run "
            + "from its folder.");

    private int FirstAboveCompliance(ReadOnlySpan<double> currentAmperes)
    {
        for (int k = 0; k < currentAmperes.Length; k++)
        {
            if (Math.Abs(currentAmperes[k]) > Limits.CurrentCompliance.Value)
                return k;
        }
        return -1;
    }

    private void Spend(Seconds duration, CancellationToken cancellationToken)
    {
        if (!Options.RealTime)
            virtualClock.Advance(duration);
        else if (cancellationToken.WaitHandle.WaitOne(duration.ToTimeSpan()))
            cancellationToken.ThrowIfCancellationRequested();
    }
}
