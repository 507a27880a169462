using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;
using Xunit;

namespace FastCore.Microscopy.Tests.Control;

public class SimulatedControllerTests
{
    private static readonly BiasWaveform Published = BiasWaveform.Triangle(new Volts(1.5), 251, new Seconds(1));
    private static readonly Film SmallFilm = Film.Create(new FilmOptions { Rows = 64, Columns = 64, Width = new Metres(1.25e-6) }, 7);
    private static readonly InstrumentOptions Quiet = new()
    {
        Amplifier = AmplifierOptions.Ideal,
        Contact = ContactOptions.Ideal,
        PositionNoise = new(0),
        ReadBackNoise = new(0),
        CommandLatencyJitter = new(0),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Undisturbed_sweep_is_the_truth()
    {
        using SimulatedController controller = Open(Quiet);
        var measured = new double[251];
        var truth = new double[251];
        foreach (PixelIndex pixel in new[] { new PixelIndex(10, 12), new PixelIndex(33, 50), new PixelIndex(63, 0) })
        {
            Visit(controller, pixel, measured);
            controller.Truth.CurveAt(pixel, truth);
            // The window's average differs from the value at its centre by the curvature only, but at the ends and the peak.
            for (int k = 2; k < 249; k++)
            {
                if (k is < 124 or > 126)
                    Assert.Equal(truth[k], measured[k], 1e-13 + (1e-3 * Math.Abs(truth[k])));
            }
            Assert.Equal(pixel, controller.PixelUnderTip);
            Assert.InRange(controller.Truth.ClassAt(pixel), 0, controller.Truth.ClassNames.Count - 1);
        }
    }

    [Fact]
    public void Parameters_vary_by_the_spread_about_the_class()
    {
        var truth = new FilmIv(SmallFilm, .2, Published);
        double sum = 0, square = 0;
        for (int row = 0; row < 64; row++)
        {
            for (int column = 0; column < 64; column++)
            {
                var pixel = new PixelIndex(row, column);
                double logarithm = Math.Log(truth.ParametersAt(pixel).Coefficient / FilmIv.ParametersOf(SmallFilm.ClassAt(pixel)).Coefficient);
                sum += logarithm;
                square += logarithm * logarithm;
            }
        }
        Assert.Equal(0, sum / 4096, .01);
        Assert.Equal(.2, Math.Sqrt(square / 4096), .005);
        Assert.Equal(IvParameters.Interior, IvParameters.Interior.Vary(0, 1, 1, 1, 1));
    }

    [Fact]
    public void Same_seed_gives_the_same_visit_and_another_sweep_number_another()
    {
        double[] first = new double[251], second = new double[251], third = new double[251];
        using (SimulatedController controller = Open(new InstrumentOptions()))
        {
            Visit(controller, new PixelIndex(20, 20), new double[251]);
            Visit(controller, new PixelIndex(40, 40), first);
        }
        using (SimulatedController controller = Open(new InstrumentOptions()))
        {
            Visit(controller, new PixelIndex(20, 20), new double[251]);
            Visit(controller, new PixelIndex(40, 40), second);
        }
        using (SimulatedController controller = Open(new InstrumentOptions()))
            Visit(controller, new PixelIndex(40, 40), third);
        Assert.Equal(first, second);
        Assert.NotEqual(first, third);
    }

    [Fact]
    public void Resumed_instrument_repeats_the_sweep_of_that_number()
    {
        double[] first = new double[251], resumed = new double[251];
        Seconds before;
        using (SimulatedController controller = Open(new InstrumentOptions()))
        {
            Visit(controller, new PixelIndex(20, 20), new double[251]);
            before = controller.Elapsed;
            Visit(controller, new PixelIndex(40, 40), first);
        }
        using (SimulatedController controller = Open(new InstrumentOptions()))
        {
            controller.ResumeAt(1, 1, before);
            Visit(controller, new PixelIndex(40, 40), resumed);
        }
        // Travel from another start differs by less than a second: 0.02 pA of drift, which the pre-trigger removes up to a converter step.
        for (int k = 0; k < 251; k++)
            Assert.Equal(first[k], resumed[k], 1e-14);
    }

    [Fact]
    public void Point_remembers_a_sweep_for_a_few_lifetimes()
    {
        using SimulatedController controller = Open(Quiet);
        double[] rested = new double[251], again = new double[251], later = new double[251];
        var pixel = new PixelIndex(30, 30);
        Visit(controller, pixel, rested);
        Visit(controller, pixel, again);
        ((VirtualClock)controller.Clock).Advance(new Seconds(60));
        Visit(controller, pixel, later);
        Assert.NotEqual(rested[60], again[60]);
        Assert.Equal(rested, later);
    }

    [Fact]
    public void Virtual_time_is_that_of_the_motion_model()
    {
        using SimulatedController controller = Open(Quiet);
        double before = controller.Elapsed.Value;
        StagePosition from = controller.Position, to = SmallFilm.Frame.ToStage(new PixelIndex(0, 0));
        Visit(controller, new PixelIndex(0, 0), new double[251]);
        double expected = controller.Motion.VisitTime(from, to, new Seconds(1)).Value + (3 * .001);
        Assert.Equal(expected, controller.Elapsed.Value - before, 1e-6);
        Assert.Equal(.1 + .2 + 1 + (from.DistanceTo(to).Value / 2e-6), expected - .003, 1e-9);
        before = controller.Elapsed.Value;
        controller.AcquireOverview(Token);
        Assert.Equal(64.001, controller.Elapsed.Value - before, 1e-6);
    }

    [Fact]
    public void Read_back_differs_from_the_command_by_the_noise()
    {
        using SimulatedController controller = Open(new InstrumentOptions());
        double square = 0;
        StagePosition target = SmallFilm.Frame.ToStage(new PixelIndex(32, 32));
        for (int k = 0; k < 400; k++)
        {
            StagePosition read = controller.MoveTo(target, Token);
            square += Math.Pow(read.X.Value - target.X.Value, 2);
        }
        Assert.Equal(Math.Sqrt(1.09) * 1e-9, Math.Sqrt(square / 400), .12e-9);
    }

    [Fact]
    public void Misuse_is_refused_with_what_to_do()
    {
        using SimulatedController controller = Open(Quiet);
        var current = new double[251];
        StagePosition target = SmallFilm.Frame.ToStage(new PixelIndex(5, 5));
        Refused("Sweep", "Approach", () => controller.Sweep(Published, current, Token));
        controller.Approach(Token);
        Refused("MoveTo", "Retract", () => controller.MoveTo(target, Token));
        Refused("Approach", "Retract", () => controller.Approach(Token));
        Refused("AcquireOverview", "Retract", () => controller.AcquireOverview(Token));
        controller.Retract();
        controller.Retract();
        controller.MoveTo(target, Token);
        Assert.Equal(TipState.Lifted, controller.State);
        Assert.Throws<ArgumentException>(() => controller.Sweep(Published, new double[3], Token));
        controller.Dispose();
        controller.Retract();
        Assert.Throws<ObjectDisposedException>(() => controller.MoveTo(target, Token));
    }

    [Fact]
    public void Limits_come_before_everything()
    {
        var faults = new InstrumentOptions { Faults = [new ScriptedFault(1, SimulatedFault.Disconnect)] };
        using SimulatedController controller = Open(faults);
        double before = controller.Elapsed.Value;
        Violates(() => controller.MoveTo(new StagePosition(new Metres(9e-6), new Metres(0)), Token));
        Violates(() => controller.MoveTo(new StagePosition(new Metres(double.NaN), new Metres(0)), Token));
        Violates(() => controller.Sweep(BiasWaveform.Triangle(new Volts(2.5), 251, new Seconds(1)), new double[251], Token));
        Assert.Equal(before, controller.Elapsed.Value);
        using SimulatedController fast = Open(new InstrumentOptions { Motion = new MotionModel { SpeedMetresPerSecond = 1e-3 } });
        Violates(() => fast.MoveTo(fast.Position, Token));
    }

    [Fact]
    public void Compliance_stops_a_sweep_early()
    {
        SafetyLimits limits = SafetyLimits.ForFrame(SmallFilm.Frame) with { CurrentCompliance = new Amperes(.1e-9) };
        using var controller = new SimulatedController(SmallFilm, ScanOptions.Ideal, Quiet, 3, null, limits);
        controller.Approach(Token);
        double before = controller.Elapsed.Value;
        var stopped = Assert.Throws<InstrumentException>(() => controller.Sweep(Published, new double[251], Token));
        Assert.Equal(InstrumentError.OverCurrent, stopped.Error);
        Assert.Contains("100 pA", stopped.Message, StringComparison.Ordinal);
        Assert.InRange(controller.Elapsed.Value - before, .1, .6);
        Assert.Equal(TipState.Contact, controller.State);
        controller.Retract();
    }

    [Theory]
    [InlineData(SimulatedFault.Refuse, InstrumentError.Refused, TipState.Lifted)]
    [InlineData(SimulatedFault.Stall, InstrumentError.Timeout, TipState.Lifted)]
    [InlineData(SimulatedFault.Crash, InstrumentError.TipCrash, TipState.Crashed)]
    [InlineData(SimulatedFault.Disconnect, InstrumentError.LinkLost, TipState.Disconnected)]
    public void Scripted_fault_comes_at_its_command(SimulatedFault fault, InstrumentError error, TipState state)
    {
        using SimulatedController controller = Open(Quiet with { Faults = [new ScriptedFault(2, fault, "MoveTo")] });
        StagePosition target = SmallFilm.Frame.ToStage(new PixelIndex(5, 5));
        controller.MoveTo(target, Token);
        Assert.Equal(error, Assert.Throws<InstrumentException>(() => controller.MoveTo(target, Token)).Error);
        Assert.Equal(state, controller.State);
        bool once = state == TipState.Lifted;
        if (!once)
            Assert.Equal(error, Assert.Throws<InstrumentException>(() => controller.Approach(Token)).Error);
        controller.Retract();
        if (fault == SimulatedFault.Disconnect)
            Assert.Throws<InstrumentException>(() => controller.MoveTo(target, Token));
        else
            controller.MoveTo(target, Token);
    }

    [Fact]
    public void Saturation_and_over_current_hit_the_next_sweep()
    {
        using SimulatedController controller = Open(Quiet with
        {
            Faults = [new ScriptedFault(1, SimulatedFault.Saturate, "Sweep"), new ScriptedFault(2, SimulatedFault.OverCurrent, "Sweep")],
        });
        var current = new double[251];
        controller.Approach(Token);
        controller.Sweep(Published, current, Token);
        Assert.True(new QualityGate().Assess(Published, current, new double[251]).Quality.HasFlag(IvQuality.Saturated));
        Assert.Equal(InstrumentError.OverCurrent, Assert.Throws<InstrumentException>(() => controller.Sweep(Published, current, Token)).Error);
        controller.Sweep(Published, current, Token);
        Assert.InRange(current.Max(), 1e-12, 9e-9);
    }

    [Fact]
    public async Task Cancelled_real_time_sweep_ends_at_once_and_leaves_the_tip_to_retract()
    {
        using SimulatedController controller = Open(Quiet with { RealTime = true, Motion = new MotionModel { Lift = new(0), Settle = new(0) } });
        Assert.Same(TimeProvider.System, controller.Clock);
        using var cancel = new CancellationTokenSource();
        controller.Approach(Token);
        BiasWaveform slow = BiasWaveform.Triangle(new Volts(1.5), 251, new Seconds(3600));
        Task sweep = Task.Run(() => controller.Sweep(slow, new double[251], cancel.Token), Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sweep);
        controller.Retract();
        Assert.Equal(TipState.Lifted, controller.State);
        Assert.ThrowsAny<OperationCanceledException>(() => controller.Approach(cancel.Token));
    }

    [Fact]
    public void Worn_tip_has_a_larger_contact()
    {
        var worn = new ContactOptions { WearMetresPerMetre = 1e-6 };
        Assert.Equal(1, Contact.AreaFactor(worn, 0), 1e-12);
        // 25 nm of travel-worn growth after 25 mm doubles the radius: area x 2^(2/3).
        Assert.Equal(Math.Pow(2, 2.0 / 3), Contact.AreaFactor(worn, 25e-3), 1e-12);
    }

    [Fact]
    public void Contact_wears_with_the_path_of_the_overview_as_the_closed_form_says()
    {
        // 64 lines of 1.25 um, forth and back: 0.16 mm. A tenth of SPEC 8's lengths, so that 1.6 nm of radius and a factor exp(0.032) are seen.
        var options = Quiet with { Contact = ContactOptions.Ideal with { WearMetresPerMetre = 1e-5, ResistanceWearMetres = 5e-3 } };
        using SimulatedController worn = Open(options);
        worn.AcquireOverview(Token);
        var measured = new double[251];
        var pixel = new PixelIndex(10, 12);
        Visit(worn, pixel, measured);
        IvParameters fresh = ((FilmIv)worn.Truth).ParametersAt(pixel);
        double factor = Math.Exp(1.6e-4 / 5e-3);
        Assert.Equal(factor, worn.LastContact.ResistanceFactor, 1e-12);
        IvParameters expected = fresh with { Coefficient = fresh.Coefficient * Math.Pow(26.6 / 25, 2.0 / 3), SeriesOhms = fresh.SeriesOhms * factor };
        var truth = new double[251];
        double state = fresh.RestState;
        IvPhysics.Sweep(expected, Published, ref state, truth);
        for (int k = 2; k < 249; k++)
        {
            if (k is < 124 or > 126)
                Assert.Equal(truth[k], measured[k], 1e-13 + (1e-3 * Math.Abs(truth[k])));
        }
        using SimulatedController unworn = Open(Quiet);
        unworn.AcquireOverview(Token);
        var before = new double[251];
        Visit(unworn, pixel, before);
        Assert.True(measured[120] > 1.01 * before[120]);
    }

    [Fact]
    public void Traps_are_remembered_between_visits_and_empty_with_time()
    {
        using SimulatedController controller = Open(Quiet with
        {
            Traps = new TrapOptions { CapturePerVoltSecond = 4, EmissionPerSecond = .01, ShiftVolts = .3 },
        });
        var pixel = new PixelIndex(10, 12);
        IvParameters point = ((FilmIv)controller.Truth).ParametersAt(pixel);
        double[] first = new double[251], second = new double[251], truth = new double[251];
        Visit(controller, pixel, first);
        controller.Truth.CurveAt(pixel, truth);
        for (int k = 2; k < 120; k++)
            Assert.Equal(truth[k], first[k], 1e-13 + (1e-3 * Math.Abs(truth[k])));
        double end = controller.Elapsed.Value - (controller.Motion.Lift.Value / 2);
        // Half a minute of scanning: ions have come to rest, traps have not.
        controller.AcquireOverview(Token);
        controller.MoveTo(SmallFilm.Frame.ToStage(pixel), Token);
        controller.Approach(Token);
        double rested = controller.Elapsed.Value + controller.Options.CommandLatency.Value - end;
        controller.Sweep(Published, second, Token);
        Assert.InRange(rested, 60, 80);
        double state = point.RestState, traps = 0;
        IvPhysics.Sweep(point, Published, ref state, ref traps, truth);
        traps *= Math.Exp(-.01 * rested);
        state = point.RestState;
        IvPhysics.Sweep(point, Published, ref state, ref traps, truth);
        for (int k = 2; k < 120; k++)
            Assert.Equal(truth[k], second[k], 1e-13 + (1e-3 * Math.Abs(truth[k])));
        // Forgotten traps would give the first curve again.
        Assert.Contains(Enumerable.Range(2, 118), k => first[k] - second[k] > 1e-12 + (1e-2 * first[k]));
        InstrumentOptions impossible = Quiet with { Traps = new TrapOptions { EmissionPerSecond = double.NaN } };
        Assert.Contains("EmissionPerSecond", Assert.Throws<ArgumentException>(() => Open(impossible)).Message, StringComparison.Ordinal);
    }

    private static SimulatedController Open(InstrumentOptions options) => new(SmallFilm, ScanOptions.Ideal, options, 3);

    private static void Visit(SimulatedController controller, PixelIndex pixel, double[] current)
    {
        controller.MoveTo(SmallFilm.Frame.ToStage(pixel), Token);
        controller.Approach(Token);
        controller.Sweep(Published, current, Token);
        controller.Retract();
    }

    private static void Refused(string operation, string hint, Action action)
    {
        var refused = Assert.Throws<InstrumentException>(action);
        Assert.Equal(InstrumentError.Refused, refused.Error);
        Assert.Equal(operation, refused.Operation);
        Assert.Contains(hint, refused.Message, StringComparison.Ordinal);
    }

    private static void Violates(Action action) => Assert.Equal(InstrumentError.LimitViolation, Assert.Throws<InstrumentException>(action).Error);
}
