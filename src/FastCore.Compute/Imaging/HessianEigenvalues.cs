using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Imaging;

/// <summary>
/// Valleys and ridges at one scale (Lindeberg 1998; SPEC 4): of the image smoothed with a Gaussian of sigma, sigma^2 times the eigenvalues of the
/// Hessian, l1 the larger; sigma times the length of the gradient; the unit vector (x, y) of l1, which points across a valley.
/// </summary>
/// <remarks>
/// All tensors are H x W, any stride; gradient and normal may be absent. Valleyness is max(l1, 0), ridgeness max(-l2, 0). Derivatives are central
/// differences of the smoothed image: xx = left + right - 2 centre, xy a quarter of the corners' difference. l = m +- r with m = (xx + yy) / 2,
/// d = (xx - yy) / 2, r = sqrt(d^2 + xy^2); the vector is (d + r, xy) or (xy, r - d), the longer one, (1, 0) where r is 0; its sign is arbitrary.
/// Mirrored at the edge without repeating it. Host: three smoothed rows at a time, fused with the differences. Device: smoothed image in scratch
/// memory, then one thread per pixel. Tolerance (reach + 8) eps of the largest magnitude of the image times max(1, sigma^2), for gradient and
/// eigenvalues; the normal loses as many digits as r does.
/// </remarks>
public static unsafe class HessianEigenvalues
{
    private static readonly LoadedKernel<Action<
        AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, float, Tensor, Tensor, Tensor, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<
            Index1D, ArrayView<float>, ArrayView<float>, float, Tensor, Tensor, Tensor, Tensor, Tensor>(DeviceKernel));

    /// <summary>The definition, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> image, double sigma, MatrixSpan<T> larger, MatrixSpan<T> smaller, MatrixSpan<T> gradient,
        MatrixSpan<T> normalX, MatrixSpan<T> normalY)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, sigma, Size(larger), Size(smaller), Size(gradient), Size(normalX), Size(normalY));
        double[] plane = GaussianFilter.ReferencePlane(image.Rows, image.Columns, sigma, GaussianFilter.Plane(image));
        var smooth = new ReadOnlyMatrixSpan<double>(plane, image.Rows, image.Columns);
        for (int i = 0; i < image.Rows; i++)
        {
            for (int j = 0; j < image.Columns; j++)
            {
                double centre = smooth[i, j];
                double left = ImageRows.At(smooth, i, j - 1), right = ImageRows.At(smooth, i, j + 1);
                double up = ImageRows.At(smooth, i - 1, j), down = ImageRows.At(smooth, i + 1, j);
                double xy = 0.25 * (ImageRows.At(smooth, i + 1, j + 1) + ImageRows.At(smooth, i - 1, j - 1)
                    - (ImageRows.At(smooth, i + 1, j - 1) + ImageRows.At(smooth, i - 1, j + 1)));
                double xx = left + right - (2 * centre), yy = up + down - (2 * centre);
                double mean = 0.5 * (xx + yy), difference = 0.5 * (xx - yy), root = Math.Sqrt((difference * difference) + (xy * xy));
                larger[i, j] = T.CreateChecked(sigma * sigma * (mean + root));
                smaller[i, j] = T.CreateChecked(sigma * sigma * (mean - root));
                double gx = 0.5 * (right - left), gy = 0.5 * (down - up);
                if (gradient.Rows > 0)
                    gradient[i, j] = T.CreateChecked(sigma * Math.Sqrt((gx * gx) + (gy * gy)));
                (double x, double y) = difference >= 0 ? (difference + root, xy) : (xy, root - difference);
                double length = Math.Sqrt((x * x) + (y * y));
                if (normalX.Rows > 0)
                {
                    normalX[i, j] = T.CreateChecked(root > 0 ? x / length : 1);
                    normalY[i, j] = T.CreateChecked(root > 0 ? y / length : 0);
                }
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> image, double sigma, MatrixSpan<T> larger, MatrixSpan<T> smaller, MatrixSpan<T> gradient,
        MatrixSpan<T> normalX, MatrixSpan<T> normalY)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, sigma, Size(larger), Size(smaller), Size(gradient), Size(normalX), Size(normalY));
        if (image.Rows == 0 || image.Columns == 0)
            return;
        int reach = GaussianFilter.Reach(sigma);
        T* weights = stackalloc T[reach + 1];
        GaussianFilter.Weights(sigma, new Span<T>(weights, reach + 1));
        fixed (T* from = image.Values, large = larger.Values, small = smaller.Values, slope = gradient.Values, x = normalX.Values, y = normalY.Values)
        {
            var outputs = new Outputs<T>(large, larger.Stride, small, smaller.Stride, slope, gradient.Stride, x, normalX.Stride, y, normalY.Stride);
            var job = new Job<T>(new(from, image.Rows, image.Columns, image.Stride), weights, reach, T.CreateChecked(sigma), outputs);
            RowBlocks<Job<T>>.Run(job, image.Rows, ImageRows.BlockHeight, (long)image.Rows * image.Columns * (reach + 8));
        }
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, ArrayView<float> smooth, float sigma,
        Tensor larger, Tensor smaller, Tensor gradient, Tensor normalX, Tensor normalY)
    {
        int columns = larger.Columns;
        int i = index / columns;
        int j = index - (i * columns);
        int above = PatchGather.Mirror(i - 1, larger.Rows) * columns, below = PatchGather.Mirror(i + 1, larger.Rows) * columns;
        int before = PatchGather.Mirror(j - 1, columns), behind = PatchGather.Mirror(j + 1, columns);
        int row = i * columns;
        float centre = smooth[row + j], left = smooth[row + before], right = smooth[row + behind], up = smooth[above + j], down = smooth[below + j];
        float xy = 0.25f * (smooth[below + behind] + smooth[above + before] - (smooth[below + before] + smooth[above + behind]));
        float xx = left + right - (2 * centre), yy = up + down - (2 * centre);
        float mean = 0.5f * (xx + yy), difference = 0.5f * (xx - yy), root = XMath.Sqrt((difference * difference) + (xy * xy));
        float squared = sigma * sigma;
        arena[larger.Offset + (i * larger.Stride) + j] = squared * (mean + root);
        arena[smaller.Offset + (i * smaller.Stride) + j] = squared * (mean - root);
        if (gradient.Rows > 0)
        {
            float gx = 0.5f * (right - left), gy = 0.5f * (down - up);
            arena[gradient.Offset + (i * gradient.Stride) + j] = sigma * XMath.Sqrt((gx * gx) + (gy * gy));
        }
        if (normalX.Rows > 0)
        {
            bool wide = difference >= 0;
            float x = wide ? difference + root : xy;
            float y = wide ? xy : root - difference;
            float length = XMath.Sqrt((x * x) + (y * y));
            bool directed = length > 0;
            float safe = directed ? length : 1;
            arena[normalX.Offset + (i * normalX.Stride) + j] = directed ? x / safe : 1;
            arena[normalY.Offset + (i * normalY.Stride) + j] = y / safe;
        }
    }

    internal static void Launch(DeviceQueue queue, Tensor image, double sigma, Tensor larger, Tensor smaller, Tensor? gradient, Tensor? normalX,
        Tensor? normalY)
    {
        Check(image.Rows, image.Columns, sigma, Size(larger), Size(smaller), Size(gradient), Size(normalX), Size(normalY));
        if (image.Count == 0)
            return;
        ArrayView<float> scratch = queue.Scratch(2 * image.Count);
        ArrayView<float> between = scratch.SubView(0, image.Count), smooth = scratch.SubView(image.Count, image.Count);
        ArrayView<int> weights = GaussianFilter.UploadWeights(queue, sigma);
        GaussianFilter.Blur(queue, queue.Arena, image, weights, between, smooth, new Tensor(0, image.Rows, image.Columns, image.Columns));
        Kernel.On(queue)(queue.Stream, image.Count, queue.Arena, smooth, (float)sigma, larger, smaller, gradient ?? default, normalX ?? default,
            normalY ?? default);
    }

    private static (int Rows, int Columns) Size<T>(MatrixSpan<T> matrix)
        where T : unmanaged => (matrix.Rows, matrix.Columns);

    private static (int Rows, int Columns) Size(Tensor? tensor) => tensor is { } there ? (there.Rows, there.Columns) : (0, 0);

    private static void Check(int rows, int columns, double sigma, (int Rows, int Columns) larger, (int Rows, int Columns) smaller,
        (int Rows, int Columns) gradient, (int Rows, int Columns) normalX, (int Rows, int Columns) normalY)
    {
        GaussianFilter.Check(nameof(HessianEigenvalues), rows, columns, sigma, larger.Rows, larger.Columns);
        Shape.Require(nameof(HessianEigenvalues), "smaller", smaller.Rows, smaller.Columns, rows, columns);
        if (gradient != (0, 0))
            Shape.Require(nameof(HessianEigenvalues), "gradient", gradient.Rows, gradient.Columns, rows, columns);
        if (normalX != (0, 0) || normalY != (0, 0))
        {
            Shape.Require(nameof(HessianEigenvalues), "normalX", normalX.Rows, normalX.Columns, rows, columns);
            Shape.Require(nameof(HessianEigenvalues), "normalY", normalY.Rows, normalY.Columns, rows, columns);
        }
    }

    private readonly struct Outputs<T>(T* larger, nint strideL, T* smaller, nint strideS, T* gradient, nint strideG, T* x, nint strideX, T* y, nint strideY)
        where T : unmanaged
    {
        internal T* Larger(int row) => larger + (row * strideL);

        internal T* Smaller(int row) => smaller + (row * strideS);

        internal T* Gradient(int row) => gradient == null ? null : gradient + (row * strideG);

        internal T* NormalX(int row) => x == null ? null : x + (row * strideX);

        internal T* NormalY(int row) => y == null ? null : y + (row * strideY);
    }

    private readonly struct Job<T>(ImagePointer<T> image, T* weights, int reach, T sigma, Outputs<T> outputs) : IRowJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int first, int end)
        {
            int columns = image.Columns, pitch = columns + 2 + ImageRows.Slack;
            T* padded = ScratchMatrix<T, Job<T>>.Get(columns + (2 * reach) + ImageRows.Slack + (3 * pitch)) + reach;
            T* smooth = padded + columns + reach + ImageRows.Slack + 1;
            T** taps = stackalloc T*[(2 * reach) + 1];
            // Row i of the smoothed image stands in slot i mod 3; the row before the first one is its mirror image.
            for (int i = first - 1; i <= end; i++)
            {
                T* to = smooth + ((i + 3) % 3 * pitch);
                GaussianFilter.Row(image, weights, reach, PatchGather.Mirror(i, image.Rows), taps + reach, padded, to);
                ImageRows.Margins(to, columns, 1, 1);
                if (i > first)
                {
                    int row = i - 1;
                    Differences(smooth + ((row + 2) % 3 * pitch), smooth + ((row + 3) % 3 * pitch), smooth + ((row + 4) % 3 * pitch), columns, sigma,
                        outputs.Larger(row), outputs.Smaller(row), outputs.Gradient(row), outputs.NormalX(row), outputs.NormalY(row));
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Differences(T* above, T* row, T* below, int columns, T sigma, T* larger, T* smaller, T* gradient, T* normalX, T* normalY)
        {
            var half = new Vector<T>(T.CreateChecked(0.5));
            var quarter = new Vector<T>(T.CreateChecked(0.25));
            var two = new Vector<T>(T.CreateChecked(2));
            var scale = new Vector<T>(sigma);
            var squared = new Vector<T>(sigma * sigma);
            for (int j = 0; j < columns; j += Vector<T>.Count)
            {
                int valid = columns - j;
                Vector<T> twice = two * Vector.Load(row + j), left = Vector.Load(row + j - 1), right = Vector.Load(row + j + 1);
                Vector<T> up = Vector.Load(above + j), down = Vector.Load(below + j);
                Vector<T> falling = Vector.Load(below + j + 1) + Vector.Load(above + j - 1);
                Vector<T> rising = Vector.Load(below + j - 1) + Vector.Load(above + j + 1);
                Vector<T> xy = quarter * (falling - rising), xx = left + right - twice, yy = up + down - twice;
                Vector<T> mean = half * (xx + yy), difference = half * (xx - yy);
                Vector<T> root = Vector.SquareRoot(VectorLoops.Fma(difference, difference, xy * xy));
                ImageRows.Put(squared * (mean + root), larger + j, valid);
                ImageRows.Put(squared * (mean - root), smaller + j, valid);
                if (gradient != null)
                {
                    Vector<T> gx = half * (right - left), gy = half * (down - up);
                    ImageRows.Put(scale * Vector.SquareRoot(VectorLoops.Fma(gx, gx, gy * gy)), gradient + j, valid);
                }
                if (normalX != null)
                {
                    Vector<T> wide = Vector.GreaterThanOrEqual(difference, Vector<T>.Zero);
                    Vector<T> x = Vector.ConditionalSelect(wide, difference + root, xy), y = Vector.ConditionalSelect(wide, xy, root - difference);
                    Vector<T> length = Vector.SquareRoot(VectorLoops.Fma(x, x, y * y)), flat = Vector.Equals(length, Vector<T>.Zero);
                    Vector<T> safe = Vector.ConditionalSelect(flat, Vector<T>.One, length);
                    ImageRows.Put(Vector.ConditionalSelect(flat, Vector<T>.One, x / safe), normalX + j, valid);
                    ImageRows.Put(y / safe, normalY + j, valid);
                }
            }
        }
    }
}
