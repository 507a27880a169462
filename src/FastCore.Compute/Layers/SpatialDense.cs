using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Runtime;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace FastCore.Compute.Layers;

/// <summary>
/// First layer of a spatial decoder (SPEC 3; Bepler et al. 2019): output row k p + n := activation(coordinates_kn weight + bias + latent_k), one row
/// per pixel n of image k; latent_k, the product of the image's code with its weights, is the same for all pixels of the image. Gradients, with
/// G = dF/d pre-activation: dcoordinates = G weight^T, dweight = sum coordinates^T G, dbias = sum G, dlatent_k = sum over the image's G.
/// </summary>
/// <remarks>
/// coordinates and gradientCoordinates b p x 2, weight 2 x o, bias 1 x o, latent b x o, output b p x o, any stride. A matrix product with two rows
/// would move the output three times; here it is written once. Host: images shared out to the threads, SIMD along rows. Device: one thread per
/// element; the gradients by one thread per image and column down the pixels, then one per column over the images, so that no atomics are
/// needed; one group of 64 threads per pixel for the coordinates. Tolerance 12 eps plus 3e-7 of tanh in float; gradients sum_n eps |G|.
/// </remarks>
public static class SpatialDense
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Tensor, int, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Tensor, int, Tensor>(DeviceKernel));

    private static readonly LoadedKernel<
        Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, int, Tensor, Tensor, ArrayView<float>>> ImageKernel =
        new(static device =>
            device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, int, Tensor, Tensor, ArrayView<float>>(DeviceKernelImages));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, ArrayView<float>, int, Tensor, Tensor>>
        JoinKernel = new(static device =>
            device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, ArrayView<float>, int, Tensor, Tensor>(DeviceKernelJoin));

    private static readonly LoadedKernel<Action<AcceleratorStream, KernelConfig, ArrayView<float>, Tensor, Tensor, Tensor>> CoordinateKernel =
        new(static device => device.LoadKernel<ArrayView<float>, Tensor, Tensor, Tensor>(DeviceKernelCoordinates));

    /// <summary>The definition, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> coordinates, ReadOnlyMatrixSpan<T> weight, ReadOnlyMatrixSpan<T> bias,
        ReadOnlyMatrixSpan<T> latent, Activation activation, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int pixels = Pixels(coordinates.Rows, coordinates.Columns, weight.Rows, weight.Columns, bias.Rows, bias.Columns,
            latent.Rows, latent.Columns, output.Rows, output.Columns);
        for (int n = 0; n < output.Rows; n++)
        {
            for (int o = 0; o < output.Columns; o++)
            {
                double sum = double.CreateChecked(bias[0, o]) + double.CreateChecked(latent[n / pixels, o])
                    + (double.CreateChecked(coordinates[n, 0]) * double.CreateChecked(weight[0, o]))
                    + (double.CreateChecked(coordinates[n, 1]) * double.CreateChecked(weight[1, o]));
                output[n, o] = T.CreateChecked(Dense.Activate(activation, sum));
            }
        }
    }

    /// <summary>The same with SIMD, on all threads.</summary>
    public static unsafe void Host<T>(ReadOnlyMatrixSpan<T> coordinates, ReadOnlyMatrixSpan<T> weight, ReadOnlyMatrixSpan<T> bias,
        ReadOnlyMatrixSpan<T> latent, Activation activation, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int pixels = Pixels(coordinates.Rows, coordinates.Columns, weight.Rows, weight.Columns, bias.Rows, bias.Columns,
            latent.Rows, latent.Columns, output.Rows, output.Columns);
        if (output.Rows == 0 || output.Columns == 0)
            return;
        T* shifts = ScratchMatrix<T, Work<T>>.Get(latent.Rows * latent.Columns);
        for (int k = 0; k < latent.Rows; k++)
            TensorPrimitives.Add(latent.Row(k), bias.Row(0), new Span<T>(shifts + (k * latent.Columns), latent.Columns));
        fixed (T* g = coordinates.Values, w = weight.Values, y = output.Values)
        {
            Work<T> work = Work<T>.Mine;
            work.Set(activation, pixels, output.Columns, new(g, coordinates.Stride), new(w, weight.Stride), new(y, output.Stride));
            work.Shifts = shifts;
            work.Forward = true;
            work.RunAll(latent.Rows);
        }
    }

    /// <summary>The definition of the gradients; see <see cref="GradientHost"/>.</summary>
    public static void GradientReference<T>(ReadOnlyMatrixSpan<T> coordinates, ReadOnlyMatrixSpan<T> weight, ReadOnlyMatrixSpan<T> output,
        Activation activation, MatrixSpan<T> gradientOutput, MatrixSpan<T> gradientCoordinates, MatrixSpan<T> gradientWeight,
        MatrixSpan<T> gradientBias, MatrixSpan<T> gradientLatent, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int pixels = GradientPixels<T>(coordinates, weight, output, gradientOutput, gradientCoordinates, gradientWeight, gradientBias,
            gradientLatent);
        for (int n = 0; n < output.Rows; n++)
        {
            double toX = 0, toY = 0;
            for (int o = 0; o < output.Columns; o++)
            {
                double g = double.CreateChecked(gradientOutput[n, o]) * Dense.Slope(activation, double.CreateChecked(output[n, o]));
                gradientOutput[n, o] = T.CreateChecked(g);
                toX += g * double.CreateChecked(weight[0, o]);
                toY += g * double.CreateChecked(weight[1, o]);
            }
            if (gradientCoordinates.Rows > 0)
                (gradientCoordinates[n, 0], gradientCoordinates[n, 1]) = (T.CreateChecked(toX), T.CreateChecked(toY));
        }
        for (int o = 0; o < output.Columns; o++)
        {
            double sum = 0, sumX = 0, sumY = 0;
            for (int k = 0; k < gradientLatent.Rows; k++)
            {
                double image = 0;
                for (int n = k * pixels; n < (k + 1) * pixels; n++)
                {
                    double g = double.CreateChecked(gradientOutput[n, o]);
                    image += g;
                    sumX += g * double.CreateChecked(coordinates[n, 0]);
                    sumY += g * double.CreateChecked(coordinates[n, 1]);
                }
                gradientLatent[k, o] = T.CreateChecked(image);
                sum += image;
            }
            gradientBias[0, o] = T.CreateChecked(sum + (accumulate ? double.CreateChecked(gradientBias[0, o]) : 0));
            gradientWeight[0, o] = T.CreateChecked(sumX + (accumulate ? double.CreateChecked(gradientWeight[0, o]) : 0));
            gradientWeight[1, o] = T.CreateChecked(sumY + (accumulate ? double.CreateChecked(gradientWeight[1, o]) : 0));
        }
    }

    /// <summary>
    /// The gradients with SIMD, on all threads. gradientOutput becomes the gradient of the pre-activation; gradientCoordinates (empty where it is not
    /// wanted) and gradientLatent are overwritten; those of weight and bias too, unless <paramref name="accumulate"/> adds to them.
    /// </summary>
    public static unsafe void GradientHost<T>(ReadOnlyMatrixSpan<T> coordinates, ReadOnlyMatrixSpan<T> weight, ReadOnlyMatrixSpan<T> output,
        Activation activation, MatrixSpan<T> gradientOutput, MatrixSpan<T> gradientCoordinates, MatrixSpan<T> gradientWeight,
        MatrixSpan<T> gradientBias, MatrixSpan<T> gradientLatent, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int pixels = GradientPixels<T>(coordinates, weight, output, gradientOutput, gradientCoordinates, gradientWeight, gradientBias,
            gradientLatent);
        int width = output.Columns, images = gradientLatent.Rows;
        if (width == 0)
            return;
        T* sums = ScratchMatrix<T, Work<T>>.Get(2 * width * images);
        if (output.Rows > 0)
        {
            fixed (T* g = coordinates.Values, w = weight.Values, y = output.Values, gy = gradientOutput.Values,
                gg = gradientCoordinates.Values, gz = gradientLatent.Values)
            {
                Work<T> work = Work<T>.Mine;
                work.Set(activation, pixels, width, new(g, coordinates.Stride), new(w, weight.Stride), new(y, output.Stride));
                work.GradientOutput = new(gy, gradientOutput.Stride);
                work.GradientCoordinates = new(gradientCoordinates.Rows == 0 ? null : gg, gradientCoordinates.Stride);
                work.GradientLatent = new(gz, gradientLatent.Stride);
                work.Sums = sums;
                work.Forward = false;
                work.RunAll(images);
            }
        }
        else
        {
            for (int k = 0; k < images; k++)
                gradientLatent.Row(k).Clear();
        }
        if (!accumulate)
        {
            gradientBias.Row(0).Clear();
            gradientWeight.Row(0).Clear();
            gradientWeight.Row(1).Clear();
        }
        // Images in their order: the sums do not depend on which thread was free.
        for (int k = 0; k < images && pixels > 0; k++)
        {
            TensorPrimitives.Add(gradientBias.Row(0), gradientLatent.Row(k), gradientBias.Row(0));
            TensorPrimitives.Add(gradientWeight.Row(0), new ReadOnlySpan<T>(sums + (2 * k * width), width), gradientWeight.Row(0));
            TensorPrimitives.Add(gradientWeight.Row(1), new ReadOnlySpan<T>(sums + (((2 * k) + 1) * width), width), gradientWeight.Row(1));
        }
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, Tensor coordinates, Tensor weight, Tensor bias, Tensor latent,
        int activation, Tensor output)
    {
        int row = index / output.Columns;
        int column = index - (row * output.Columns);
        int image = row / (output.Rows / latent.Rows);
        int at = coordinates.Offset + (row * coordinates.Stride);
        float x = arena[bias.Offset + column] + arena[latent.Offset + (image * latent.Stride) + column];
        x += arena[at] * arena[weight.Offset + column];
        x += arena[at + 1] * arena[weight.Offset + weight.Stride + column];
        arena[output.Offset + (row * output.Stride) + column] = Dense.DeviceActivate(x, activation);
    }

    internal static void DeviceKernelImages(Index1D index, ArrayView<float> arena, Tensor coordinates, Tensor output, int activation,
        Tensor gradientOutput, Tensor gradientLatent, ArrayView<float> scratch)
    {
        int image = index / output.Columns;
        int column = index - (image * output.Columns);
        int pixels = output.Rows / gradientLatent.Rows;
        float sum = 0, sumX = 0, sumY = 0;
        for (int n = image * pixels; n < (image + 1) * pixels; n++)
        {
            int at = gradientOutput.Offset + (n * gradientOutput.Stride) + column;
            float g = arena[at] * Dense.DeviceSlope(arena[output.Offset + (n * output.Stride) + column], activation);
            arena[at] = g;
            int point = coordinates.Offset + (n * coordinates.Stride);
            sum += g;
            sumX += g * arena[point];
            sumY += g * arena[point + 1];
        }
        arena[gradientLatent.Offset + (image * gradientLatent.Stride) + column] = sum;
        scratch[(2 * image * output.Columns) + column] = sumX;
        scratch[(((2 * image) + 1) * output.Columns) + column] = sumY;
    }

    internal static void DeviceKernelJoin(Index1D column, ArrayView<float> arena, Tensor gradientLatent, ArrayView<float> scratch, int accumulate,
        Tensor gradientWeight, Tensor gradientBias)
    {
        int bias = gradientBias.Offset + column, first = gradientWeight.Offset + column, second = first + gradientWeight.Stride;
        float sum = 0, sumX = 0, sumY = 0;
        if (accumulate != 0)
        {
            sum = arena[bias];
            sumX = arena[first];
            sumY = arena[second];
        }
        for (int k = 0; k < gradientLatent.Rows; k++)
        {
            sum += arena[gradientLatent.Offset + (k * gradientLatent.Stride) + column];
            sumX += scratch[(2 * k * gradientLatent.Columns) + column];
            sumY += scratch[(((2 * k) + 1) * gradientLatent.Columns) + column];
        }
        arena[bias] = sum;
        arena[first] = sumX;
        arena[second] = sumY;
    }

    internal static void DeviceKernelCoordinates(ArrayView<float> arena, Tensor weight, Tensor gradientOutput, Tensor gradientCoordinates)
    {
        int row = Grid.IdxX;
        float toX = 0, toY = 0;
        for (int o = Group.IdxX; o < gradientOutput.Columns; o += DeviceMath.GroupSize)
        {
            float g = arena[gradientOutput.Offset + (row * gradientOutput.Stride) + o];
            toX += g * arena[weight.Offset + o];
            toY += g * arena[weight.Offset + weight.Stride + o];
        }
        toX = DeviceMath.GroupSum(toX);
        toY = DeviceMath.GroupSum(toY);
        if (Group.IdxX == 0)
        {
            int at = gradientCoordinates.Offset + (row * gradientCoordinates.Stride);
            arena[at] = toX;
            arena[at + 1] = toY;
        }
    }

    internal static void Launch(DeviceQueue queue, Tensor coordinates, Tensor weight, Tensor bias, Tensor latent, Activation activation,
        Tensor output)
    {
        Pixels(coordinates.Rows, coordinates.Columns, weight.Rows, weight.Columns, bias.Rows, bias.Columns,
            latent.Rows, latent.Columns, output.Rows, output.Columns);
        if (output.Count > 0)
            Kernel.On(queue)(queue.Stream, output.Count, queue.Arena, coordinates, weight, bias, latent, (int)activation, output);
    }

    internal static void LaunchGradient(DeviceQueue queue, Tensor coordinates, Tensor weight, Tensor output, Activation activation,
        Tensor gradientOutput,
        Tensor? gradientCoordinates, Tensor gradientWeight, Tensor gradientBias, Tensor gradientLatent, bool accumulate)
    {
        Pixels(coordinates.Rows, coordinates.Columns, weight.Rows, weight.Columns, gradientBias.Rows, gradientBias.Columns,
            gradientLatent.Rows, gradientLatent.Columns, output.Rows, output.Columns);
        Shape.RequireEqual(nameof(SpatialDense), nameof(gradientOutput), gradientOutput, output);
        Shape.RequireEqual(nameof(SpatialDense), nameof(gradientWeight), gradientWeight, weight);
        if (gradientCoordinates is { } checkedCoordinates)
            Shape.RequireEqual(nameof(SpatialDense), nameof(gradientCoordinates), checkedCoordinates, coordinates);
        if (output.Columns == 0)
            return;
        ArrayView<float> scratch = queue.Scratch(2 * gradientLatent.Count);
        if (gradientLatent.Rows > 0)
        {
            ImageKernel.On(queue)(queue.Stream, gradientLatent.Count, queue.Arena,
                coordinates, output, (int)activation, gradientOutput, gradientLatent, scratch);
        }
        JoinKernel.On(queue)(queue.Stream, output.Columns, queue.Arena, gradientLatent, scratch, accumulate ? 1 : 0, gradientWeight, gradientBias);
        if (gradientCoordinates is { Rows: > 0 } wanted)
        {
            CoordinateKernel.On(queue)(queue.Stream, new KernelConfig(wanted.Rows, DeviceMath.GroupSize), queue.Arena,
                weight, gradientOutput, wanted);
        }
    }

    private static int Pixels(int rows, int axes, int weightRows, int o, int biasRows, int biasColumns, int images, int latentColumns,
        int outputRows, int outputColumns)
    {
        Shape.Require(nameof(SpatialDense), "weight", weightRows, o, 2, o);
        Shape.Require(nameof(SpatialDense), "bias", biasRows, biasColumns, 1, o);
        Shape.Require(nameof(SpatialDense), "latent", images, latentColumns, images, o);
        int pixels = images == 0 ? 0 : rows / images;
        Shape.Require(nameof(SpatialDense), "coordinates", rows, axes, images * pixels, 2);
        Shape.Require(nameof(SpatialDense), "output", outputRows, outputColumns, rows, o);
        return pixels;
    }

    private static int GradientPixels<T>(ReadOnlyMatrixSpan<T> coordinates, ReadOnlyMatrixSpan<T> weight, ReadOnlyMatrixSpan<T> output,
        ReadOnlyMatrixSpan<T> gradientOutput, ReadOnlyMatrixSpan<T> gradientCoordinates, ReadOnlyMatrixSpan<T> gradientWeight,
        ReadOnlyMatrixSpan<T> gradientBias, ReadOnlyMatrixSpan<T> gradientLatent)
        where T : unmanaged
    {
        int pixels = Pixels(coordinates.Rows, coordinates.Columns, weight.Rows, weight.Columns, gradientBias.Rows, gradientBias.Columns,
            gradientLatent.Rows, gradientLatent.Columns, output.Rows, output.Columns);
        Shape.RequireEqual(nameof(SpatialDense), nameof(gradientOutput), gradientOutput, output);
        Shape.RequireEqual(nameof(SpatialDense), nameof(gradientWeight), gradientWeight, weight);
        if (gradientCoordinates.Rows > 0 || gradientCoordinates.Columns > 0)
            Shape.RequireEqual(nameof(SpatialDense), nameof(gradientCoordinates), gradientCoordinates, coordinates);
        return pixels;
    }

    /// <summary>One image is one block of work.</summary>
    private sealed unsafe class Work<T> : HostWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [ThreadStatic]
        private static Work<T>? mine;
        private Activation activation;
        private int pixels;
        private int width;
        private Rows coordinates;
        private Rows weight;
        private Rows output;

        internal static Work<T> Mine => mine ??= new Work<T>();

        internal bool Forward { get; set; }

        /// <summary>bias + latent, one row per image.</summary>
        internal T* Shifts { get; set; }

        /// <summary>Two rows per image: its part of the weight's gradient.</summary>
        internal T* Sums { get; set; }

        internal Rows GradientOutput { get; set; }

        internal Rows GradientCoordinates { get; set; }

        internal Rows GradientLatent { get; set; }

        internal void Set(Activation function, int perImage, int columns, Rows points, Rows weights, Rows values) =>
            (activation, pixels, width, coordinates, weight, output) = (function, perImage, columns, points, weights, values);

        internal void RunAll(int images)
        {
            if ((long)images * pixels * width >= 50_000)
            {
                HostThreads.Run(this, images);
                return;
            }
            for (int image = 0; image < images; image++)
                Run(image);
        }

        internal override void Run(int block)
        {
            if (Forward)
                Draw(block);
            else
                Return(block);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Draw(int image)
        {
            var shift = new ReadOnlySpan<T>(Shifts + ((nint)image * width), width);
            T* w0 = weight.At(0), w1 = weight.At(1);
            for (int n = image * pixels; n < (image + 1) * pixels; n++)
            {
                T* point = coordinates.At(n), to = output.At(n);
                Vector<T> x = new(point[0]), y = new(point[1]);
                int o = 0;
                for (; o <= width - Vector<T>.Count; o += Vector<T>.Count)
                    VectorLoops.Fma(x, Vector.Load(w0 + o), y * Vector.Load(w1 + o)).Store(to + o);
                for (; o < width; o++)
                    to[o] = (point[0] * w0[o]) + (point[1] * w1[o]);
                ActivationMap.Apply(activation, shift, new Span<T>(to, width));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Return(int image)
        {
            T* w0 = weight.At(0), w1 = weight.At(1), sum = GradientLatent.At(image);
            T* sumX = Sums + ((nint)2 * image * width), sumY = sumX + width;
            new Span<T>(sum, width).Clear();
            new Span<T>(sumX, 2 * width).Clear();
            for (int n = image * pixels; n < (image + 1) * pixels; n++)
            {
                T* point = coordinates.At(n), g = GradientOutput.At(n);
                ActivationMap.ApplySlope(activation, new ReadOnlySpan<T>(output.At(n), width), new Span<T>(g, width));
                Vector<T> x = new(point[0]), y = new(point[1]), toX = Vector<T>.Zero, toY = Vector<T>.Zero;
                int o = 0;
                for (; o <= width - Vector<T>.Count; o += Vector<T>.Count)
                {
                    Vector<T> value = Vector.Load(g + o);
                    (Vector.Load(sum + o) + value).Store(sum + o);
                    VectorLoops.Fma(x, value, Vector.Load(sumX + o)).Store(sumX + o);
                    VectorLoops.Fma(y, value, Vector.Load(sumY + o)).Store(sumY + o);
                    toX = VectorLoops.Fma(value, Vector.Load(w0 + o), toX);
                    toY = VectorLoops.Fma(value, Vector.Load(w1 + o), toY);
                }
                T lastX = Vector.Sum(toX), lastY = Vector.Sum(toY);
                for (; o < width; o++)
                {
                    sum[o] += g[o];
                    sumX[o] += point[0] * g[o];
                    sumY[o] += point[1] * g[o];
                    lastX += g[o] * w0[o];
                    lastY += g[o] * w1[o];
                }
                if (GradientCoordinates.Start is not null)
                    (GradientCoordinates.At(n)[0], GradientCoordinates.At(n)[1]) = (lastX, lastY);
            }
        }

        /// <summary>The rows of a matrix by pointer.</summary>
        internal readonly struct Rows(T* start, nint stride)
        {
            internal T* Start => start;

            internal T* At(int row) => start + (row * stride);
        }
    }
}
