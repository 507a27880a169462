using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Policies;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;

namespace FastCore.Autonomy.Tests.Plan;

public class ExperimentPlanTests
{
    [Fact]
    public void An_empty_object_has_the_defaults_of_the_default_policy()
    {
        ExperimentPlan plan = ExperimentPlan.Parse("{}");
        Assert.Equal(ExperimentPlan.ForPolicy("dual-novelty"), plan);
        Assert.Equal((SeedingMethod.Kmeans, DescriptorSet.Groove, "gp-curve"), (plan.Seeding, plan.Descriptors, plan.Surrogate.Member));
        Assert.Equal((210, 6, 2, 1, "dual-novelty"), (plan.Budget, plan.SeedPoints, plan.MinimumSeparation, plan.Stride, plan.Policy));
        Assert.Equal((0.7, 0.3, 0.0), (plan.Acquisition.SpectralWeight, plan.Acquisition.StructuralWeight, plan.Acquisition.Kappa));
        Assert.Equal((1.5, 251, 1.0), (plan.Sweep.PeakVolts, plan.Sweep.Samples, plan.Sweep.DurationSeconds));
        Assert.Equal((CurrentScale.Asinh, 10e-12, NoveltyScore.Knn, 5), (plan.Spectral.Scale, plan.Spectral.ScaleAmperes, plan.Spectral.Novelty,
            plan.Spectral.Neighbours));
    }

    [Fact]
    public void The_published_policy_brings_raw_patches_equal_weights_and_kappa_two()
    {
        ExperimentPlan plan = ExperimentPlan.Parse("""{"policy": "dual-novelty-published"}""");
        Assert.Equal(StructuralInput.Patch, plan.Structural.Input);
        Assert.Equal((0.5, 0.5, 2.0), (plan.Acquisition.SpectralWeight, plan.Acquisition.StructuralWeight, plan.Acquisition.Kappa));
        Assert.StartsWith("gp-patches", plan.Surrogate.Member);
        Assert.Equal(0.1, ExperimentPlan.Parse("""{"policy": "dual-novelty-published", "acquisition": {"spectralWeight": 0.1}}""")
            .Acquisition.SpectralWeight);
    }

    [Fact]
    public void Every_policy_round_trips_exactly()
    {
        foreach (string policy in PolicyRegistry.Names)
        {
            ExperimentPlan plan = ExperimentPlan.ForPolicy(policy) with
            {
                Seed = long.MaxValue,
                PatchSize = 12,
                Budget = 77,
                SeedPoints = 3,
                Seeding = SeedingMethod.Kmeans,
                Handover = ModelHandover.WhenReady,
                Acquisition = new AcquisitionPlan
                {
                    Kappa = 0.1 + 0.2,
                    Normalisation = PartNormalisation.Rank,
                    Target = "emf",
                    Combination = PartCombination.Pareto,
                    Improvement = ImprovementScore.LogEi,
                    Constraint = new ConstraintPlan { Quantity = "turn-on", Maximum = 1.1 }
                },
                Retry = new RetryPlan { Moves = 0, Sweeps = 3 },
                Limits = new LimitsPlan { MinimumXMetres = 1.1e-7, CurrentComplianceAmperes = 1e-9 },
                Stop = new StopPlan { TimeSeconds = 1.0 / 3 },
                Controller = new ControllerPlan { Film = new FilmPlan { Seed = 9, WidthMetres = 3.3e-6 } },
                Overview = new OverviewPlan { File = "a \"b\".gwy", Channel = "Height" },
            };
            Assert.Equal(plan, ExperimentPlan.Parse(plan.ToJson()));
            Assert.Equal(plan.ToJson(), plan.Checked().ToJson());
        }
    }

    [Theory]
    [InlineData("""{"bugdet": 5}""", "bugdet", "unknown")]
    [InlineData("""{"sweep": {"volts": 5}}""", "sweep.volts", "peakVolts")]
    [InlineData("""{"budget": -1}""", "budget", "-1")]
    [InlineData("""{"budget": 2.5}""", "budget", "2.5")]
    [InlineData("""{"budget": 20001}""", "budget", "20001")]
    [InlineData("""{"budget": "many"}""", "budget", "\"many\"")]
    [InlineData("""{"budget": 99999999999999999999}""", "budget", "whole number")]
    [InlineData("""{"budget": 5, "seedPoints": 6}""", "seedPoints", "6")]
    [InlineData("""{"seed": null}""", "seed", "null")]
    [InlineData("""{"sweep": {"peakVolts": "NaN"}}""", "sweep.peakVolts", "\"NaN\"")]
    [InlineData("""{"sweep": {"peakVolts": 1e999}}""", "sweep.peakVolts", "1e999")]
    [InlineData("""{"sweep": {"peakVolts": 0}}""", "sweep.peakVolts", "other than 0")]
    [InlineData("""{"sweep": {"samples": 250}}""", "sweep.samples", "odd")]
    [InlineData("""{"sweep": 3}""", "sweep", "object")]
    [InlineData("""{"policy": "clever"}""", "policy", "dual-novelty")]
    [InlineData("""{"patchSize": 7}""", "patchSize", "even")]
    [InlineData("""{"acquisition": {"spectralWeight": 0, "structuralWeight": 0}}""", "acquisition.spectralWeight", "above 0")]
    [InlineData("""{"acquisition": {"target": "beauty"}}""", "acquisition.target", "emf")]
    [InlineData("""{"acquisition": {"combination": "mean"}}""", "acquisition.combination", "sum, product, pareto")]
    [InlineData("""{"acquisition": {"improvement": "EI"}}""", "acquisition.improvement", "ei, log-ei, probability, ucb")]
    [InlineData("""{"acquisition": {"constraint": 3}}""", "acquisition.constraint", "object")]
    [InlineData("""{"acquisition": {"constraint": {"minimum": 3}}}""", "acquisition.constraint.quantity", "turn-on")]
    [InlineData("""{"acquisition": {"constraint": {"quantity": "beauty", "minimum": 3}}}""", "acquisition.constraint.quantity", "turn-on")]
    [InlineData("""{"acquisition": {"constraint": {"quantity": "emf"}}}""", "acquisition.constraint.minimum", "maximum")]
    [InlineData("""{"acquisition": {"constraint": {"quantity": "emf", "minimum": 1, "maximum": 1}}}""", "acquisition.constraint.maximum", "exceed")]
    [InlineData("""{"acquisition": {"constraint": {"quantity": "emf", "least": 1}}}""", "acquisition.constraint.least", "minimum")]
    [InlineData("""{"acquisition": {"improvement": "ucb", "constraint": {"quantity": "emf", "minimum": 1}}}""", "acquisition.improvement", "log-ei")]
    [InlineData("""{"retry": {"sweeps": -1}}""", "retry.sweeps", "0 to 100")]
    [InlineData("""{"retry": {"scans": 1}}""", "retry.scans", "moves, sweeps")]
    [InlineData("""{"surrogate": {"member": "oracle"}}""", "surrogate.member", "auto")]
    [InlineData("""{"surrogate": {"member": "gp-curve"}, "spectral": {"novelty": "mahal"}}""", "surrogate.member", "knn, min or mean")]
    [InlineData("""{"surrogate": {"member": "gp-curve-rbf"}, "policy": "thompson"}""", "surrogate.member", "the policy thompson has no use for")]
    [InlineData("""{"descriptors": "patches"}""", "descriptors", "groove")]
    [InlineData("""{"structural": {"novelty": "best"}}""", "structural.novelty", "knn, min, mean, mahal, cos, recon, lof")]
    [InlineData("""{"structural": {"input": "dihedral", "novelty": "mahal"}}""", "structural.novelty",
        "is mahal; with structural.input dihedral, which gives distances only, one of knn, min, mean, lof is expected.")]
    [InlineData("""{"structural": {"input": "dihedral", "novelty": "cos"}}""", "structural.novelty", "is cos; ")]
    [InlineData("""{"structural": {"input": "dihedral", "novelty": "recon"}}""", "structural.novelty", "is recon; ")]
    [InlineData("""{"controller": {"kind": "grid"}}""", "controller.file", "absent")]
    [InlineData("""{"controller": {"file": "a.3ds"}}""", "controller.file", "grid")]
    [InlineData("""{"controller": {"film": {"grainMetres": 1}}}""", "controller.film.grainMetres", "1")]
    [InlineData("""{"overview": {"channel": "Height"}}""", "overview.channel", "overview.file")]
    [InlineData("""{"overview": {"file": ""}}""", "overview.file", "text")]
    [InlineData("""{"overview": {"image": "a.gwy"}}""", "overview.image", "file, channel")]
    [InlineData("""{"limits": {"minimumXMetres": 1e-6, "maximumXMetres": 1e-6}}""", "limits.maximumXMetres", "exceed")]
    [InlineData("""{"stop": {"timeSeconds": 0}}""", "stop.timeSeconds", "above 0")]
    [InlineData("""{"handover": true}""", "handover", "next-step")]
    [InlineData("""{"budget": 1, "budget": 2}""", "budget", "twice")]
    public void What_is_impossible_is_refused_with_key_value_and_what_is_allowed(string json, string key, string part)
    {
        PlanException exception = Assert.Throws<PlanException>(() => ExperimentPlan.Parse(json));
        Assert.Equal(key, exception.Key);
        Assert.Contains($"'{key}'", exception.Message, StringComparison.Ordinal);
        Assert.Contains(part, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Every_novelty_score_is_allowed_where_its_input_gives_what_it_needs()
    {
        foreach (StructuralInput input in Enum.GetValues<StructuralInput>())
        {
            foreach (NoveltyScore score in Enum.GetValues<NoveltyScore>())
            {
                if (input == StructuralInput.Dihedral && score is (NoveltyScore.Mahal or NoveltyScore.Cos or NoveltyScore.Recon))
                    continue;
                ExperimentPlan plan = new()
                {
                    Structural = new StructuralPlan { Input = input, Novelty = score },
                    Spectral = new SpectralPlan { Novelty = score },
                };
                Assert.Equal(plan, plan.Checked());
            }
        }
    }

    [Fact]
    public void A_novelty_that_does_not_follow_from_predicted_curves_is_learned()
    {
        Assert.Equal("auto", ExperimentPlan.Parse("""{"spectral": {"novelty": "lof"}}""").Surrogate.Member);
        Assert.Equal("gp-curve", ExperimentPlan.Parse("""{"spectral": {"novelty": "mean"}}""").Surrogate.Member);
        Assert.Equal(7, ExperimentPlan.Parse("""{"spectral": {"novelty": "cos"}, "surrogate": {"interval": 7}}""").Surrogate.Interval);
    }

    [Fact]
    public void Wear_and_traps_of_the_plan_reach_the_film()
    {
        ExperimentPlan plan = ExperimentPlan.Parse("""
            {"controller": {"film": {"rows": 32, "columns": 32, "widthMetres": 6.25e-7, "wearMetresPerMetre": 1e-6, "resistanceWearMetres": 0.05,
             "trapCapturePerVoltSecond": 4, "trapEmissionPerSecond": 0.5, "trapShiftVolts": 0.2}}}
            """);
        Assert.Equal(plan, ExperimentPlan.Parse(plan.ToJson()));
        using var controller = (SimulatedController)InstrumentFactory.Open(plan);
        Assert.Equal((1e-6, 0.05), (controller.Options.Contact.WearMetresPerMetre, controller.Options.Contact.ResistanceWearMetres));
        Assert.Equal(new TrapOptions { CapturePerVoltSecond = 4, EmissionPerSecond = 0.5, ShiftVolts = 0.2 }, controller.Options.Traps);
        IvParameters point = ((FilmIv)controller.Truth).ParametersAt(new PixelIndex(3, 4));
        Assert.Equal((4, 0.5, 0.2), (point.TrapCapture, point.TrapEmission, point.TrapShiftVolts));
        using var plain = (SimulatedController)InstrumentFactory.Open(ExperimentPlan.Parse("""
            {"controller": {"film": {"rows": 32, "columns": 32, "widthMetres": 6.25e-7}}}
            """));
        Assert.Equal((0, double.PositiveInfinity, new TrapOptions()), (plain.Options.Contact.WearMetresPerMetre,
            plain.Options.Contact.ResistanceWearMetres, plain.Options.Traps));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"budget": NaN}""")]
    [InlineData("""{"budget": 5,}""")]
    public void What_is_no_JSON_object_is_refused(string json) =>
        Assert.EndsWith(".", Assert.Throws<PlanException>(() => ExperimentPlan.Parse(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_plan_made_in_code_is_checked_as_well()
    {
        ExperimentPlan plan = new() { Sweep = new SweepPlan { PeakVolts = double.NaN } };
        Assert.Equal("sweep.peakVolts", Assert.Throws<PlanException>(() => plan.Checked()).Key);
        Assert.Equal("budget", Assert.Throws<PlanException>(() => (new ExperimentPlan() with { Budget = 0 }).Checked()).Key);
    }
}
