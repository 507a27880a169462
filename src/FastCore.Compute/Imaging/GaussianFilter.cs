using System.Numerics;
using System.Runtime.InteropServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.Imaging;

/// <summary>
/// result := image convolved with a Gaussian: weights exp(-k^2 / (2 sigma^2)) for |k| up to ceil(4 sigma), divided by their sum, along rows and
/// along columns (Lindeberg 1994, sampled kernel).
/// </summary>
/// <remarks>
/// image and result are H x W, any stride; mirrored at the edge without repeating it (scipy.ndimage's mode "mirror"). sigma in pixels, above 0
/// and at most 64. Host: for each row the columns' sum over 2 reach + 1 rows into a scratch row, then along it, so no intermediate image
/// exists; rows shared out to the threads. Device: one pass along rows into scratch memory, one along columns; the host's weights travel as bit
/// patterns. Tolerance (reach + 8) eps of the largest magnitude.
/// </remarks>
public static unsafe class GaussianFilter
{
    private const double LargestSigma = 64;

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, ArrayView<int>, int, ArrayView<float>>> AcrossKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, ArrayView<int>, int, ArrayView<float>>(DeviceKernelAcross));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<int>, int, ArrayView<float>, Tensor>> DownKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<int>, int, ArrayView<float>, Tensor>(DeviceKernelDown));

    /// <summary>The definition: along the rows, then along the columns, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> image, double sigma, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(nameof(GaussianFilter), image.Rows, image.Columns, sigma, result.Rows, result.Columns);
        double[] values = ReferencePlane(image.Rows, image.Columns, sigma, Plane(image));
        for (int i = 0; i < result.Rows; i++)
        {
            for (int j = 0; j < result.Columns; j++)
                result[i, j] = T.CreateChecked(values[(i * result.Columns) + j]);
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> image, double sigma, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(nameof(GaussianFilter), image.Rows, image.Columns, sigma, result.Rows, result.Columns);
        if (image.Rows == 0 || image.Columns == 0)
            return;
        int reach = Reach(sigma);
        T* weights = stackalloc T[reach + 1];
        Weights(sigma, new Span<T>(weights, reach + 1));
        fixed (T* from = image.Values, to = result.Values)
        {
            var job = new Job<T>(new(from, image.Rows, image.Columns, image.Stride), weights, reach, to, result.Stride);
            RowBlocks<Job<T>>.Run(job, image.Rows, ImageRows.BlockHeight, (long)image.Rows * image.Columns * (reach + 1));
        }
    }

    internal static void DeviceKernelAcross(Index1D index, ArrayView<float> from, Tensor image, ArrayView<int> weights, int reach, ArrayView<float> to)
    {
        int i = index / image.Columns;
        int j = index - (i * image.Columns);
        int row = image.Offset + (i * image.Stride);
        float sum = Interop.IntAsFloat((uint)weights[0]) * from[row + j];
        for (int k = 1; k <= reach; k++)
        {
            float pair = from[row + PatchGather.Mirror(j - k, image.Columns)] + from[row + PatchGather.Mirror(j + k, image.Columns)];
            sum += Interop.IntAsFloat((uint)weights[k]) * pair;
        }
        to[index] = sum;
    }

    internal static void DeviceKernelDown(Index1D index, ArrayView<float> from, ArrayView<int> weights, int reach, ArrayView<float> to, Tensor result)
    {
        int i = index / result.Columns;
        int j = index - (i * result.Columns);
        float sum = Interop.IntAsFloat((uint)weights[0]) * from[index];
        for (int k = 1; k <= reach; k++)
        {
            int above = PatchGather.Mirror(i - k, result.Rows), below = PatchGather.Mirror(i + k, result.Rows);
            sum += Interop.IntAsFloat((uint)weights[k]) * (from[(above * result.Columns) + j] + from[(below * result.Columns) + j]);
        }
        to[result.Offset + (i * result.Stride) + j] = sum;
    }

    internal static void Launch(DeviceQueue queue, Tensor image, double sigma, Tensor result)
    {
        Check(nameof(GaussianFilter), image.Rows, image.Columns, sigma, result.Rows, result.Columns);
        if (image.Count == 0)
            return;
        ArrayView<int> weights = UploadWeights(queue, sigma);
        Blur(queue, queue.Arena, image, weights, queue.Scratch(image.Count), queue.Arena, result);
    }

    /// <summary>The weights on the device; valid until the next upload of indices.</summary>
    internal static ArrayView<int> UploadWeights(DeviceQueue queue, double sigma)
    {
        Span<float> weights = stackalloc float[Reach(sigma) + 1];
        Weights(sigma, weights);
        return queue.UploadIndices(MemoryMarshal.Cast<float, int>(weights));
    }

    /// <summary>Both passes between any two views; <paramref name="between"/> takes as many elements as the image has.</summary>
    internal static void Blur(
        DeviceQueue queue, ArrayView<float> from, Tensor image, ArrayView<int> weights, ArrayView<float> between, ArrayView<float> to, Tensor result)
    {
        int reach = (int)weights.Length - 1;
        AcrossKernel.On(queue)(queue.Stream, image.Count, from, image, weights, reach, between);
        DownKernel.On(queue)(queue.Stream, image.Count, between, weights, reach, to, result);
    }

    /// <summary>Number of weights on each side.</summary>
    internal static int Reach(double sigma) => (int)Math.Ceiling(4 * sigma);

    /// <summary>Weights of the middle and of one side.</summary>
    internal static void Weights<T>(double sigma, Span<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double sum = 0;
        for (int k = 0; k < weights.Length; k++)
            sum += (k == 0 ? 1 : 2) * Math.Exp(-k * k / (2 * sigma * sigma));
        for (int k = 0; k < weights.Length; k++)
            weights[k] = T.CreateChecked(Math.Exp(-k * k / (2 * sigma * sigma)) / sum);
    }

    /// <summary>One smoothed row: down the columns into <paramref name="padded"/> (margins of reach), then along it.</summary>
    internal static void Row<T>(ImagePointer<T> image, T* weights, int reach, int row, T** taps, T* padded, T* to)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int k = -reach; k <= reach; k++)
            taps[k] = image.Row(row + k);
        ImageRows.Symmetric(weights, reach, taps, padded, image.Columns);
        Along(weights, reach, taps, padded, image.Columns, to);
    }

    /// <summary>The pass along a row whose margins are still to be filled.</summary>
    internal static void Along<T>(T* weights, int reach, T** taps, T* padded, int columns, T* to)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ImageRows.Margins(padded, columns, reach, reach);
        for (int k = -reach; k <= reach; k++)
            taps[k] = padded + k;
        ImageRows.Symmetric(weights, reach, taps, to, columns);
    }

    /// <summary>The smoothed plane in double, for definitions.</summary>
    internal static double[] ReferencePlane(int rows, int columns, double sigma, double[] plane)
    {
        int reach = Reach(sigma);
        var weights = new double[reach + 1];
        Weights<double>(sigma, weights);
        var across = new double[rows * columns];
        var result = new double[rows * columns];
        for (int k = 0; k < across.Length; k++)
        {
            for (int x = -reach; x <= reach; x++)
                across[k] += weights[Math.Abs(x)] * plane[(k / columns * columns) + PatchGather.Mirror((k % columns) + x, columns)];
        }
        for (int k = 0; k < result.Length; k++)
        {
            for (int y = -reach; y <= reach; y++)
                result[k] += weights[Math.Abs(y)] * across[(PatchGather.Mirror((k / columns) + y, rows) * columns) + (k % columns)];
        }
        return result;
    }

    /// <summary>An image in double, for definitions.</summary>
    internal static double[] Plane<T>(ReadOnlyMatrixSpan<T> image)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var plane = new double[image.Rows * image.Columns];
        for (int i = 0; i < plane.Length; i++)
            plane[i] = double.CreateChecked(image[i / image.Columns, i % image.Columns]);
        return plane;
    }

    internal static void Check(string operation, int rows, int columns, double sigma, int resultRows, int resultColumns)
    {
        if (!(sigma > 0 && sigma <= LargestSigma))
            throw new ArgumentOutOfRangeException(nameof(sigma), sigma, $"{operation}: sigma must lie above 0 and at most at {LargestSigma} pixels.");
        Shape.Require(operation, "result", resultRows, resultColumns, rows, columns);
    }

    private readonly struct Job<T>(ImagePointer<T> image, T* weights, int reach, T* to, nint stride) : IRowJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int first, int end)
        {
            T* padded = ScratchMatrix<T, Job<T>>.Get(image.Columns + (2 * reach) + ImageRows.Slack) + reach;
            T** taps = stackalloc T*[(2 * reach) + 1];
            for (int i = first; i < end; i++)
                Row(image, weights, reach, i, taps + reach, padded, to + (i * stride));
        }
    }
}
