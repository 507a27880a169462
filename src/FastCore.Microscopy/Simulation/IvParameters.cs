using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Simulation;

/// <summary>
/// Parameters of the current-voltage model of one point of the film (SPEC 8); see <see cref="IvPhysics"/> for the equations.
/// </summary>
/// <param name="OnsetVolts">V0: bias at which conduction sets in while the ionic state is 0.</param>
/// <param name="Coefficient">K in A/V^m.</param>
/// <param name="Exponent">m of the conduction branch, dimensionless.</param>
/// <param name="OnsetShiftVolts">alpha: how far a full ionic state lowers the onset.</param>
/// <param name="Gain">beta: relative change of the coefficient by a full ionic state.</param>
/// <param name="RelaxationSeconds">tau0: relaxation time of the ionic state at zero bias.</param>
/// <param name="OhmicSiemens">G_o: leakage conductance.</param>
/// <param name="EmfVolts">E_i: electromotive force of a full ionic state.</param>
/// <param name="RestState">x0: ionic state of a point that was left alone.</param>
/// <param name="CapacitanceFarads">C: tip-sample and stray capacitance.</param>
/// <param name="SeriesOhms">R_s: contact and spreading resistance.</param>
/// <param name="TrapCapture">c in 1/(V s): rate at which positive bias fills traps; 0: no traps.</param>
/// <param name="TrapEmission">e in 1/s: rate at which traps empty.</param>
/// <param name="TrapShiftVolts">Delta: how far full traps raise the onset.</param>
public readonly record struct IvParameters(
    double OnsetVolts, double Coefficient, double Exponent, double OnsetShiftVolts, double Gain, double RelaxationSeconds,
    double OhmicSiemens, double EmfVolts, double RestState, double CapacitanceFarads = 4e-12, double SeriesOhms = 10e6,
    double TrapCapture = 0, double TrapEmission = 0, double TrapShiftVolts = 0)
{
    /// <summary>Grain interior: smooth loop, no emf.</summary>
    public static IvParameters Interior { get; } = new(.30, .75e-9, 1.35, .10, .6, .6, 2e-11, 0, 0);

    /// <summary>Grain boundary: ionic emf, current is negative at low bias.</summary>
    public static IvParameters Boundary { get; } = new(.30, .55e-9, 1.35, .10, .6, .3, 2e-10, .45, .35);

    /// <summary>Junction of three or more boundaries: strong hysteresis.</summary>
    public static IvParameters Junction { get; } = new(.45, .50e-9, 1.35, .35, .9, .25, 1e-10, .30, 0);

    /// <summary>Boundary between grains of different height: late onset.</summary>
    public static IvParameters AsymmetricBoundary { get; } = new(1.15, .50e-9, 1.35, .10, .6, .6, 2e-12, 0, 0);

    /// <summary>No contact: leakage and stray capacitance alone.</summary>
    public static IvParameters Open { get; } = new(.30, 0, 1.35, 0, 0, .6, 1e-13, 0, 0, .5e-12);

    /// <summary>
    /// The same point with its local variation: onset, coefficient, onset shift and relaxation time times exp(<paramref name="spread"/> * n), n
    /// standard
    /// normal.
    /// </summary>
    public IvParameters Vary(double spread, double onset, double coefficient, double shift, double relaxation) => this with
    {
        OnsetVolts = OnsetVolts * Math.Exp(spread * onset),
        Coefficient = Coefficient * Math.Exp(spread * coefficient),
        OnsetShiftVolts = OnsetShiftVolts * Math.Exp(spread * shift),
        RelaxationSeconds = RelaxationSeconds * Math.Exp(spread * relaxation),
    };

    /// <summary>The same point under another contact.</summary>
    /// <param name="areaFactor">(a/a0)^2, scales the coefficient.</param>
    /// <param name="resistanceFactor">Scales the series resistance.</param>
    public IvParameters InContact(double areaFactor, double resistanceFactor) => this with
    {
        Coefficient = Coefficient * areaFactor,
        SeriesOhms = SeriesOhms * resistanceFactor,
    };
}
