using FastCore.Compute.Execution;
using FastCore.Learning.Scaling;

namespace FastCore.Learning.Descriptors;

/// <summary>
/// Thirteen orientation-free descriptors that ask what the nearest groove looks like, wherever in the patch it runs. Those of
/// <see cref="OrientationFreeDescriptors"/> describe the pixel itself: one pixel off a boundary the profile of the boundary is cut in two. Here the
/// profile is taken across the groove's own line and averaged along it.
/// </summary>
/// <remarks>
/// Six are lambda_1 and lambda_2 of the Hessian at sigma = 1, 2 and 4 px, times sigma^2. For the other seven the nearest line of the groove is found
/// from the pixel along the Hessian's normal (sigma = 2.5 px): the largest lambda_1 (sigma = 1.5 px) within 6 px, less 3 % for each pixel of the way,
/// and once more from there within 1.5 px. Outside the inner flanks of a groove the normal runs along it and no line is found: such a place is far from
/// all grooves. P(s) is the height across the line at s = -8 .. 8 px, smoothed with sigma = 0.7 px, averaged over +-3 px
/// along the line, less P(0), the side with the larger sum over 1 .. 5 px at positive s. The descriptors: distance to the line; the steepest rise
/// on either side, m+ and m- (5 px); (m+ - m-) / (m+ + m-) (SPEC 4's asymmetry of slopes); sharpness P(1) + P(-1); bending of both flanks,
/// P(4) - 2 P(2) and P(-4) - 2 P(-2). Each is replaced by its normal score over the candidates.
/// </remarks>
public static class GrooveDescriptors
{
    /// <summary>Number of descriptors.</summary>
    public const int Count = 13;

    internal static readonly double[] Scales = [1, 2, 4];

    /// <summary>Descriptors of every candidate, 13 x M, feature-major, as normal scores over the candidates.</summary>
    /// <param name="image">Levelled, dimensionless image, row-major.</param>
    /// <param name="rows">Rows of the image, at least 3.</param>
    /// <param name="columns">Columns of the image, at least 3.</param>
    /// <param name="centres">Pixel of each candidate, row * columns + column.</param>
    /// <exception cref="ArgumentException">Lengths that do not fit, a centre outside, or values that are not finite.</exception>
    public static float[] ForCandidates(float[] image, int rows, int columns, int[] centres)
    {
        float[] descriptors = Raw(image, rows, columns, centres);
        for (int f = 0; f < Count; f++)
            NormalScores.Apply(descriptors.AsSpan(f * centres.Length, centres.Length));
        return descriptors;
    }

    /// <summary>The same before the normal scores.</summary>
    public static float[] Raw(float[] image, int rows, int columns, int[] centres)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(centres);
        if (rows < 3 || columns < 3 || image.Length != rows * columns)
            throw new ArgumentException($"An image of {image.Length} values is not {rows} x {columns}, or has fewer than 3 rows or columns.", nameof(image));
        int bad = Array.FindIndex(image, value => !float.IsFinite(value));
        if (bad >= 0)
            throw new ArgumentException($"Pixel (row {bad / columns}, column {bad % columns}) is not finite; fill or crop the image first.", nameof(image));
        int outside = Array.FindIndex(centres, centre => (uint)centre >= (uint)image.Length);
        if (outside >= 0)
            throw new ArgumentException($"Centre {centres[outside]} is no pixel of a {rows} x {columns} image.", nameof(centres));

        int m = centres.Length;
        var result = new float[Count * m];
        var layout = new ArenaLayout();
        Tensor picture = layout.Allocate("image", rows, columns);
        Tensor larger = layout.Allocate("lambda 1", rows, columns), smaller = layout.Allocate("lambda 2", rows, columns);
        Tensor smooth = layout.Allocate("smooth", rows, columns);
        Tensor taken = layout.Allocate("taken", 2, m);
        // The host computes them whatever runs the models: the same image gives the same candidates to the bit.
        using var backend = new HostBackend();
        using IExecutor<float> executor = backend.CreateSingle(layout);
        executor.Upload(image, picture);
        for (int k = 0; k < Scales.Length; k++)
        {
            executor.HessianEigenvalues(picture, Scales[k], larger, smaller, null, null, null);
            executor.TakePixels(larger, centres, taken.TopRows(1));
            executor.TakePixels(smaller, centres, taken.Row(1));
            executor.Download(taken, result.AsSpan(2 * k * m, 2 * m));
        }
        float[] Smooth(double sigma)
        {
            executor.GaussianFilter(picture, sigma, smooth);
            var values = new float[rows * columns];
            executor.Download(smooth, values);
            return values;
        }

        var groove = new NearestGroove(rows, columns);
        groove.Show(Smooth(NearestGroove.HeightSigma), Smooth(NearestGroove.ValleySigma), Smooth(NearestGroove.NormalSigma));
        const int Lane = 256;
        int planes = 2 * Scales.Length;
        Parallel.For(0, (m + Lane - 1) / Lane, block =>
        {
            Span<double> seven = stackalloc double[NearestGroove.Count];
            for (int c = block * Lane; c < Math.Min(m, (block + 1) * Lane); c++)
            {
                groove.Describe(centres[c] / columns, centres[c] % columns, seven);
                for (int k = 0; k < seven.Length; k++)
                    result[((planes + k) * m) + c] = (float)seven[k];
            }
        });
        return result;
    }
}
