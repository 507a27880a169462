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
            double current = IvPhysics.Conduction(p, volts, .4, 0);
            double effective = volts - (current * p.SeriesOhms);
            double onset = p.OnsetVolts - (p.OnsetShiftVolts * .4);
            double softplus = .06 * Math.Log(1 + Math.Exp((effective - onset) / .06));
            double expected = (p.OhmicSiemens * (effective - (p.EmfVolts * .4)))
                + (p.Coefficient * (1 + (p.Gain * .4)) * Math.Pow(softplus, p.Exponent));
            Assert.Equal(expected, current, 1e-15);
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
