using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Imaging;

/// <summary>
/// The structure tensor J = G_sigma * (g g^T) of central differences g (Bigun and Granlund 1987; SPEC 4): orientation
/// atan2(2 Jxy, Jxx - Jyy) / 2 in (-pi/2, pi/2], the direction of the gradient (across stripes, from x towards y); coherence (l1 - l2) / (l1 + l2).
/// </summary>
/// <remarks>
/// All tensors are H x W, any stride; orientation may be absent. Where Jxx + Jyy is at most <c>flat</c> both are 0. The image, and the three
/// products, are mirrored at the edge without repeating it. Host: products of a block of rows and of the rows that its Gaussian reaches in
/// scratch memory, then the passes of <see cref="GaussianFilter"/> on each, fused with the end. Device: products and smoothed products in scratch
/// memory. atan by a minimax polynomial of a^2 for |a| up to 1 (Lawson's iteration; relative error 1.6e-8) in float, by the runtime in double.
/// Tolerance (reach + 16) eps for coherence, times pi for orientation, where the tensor is not nearly isotropic.
/// </remarks>
public static unsafe class StructureTensor
{
    private const double A0 = 0.9999999847657646;
    private const double A1 = -0.33333073344966846;
    private const double A2 = 0.1999261938989437;
    private const double A3 = -0.14203644452530012;
    private const double A4 = 0.10640933970683555;
    private const double A5 = -0.07504294422691034;
    private const double A6 = 0.0426915178990316;
    private const double A7 = -0.01606862811616365;
    private const double A8 = 0.002849889409837908;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, ArrayView<float>>> ProductsKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, ArrayView<float>>(DeviceKernelProducts));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, float, Tensor, Tensor>> EndKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<float>, float, Tensor, Tensor>(DeviceKernelEnd));

    /// <summary>The definition, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> image, double sigma, T flat, MatrixSpan<T> orientation, MatrixSpan<T> coherence)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, sigma, orientation.Rows, orientation.Columns, coherence.Rows, coherence.Columns);
        int rows = image.Rows, columns = image.Columns;
        var products = new double[3][];
        for (int p = 0; p < 3; p++)
            products[p] = new double[rows * columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                double x = 0.5 * (ImageRows.At(image, i, j + 1) - ImageRows.At(image, i, j - 1));
                double y = 0.5 * (ImageRows.At(image, i + 1, j) - ImageRows.At(image, i - 1, j));
                int k = (i * columns) + j;
                (products[0][k], products[1][k], products[2][k]) = (x * x, x * y, y * y);
            }
        }
        for (int p = 0; p < 3; p++)
            products[p] = GaussianFilter.ReferencePlane(rows, columns, sigma, products[p]);
        for (int k = 0; k < rows * columns; k++)
        {
            double trace = products[0][k] + products[2][k], difference = products[0][k] - products[2][k], cross = 2 * products[1][k];
            bool directed = trace > double.CreateChecked(flat);
            double angle = Math.Atan2(cross == 0 ? 0 : cross, difference);
            coherence[k / columns, k % columns] = T.CreateChecked(directed ? Math.Sqrt((difference * difference) + (cross * cross)) / trace : 0);
            if (orientation.Rows > 0)
                orientation[k / columns, k % columns] = T.CreateChecked(directed ? 0.5 * angle : 0);
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> image, double sigma, T flat, MatrixSpan<T> orientation, MatrixSpan<T> coherence)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, sigma, orientation.Rows, orientation.Columns, coherence.Rows, coherence.Columns);
        if (image.Rows == 0 || image.Columns == 0)
            return;
        int reach = GaussianFilter.Reach(sigma);
        T* weights = stackalloc T[reach + 1];
        GaussianFilter.Weights(sigma, new Span<T>(weights, reach + 1));
        fixed (T* from = image.Values, angle = orientation.Values, strength = coherence.Values)
        {
            var job = new Job<T>(new(from, image.Rows, image.Columns, image.Stride), weights, reach, flat, angle, orientation.Stride, strength,
                coherence.Stride);
            RowBlocks<Job<T>>.Run(job, image.Rows, ImageRows.BlockHeight, (long)image.Rows * image.Columns * (8 + (3 * reach)));
        }
    }

    internal static void DeviceKernelProducts(Index1D index, ArrayView<float> arena, Tensor image, ArrayView<float> products)
    {
        int i = index / image.Columns;
        int j = index - (i * image.Columns);
        int row = image.Offset + (i * image.Stride);
        int left = PatchGather.Mirror(j - 1, image.Columns), right = PatchGather.Mirror(j + 1, image.Columns);
        int above = PatchGather.Mirror(i - 1, image.Rows), below = PatchGather.Mirror(i + 1, image.Rows);
        float x = 0.5f * (arena[row + right] - arena[row + left]);
        float y = 0.5f * (arena[image.Offset + (below * image.Stride) + j] - arena[image.Offset + (above * image.Stride) + j]);
        int count = image.Rows * image.Columns;
        products[index] = x * x;
        products[index + count] = x * y;
        products[index + (2 * count)] = y * y;
    }

    internal static void DeviceKernelEnd(Index1D index, ArrayView<float> arena, ArrayView<float> products, float flat, Tensor orientation, Tensor coherence)
    {
        int i = index / coherence.Columns;
        int j = index - (i * coherence.Columns);
        int count = coherence.Rows * coherence.Columns;
        float xx = products[index], xy = products[index + count], yy = products[index + (2 * count)];
        float trace = xx + yy, difference = xx - yy, cross = 2 * xy;
        bool directed = trace > flat;
        float strength = XMath.Sqrt((difference * difference) + (cross * cross)) / (directed ? trace : 1);
        arena[coherence.Offset + (i * coherence.Stride) + j] = directed ? strength : 0;
        if (orientation.Rows > 0)
        {
            float angle = 0.5f * Angle(cross, difference);
            arena[orientation.Offset + (i * orientation.Stride) + j] = directed ? angle : 0;
        }
    }

    internal static void Launch(DeviceQueue queue, Tensor image, double sigma, float flat, Tensor? orientation, Tensor coherence)
    {
        Check(image.Rows, image.Columns, sigma, orientation?.Rows ?? 0, orientation?.Columns ?? 0, coherence.Rows, coherence.Columns);
        int count = image.Count;
        if (count == 0)
            return;
        ArrayView<float> scratch = queue.Scratch(4 * count);
        ArrayView<float> between = scratch.SubView(3 * count, count);
        ProductsKernel.On(queue)(queue.Stream, count, queue.Arena, image, scratch);
        ArrayView<int> weights = GaussianFilter.UploadWeights(queue, sigma);
        for (int p = 0; p < 3; p++)
        {
            var plane = new Tensor(p * count, image.Rows, image.Columns, image.Columns);
            GaussianFilter.Blur(queue, scratch, plane, weights, between, scratch, plane);
        }
        EndKernel.On(queue)(queue.Stream, count, queue.Arena, scratch, flat, orientation ?? default, coherence);
    }

    // atan2 with the polynomial; 0 for (0, 0) and pi, never -pi, for y = -0.
    private static float Angle(float y, float x)
    {
        float ay = XMath.Abs(y), ax = XMath.Abs(x);
        float high = ay > ax ? ay : ax, low = ay > ax ? ax : ay;
        float a = high > 0 ? low / high : 0;
        float s = a * a;
        float p = ((((float)A8 * s) + (float)A7) * s) + (float)A6;
        p = (((((p * s) + (float)A5) * s) + (float)A4) * s) + (float)A3;
        p = (((((p * s) + (float)A2) * s) + (float)A1) * s) + (float)A0;
        float angle = p * a;
        angle = ay > ax ? (float)(Math.PI / 2) - angle : angle;
        angle = x < 0 ? (float)Math.PI - angle : angle;
        return y < 0 ? -angle : angle;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Angle<T>(Vector<T> y, Vector<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) != typeof(float))
            return Lanes(y, x);
        Vector<T> ay = Vector.Abs(y), ax = Vector.Abs(x), steep = Vector.GreaterThan(ay, ax);
        Vector<T> high = Vector.ConditionalSelect(steep, ay, ax), low = Vector.ConditionalSelect(steep, ax, ay);
        Vector<T> a = low / Vector.ConditionalSelect(Vector.Equals(high, Vector<T>.Zero), Vector<T>.One, high), s = a * a;
        Vector<T> p = VectorLoops.Fma(Constant<T>(A8), s, Constant<T>(A7));
        p = VectorLoops.Fma(p, s, Constant<T>(A6));
        p = VectorLoops.Fma(p, s, Constant<T>(A5));
        p = VectorLoops.Fma(p, s, Constant<T>(A4));
        p = VectorLoops.Fma(p, s, Constant<T>(A3));
        p = VectorLoops.Fma(p, s, Constant<T>(A2));
        p = VectorLoops.Fma(p, s, Constant<T>(A1));
        p = VectorLoops.Fma(p, s, Constant<T>(A0)) * a;
        p = Vector.ConditionalSelect(steep, Constant<T>(Math.PI / 2) - p, p);
        p = Vector.ConditionalSelect(Vector.LessThan(x, Vector<T>.Zero), Constant<T>(Math.PI) - p, p);
        return Vector.ConditionalSelect(Vector.LessThan(y, Vector<T>.Zero), -p, p);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Constant<T>(double value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(T.CreateTruncating(value));

    private static Vector<T> Lanes<T>(Vector<T> y, Vector<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* lanes = stackalloc T[Vector<T>.Count];
        for (int i = 0; i < Vector<T>.Count; i++)
            lanes[i] = T.Atan2(y[i] == T.Zero ? T.Zero : y[i], x[i]);
        return Vector.Load(lanes);
    }

    private static void Check(int rows, int columns, double sigma, int orientationRows, int orientationColumns, int coherenceRows, int coherenceColumns)
    {
        GaussianFilter.Check(nameof(StructureTensor), rows, columns, sigma, coherenceRows, coherenceColumns);
        if (orientationRows != 0 || orientationColumns != 0)
            Shape.Require(nameof(StructureTensor), "orientation", orientationRows, orientationColumns, rows, columns);
    }

    private readonly struct Job<T>(ImagePointer<T> image, T* weights, int reach, T flat, T* orientation, nint strideO, T* coherence, nint strideC) : IRowJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int first, int end)
        {
            int columns = image.Columns, pitch = columns + ImageRows.Slack;
            // Mirrored rows of this block's Gaussian lie among these too.
            int low = Math.Max(0, first - reach), height = Math.Min(image.Rows, end + reach) - low;
            int margin = columns + (2 * reach) + ImageRows.Slack;
            T* padded = ScratchMatrix<T, Job<T>>.Get((3 * height * pitch) + (3 * pitch) + margin) + reach;
            T* smooth = padded + margin - reach;
            T* products = smooth + (3 * pitch);
            for (int i = 0; i < height; i++)
            {
                ImageRows.Padded(image.Row(low + i), padded, columns, 1, 1);
                Products(padded, image.Row(low + i - 1), image.Row(low + i + 1), columns, products + (i * pitch), height * pitch);
            }
            T** rows = stackalloc T*[(2 * reach) + 1];
            T** taps = rows + reach;
            for (int i = first; i < end; i++)
            {
                for (int p = 0; p < 3; p++)
                {
                    for (int k = -reach; k <= reach; k++)
                        taps[k] = products + (((p * height) + PatchGather.Mirror(i + k, image.Rows) - low) * pitch);
                    ImageRows.Symmetric(weights, reach, taps, padded, columns);
                    GaussianFilter.Along(weights, reach, taps, padded, columns, smooth + (p * pitch));
                }
                End(smooth, pitch, columns, flat, orientation == null ? null : orientation + (i * strideO), coherence + (i * strideC));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Products(T* row, T* above, T* below, int columns, T* to, nint plane)
        {
            var half = new Vector<T>(T.CreateChecked(0.5));
            for (int j = 0; j < columns; j += Vector<T>.Count)
            {
                int valid = columns - j;
                Vector<T> x = half * (Vector.Load(row + j + 1) - Vector.Load(row + j - 1));
                Vector<T> y = half * (ImageRows.Get(below + j, valid) - ImageRows.Get(above + j, valid));
                (x * x).Store(to + j);
                (x * y).Store(to + plane + j);
                (y * y).Store(to + (2 * plane) + j);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void End(T* smooth, nint pitch, int columns, T flat, T* orientation, T* coherence)
        {
            var half = new Vector<T>(T.CreateChecked(0.5));
            var least = new Vector<T>(flat);
            for (int j = 0; j < columns; j += Vector<T>.Count)
            {
                int valid = columns - j;
                Vector<T> xx = Vector.Load(smooth + j), xy = Vector.Load(smooth + pitch + j), yy = Vector.Load(smooth + (2 * pitch) + j);
                Vector<T> trace = xx + yy, difference = xx - yy, cross = xy + xy, directed = Vector.GreaterThan(trace, least);
                Vector<T> strength = Vector.SquareRoot(VectorLoops.Fma(difference, difference, cross * cross))
                    / Vector.ConditionalSelect(directed, trace, Vector<T>.One);
                ImageRows.Put(Vector.ConditionalSelect(directed, strength, Vector<T>.Zero), coherence + j, valid);
                if (orientation != null)
                    ImageRows.Put(Vector.ConditionalSelect(directed, half * Angle(cross, difference), Vector<T>.Zero), orientation + j, valid);
            }
        }
    }
}
