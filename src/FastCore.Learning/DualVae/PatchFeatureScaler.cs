using FastCore.Compute.Execution;
using FastCore.Learning.Checkpoints;
using FastCore.Learning.Descriptors;
using FastCore.Learning.Scaling;

namespace FastCore.Learning.DualVae;

/// <summary>
/// What the patch encoder is told of a patch beside its pixels: the thirteen descriptors of <see cref="PatchGrooves"/> of each channel, in deviations
/// over the training pairs and at most three of them. Fitted to the training pairs and saved with the model.
/// </summary>
internal sealed class PatchFeatureScaler
{
    private const double MostDeviations = 3;
    private const string Name = "features";
    private readonly double[] scale;
    private readonly Standardizer descriptors;

    private PatchFeatureScaler(double[] scale, Standardizer descriptors) => (this.scale, this.descriptors) = (scale, descriptors);

    /// <summary>Descriptors of one patch, all channels.</summary>
    public int Count => descriptors.Mean.Length;

    /// <summary>Fits to patches.</summary>
    /// <param name="shape">Sizes of a pair.</param>
    /// <param name="patches">n x values.</param>
    public static PatchFeatureScaler Fit(DualVaeShape shape, double[] patches)
    {
        // Descriptors want heights without a unit: of each channel, over the mean deviation of its patches.
        var scale = new double[shape.PatchChannels];
        int count = patches.Length / shape.PatchValues;
        for (int k = 0; k < count * shape.PatchChannels; k++)
        {
            ReadOnlySpan<double> patch = patches.AsSpan(k * shape.Pixels, shape.Pixels);
            double mean = 0, squares = 0;
            foreach (double value in patch)
                mean += value / shape.Pixels;
            foreach (double value in patch)
                squares += (value - mean) * (value - mean) / shape.Pixels;
            scale[k % shape.PatchChannels] += squares / count;
        }
        for (int c = 0; c < scale.Length; c++)
            scale[c] = scale[c] > 0 ? Math.Sqrt(scale[c]) : 1;
        return new PatchFeatureScaler(scale, Standardizer.Fit(Raw(shape, scale, count, Of(shape, patches)), GrooveDescriptors.Count * shape.PatchChannels));
    }

    /// <summary>Descriptors of patches, count x <see cref="Count"/>.</summary>
    /// <param name="shape">Sizes of a pair.</param>
    /// <param name="count">Number of patches.</param>
    /// <param name="gather">Writes one channel of a patch: number is patch times channels plus channel.</param>
    public float[] Describe(DualVaeShape shape, int count, GatherPatch gather)
    {
        double[] raw = Raw(shape, scale, count, gather);
        var result = new float[raw.Length];
        for (int start = 0; start < raw.Length; start += Count)
        {
            Span<double> row = raw.AsSpan(start, Count);
            descriptors.Transform(row, row);
            for (int k = 0; k < row.Length; k++)
                result[start + k] = (float)Math.Clamp(row[k], -MostDeviations, MostDeviations);
        }
        return result;
    }

    /// <summary>The same of patches that lie one after the other.</summary>
    public float[] Describe(DualVaeShape shape, double[] patches) => Describe(shape, patches.Length / shape.PatchValues, Of(shape, patches));

    public void Save(Checkpoint checkpoint)
    {
        checkpoint.Add(Name + ".scale", scale);
        descriptors.Save(checkpoint, Name);
    }

    public static PatchFeatureScaler Load(Checkpoint checkpoint, DualVaeShape shape)
    {
        double[] scale = checkpoint.Values<double>(Name + ".scale", shape.PatchChannels);
        Standardizer descriptors = Standardizer.Load(checkpoint, Name);
        if (descriptors.Mean.Length != GrooveDescriptors.Count * shape.PatchChannels || !scale.All(value => value > 0 && double.IsFinite(value)))
            throw checkpoint.Refusal("the scalers do not belong to the features");
        return new PatchFeatureScaler(scale, descriptors);
    }

    private static GatherPatch Of(DualVaeShape shape, double[] patches) =>
        (number, patch) => patches.AsSpan(number * shape.Pixels, shape.Pixels).CopyTo(patch);

    private static double[] Raw(DualVaeShape shape, double[] scale, int count, GatherPatch gather)
    {
        const int Lane = 64;
        int planes = count * shape.PatchChannels;
        var result = new double[planes * GrooveDescriptors.Count];
        var cores = new ParallelOptions { MaxDegreeOfParallelism = HostBackend.ThisThreadWorksAlone ? 1 : -1 };
        Parallel.For(0, (planes + Lane - 1) / Lane, cores, () => new Worker(shape), (block, _, own) =>
        {
            for (int i = block * Lane; i < Math.Min(planes, (block + 1) * Lane); i++)
            {
                gather(i, own.Values);
                // Before digits are lost: heights may stand far above their differences.
                double first = own.Values[0], unit = scale[i % shape.PatchChannels];
                for (int k = 0; k < own.Patch.Length; k++)
                    own.Patch[k] = (float)((own.Values[k] - first) / unit);
                own.Grooves.Describe(own.Patch, result.AsSpan(i * GrooveDescriptors.Count, GrooveDescriptors.Count));
            }
            return own;
        }, _ => { });
        return result;
    }

    private sealed class Worker(DualVaeShape shape)
    {
        public PatchGrooves Grooves { get; } = new(shape.PatchHeight, shape.PatchWidth);

        public double[] Values { get; } = new double[shape.Pixels];

        public float[] Patch { get; } = new float[shape.Pixels];
    }
}

/// <summary>Writes the patch of a number; called by several threads.</summary>
internal delegate void GatherPatch(int number, Span<double> patch);
