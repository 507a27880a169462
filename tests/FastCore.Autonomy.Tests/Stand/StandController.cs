using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Autonomy.Tests.Stand;

/// <summary>An instrument over a small hilly image: quick, repeatable, and able to fail or to be cancelled at any command.</summary>
internal sealed class StandController : ICafmController, IKnowsGroundTruth, IGroundTruth
{
    private readonly VirtualClock virtualClock = new();
    private readonly ScanImage image;
    private StagePosition at;

    public StandController(int rows = 32, int columns = 32, bool real = false)
    {
        var frame = new ScanFrame(rows, columns, new Metres(20e-9));
        var heights = new float[rows * columns];
        var random = RandomStream.Named(3, "stand image");
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
                heights[(r * columns) + c] = (float)(1e-8 * (Math.Sin(0.4 * r) + Math.Cos(0.3 * c) + (0.2 * random.NextNormal())));
        }
        image = new ScanImage("Height", "m", frame, heights);
        Limits = SafetyLimits.ForFrame(frame);
        Clock = real ? TimeProvider.System : virtualClock;
    }

    public string Identity => "stand";

    public SafetyLimits Limits { get; init; }

    public TimeProvider Clock { get; }

    public BiasWaveform? FixedWaveform { get; init; }

    public IGroundTruth Truth => this;

    public IReadOnlyList<string> ClassNames { get; init; } = ["low", "high"];

    /// <summary>Every command in order.</summary>
    public List<string> Commands { get; } = [];

    /// <summary>Places of all sweeps in order.</summary>
    public List<PixelIndex> Swept { get; } = [];

    /// <summary>Called before a command acts, with its name and its number (from 1) among all commands.</summary>
    public Action<string, int>? Before { get; set; }

    /// <summary>Changes a curve before it is handed out.</summary>
    public Action<PixelIndex, double[]>? Bend { get; set; }

    public Func<ScanImage, ScanImage>? BendImage { get; set; }

    public int ClassAt(PixelIndex pixel) => image[pixel] > 0 ? 1 : 0;

    public void CurveAt(PixelIndex pixel, Span<double> currentAmperes)
    {
        double strength = 1e-10 * (1.5 + (image[pixel] / 1e-8)), loop = pixel.Column % 5 / 5.0;
        int up = currentAmperes.Length / 2;
        for (int k = 0; k < currentAmperes.Length; k++)
        {
            double v = (double)(k <= up ? k : currentAmperes.Length - 1 - k) / up;
            currentAmperes[k] = (strength * v * v) + (k > up ? loop * strength * v * (1 - v) : 0);
        }
    }

    public ScanImage AcquireOverview(CancellationToken cancellationToken)
    {
        Enter(nameof(AcquireOverview), 30, cancellationToken);
        return BendImage?.Invoke(image) ?? image;
    }

    public StagePosition MoveTo(StagePosition target, CancellationToken cancellationToken)
    {
        Limits.CheckPosition(target);
        Enter(nameof(MoveTo), 0.5, cancellationToken);
        at = target;
        return target;
    }

    public void Approach(CancellationToken cancellationToken) => Enter(nameof(Approach), 0.1, cancellationToken);

    public void Sweep(BiasWaveform waveform, Span<double> currentAmperes, CancellationToken cancellationToken)
    {
        Enter(nameof(Sweep), 1, cancellationToken);
        PixelIndex pixel = image.Frame.ToPixel(at);
        CurveAt(pixel, currentAmperes);
        var random = RandomStream.Named(5, "stand sweep", Swept.Count);
        foreach (ref double current in currentAmperes)
            current += 2e-13 * random.NextNormal();
        double[] bent = currentAmperes.ToArray();
        Bend?.Invoke(pixel, bent);
        bent.CopyTo(currentAmperes);
        Swept.Add(pixel);
    }

    public void Retract()
    {
        Commands.Add(nameof(Retract));
        Before?.Invoke(nameof(Retract), Commands.Count);
        virtualClock.Advance(new Seconds(0.1));
    }

    public void Dispose()
    {
    }

    private void Enter(string command, double seconds, CancellationToken cancellationToken)
    {
        Commands.Add(command);
        Before?.Invoke(command, Commands.Count);
        cancellationToken.ThrowIfCancellationRequested();
        virtualClock.Advance(new Seconds(seconds));
    }
}
