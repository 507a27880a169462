using FastCore.Microscopy.Control;
using FastCore.Microscopy.Grains;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Microscopy.Simulation;

/// <summary>
/// The electrical truth of a film: the model parameters of each pixel are those of its structural class, varied smoothly by the film's parameter
/// fields
/// 0 to 3 (onset, coefficient, onset shift, relaxation time).
/// </summary>
public sealed class FilmIv : IGroundTruth
{
    private static readonly string[] Names = ["interior", "boundary", "junction", "asymmetric-boundary"];
    private readonly Film film;
    private readonly double spread;
    private readonly BiasWaveform waveform;
    private readonly TrapOptions traps;

    /// <summary>Ties a film to the current-voltage model.</summary>
    /// <param name="film">The film.</param>
    /// <param name="spread">Standard deviation of the logarithm of the varied parameters.</param>
    /// <param name="waveform">The sweep whose undisturbed current is the truth.</param>
    /// <param name="traps">Traps, the same everywhere; null for none.</param>
    public FilmIv(Film film, double spread, BiasWaveform waveform, TrapOptions? traps = null)
    {
        ArgumentNullException.ThrowIfNull(film);
        ArgumentNullException.ThrowIfNull(waveform);
        if (!(spread >= 0) || !double.IsFinite(spread))
            throw new ArgumentOutOfRangeException(nameof(spread), spread, "The spread of the parameters must be a finite number from 0.");
        this.film = film;
        this.spread = spread;
        this.waveform = waveform;
        this.traps = traps ?? new TrapOptions();
        this.traps.Validate();
    }

    /// <summary>Names by <see cref="StructuralClass"/>: interior, boundary, junction, asymmetric-boundary.</summary>
    public IReadOnlyList<string> ClassNames => Names;

    /// <inheritdoc/>
    public int ClassAt(PixelIndex pixel) => (int)film.ClassAt(pixel);

    /// <summary>Parameters of a structural class without variation (the table of SPEC 8).</summary>
    public static IvParameters ParametersOf(StructuralClass structure) => structure switch
    {
        StructuralClass.Boundary => IvParameters.Boundary,
        StructuralClass.Junction => IvParameters.Junction,
        StructuralClass.AsymmetricBoundary => IvParameters.AsymmetricBoundary,
        _ => IvParameters.Interior,
    };

    /// <summary>Parameters of a pixel.</summary>
    public IvParameters ParametersAt(PixelIndex pixel) => ParametersOf(film.ClassAt(pixel)).Vary(
        spread, film.ParameterField(pixel, 0), film.ParameterField(pixel, 1), film.ParameterField(pixel, 2), film.ParameterField(pixel, 3)) with
    {
        TrapCapture = traps.CapturePerVoltSecond,
        TrapEmission = traps.EmissionPerSecond,
        TrapShiftVolts = traps.ShiftVolts,
    };

    /// <summary>The undisturbed sweep of a rested pixel, displacement included. Safe for use by several threads.</summary>
    public void CurveAt(PixelIndex pixel, Span<double> currentAmperes)
    {
        IvParameters parameters = ParametersAt(pixel);
        double state = parameters.RestState;
        IvPhysics.Sweep(parameters, waveform, ref state, currentAmperes);
    }
}
