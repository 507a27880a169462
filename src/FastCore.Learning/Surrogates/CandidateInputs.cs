using FastCore.Compute.Execution;

namespace FastCore.Learning.Surrogates;

/// <summary>
/// What a model may see of the places that could be measured: a dimensionless image, the patch around each candidate (gathered on the
/// fly, never stored for all), and orientation-free descriptors, standardised over the candidates.
/// </summary>
public sealed class CandidateInputs
{
    /// <summary>Wraps the arrays without copying them.</summary>
    /// <param name="image">Levelled, dimensionless image, row-major.</param>
    /// <param name="imageRows">Rows of the image.</param>
    /// <param name="imageColumns">Columns of the image.</param>
    /// <param name="centres">Pixel of each candidate, row * columns + column.</param>
    /// <param name="patchSize">Side of a patch, even.</param>
    /// <param name="normalization">How patch values are normalised.</param>
    /// <param name="descriptors">Descriptors, descriptorCount x M, feature-major.</param>
    /// <param name="descriptorCount">Descriptors per candidate.</param>
    /// <exception cref="ArgumentException">Lengths that do not fit.</exception>
    public CandidateInputs(float[] image, int imageRows, int imageColumns, int[] centres, int patchSize,
        PatchNormalization normalization, float[] descriptors, int descriptorCount)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(centres);
        ArgumentNullException.ThrowIfNull(descriptors);
        if (image.Length != imageRows * imageColumns)
            throw new ArgumentException($"The image has {image.Length} values; {imageRows} x {imageColumns} are expected.", nameof(image));
        if (descriptors.Length != descriptorCount * centres.Length)
            throw new ArgumentException($"There are {descriptors.Length} descriptor values; {descriptorCount} x {centres.Length} are expected.", nameof(descriptors));
        Image = image;
        ImageRows = imageRows;
        ImageColumns = imageColumns;
        Centres = centres;
        PatchSize = patchSize;
        Normalization = normalization;
        Descriptors = descriptors;
        DescriptorCount = descriptorCount;
    }

    /// <summary>Levelled, dimensionless image, row-major.</summary>
    public float[] Image { get; }

    /// <summary>Rows of the image.</summary>
    public int ImageRows { get; }

    /// <summary>Columns of the image.</summary>
    public int ImageColumns { get; }

    /// <summary>Pixel of each candidate, row * columns + column.</summary>
    public int[] Centres { get; }

    /// <summary>Number of candidates M.</summary>
    public int Count => Centres.Length;

    /// <summary>The patch around a candidate as it stands in the image, row by row: rows r - side / 2 .. r + side / 2 - 1 of its pixel.</summary>
    /// <param name="candidate">Its index; the patch lies within the image.</param>
    /// <param name="patch">PatchSize x PatchSize values.</param>
    public void CopyPatch(int candidate, Span<double> patch)
    {
        int half = PatchSize / 2, first = Centres[candidate] - (half * ImageColumns) - half;
        for (int p = 0; p < PatchSize * PatchSize; p++)
            patch[p] = Image[first + (p / PatchSize * ImageColumns) + (p % PatchSize)];
    }

    /// <summary>Side of a patch.</summary>
    public int PatchSize { get; }

    /// <summary>How patch values are normalised.</summary>
    public PatchNormalization Normalization { get; }

    /// <summary>Descriptors, DescriptorCount x M, feature-major.</summary>
    public float[] Descriptors { get; }

    /// <summary>Descriptors per candidate.</summary>
    public int DescriptorCount { get; }
}
