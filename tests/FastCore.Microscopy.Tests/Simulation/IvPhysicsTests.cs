using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;
using Xunit;

namespace FastCore.Microscopy.Tests.Simulation;

public class IvPhysicsTests
{
    private static readonly BiasWaveform Published = BiasWaveform.Triangle(new Volts(1.5), 251, new Seconds(1));

    // The result column of the table of SPEC 8, displacement included. Its digits are cut, not rounded, so one unit of the last digit; the largest
    // current
    // sits at the peak, where the displacement of one sample (12 pA) is a matter of the window.
    [Theory]
    [InlineData("interior", .61, 1.40, .075, .28)]
    [InlineData("boundary", .66, 1.35, .0, .58)]
    [InlineData("junction", .60, 1.41, .092, .31)]
    [InlineData("asymmetric", .015, .21, -.30, double.NaN)]
    public void Result_column_of_the_table_is_met(string name, double currentAt1V, double maximum, double index, double crossing)
    {
        (IvQuantities quantities, double[] current) = Run(Named(name));
        Assert.InRange(quantities.CurrentAt1V!.Value * 1e9, currentAt1V - .001, currentAt1V + .01);
        Assert.InRange(quantities.MaximumAmperes!.Value * 1e9, maximum - .017, maximum + .017);
        Assert.InRange(quantities.HysteresisIndex!.Value, index - .005, index + .005);
        if (double.IsNaN(crossing))
        {
            Assert.Empty(quantities.CrossingVolts);
            return;
        }
        Assert.InRange(quantities.CrossingVolts[0], crossing, crossing + .01);
        // The second crossing at 1.43 - 1.48 V is displacement only (SPEC 8; 1.42 V for the emf boundary with exact ions).
        Assert.InRange(quantities.CrossingVolts[1], 1.42, 1.48);
        if (name == "boundary")
        {
            Assert.Equal(-19, current[0] * 1e12, .5);
            Assert.Equal(-60, current[^1] * 1e12, .5);
        }
    }

    // From an independent program: Heun steps of 10 us for the ionic state, bisection for the series resistance.
    [Theory]
    [InlineData("interior", .6162292667717275e-9, 1.4085951677576631e-9, .0745600695870193, .6146442028144576)]
    [InlineData("boundary", .6647982192057612e-9, 1.3599537477267919e-9, .0021051646919487237, .5381977096947264)]
    [InlineData("junction", .5998670516161221e-9, 1.422767994163167e-9, .09269662899249194, .49744621738726064)]
    [InlineData("asymmetric", .01493642795211797e-9, .21013685201742208e-9, -.3034252555934272, .6146442028144576)]
    public void Sweep_equals_an_independent_fine_integration(string name, double currentAt1V, double maximum, double index, double state)
    {
        IvParameters parameters = Named(name);
        var current = new double[251];
        double x = parameters.RestState;
        IvPhysics.Sweep(parameters, Published, ref x, current);
        IvQuantities quantities = IvQuantities.Of(Published, current, 0);
        Assert.Equal(currentAt1V, quantities.CurrentAt1V!.Value, 2e-14);
        Assert.Equal(maximum, quantities.MaximumAmperes!.Value, 4e-14);
        Assert.Equal(index, quantities.HysteresisIndex!.Value, 2e-5);
        Assert.Equal(state, x, 2e-5);
    }

    [Fact]
    public void Open_contact_is_flat_but_for_its_capacitance()
    {
        (_, double[] current) = Run(IvParameters.Open);
        double displacement = .5e-12 * 2 * 1.5 / (250.0 / 251);
        for (int k = 0; k < 125; k++)
            Assert.Equal(displacement + (1e-13 * Published.BiasVolts[k]), current[k], 1e-16);
        Assert.Equal(1.5e-13, current[125], 1e-16);
    }

    [Fact]
    public void Newton_solution_satisfies_the_implicit_equation()
    {
        IvParameters p = IvParameters.Junction with { SeriesOhms = 40e6 };
        for (double volts = -2; volts <= 2; volts += .01)
        {
            double current = IvPhysics.Conduction(p, volts, .4, 0, 0);
            double effective = volts - (current * p.SeriesOhms);
            double onset = p.OnsetVolts - (p.OnsetShiftVolts * .4);
            double softplus = .06 * Math.Log(1 + Math.Exp((effective - onset) / .06));
            double expected = (p.OhmicSiemens * (effective - (p.EmfVolts * .4)))
                + (p.Coefficient * (1 + (p.Gain * .4)) * Math.Pow(softplus, p.Exponent));
            Assert.Equal(expected, current, 1e-15);
        }
    }

    [Fact]
    public void Traps_at_a_constant_bias_fill_and_empty_as_the_closed_form_says()
    {
        IvParameters p = IvParameters.Interior with { TrapCapture = 3, TrapEmission = .8, TrapShiftVolts = .2 };
        // r = 3 * 0.5 + 0.8 = 2.3 1/s, n -> 1.5 / 2.3; at and below zero bias n falls with 0.8 1/s.
        Assert.Equal((1.5 / 2.3) + ((.1 - (1.5 / 2.3)) * Math.Exp(-2.3 * .4)), IvPhysics.Trapped(p, .1, .5, .4), 1e-14);
        Assert.Equal(.6 * Math.Exp(-.8 * 2), IvPhysics.Trapped(p, .6, 0, 2), 1e-14);
        Assert.Equal(.6 * Math.Exp(-.8 * 2), IvPhysics.Trapped(p, .6, -1, 2), 1e-14);
        Assert.Equal(.6, IvPhysics.Trapped(p with { TrapEmission = 0 }, .6, -1, 1e9));
        // A waveform must change: a nanovolt does not show.
        BiasWaveform constant = BiasWaveform.FromSamples([.5, .5, .5, .5, .500000001], new Seconds(1));
        double state = 0, traps = .1;
        IvPhysics.Sweep(p, constant, ref state, ref traps, new double[5]);
        // Five samples span four fifths of the sweep.
        Assert.Equal((1.5 / 2.3) + ((.1 - (1.5 / 2.3)) * Math.Exp(-2.3 * .8)), traps, 1e-8);
    }

    [Theory]
    [InlineData(4, .5, .3)]
    [InlineData(40, 2, .15)]
    public void A_sweep_over_traps_equals_a_fine_integration_and_conducts_later_than_without(double capture, double emission, double shift)
    {
        IvParameters p = IvParameters.Junction with { TrapCapture = capture, TrapEmission = emission, TrapShiftVolts = shift };
        double[] current = new double[251], without = new double[251];
        double state = p.RestState, traps = 0, rest = p.RestState;
        IvPhysics.Sweep(p, Published, ref state, ref traps, current);
        IvPhysics.Sweep(IvParameters.Junction, Published, ref rest, without);
        // Runge and Kutta with 10 us steps for both states, bisection for the series resistance.
        const int Fine = 400;
        double x = p.RestState, n = 0, h = 1.0 / 251 / Fine;
        for (int k = 0; k < 251; k++)
        {
            for (int j = 0; k > 0 && j < Fine; j++)
            {
                double Bias(double share) => Published.BiasVolts[k - 1] + ((Published.BiasVolts[k] - Published.BiasVolts[k - 1]) * share);
                double v0 = Bias((double)j / Fine), v1 = Bias((j + .5) / Fine), v2 = Bias((j + 1.0) / Fine);
                x = Step(x, (s, v) => (Math.Tanh(v / .8) - s) / (p.RelaxationSeconds * Math.Exp(-Math.Abs(v) / 1.5)), v0, v1, v2, h);
                n = Step(n, (s, v) => (capture * Math.Max(v, 0) * (1 - s)) - (emission * s), v0, v1, v2, h);
            }
            double volts = Published.BiasVolts[k], low = -1e-7, high = 1e-7;
            for (int i = 0; i < 80; i++)
            {
                double middle = (low + high) / 2;
                if (Model(volts - (middle * p.SeriesOhms), x, n) > middle)
                    low = middle;
                else
                    high = middle;
            }
            double before = k > 0 ? volts - Published.BiasVolts[k - 1] : Published.BiasVolts[1] - Published.BiasVolts[0];
            double after = k < 250 ? Published.BiasVolts[k + 1] - volts : before;
            Assert.Equal(low + (p.CapacitanceFarads * (before + after) * 251 / 2), current[k], 5e-14);
        }
        Assert.Equal(n, traps, 1e-5);
        Assert.True(current[190] < .9 * without[190]);

        static double Step(double s, Func<double, double, double> f, double v0, double v1, double v2, double h)
        {
            double a = f(s, v0), b = f(s + (h / 2 * a), v1), c = f(s + (h / 2 * b), v1), d = f(s + (h * c), v2);
            return s + (h / 6 * (a + (2 * b) + (2 * c) + d));
        }

        double Model(double effective, double ions, double occupied)
        {
            double onset = p.OnsetVolts - (p.OnsetShiftVolts * ions) + (shift * occupied);
            double softplus = .06 * Math.Log(1 + Math.Exp((effective - onset) / .06));
            return (p.OhmicSiemens * (effective - (p.EmfVolts * ions))) + (p.Coefficient * (1 + (p.Gain * ions)) * Math.Pow(softplus, p.Exponent));
        }
    }

    [Fact]
    public void Ionic_state_relaxes_to_rest_with_tau0()
    {
        IvParameters p = IvParameters.Boundary;
        Assert.Equal(.35 + (.5 / Math.E), IvPhysics.Relax(p, .85, .3), 1e-12);
        Assert.Equal(.35, IvPhysics.Relax(p, .85, 60), 1e-12);
        Assert.Equal(.85, IvPhysics.Relax(p, .85, 0), 1e-12);
    }

    [Fact]
    public void Sweep_allocates_nothing_and_checks_its_destination()
    {
        var current = new double[251];
        double state = 0;
        IvPhysics.Sweep(IvParameters.Interior, Published, ref state, current);
        long before = GC.GetAllocatedBytesForCurrentThread();
        IvPhysics.Sweep(IvParameters.Interior, Published, ref state, current);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Throws<ArgumentException>(() => IvPhysics.Sweep(IvParameters.Interior, Published, ref state, new double[250]));
    }

    private static IvParameters Named(string name) => name switch
    {
        "interior" => IvParameters.Interior,
        "boundary" => IvParameters.Boundary,
        "junction" => IvParameters.Junction,
        _ => IvParameters.AsymmetricBoundary,
    };

    private static (IvQuantities Quantities, double[] Current) Run(IvParameters parameters)
    {
        var current = new double[251];
        double state = parameters.RestState;
        IvPhysics.Sweep(parameters, Published, ref state, current);
        return (IvQuantities.Of(Published, current, 0), current);
    }
}
