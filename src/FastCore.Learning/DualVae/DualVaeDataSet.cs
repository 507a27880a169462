namespace FastCore.Learning.DualVae;

/// <summary>Pairs of a patch and a spectrum, as measured or in any other scale; the trainer scales them. Arrays are held, not copied.</summary>
public sealed class DualVaeDataSet
{
    /// <summary>Checks and holds the pairs.</summary>
    /// <param name="shape">Sizes of a pair.</param>
    /// <param name="patches">n x <see cref="DualVaeShape.PatchValues"/>, row-major.</param>
    /// <param name="spectra">n x <see cref="DualVaeShape.SpectrumValues"/>, row-major.</param>
    /// <param name="classes">n classes from 0 to <see cref="DualVaeShape.Classes"/> - 1; null where the shape has none.</param>
    /// <exception cref="ArgumentException">Lengths that do not fit, fewer than two pairs, values that are not finite, or unknown classes.</exception>
    public DualVaeDataSet(DualVaeShape shape, double[] patches, double[] spectra, int[]? classes = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(patches);
        ArgumentNullException.ThrowIfNull(spectra);
        shape.Validate();
        if (patches.Length % shape.PatchValues != 0)
        {
            throw new ArgumentException(
                $"{patches.Length} values are no patches of {shape.PatchHeight} x {shape.PatchWidth} pixels and {shape.PatchChannels} channels.",
                nameof(patches));
        }
        if (spectra.Length % shape.SpectrumValues != 0)
        {
            throw new ArgumentException(
                $"{spectra.Length} values are no spectra of {shape.SpectrumLength} points and {shape.SpectrumChannels} channels.", nameof(spectra));
        }
        Count = patches.Length / shape.PatchValues;
        int curves = spectra.Length / shape.SpectrumValues;
        if (Count != curves)
            throw new ArgumentException($"There are {Count} patches and {curves} spectra; each patch needs its spectrum.", nameof(spectra));
        if (Count < 2)
            throw new ArgumentException($"{(Count == 1 ? "One pair is" : "No pairs are")} not enough to learn from; at least two are needed.", nameof(patches));
        RequireFinite(patches, shape.PatchValues, "Patch", nameof(patches));
        RequireFinite(spectra, shape.SpectrumValues, "Spectrum", nameof(spectra));
        if ((classes is null) != (shape.Classes == 0))
        {
            throw new ArgumentException(shape.Classes == 0
                ? "Classes are given, but the shape has none: state their number in it."
                : $"The shape has {shape.Classes} classes; the class of each pair is needed.", nameof(classes));
        }
        if (classes is not null && classes.Length != Count)
            throw new ArgumentException($"There are {Count} pairs and {classes.Length} classes.", nameof(classes));
        for (int i = 0; i < (classes?.Length ?? 0); i++)
        {
            if (classes![i] < 0 || classes[i] >= shape.Classes)
                throw new ArgumentException($"Pair {i} is of class {classes[i]}; classes run from 0 to {shape.Classes - 1}.", nameof(classes));
        }
        (Shape, Patches, Spectra, Classes) = (shape, patches, spectra, classes);
    }

    /// <summary>Sizes of a pair.</summary>
    public DualVaeShape Shape { get; }

    /// <summary>Number of pairs.</summary>
    public int Count { get; }

    /// <summary>Patches, n x values.</summary>
    public double[] Patches { get; }

    /// <summary>Spectra, n x values.</summary>
    public double[] Spectra { get; }

    /// <summary>Class of each pair; null without a condition.</summary>
    public int[]? Classes { get; }

    /// <summary>One patch.</summary>
    public ReadOnlySpan<double> Patch(int pair) => Patches.AsSpan(pair * Shape.PatchValues, Shape.PatchValues);

    /// <summary>One spectrum.</summary>
    public ReadOnlySpan<double> Spectrum(int pair) => Spectra.AsSpan(pair * Shape.SpectrumValues, Shape.SpectrumValues);

    /// <summary>The pairs of these numbers, copied; at least two.</summary>
    public DualVaeDataSet Take(ReadOnlySpan<int> pairs)
    {
        var patches = new double[pairs.Length * Shape.PatchValues];
        var spectra = new double[pairs.Length * Shape.SpectrumValues];
        int[]? classes = Classes is null ? null : new int[pairs.Length];
        for (int i = 0; i < pairs.Length; i++)
        {
            Patch(pairs[i]).CopyTo(patches.AsSpan(i * Shape.PatchValues));
            Spectrum(pairs[i]).CopyTo(spectra.AsSpan(i * Shape.SpectrumValues));
            if (classes is not null)
                classes[i] = Classes![pairs[i]];
        }
        return new DualVaeDataSet(Shape, patches, spectra, classes);
    }

    private static void RequireFinite(double[] values, int length, string what, string name)
    {
        for (int k = 0; k < values.Length; k++)
        {
            if (!double.IsFinite(values[k]))
                throw new ArgumentException($"{what} {k / length} has the value {values[k]} at position {k % length}: leave the pair out.", name);
        }
    }
}
