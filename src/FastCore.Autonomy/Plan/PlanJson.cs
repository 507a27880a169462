using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Policies;
using FastCore.Learning.CurvePrediction;
using FastCore.Learning.Surrogates;
using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Autonomy.Plan;

/// <summary>The JSON form of a plan: names, ranges and cross-checks of all keys stand here and nowhere else.</summary>
internal static class PlanJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ExperimentPlan Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException exception)
        {
            throw new PlanException("", string.IsNullOrWhiteSpace(json)
                ? "The plan is empty; write {} for a plan of defaults."
                : $"The plan is no valid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1} (NaN and Infinity are no "
                    + "JSON numbers); correct it there.", exception);
        }
        using (document)
            return Read(new PlanReader(document.RootElement, ""));
    }

    public static string Write(ExperimentPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        LimitsPlan limits = plan.Limits;
        FilmPlan film = plan.Controller.Film;
        var root = new JsonObject
        {
            ["seed"] = plan.Seed,
            ["budget"] = plan.Budget,
            ["seedPoints"] = plan.SeedPoints,
            ["seeding"] = PlanReader.NameOf(plan.Seeding),
            ["policy"] = plan.Policy,
            ["patchSize"] = plan.PatchSize is { } size ? size : "auto",
            ["patchNormalization"] = PlanReader.NameOf(plan.PatchNormalization),
            ["descriptors"] = PlanReader.NameOf(plan.Descriptors),
            ["stride"] = plan.Stride,
            ["minimumSeparation"] = plan.MinimumSeparation,
            ["handover"] = PlanReader.NameOf(plan.Handover),
            ["controller"] = new JsonObject
            {
                ["kind"] = PlanReader.NameOf(plan.Controller.Kind),
                ["file"] = plan.Controller.File,
                ["address"] = plan.Controller.Address,
                ["realtime"] = plan.Controller.Realtime,
                ["film"] = new JsonObject
                {
                    ["seed"] = film.Seed,
                    ["rows"] = film.Rows,
                    ["columns"] = film.Columns,
                    ["widthMetres"] = Number(film.WidthMetres),
                    ["grainMetres"] = Number(film.GrainMetres),
                    ["asymmetricShare"] = Number(film.AsymmetricShare),
                    ["boundaryReachMetres"] = Number(film.BoundaryReachMetres),
                    ["junctionReachMetres"] = Number(film.JunctionReachMetres),
                    ["openProbability"] = Number(film.OpenProbability),
                    ["jumpProbability"] = Number(film.JumpProbability),
                    ["wearMetresPerMetre"] = Number(film.WearMetresPerMetre),
                    ["resistanceWearMetres"] = Number(film.ResistanceWearMetres),
                    ["trapCapturePerVoltSecond"] = Number(film.TrapCapturePerVoltSecond),
                    ["trapEmissionPerSecond"] = Number(film.TrapEmissionPerSecond),
                    ["trapShiftVolts"] = Number(film.TrapShiftVolts),
                },
            },
            ["overview"] = new JsonObject
            {
                ["file"] = plan.Overview.File,
                ["channel"] = plan.Overview.Channel,
                ["maps"] = new JsonArray([.. plan.Overview.Maps.Select(map => (JsonNode)new JsonObject
                {
                    ["file"] = map.File,
                    ["channel"] = map.Channel,
                    ["aligned"] = map.Aligned,
                })]),
            },
            ["sweep"] = new JsonObject
            {
                ["peakVolts"] = Number(plan.Sweep.PeakVolts),
                ["samples"] = plan.Sweep.Samples,
                ["durationSeconds"] = Number(plan.Sweep.DurationSeconds),
            },
            ["spectral"] = new JsonObject
            {
                ["scale"] = PlanReader.NameOf(plan.Spectral.Scale),
                ["scaleAmperes"] = Number(plan.Spectral.ScaleAmperes),
                ["novelty"] = PlanReader.NameOf(plan.Spectral.Novelty),
                ["neighbours"] = plan.Spectral.Neighbours,
            },
            ["structural"] = new JsonObject
            {
                ["input"] = PlanReader.NameOf(plan.Structural.Input),
                ["novelty"] = PlanReader.NameOf(plan.Structural.Novelty),
                ["neighbours"] = plan.Structural.Neighbours,
                ["model"] = PlanReader.NameOf(plan.Structural.Model),
            },
            ["acquisition"] = new JsonObject
            {
                ["spectralWeight"] = Number(plan.Acquisition.SpectralWeight),
                ["structuralWeight"] = Number(plan.Acquisition.StructuralWeight),
                ["kappa"] = Number(plan.Acquisition.Kappa),
                ["normalisation"] = PlanReader.NameOf(plan.Acquisition.Normalisation),
                ["travelWeight"] = Number(plan.Acquisition.TravelWeight),
                ["wearWeight"] = Number(plan.Acquisition.WearWeight),
                ["batch"] = plan.Acquisition.Batch,
                ["target"] = plan.Acquisition.Target,
                ["improvementMargin"] = Number(plan.Acquisition.ImprovementMargin),
                ["combination"] = PlanReader.NameOf(plan.Acquisition.Combination),
                ["improvement"] = PlanReader.NameOf(plan.Acquisition.Improvement),
                ["constraint"] = plan.Acquisition.Constraint is not { } constraint ? null : new JsonObject
                {
                    ["quantity"] = constraint.Quantity,
                    ["minimum"] = Number(constraint.Minimum),
                    ["maximum"] = Number(constraint.Maximum),
                },
            },
            ["surrogate"] = new JsonObject
            {
                ["member"] = plan.Surrogate.Member,
                ["coldEpochs"] = plan.Surrogate.ColdEpochs,
                ["warmEpochs"] = plan.Surrogate.WarmEpochs,
                ["everyStepUntil"] = plan.Surrogate.EveryStepUntil,
                ["interval"] = plan.Surrogate.Interval,
                ["surpriseDeviations"] = Number(plan.Surrogate.SurpriseDeviations),
                ["restartInterval"] = plan.Surrogate.RestartInterval,
            },
            ["limits"] = new JsonObject
            {
                ["minimumXMetres"] = Number(limits.MinimumXMetres),
                ["maximumXMetres"] = Number(limits.MaximumXMetres),
                ["minimumYMetres"] = Number(limits.MinimumYMetres),
                ["maximumYMetres"] = Number(limits.MaximumYMetres),
                ["maximumBiasVolts"] = Number(limits.MaximumBiasVolts),
                ["currentComplianceAmperes"] = Number(limits.CurrentComplianceAmperes),
                ["tipTravelMetres"] = Number(limits.TipTravelMetres),
            },
            ["retry"] = new JsonObject
            {
                ["moves"] = plan.Retry.Moves,
                ["sweeps"] = plan.Retry.Sweeps,
            },
            ["latentMap"] = new JsonObject
            {
                ["interval"] = plan.LatentMap.Interval,
                ["epochs"] = plan.LatentMap.Epochs,
                ["latentSize"] = plan.LatentMap.LatentSize,
            },
            ["stop"] = new JsonObject
            {
                ["timeSeconds"] = Number(plan.Stop.TimeSeconds),
                ["noveltyFraction"] = Number(plan.Stop.NoveltyFraction),
                ["noveltySteps"] = plan.Stop.NoveltySteps,
            },
        };
        return root.ToJsonString(Indented);
    }

    // NaN and infinities become words, which Parse refuses with the key's path.
    private static JsonValue? Number(double? value) => value is not { } number ? null
        : double.IsFinite(number) ? JsonValue.Create(number) : JsonValue.Create(number.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static ExperimentPlan Read(PlanReader root)
    {
        string policy = root.Word("policy", new ExperimentPlan().Policy, PolicyRegistry.Names);
        ExperimentPlan standard = PolicyRegistry.Defaults(policy);
        int budget = root.Whole("budget", standard.Budget, 1, ExperimentPlan.LargestBudget);
        // A small budget leaves no room for the default number of seed points.
        int seedPoints = root.Whole("seedPoints", Math.Min(standard.SeedPoints, budget), 1, 1000);
        if (seedPoints > budget)
            throw root.Refuse("seedPoints", seedPoints, $"it cannot exceed the budget, {budget}");
        long? patch = root.WholeOrNull("patchSize", standard.PatchSize, 4, 64, "auto");
        if (patch % 2 == 1)
            throw root.Refuse("patchSize", patch, "an even number from 4 to 64 or \"auto\" is expected");
        SpectralPlan spectral = ReadSpectral(root.Section("spectral"), standard.Spectral);
        var plan = new ExperimentPlan
        {
            Seed = root.Whole("seed", standard.Seed, 0, long.MaxValue),
            Budget = budget,
            SeedPoints = seedPoints,
            Seeding = root.Choice("seeding", standard.Seeding),
            Policy = policy,
            PatchSize = (int?)patch,
            PatchNormalization = root.Choice("patchNormalization", standard.PatchNormalization),
            Descriptors = root.Choice("descriptors", standard.Descriptors),
            Stride = root.Whole("stride", standard.Stride, 1, 64),
            MinimumSeparation = root.Whole("minimumSeparation", standard.MinimumSeparation, 0, 1000),
            Handover = root.Choice("handover", standard.Handover),
            Controller = ReadController(root.Section("controller"), standard.Controller),
            Overview = ReadOverview(root.Section("overview"), standard.Overview),
            Sweep = ReadSweep(root.Section("sweep"), standard.Sweep),
            Spectral = spectral,
            Structural = ReadStructural(root.Section("structural"), standard.Structural),
            Acquisition = ReadAcquisition(root.Section("acquisition"), standard.Acquisition),
            Surrogate = ReadSurrogate(root.Section("surrogate"), standard.Surrogate, policy, spectral.Novelty),
            Limits = ReadLimits(root.Section("limits"), standard.Limits),
            Retry = ReadRetry(root.Section("retry"), standard.Retry),
            LatentMap = ReadLatentMap(root.Section("latentMap"), standard.LatentMap),
            Stop = ReadStop(root.Section("stop"), standard.Stop),
        };
        root.End();
        return plan;
    }

    private static ControllerPlan ReadController(PlanReader? reader, ControllerPlan standard)
    {
        if (reader is null)
            return standard;
        ControllerKind kind = reader.Choice("kind", standard.Kind);
        string? file = reader.TextOrNull("file", standard.File);
        if (kind == ControllerKind.Grid && file is null)
            throw reader.Refuse("file", "absent", "a measured grid needs the path of its file");
        if (kind != ControllerKind.Grid && file is not null)
            throw reader.Refuse("file", file, "only a measured grid has a file; set controller.kind to grid to play a file back");
        string? address = reader.TextOrNull("address", standard.Address);
        if (kind == ControllerKind.Usbip && address is null)
            throw reader.Refuse("address", "absent", "a USB/IP server needs its address, for example localhost:3240");
        if (kind is not (ControllerKind.Usb or ControllerKind.Usbip) && address is not null)
            throw reader.Refuse("address", address, "only controllers on usb and usbip have an address");
        var plan = new ControllerPlan
        {
            Kind = kind,
            File = file,
            Address = address,
            Realtime = reader.Flag("realtime", standard.Realtime),
            Film = ReadFilm(reader.Section("film"), standard.Film),
        };
        reader.End();
        return plan;
    }

    private static OverviewPlan ReadOverview(PlanReader? reader, OverviewPlan standard)
    {
        if (reader is null)
            return standard;
        var plan = new OverviewPlan
        {
            File = reader.TextOrNull("file", standard.File),
            Channel = reader.TextOrNull("channel", standard.Channel),
            Maps = reader.Sections("maps") is { } maps ? [.. maps.Select(ReadMap)] : standard.Maps,
        };
        if (plan.File is null && plan.Channel is not null)
            throw reader.Refuse("channel", plan.Channel, "only an overview from a file has channels; name it by overview.file");
        reader.End();
        return plan;
    }

    private static MapPlan ReadMap(PlanReader reader)
    {
        var map = new MapPlan
        {
            File = reader.TextOrNull("file", null) ?? throw reader.Refuse("file", "absent", "a map needs the path of its file"),
            Channel = reader.TextOrNull("channel", null),
            Aligned = reader.Flag("aligned", false),
        };
        reader.End();
        return map;
    }

    private static FilmPlan ReadFilm(PlanReader? reader, FilmPlan standard)
    {
        if (reader is null)
            return standard;
        var plan = new FilmPlan
        {
            Seed = reader.WholeOrNull("seed", standard.Seed, 0, long.MaxValue, "plan"),
            Rows = reader.Whole("rows", standard.Rows, 16, 4096),
            Columns = reader.Whole("columns", standard.Columns, 16, 4096),
            WidthMetres = reader.Number("widthMetres", standard.WidthMetres, 1e-8, 1e-3),
            GrainMetres = reader.Number("grainMetres", standard.GrainMetres, 1e-9, 1e-3),
            AsymmetricShare = reader.Number("asymmetricShare", standard.AsymmetricShare, 0, 1),
            BoundaryReachMetres = reader.Number("boundaryReachMetres", standard.BoundaryReachMetres, 0, 1e-6),
            JunctionReachMetres = reader.Number("junctionReachMetres", standard.JunctionReachMetres, 0, 1e-6),
            OpenProbability = reader.Number("openProbability", standard.OpenProbability, 0, 1),
            JumpProbability = reader.Number("jumpProbability", standard.JumpProbability, 0, 1),
            WearMetresPerMetre = reader.Number("wearMetresPerMetre", standard.WearMetresPerMetre, 0, 1e-3),
            ResistanceWearMetres = reader.NumberOrNull("resistanceWearMetres", standard.ResistanceWearMetres, 1e-4, 1e6),
            TrapCapturePerVoltSecond = reader.Number("trapCapturePerVoltSecond", standard.TrapCapturePerVoltSecond, 0, 1e4),
            TrapEmissionPerSecond = reader.Number("trapEmissionPerSecond", standard.TrapEmissionPerSecond, 0, 1e4),
            TrapShiftVolts = reader.Number("trapShiftVolts", standard.TrapShiftVolts, -10, 10),
        };
        double pitch = plan.WidthMetres / plan.Columns;
        if (plan.GrainMetres < 2 * pitch || plan.GrainMetres > plan.WidthMetres)
            throw reader.Refuse("grainMetres", plan.GrainMetres, $"with this width and number of columns {2 * pitch:G4} (two pixels) to "
                + $"{plan.WidthMetres:G4} (the width) is allowed");
        if (plan.OpenProbability + plan.JumpProbability > 1)
            throw reader.Refuse("jumpProbability", plan.JumpProbability, $"together with openProbability {plan.OpenProbability} at most 1 is "
                + "allowed");
        reader.End();
        return plan;
    }

    private static SweepPlan ReadSweep(PlanReader? reader, SweepPlan standard)
    {
        if (reader is null)
            return standard;
        var plan = new SweepPlan
        {
            PeakVolts = reader.Number("peakVolts", standard.PeakVolts, -10, 10),
            Samples = reader.Whole("samples", standard.Samples, 5, 100_001),
            DurationSeconds = reader.Number("durationSeconds", standard.DurationSeconds, 1e-3, 3600),
        };
        if (plan.PeakVolts == 0)
            throw reader.Refuse("peakVolts", plan.PeakVolts, "a number from -10 to 10 other than 0 is expected");
        if (plan.Samples % 2 == 0)
            throw reader.Refuse("samples", plan.Samples, "an odd number is expected, so that the peak stands in the middle");
        reader.End();
        return plan;
    }

    private static SpectralPlan ReadSpectral(PlanReader? reader, SpectralPlan standard)
    {
        if (reader is null)
            return standard;
        var plan = new SpectralPlan
        {
            Scale = reader.Choice("scale", standard.Scale),
            ScaleAmperes = reader.Number("scaleAmperes", standard.ScaleAmperes, 1e-18, 1),
            Novelty = reader.Choice("novelty", standard.Novelty),
            Neighbours = reader.Whole("neighbours", standard.Neighbours, 1, 100),
        };
        reader.End();
        return plan;
    }

    private static StructuralPlan ReadStructural(PlanReader? reader, StructuralPlan standard)
    {
        if (reader is null)
            return standard;
        var plan = new StructuralPlan
        {
            Input = reader.Choice("input", standard.Input),
            Novelty = reader.Choice("novelty", standard.Novelty),
            Neighbours = reader.Whole("neighbours", standard.Neighbours, 1, 100),
            Model = reader.Choice("model", standard.Model),
        };
        if (plan.Input == StructuralInput.Dihedral && plan.Novelty is not (NoveltyScore.Knn or NoveltyScore.Min or NoveltyScore.Mean
            or NoveltyScore.Lof))
        {
            throw reader.Refuse("novelty", PlanReader.NameOf(plan.Novelty), "with structural.input dihedral, which gives distances only, one of "
                + "knn, min, mean, lof is expected");
        }
        reader.End();
        return plan;
    }

    private static AcquisitionPlan ReadAcquisition(PlanReader? reader, AcquisitionPlan standard)
    {
        if (reader is null)
            return standard;
        var plan = new AcquisitionPlan
        {
            SpectralWeight = reader.Number("spectralWeight", standard.SpectralWeight, 0, 1000),
            StructuralWeight = reader.Number("structuralWeight", standard.StructuralWeight, 0, 1000),
            Kappa = reader.Number("kappa", standard.Kappa, 0, 1000),
            Normalisation = reader.Choice("normalisation", standard.Normalisation),
            TravelWeight = reader.Number("travelWeight", standard.TravelWeight, 0, 1000),
            WearWeight = reader.Number("wearWeight", standard.WearWeight, 0, 1000),
            Batch = reader.Whole("batch", standard.Batch, 1, 64),
            Target = reader.Word("target", standard.Target, [.. IvQuantityName.All]),
            ImprovementMargin = reader.Number("improvementMargin", standard.ImprovementMargin, 0, 10),
            Combination = reader.Choice("combination", standard.Combination),
            Improvement = reader.Choice("improvement", standard.Improvement),
            Constraint = ReadConstraint(reader.SectionOrNull("constraint")),
        };
        if (plan.SpectralWeight + plan.StructuralWeight == 0)
            throw reader.Refuse("spectralWeight", plan.SpectralWeight, "it or structuralWeight must be above 0, or nothing is asked for");
        if (plan.Constraint is not null && plan.Improvement == ImprovementScore.Ucb)
            throw reader.Refuse("improvement", "ucb", "with acquisition.constraint one of ei, log-ei, probability is expected: a bound may be "
                + "negative and cannot be multiplied by a probability");
        reader.End();
        return plan;
    }

    private static ConstraintPlan? ReadConstraint(PlanReader? reader)
    {
        if (reader is null)
            return null;
        var plan = new ConstraintPlan
        {
            Quantity = reader.Word("quantity", "", [.. IvQuantityName.All]),
            Minimum = reader.NumberOrNull("minimum", null, -1e30, 1e30),
            Maximum = reader.NumberOrNull("maximum", null, -1e30, 1e30),
        };
        reader.End();
        if (plan.Quantity.Length == 0)
            throw reader.Refuse("quantity", "absent", $"one of {string.Join(", ", IvQuantityName.All)} is expected");
        if (plan.Minimum is null && plan.Maximum is null)
            throw reader.Refuse("minimum", "absent", "it or acquisition.constraint.maximum is needed, or nothing is constrained");
        if (plan.Minimum >= plan.Maximum)
            throw reader.Refuse("maximum", plan.Maximum, $"it must exceed acquisition.constraint.minimum, {plan.Minimum}");
        return plan;
    }

    private static SurrogatePlan ReadSurrogate(PlanReader? reader, SurrogatePlan standard, string policy, NoveltyScore novelty)
    {
        // Distances to a curve can be predicted from a predicted curve; the other scores are learned.
        bool predictable = CurveTrainer.Predicts(novelty.Kind());
        if (!predictable && CurveTrainer.MemberNames.Contains(standard.Member))
            standard = standard with { Member = "auto" };
        if (reader is null)
            return standard;
        var plan = new SurrogatePlan
        {
            Member = reader.Word("member", standard.Member, ["auto", .. SurrogateTrainer.MemberNames, .. CurveTrainer.MemberNames]),
            ColdEpochs = reader.Whole("coldEpochs", standard.ColdEpochs, 0, 100_000),
            WarmEpochs = reader.Whole("warmEpochs", standard.WarmEpochs, 0, 100_000),
            EveryStepUntil = reader.Whole("everyStepUntil", standard.EveryStepUntil, 0, 100_000),
            Interval = reader.Whole("interval", standard.Interval, 1, 100_000),
            SurpriseDeviations = reader.Number("surpriseDeviations", standard.SurpriseDeviations, 0, 1000),
            RestartInterval = reader.Whole("restartInterval", standard.RestartInterval, 0, 100_000),
        };
        if (CurveTrainer.MemberNames.Contains(plan.Member))
        {
            if (!predictable)
            {
                throw reader.Refuse("member", plan.Member, $"it predicts curves, from which spectral.novelty {PlanReader.NameOf(novelty)} does not "
                    + "follow; choose auto, or spectral.novelty knn, min or mean");
            }
            if (!PolicyRegistry.Get(policy).AcceptsPredictedCurves)
                throw reader.Refuse("member", plan.Member, $"it predicts curves, which the policy {policy} has no use for; choose auto or another member");
        }
        reader.End();
        return plan;
    }

    private static LatentMapPlan ReadLatentMap(PlanReader? reader, LatentMapPlan standard)
    {
        if (reader is null)
            return standard;
        var plan = new LatentMapPlan
        {
            Interval = reader.Whole("interval", standard.Interval, 0, 100_000),
            Epochs = reader.Whole("epochs", standard.Epochs, 1, 100_000),
            LatentSize = reader.Whole("latentSize", standard.LatentSize, 1, 32),
        };
        if (plan.Interval is > 0 and < 10)
            throw reader.Refuse("interval", plan.Interval, "0 for none, or a whole number of at least 10 is expected");
        reader.End();
        return plan;
    }

    private static LimitsPlan ReadLimits(PlanReader? reader, LimitsPlan standard)
    {
        if (reader is null)
            return standard;
        var plan = new LimitsPlan
        {
            MinimumXMetres = reader.NumberOrNull("minimumXMetres", standard.MinimumXMetres, -1, 1),
            MaximumXMetres = reader.NumberOrNull("maximumXMetres", standard.MaximumXMetres, -1, 1),
            MinimumYMetres = reader.NumberOrNull("minimumYMetres", standard.MinimumYMetres, -1, 1),
            MaximumYMetres = reader.NumberOrNull("maximumYMetres", standard.MaximumYMetres, -1, 1),
            MaximumBiasVolts = reader.NumberOrNull("maximumBiasVolts", standard.MaximumBiasVolts, 0, 10, open: true),
            CurrentComplianceAmperes = reader.NumberOrNull("currentComplianceAmperes", standard.CurrentComplianceAmperes, 0, 1, open: true),
            TipTravelMetres = reader.Number("tipTravelMetres", standard.TipTravelMetres, 0, 1000, open: true),
        };
        if (plan.MinimumXMetres >= plan.MaximumXMetres)
            throw reader.Refuse("maximumXMetres", plan.MaximumXMetres, $"it must exceed limits.minimumXMetres, {plan.MinimumXMetres}");
        if (plan.MinimumYMetres >= plan.MaximumYMetres)
            throw reader.Refuse("maximumYMetres", plan.MaximumYMetres, $"it must exceed limits.minimumYMetres, {plan.MinimumYMetres}");
        reader.End();
        return plan;
    }

    private static RetryPlan ReadRetry(PlanReader? reader, RetryPlan standard)
    {
        if (reader is null)
            return standard;
        var plan = new RetryPlan
        {
            Moves = reader.Whole("moves", standard.Moves, 0, 100),
            Sweeps = reader.Whole("sweeps", standard.Sweeps, 0, 100),
        };
        reader.End();
        return plan;
    }

    private static StopPlan ReadStop(PlanReader? reader, StopPlan standard)
    {
        if (reader is null)
            return standard;
        var plan = new StopPlan
        {
            TimeSeconds = reader.NumberOrNull("timeSeconds", standard.TimeSeconds, 0, 1e9, open: true),
            NoveltyFraction = reader.Number("noveltyFraction", standard.NoveltyFraction, 0, 1),
            NoveltySteps = reader.Whole("noveltySteps", standard.NoveltySteps, 1, 100_000),
        };
        reader.End();
        return plan;
    }
}
