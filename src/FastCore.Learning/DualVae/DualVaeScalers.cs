using FastCore.Learning.Checkpoints;
using FastCore.Learning.Scaling;

namespace FastCore.Learning.DualVae;

/// <summary>
/// What brings patches and spectra to 0 .. 1 and back (SPEC 3), fitted to the training pairs and saved with the model: one range for each channel of
/// a whole table with a stated policy for values outside, or each patch by its own range, which cannot be undone.
/// </summary>
public sealed class DualVaeScalers
{
    // A patch whose range is smaller than this part of the magnitude of its values is flat: what is left is rounding.
    private const double Flat = 1e-12;
    private readonly MinMaxScaler[] patchRanges;
    private readonly MinMaxScaler[] spectrumRanges;

    private DualVaeScalers(DualVaeScaling patches, MinMaxScaler[] patchRanges, MinMaxScaler[] spectrumRanges, PatchFeatureScaler? features)
    {
        Patches = patches;
        Features = features;
        this.patchRanges = patchRanges;
        this.spectrumRanges = spectrumRanges;
    }

    /// <summary>How patches are scaled.</summary>
    public DualVaeScaling Patches { get; }

    /// <summary>Fitted range of each channel of the patches; empty unless they are scaled as a table.</summary>
    public IReadOnlyList<MinMaxScaler> PatchRanges => patchRanges;

    /// <summary>Fitted range of each channel of the spectra; empty where these are not scaled.</summary>
    public IReadOnlyList<MinMaxScaler> SpectrumRanges => spectrumRanges;

    /// <summary>What the encoder is told of patches beside their pixels; null for nothing.</summary>
    internal PatchFeatureScaler? Features { get; }

    /// <summary>Whether the inverse gives patches in the unit that they came in.</summary>
    public bool PatchesComeBack => Patches != DualVaeScaling.Each;

    /// <summary>Fits the ranges.</summary>
    /// <exception cref="ArgumentException">Constant patches, spectra that do not vary, or values outside 0 .. 1 where nothing is to be scaled.</exception>
    internal static DualVaeScalers Fit(DualVaeDataSet data, DualVaeOptions options)
    {
        DualVaeShape shape = data.Shape;
        if (options.PatchScaling == DualVaeScaling.Each)
            RequireVaryingPatches(data);
        if (options.PatchScaling == DualVaeScaling.None)
            RequireUnitRange(data.Patches, shape.PatchValues, "Patch");
        if (options.SpectrumScaling == DualVaeScaling.None)
            RequireUnitRange(data.Spectra, shape.SpectrumValues, "Spectrum");
        MinMaxScaler[] patches = options.PatchScaling == DualVaeScaling.Table
            ? Ranges(data.Patches, shape.Pixels, shape.PatchChannels, options.OutOfRange) : [];
        MinMaxScaler[] spectra = options.SpectrumScaling == DualVaeScaling.Table
            ? Ranges(data.Spectra, shape.SpectrumLength, shape.SpectrumChannels, options.OutOfRange) : [];
        if (patches.Length > 0 && patches.All(IsConstant))
            throw new ArgumentException("All patches have one and the same value everywhere: there is nothing to learn from them.");
        if (spectra.Length > 0 && spectra.All(IsConstant))
            throw new ArgumentException("All spectra have one and the same value everywhere: there is nothing to learn from them.");
        PatchFeatureScaler? features = options.Features == PatchFeatures.None ? null : PatchFeatureScaler.Fit(shape, data.Patches);
        return new DualVaeScalers(options.PatchScaling, patches, spectra, features);
    }

    /// <summary>Scales patches, count x values; the patch that is flat becomes 0.</summary>
    /// <exception cref="ArgumentException">A length that does not fit, or a value that is not finite, or is refused.</exception>
    internal void ScalePatches(DualVaeShape shape, ReadOnlySpan<double> values, Span<float> scaled)
    {
        Require(values.Length, shape.PatchValues, "patch",
            $"{shape.PatchHeight} x {shape.PatchWidth} pixels and {shape.PatchChannels} channel{(shape.PatchChannels == 1 ? "" : "s")}");
        if (Patches != DualVaeScaling.Each)
        {
            Transform(patchRanges, values, shape.Pixels, shape.PatchChannels, scaled);
            return;
        }
        for (int start = 0; start < values.Length; start += shape.Pixels)
        {
            ReadOnlySpan<double> channel = values.Slice(start, shape.Pixels);
            (double low, double high) = Extremes(channel);
            double range = high - low;
            if (!double.IsFinite(range))
                throw new ArgumentException($"Patch {start / shape.PatchValues} ranges from {low} to {high}; finite values are needed.", nameof(values));
            bool flat = range <= Flat * Math.Max(Math.Abs(low), Math.Abs(high));
            for (int k = 0; k < channel.Length; k++)
                scaled[start + k] = flat ? 0 : (float)((channel[k] - low) / range);
        }
    }

    /// <summary>Scales spectra, count x values.</summary>
    /// <exception cref="ArgumentException">A length that does not fit, or a value that is not finite, or is refused.</exception>
    internal void ScaleSpectra(DualVaeShape shape, ReadOnlySpan<double> values, Span<float> scaled)
    {
        Require(values.Length, shape.SpectrumValues, "spectrum",
            $"{shape.SpectrumLength} points and {shape.SpectrumChannels} channel{(shape.SpectrumChannels == 1 ? "" : "s")}");
        Transform(spectrumRanges, values, shape.SpectrumLength, shape.SpectrumChannels, scaled);
    }

    /// <summary>Gives decoded patches their unit back, in place, where there is a way back.</summary>
    internal void RestorePatches(DualVaeShape shape, Span<double> values) => Restore(patchRanges, values, shape.Pixels, shape.PatchChannels);

    /// <summary>Gives decoded spectra their unit back, in place.</summary>
    internal void RestoreSpectra(DualVaeShape shape, Span<double> values) =>
        Restore(spectrumRanges, values, shape.SpectrumLength, shape.SpectrumChannels);

    internal void Save(Checkpoint checkpoint)
    {
        checkpoint.Add("patchScaling", Patches.ToString());
        checkpoint.Add("scalers", [patchRanges.Length, spectrumRanges.Length]);
        Features?.Save(checkpoint);
        for (int c = 0; c < patchRanges.Length; c++)
            patchRanges[c].Save(checkpoint, $"patchRange{c}");
        for (int c = 0; c < spectrumRanges.Length; c++)
            spectrumRanges[c].Save(checkpoint, $"spectrumRange{c}");
    }

    internal static DualVaeScalers Load(Checkpoint checkpoint, DualVaeShape shape, bool features)
    {
        if (!Enum.TryParse(checkpoint.Text("patchScaling"), out DualVaeScaling patches) || !Enum.IsDefined(patches))
            throw checkpoint.Refusal($"the patch scaling '{checkpoint.Text("patchScaling")}' is unknown");
        int[] counts = checkpoint.Values<int>("scalers", 2);
        if (counts[0] != (patches == DualVaeScaling.Table ? shape.PatchChannels : 0) || (counts[1] != 0 && counts[1] != shape.SpectrumChannels))
            throw checkpoint.Refusal("the scalers do not belong to the channels");
        return new DualVaeScalers(patches, [.. Enumerable.Range(0, counts[0]).Select(c => MinMaxScaler.Load(checkpoint, $"patchRange{c}"))],
            [.. Enumerable.Range(0, counts[1]).Select(c => MinMaxScaler.Load(checkpoint, $"spectrumRange{c}"))],
                features ? PatchFeatureScaler.Load(checkpoint, shape) : null);
    }

    private static (double Low, double High) Extremes(ReadOnlySpan<double> values)
    {
        double low = values[0], high = low;
        foreach (double value in values)
        {
            // Min and Max hand NaN on.
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }
        return (low, high);
    }

    private static bool IsConstant(MinMaxScaler range) =>
        range.High[0] - range.Low[0] <= Flat * Math.Max(Math.Abs(range.Low[0]), Math.Abs(range.High[0]));

    private static void RequireVaryingPatches(DualVaeDataSet data)
    {
        DualVaeShape shape = data.Shape;
        int first = -1, count = 0;
        for (int i = 0; i < data.Count; i++)
        {
            bool varies = false;
            for (int c = 0; c < shape.PatchChannels; c++)
            {
                (double low, double high) = Extremes(data.Patch(i).Slice(c * shape.Pixels, shape.Pixels));
                varies |= high - low > Flat * Math.Max(Math.Abs(low), Math.Abs(high));
            }
            if (varies)
                continue;
            first = first < 0 ? i : first;
            count++;
        }
        if (count > 0)
        {
            throw new ArgumentException($"Patch {first}{(count > 1 ? $" and {count - 1} more" : "")} is constant and has no range of its own: "
                + "leave out such pairs, or scale patches as a table.");
        }
    }

    private static void RequireUnitRange(double[] values, int length, string what)
    {
        for (int k = 0; k < values.Length; k++)
        {
            if (values[k] is < 0 or > 1)
            {
                throw new ArgumentException($"{what} {k / length} has the value {values[k]}, outside 0 to 1, and no scaling was chosen: choose one.");
            }
        }
    }

    private static void Require(int count, int length, string what, string size)
    {
        if (count == 0 || count % length != 0)
            throw new ArgumentException($"{count} values are no {what} as this model was trained for: {size}, {length} values.");
    }

    private static MinMaxScaler[] Ranges(double[] values, int length, int channels, OutOfRange policy)
    {
        var ranges = new MinMaxScaler[channels];
        var column = new double[values.Length / channels];
        for (int c = 0; c < channels; c++)
        {
            int at = 0;
            for (int start = c * length; start < values.Length; start += channels * length, at += length)
                values.AsSpan(start, length).CopyTo(column.AsSpan(at));
            ranges[c] = MinMaxScaler.FitTable(column, policy);
        }
        return ranges;
    }

    private static void Transform(MinMaxScaler[] ranges, ReadOnlySpan<double> values, int length, int channels, Span<float> scaled)
    {
        var line = new double[length];
        for (int start = 0, c = 0; start < values.Length; start += length, c = (c + 1) % channels)
        {
            ReadOnlySpan<double> from = values.Slice(start, length);
            if (ranges.Length == 0)
                from.CopyTo(line);
            else
                ranges[c].Transform(from, line);
            for (int k = 0; k < length; k++)
            {
                if (!double.IsFinite(line[k]))
                    throw new ArgumentException($"Value {start + k} is {line[k]}; finite values are needed.", nameof(values));
                scaled[start + k] = (float)line[k];
            }
        }
    }

    private static void Restore(MinMaxScaler[] ranges, Span<double> values, int length, int channels)
    {
        for (int start = 0, c = 0; ranges.Length > 0 && start < values.Length; start += length, c = (c + 1) % channels)
            ranges[c].Inverse(values.Slice(start, length), values.Slice(start, length));
    }
}
