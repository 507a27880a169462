using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Control;

/// <summary>
/// A conductive AFM over a simulated film (SPEC 8). Sweep number k draws everything random from the stream "sweep" k of the seed: contact first, then
/// the amplifier; it can be repeated without the sweeps before it, but for the ionic state that an earlier visit left.
/// </summary>
public sealed class SimulatedController : VirtualCafm
{
    // Beyond 5 tau0 the memory of an earlier sweep is below 1 % of it.
    private const double MemoryLifetimes = 5;

    private readonly Film film;
    private readonly ScanOptions scan;
    private readonly long seed;
    private readonly FilmIv truth;
    private readonly Amplifier amplifier;
    private readonly Dictionary<PixelIndex, (double State, double Traps, double EndSeconds)> memory = [];
    private double contactTravelMetres;
    private double[] conducting = [];
    private double[] silent = [];

    /// <summary>Puts a film under the tip.</summary>
    /// <param name="film">The film.</param>
    /// <param name="scan">Artefacts of the overview scan; null for the defaults.</param>
    /// <param name="options">Amplifier, contact, motion, faults; null for the defaults.</param>
    /// <param name="seed">Seed of everything random in the instrument.</param>
    /// <param name="truthWaveform">Sweep of the run, for the truth; null for 0 -> 1.5 -> 0 V in 251 samples and 1 s.</param>
    /// <param name="limits">Limits of the run; null for those of the film's frame.</param>
    public SimulatedController(
        Film film, ScanOptions? scan = null, InstrumentOptions? options = null, long seed = 0,
        BiasWaveform? truthWaveform = null, SafetyLimits? limits = null)
        : base(Name(film), limits ?? SafetyLimits.ForFrame(film.Frame), Centre(film.Frame), options ?? new InstrumentOptions(), seed)
    {
        this.film = film;
        this.scan = scan ?? new ScanOptions();
        this.scan.Validate();
        this.seed = seed;
        truth = new FilmIv(film, Options.ParameterSpread, truthWaveform ?? BiasWaveform.Triangle(new Volts(1.5), 251, new Seconds(1)),
            Options.Traps);
        amplifier = new Amplifier(Options.Amplifier);
    }

    /// <summary>Null: any waveform within the limits can be measured.</summary>
    public override BiasWaveform? FixedWaveform => null;

    /// <inheritdoc/>
    public override IGroundTruth Truth => truth;

    /// <inheritdoc/>
    public override ScanFrame OverviewFrame => film.Frame;

    /// <inheritdoc/>
    public override Seconds OverviewDuration => new(film.Frame.Rows / scan.LineRateHertz);

    /// <summary>The contact of the last sweep, as it was in truth.</summary>
    public Contact LastContact { get; private set; }

    /// <summary>Pixel under the tip in truth.</summary>
    public PixelIndex PixelUnderTip => Inside(Position);

    private protected override ScanImage ReadOverview(out Seconds duration)
    {
        duration = OverviewDuration;
        // Forth and back on every line.
        contactTravelMetres += 2.0 * film.Frame.Rows * film.Frame.Columns * film.Frame.PixelPitch.Value;
        return film.AcquireOverview(scan, seed);
    }

    private protected override (StagePosition Actual, StagePosition ReadBack) Arrive(StagePosition target, ref RandomStream random)
    {
        var actual = new StagePosition(
            new Metres(target.X.Value + (Options.PositionNoise.Value * random.NextNormal())),
            new Metres(target.Y.Value + (Options.PositionNoise.Value * random.NextNormal())));
        var readBack = new StagePosition(
            new Metres(actual.X.Value + (Options.ReadBackNoise.Value * random.NextNormal())),
            new Metres(actual.Y.Value + (Options.ReadBackNoise.Value * random.NextNormal())));
        return (actual, readBack);
    }

    private protected override void ReadSweep(BiasWaveform waveform, long number, Span<double> currentAmperes)
    {
        var random = RandomStream.Named(seed, "sweep", number);
        Contact contact = Contact.Draw(Options.Contact, contactTravelMetres, ref random);
        LastContact = contact;
        if (conducting.Length != waveform.Count)
        {
            conducting = new double[waveform.Count];
            silent = new double[waveform.Count];
        }
        double openState = 0;
        IvPhysics.Sweep(IvParameters.Open, waveform, ref openState, silent);
        if (contact.Kind != ContactKind.Open)
            SweepInContact(waveform, contact);
        double change = contact.Kind switch
        {
            ContactKind.JumpOn => JumpSample(waveform, contact.JumpVolts),
            ContactKind.Lost => contact.LossFraction * waveform.Count,
            _ => double.PositiveInfinity,
        };
        ReadOnlySpan<double> before = contact.Kind is ContactKind.Open or ContactKind.JumpOn ? silent : conducting;
        ReadOnlySpan<double> after = contact.Kind is ContactKind.JumpOn ? conducting : silent;
        amplifier.Measure(before, after, change, waveform.Duration, Elapsed, ref random, currentAmperes);
    }

    private void SweepInContact(BiasWaveform waveform, Contact contact)
    {
        PixelIndex pixel = PixelUnderTip;
        IvParameters local = truth.ParametersAt(pixel);
        double now = Elapsed.Value;
        double state = local.RestState, traps = 0;
        if (memory.TryGetValue(pixel, out (double State, double Traps, double EndSeconds) visit))
        {
            double rested = now - visit.EndSeconds;
            if (rested < MemoryLifetimes * local.RelaxationSeconds)
                state = IvPhysics.Relax(local, visit.State, rested);
            // Deep traps may hold for hours.
            traps = IvPhysics.Trapped(local, visit.Traps, 0, rested);
        }
        IvParameters touched = local.InContact(Contact.AreaFactor(Options.Contact, contactTravelMetres), contact.ResistanceFactor);
        IvPhysics.Sweep(touched, waveform, ref state, ref traps, conducting);
        memory[pixel] = (state, traps, now + waveform.Duration.Value);
        if (Options.Photocurrent.Value != 0)
        {
            foreach (ref double current in conducting.AsSpan())
                current -= Options.Photocurrent.Value;
        }
    }

    // The first crossing of the jump bias, in samples; infinity if the sweep never gets there.
    private static double JumpSample(BiasWaveform waveform, double volts)
    {
        ReadOnlySpan<double> bias = waveform.BiasVolts;
        if (Math.Abs(bias[0]) >= volts)
            return 0;
        for (int k = 1; k < bias.Length; k++)
        {
            double last = Math.Abs(bias[k - 1]), next = Math.Abs(bias[k]);
            if (next >= volts && next > last)
                return k - 1 + ((volts - last) / (next - last));
        }
        return double.PositiveInfinity;
    }

    private PixelIndex Inside(StagePosition position)
    {
        PixelIndex pixel = film.Frame.ToPixel(position);
        return new PixelIndex(Math.Clamp(pixel.Row, 0, film.Frame.Rows - 1), Math.Clamp(pixel.Column, 0, film.Frame.Columns - 1));
    }

    private static StagePosition Centre(ScanFrame frame) => frame.ToStage(new PixelIndex(frame.Rows / 2, frame.Columns / 2));

    private static string Name(Film film)
    {
        ArgumentNullException.ThrowIfNull(film);
        return $"simulated film, seed {film.Seed}, {film.Frame.Rows} x {film.Frame.Columns} pixels";
    }
}
