using System.Globalization;
using FastCore.Autonomy.Records;
using FastCore.Compute.Execution;
using FastCore.Learning.Descriptors;
using FastCore.Learning.DualVae;
using FastCore.Learning.Statistics;
using FastCore.Microscopy.Imaging;

namespace FastCore.Autonomy.LatentMap;

/// <summary>Trains a Dual-VAE on pairs and finds out what its codes go with.</summary>
public static class LatentMapTraining
{
    private const int ManifoldSide = 10;

    /// <summary>
    /// What maps are trained with in corrected arithmetic: curves are decoded from patches too, and encoders see patches turned and with noise; without
    /// that the codes of patches mislead about the curves of pairs that were held out. Few pairs do not teach what a groove is, so the encoder is told. A
    /// divergence that comes in slowly, free bits and a weak pull between the codes keep dimensions from collapsing. 200 pairs do not need the published
    /// 256 units a layer.
    /// </summary>
    public static DualVaeOptions CorrectedOptions { get; } = new()
    {
        EncoderWidths = [128, 128],
        DecoderWidths = [128, 128],
        Features = PatchFeatures.Groove,
        CrossWeight = 1,
        TurnPatches = true,
        NoiseLevel = 0.1,
        Gamma = 1,
        FreeBits = 1,
        LearningRate = 1e-3,
        Epochs = 300,
        BetaWarmUpEpochs = 150,
    };

    /// <summary>Trains and analyses.</summary>
    /// <param name="table">The pairs.</param>
    /// <param name="settings">What the user said.</param>
    /// <param name="backend">Where the model computes.</param>
    /// <param name="executor">Its name, for the record.</param>
    /// <param name="progress">Called after each epoch.</param>
    /// <param name="cancellationToken">Ends the training; the model so far is analysed and returned.</param>
    /// <exception cref="InvalidDataException">Pairs that no model can be trained on.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before the first epoch.</exception>
    public static (DualVaeModel Model, LatentMapRecord Record) Run(PairTable table, LatentMapSettings settings, ExecutionBackend backend,
        string executor,
        Action<MapEpoch>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(settings);
        DualVaeDataSet data = Check(table);
        DualVaeOptions options = OptionsOf(table, settings);
        DualVaeModel model;
        long start = TimeProvider.System.GetTimestamp();
        try
        {
            model = new DualVaeTrainer(backend).Train(data, options, epoch => progress?.Invoke(Epoch(epoch)), null, cancellationToken);
        }
        catch (ArgumentException problem)
        {
            throw new InvalidDataException($"{table.Source}: {problem.Message}", problem);
        }
        double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        LatentMapRecord record = Describe(table, data, model, settings, backend) with
        {
            Executor = executor,
            TrainingSeconds = seconds,
            EpochsAsked = options.Epochs,
            Cancelled = cancellationToken.IsCancellationRequested && model.Epochs < options.Epochs,
        };
        return (model, record);
    }

    /// <summary>Pairs that a model can be trained on: what can be wrong with them is found before anything begins.</summary>
    /// <exception cref="InvalidDataException">Patches or curves that do not vary, values that are not finite, or too few pairs.</exception>
    public static DualVaeDataSet Check(PairTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        // One picture or one curve again and again teaches nothing, and scaling it would divide by nothing.
        if (Constant(table.Patches))
            throw new InvalidDataException($"{table.Source}: all patches are constant: there is no structure to learn.");
        if (Constant(table.Spectra))
            throw new InvalidDataException($"{table.Source}: all curves are constant: there is nothing to learn.");
        try
        {
            return new DualVaeDataSet(ShapeOf(table), table.Patches, table.Spectra);
        }
        catch (ArgumentException problem)
        {
            throw new InvalidDataException($"{table.Source}: {problem.Message}", problem);
        }

        static bool Constant(double[] values) => Array.TrueForAll(values, value => value == values[0]);
    }

    /// <summary>The options that a training of these pairs gets.</summary>
    /// <exception cref="ArgumentException">A setting that cannot be; the sentence says what is allowed.</exception>
    public static DualVaeOptions OptionsOf(PairTable table, LatentMapSettings settings)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(settings);
        double share = settings.HeldOutShare ?? (settings.Published || table.Count < LatentMapSettings.FewestForHoldingOut ? 0 : 0.2);
        DualVaeOptions options = settings.Published ? new DualVaeOptions { Mode = DualVaeMode.Published }
            : CorrectedFor(table.PatchHeight, table.PatchWidth, settings.Epochs ?? CorrectedOptions.Epochs);
        options = options with { LatentSize = settings.LatentSize, Seed = settings.Seed, ValidationShare = share };
        options = settings.Epochs is { } epochs ? options with { Epochs = epochs } : options;
        return DualVaeOptionText.Apply(options, settings.Options);
    }

    /// <summary><see cref="CorrectedOptions"/> for patches of a size, the divergence coming in over the first half of the epochs.</summary>
    internal static DualVaeOptions CorrectedFor(int patchHeight, int patchWidth, int epochs) => CorrectedOptions with
    {
        Epochs = epochs,
        BetaWarmUpEpochs = epochs / 2,
        Features = Math.Min(patchHeight, patchWidth) < PatchGrooves.SmallestSide ? PatchFeatures.None : CorrectedOptions.Features,
    };

    /// <summary>Sizes of a pair as the model names them.</summary>
    public static DualVaeShape ShapeOf(PairTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return new DualVaeShape(table.PatchHeight, table.PatchWidth, table.SpectrumLength, table.PatchChannels, table.SpectrumChannels);
    }

    /// <summary>Latent codes of the patches around the pixels of an image, one map for each dimension.</summary>
    /// <param name="inference">The model.</param>
    /// <param name="images">An image for each channel of a patch, all of one frame; what is more is not looked at.</param>
    /// <exception cref="InvalidDataException">The images are smaller than a patch, or fewer than the model has channels.</exception>
    public static IReadOnlyList<CandidateMap> MapOf(DualVaeInference inference, IReadOnlyList<MapImage> images)
    {
        ArgumentNullException.ThrowIfNull(inference);
        ArgumentNullException.ThrowIfNull(images);
        RequireImages(inference.Model.Shape, images);
        ScanFrame frame = images[0].Scan.Frame;
        double[] values = [.. images.Take(inference.Model.Shape.PatchChannels).SelectMany(image => image.Levelled.Select(value => (double)value))];
        DualVaeMap map = inference.Map(values, frame.Rows, frame.Columns, wholePatches: true);
        return [.. Enumerable.Range(0, map.Codes.Content).Select(d =>
            new CandidateMap($"latent {d + 1}", "dimensionless", map.FirstRow, map.FirstColumn, 1, map.Rows,
            map.Columns, Array.ConvertAll(map.Content(d), value => (float)value)))];
    }

    internal static void RequireImages(DualVaeShape shape, IReadOnlyList<MapImage> images)
    {
        if (shape.PatchChannels > images.Count)
        {
            throw new InvalidDataException($"The model was trained on patches of {shape.PatchChannels} channel{(shape.PatchChannels == 1 ? "" : "s")}; "
                + $"{images.Count} image{(images.Count == 1 ? " is" : "s are")} given: name the folder of a run with as many maps as that of the training.");
        }
        ScanFrame frame = images[0].Scan.Frame;
        if (frame.Rows < shape.PatchHeight || frame.Columns < shape.PatchWidth)
        {
            throw new InvalidDataException($"The image has {frame.Rows} x {frame.Columns} pixels; the model was trained on patches of {shape.PatchHeight} x "
                + $"{shape.PatchWidth}, and one must fit.");
        }
    }

    private static LatentMapRecord Describe(PairTable table, DualVaeDataSet data, DualVaeModel model, LatentMapSettings settings, ExecutionBackend backend)
    {
        using var inference = new DualVaeInference(backend, model);
        DualVaeCodes patches = inference.EncodePatches(table.Patches), curves = inference.EncodeSpectra(table.Spectra);
        double[] patchCodes = patches.ContentMeans(), curveCodes = curves.ContentMeans();
        DualVaeManifold manifold = inference.Manifold(ManifoldSide);
        int cells = manifold.Rows * manifold.Columns;
        return new LatentMapRecord
        {
            Table = table,
            Mode = model.Options.Mode == DualVaeMode.Published ? "published" : "corrected",
            LatentSize = model.Options.LatentSize,
            Epochs = model.Epochs,
            EpochsAsked = model.Epochs,
            Seed = model.Options.Seed,
            ParameterCount = model.ParameterCount,
            Options = Words(model),
            History = [.. model.History.Select(Epoch)],
            PatchCodes = patchCodes,
            CurveCodes = curveCodes,
            HeldOut = model.HeldOut,
            Manifold = new MapManifold(manifold.RowValues, manifold.ColumnValues, manifold.RowDimension, manifold.ColumnDimension,
                First(manifold.Patches, cells, model.Shape.PatchValues, model.Shape.Pixels),
                    First(manifold.Spectra, cells, model.Shape.SpectrumValues, model.Shape.SpectrumLength)),
            Maps = table.Images.Count > 0 ? MapOf(inference, table.Images) : [],
            Monitors = Monitors(inference, table, data, patchCodes, curveCodes),
            Analysis = CodeAnalysis.Run(table, patchCodes, curveCodes, model.Options.LatentSize, model.HeldOut, settings.Seed, settings.Permutations),
        };
    }

    private static MapMonitor[] Monitors(DualVaeInference inference, PairTable table, DualVaeDataSet data, double[] patchCodes, double[] curveCodes)
    {
        int size = inference.Model.Options.LatentSize;
        DualVaeReport report = DualVaeMonitors.Evaluate(inference, data);
        double apart = Enumerable.Range(0, patchCodes.Length).Average(k => Math.Abs(patchCodes[k] - curveCodes[k]));
        string where = report.HeldOut ? $"on the {report.Pairs} pairs held out" : "on the pairs that were trained on, which flatters";
        double toCurve = Share(report.SpectrumFromPatch), toPatch = Share(report.PatchFromSpectrum);
        return
        [
            Collapsed("patches", "patch"), Collapsed("curves", "spectrum"), .. Directions(),
            new MapMonitor("alignment from identity", report.AlignmentDistance,
                $"The learned alignment A is {Figure(report.AlignmentDistance)} from the identity (Frobenius norm).", false),
            new MapMonitor("distance of the means", apart,
                $"The two codes of a pair are {Figure(apart)} apart (mean of |z patch − z curve| of the means, by dimension).", false),
            new MapMonitor("patch-to-curve error", toCurve, toCurve < 1
                ? $"Curves predicted from patches are off by {Percent(1 - toCurve)} less than the mean curve (root mean square, {where})."
                : $"Curves predicted from patches are no better than the mean curve ({Percent(toCurve)} of its error, {where}): structure says little "
                    + "about transport here, or the model has not learned it.", toCurve >= 1),
            .. ByClass(),
            new MapMonitor("curve-to-patch error", toPatch,
                $"Patches predicted from curves, unturned, have {Percent(toPatch)} of the error of the mean patch (root mean square, {where}).", false),
            new MapMonitor("neighbours shared", report.NeighbourAgreement,
                $"Of the {report.Neighbours} nearest neighbours of a pair, both codes agree on {Percent(report.NeighbourAgreement)}; by chance on "
                    + $"{Percent(report.NeighbourChance)}.", false),
            new MapMonitor("evidence lower bound", report.EvidenceLowerBound,
                $"The evidence lower bound is {Figure(report.EvidenceLowerBound)} nats a pair {where}; with {Figure(report.ImportanceBound)} by importance "
                    + "weights.", false),
        ];

        // The same by what the places are, where that is known. A film's class 0 is the inside of grains; structure can only tell of the others.
        IEnumerable<MapMonitor> ByClass()
        {
            DualVaePairError[] known = [.. report.PairErrors.Where(error => table.TrueClasses.Count > 0 && table.TrueClasses[error.Pair] >= 0)];
            if (known.Length == 0)
                yield break;
            double beside = DualVaePairError.Share(known.Where(error => table.TrueClasses[error.Pair] > 0));
            beside = double.IsFinite(beside) ? beside : toCurve;
            string parts = string.Join(", ", known.GroupBy(error => table.TrueClasses[error.Pair]).OrderBy(group => group.Key)
                .Select(group => $"{table.ClassNames[group.Key]} {Percent(DualVaePairError.Share(group))} ({group.Count()})"));
            yield return new MapMonitor("patch-to-curve error by class", beside, $"Error of curves predicted from patches over that of the mean curve by true class: {parts}.", false);
        }

        // Dimensions that are all in use may still say the same.
        IEnumerable<MapMonitor> Directions()
        {
            if (size < 2)
                yield break;
            (double patches, double curves) = (report.PatchDirections, report.SpectrumDirections);
            bool line = Math.Min(patches, curves) < 1.1;
            yield return new MapMonitor("directions of curves", curves, $"The codes of the patches vary in {Figure(patches)} directions, those of the curves in {Figure(curves)} "
                + $"(participation ratio){(line ? ": near 1 they lie on a line, and the dimensions say the same" : "")}.", false);
        }

        // A patch's angle and shifts are no part of the map.
        MapMonitor Collapsed(string what, string modality)
        {
            DualVaeDimension[] shared = [.. report.Dimensions.Where(d => d.Modality == modality).TakeLast(size)];
            int[] silent = [.. Enumerable.Range(1, size).Where(d => !shared[d - 1].Active)];
            string carried = string.Join(" and ", shared.Select(d => Figure(d.Divergence)));
            return new MapMonitor($"collapsed dimensions of {what}", silent.Length, silent.Length == 0
                ? $"All {size} dimensions of the {what} are in use; they carry {carried} nats."
                : $"Latent {string.Join(" and ", silent)} of the {what} {(silent.Length == 1 ? "has" : "have")} collapsed: the {what} say nothing by "
                    + $"{(silent.Length == 1 ? "it" : "them")}; the dimensions carry {carried} nats.", silent.Length > 0);
        }

        static double Share(DualVaeCrossError error) => error.MeanOnly > 0 ? error.Model / error.MeanOnly : double.NaN;
    }

    private static MapEpoch Epoch(DualVaeEpoch epoch) => new(epoch.Number, epoch.Training.Total, epoch.Training.PatchError,
        epoch.Training.SpectrumError,
        epoch.Training.PatchDivergence, epoch.Training.SpectrumDivergence, epoch.Training.Distance, epoch.Validation?.Total ?? double.NaN,
            epoch.Validation?.Distance ?? double.NaN);

    private static double[] First(double[] values, int count, int length, int first)
    {
        var result = new double[count * first];
        for (int i = 0; i < count; i++)
            values.AsSpan(i * length, first).CopyTo(result.AsSpan(i * first));
        return result;
    }

    private static KeyValuePair<string, string>[] Words(DualVaeModel model)
    {
        DualVaeOptions o = model.Options;
        return
        [
            new("mode", o.Mode == DualVaeMode.Published ? "published" : "corrected"), new("latent size", Whole(o.LatentSize)),
                new("invariance", Spaced(o.Invariance.ToString())),
                new("features of patches", o.Features == PatchFeatures.Groove ? "nearest groove" : "none"),
            new("encoder widths", string.Join(", ", o.EncoderWidths)), new("decoder widths", string.Join(", ", o.DecoderWidths)),
                new("trained values", Whole(model.ParameterCount)),
            new("beta", Figure(o.Beta)), new("beta warm-up epochs", Whole(o.BetaWarmUpEpochs)), new("free bits", Figure(o.FreeBits)),
                new("gamma", Figure(o.Gamma)),
            new("cosine weight", Figure(o.CosineWeight)), new("cross weight", Figure(o.CrossWeight)),
                new("patches turned", o.TurnPatches ? "yes" : "no"), new("noise level", Figure(o.NoiseLevel)),
                new("divergence", Spaced(o.Divergence.ToString())),
            new("learning rate", Figure(o.LearningRate)), new("epochs", Whole(model.Epochs)), new("weights of epoch", Whole(model.WeightsOfEpoch)),
            new("held-out share", Figure(o.ValidationShare)), new("patch scaling", Spaced(o.PatchScaling.ToString())),
                new("curve scaling", Spaced(o.SpectrumScaling.ToString())), new("seed", o.Seed.ToString(CultureInfo.InvariantCulture)),
        ];
    }

    private static string Spaced(string name) => string.Concat(name.Select((c, k) => char.IsUpper(c) ? (k > 0 ? " " : "") + char.ToLowerInvariant(c)
        : c.ToString()));

    private static string Percent(double share) => (100 * share).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    private static string Whole(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Figure(double value) => value.ToString("0.###", CultureInfo.InvariantCulture) is var text && text == "0" && value != 0
        ? value.ToString("0.###e0", CultureInfo.InvariantCulture) : text;
}
