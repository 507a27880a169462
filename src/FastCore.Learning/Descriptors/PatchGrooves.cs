using System.Numerics;

namespace FastCore.Learning.Descriptors;

/// <summary>
/// The thirteen descriptors of <see cref="GrooveDescriptors"/> at the centre pixel (row height / 2, column width / 2) of patches, which know nothing of
/// their surroundings: mirrored at their edges.
/// </summary>
/// <remarks>
/// A patch is small, so smoothing is a product with a matrix from either side, mirrored edges included, and of the Hessians of the first six
/// only the nine smoothed values about the centre are computed. One thread at a time; describing allocates nothing.
/// </remarks>
public sealed class PatchGrooves
{
    /// <summary>Fewest rows and columns of a patch.</summary>
    public const int SmallestSide = 8;

    private readonly int height;
    private readonly int width;
    private readonly Smoothing[] planes;
    private readonly Smoothing[] centres;
    private readonly float[] heights;
    private readonly float[] valley;
    private readonly float[] normal;
    private readonly float[] room;
    private readonly NearestGroove groove;

    /// <summary>Plans for patches of a size.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than <see cref="SmallestSide"/> rows or columns.</exception>
    public PatchGrooves(int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, SmallestSide);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, SmallestSide);
        (this.height, this.width) = (height, width);
        planes = [.. new[] { NearestGroove.HeightSigma, NearestGroove.ValleySigma, NearestGroove.NormalSigma }
            .Select(sigma => new Smoothing(sigma, height, 0, height, width, 0, width))];
        centres = [.. GrooveDescriptors.Scales.Select(sigma => new Smoothing(sigma, height, (height / 2) - 1, 3, width, (width / 2) - 1, 3))];
        (heights, valley, normal) = (new float[height * width], new float[height * width], new float[height * width]);
        room = new float[height * width];
        groove = new NearestGroove(height, width);
    }

    /// <summary>Describes one patch.</summary>
    /// <param name="patch">height x width finite values, dimensionless.</param>
    /// <param name="descriptors">Room for <see cref="GrooveDescriptors.Count"/> values.</param>
    public void Describe(ReadOnlySpan<float> patch, Span<double> descriptors)
    {
        if (patch.Length != height * width)
            throw new ArgumentException($"{patch.Length} values are no patch of {height} x {width}.", nameof(patch));
        Span<float> nine = stackalloc float[9];
        for (int k = 0; k < centres.Length; k++)
        {
            centres[k].Apply(patch, room, nine);
            double xx = nine[3] + nine[5] - (2.0 * nine[4]), yy = nine[1] + nine[7] - (2.0 * nine[4]);
            double xy = 0.25 * (nine[8] + nine[0] - (double)nine[6] - nine[2]), difference = 0.5 * (xx - yy);
            double root = Math.Sqrt((difference * difference) + (xy * xy)), square = GrooveDescriptors.Scales[k] * GrooveDescriptors.Scales[k];
            descriptors[2 * k] = square * ((0.5 * (xx + yy)) + root);
            descriptors[(2 * k) + 1] = square * ((0.5 * (xx + yy)) - root);
        }
        planes[0].Apply(patch, room, heights);
        planes[1].Apply(patch, room, valley);
        planes[2].Apply(patch, room, normal);
        groove.Show(heights, valley, normal);
        groove.Describe(height / 2, width / 2, descriptors.Slice(2 * centres.Length, NearestGroove.Count));
    }

    /// <summary>Some rows and columns of a smoothed patch: left x patch x right.</summary>
    private sealed class Smoothing(double sigma, int height, int firstRow, int rows, int width, int firstColumn, int columns)
    {
        // rows x height
        private readonly float[] left = Weights(sigma, height, firstRow, rows, transposed: false);

        // width x columns
        private readonly float[] right = Weights(sigma, width, firstColumn, columns, transposed: true);

        public void Apply(ReadOnlySpan<float> patch, Span<float> room, Span<float> result)
        {
            Product(left, patch, rows, height, width, room);
            Product(room, right, rows, width, columns, result);
        }

        // c (m x n) := a (m x k) b (k x n), sums in registers.
        private static void Product(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int k, int n, Span<float> c)
        {
            int lanes = Vector<float>.Count, whole = n - (n % lanes);
            for (int i = 0; i < m; i++)
            {
                ReadOnlySpan<float> row = a.Slice(i * k, k);
                for (int j = 0; j < whole; j += lanes)
                {
                    Vector<float> sum = Vector<float>.Zero;
                    for (int l = 0; l < k; l++)
                        sum = Vector.FusedMultiplyAdd(new Vector<float>(row[l]), new Vector<float>(b[((l * n) + j)..]), sum);
                    sum.CopyTo(c[((i * n) + j)..]);
                }
                for (int j = whole; j < n; j++)
                {
                    float sum = 0;
                    for (int l = 0; l < k; l++)
                        sum = MathF.FusedMultiplyAdd(row[l], b[(l * n) + j], sum);
                    c[(i * n) + j] = sum;
                }
            }
        }

        // Row i: what every value of a line of that length adds to the smoothed value first + i. exp(-d^2 / (2 sigma^2)) for |d| up to 4 sigma, mirrored.
        private static float[] Weights(double sigma, int length, int first, int count, bool transposed)
        {
            int reach = (int)Math.Ceiling(4 * sigma), period = (2 * length) - 2;
            double[] tap = [.. Enumerable.Range(-reach, (2 * reach) + 1).Select(d => Math.Exp(-0.5 * d * d / (sigma * sigma)))];
            double sum = tap.Sum();
            var matrix = new double[count * length];
            for (int i = 0; i < count; i++)
            {
                for (int d = -reach; d <= reach; d++)
                {
                    int at = (((first + i + d) % period) + period) % period;
                    at = at < length ? at : period - at;
                    matrix[transposed ? (at * count) + i : (i * length) + at] += tap[d + reach] / sum;
                }
            }
            return Array.ConvertAll(matrix, value => (float)value);
        }
    }
}
