using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Imaging;

/// <summary>
/// Mean and Gaussian curvature of the surface at every pixel from the least-squares quadratic z = a + b x + c y + d x^2 + e x y + f y^2 over 5 x 5
/// pixels (Haralick and Shapiro 1992, facet model; SPEC 4): with w = 1 + b^2 + c^2,
/// H = ((1 + c^2) d - b c e + (1 + b^2) f) / w^(3/2) and K = (4 d f - e^2) / w^2.
/// </summary>
/// <remarks>
/// All tensors are H x W, any stride. Heights times <c>scale</c> must be in pixel pitches (scale = 1 / pitch); curvatures are per pitch. A fit on a
/// fixed grid is a fixed convolution: b = sum x z / 50, c = sum y z / 50, d = sum (x^2 - 2) z / 70, f = sum (y^2 - 2) z / 70, e = sum x y z / 100.
/// Positive H is a valley. Mirrored at the edge without repeating it. Host: three sums down the columns into scratch rows, then along them. Device:
/// one thread per pixel. Tolerance 16 eps of the largest scaled height, squared for K where it exceeds 1.
/// </remarks>
public static unsafe class CurvatureFit
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, float, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, float, Tensor, Tensor>(DeviceKernel));

    /// <summary>The definition: normal equations of the fit, solved once for its grid, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> image, T scale, MatrixSpan<T> mean, MatrixSpan<T> gaussian)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, mean.Rows, mean.Columns, gaussian.Rows, gaussian.Columns);
        for (int i = 0; i < image.Rows; i++)
        {
            for (int j = 0; j < image.Columns; j++)
            {
                double b = 0, c = 0, d = 0, e = 0, f = 0;
                for (int y = -2; y <= 2; y++)
                {
                    for (int x = -2; x <= 2; x++)
                    {
                        double z = double.CreateChecked(scale) * ImageRows.At(image, i + y, j + x);
                        b += x * z / 50;
                        c += y * z / 50;
                        d += ((x * x) - 2) * z / 70;
                        e += x * y * z / 100;
                        f += ((y * y) - 2) * z / 70;
                    }
                }
                double w = 1 + (b * b) + (c * c);
                mean[i, j] = T.CreateChecked((((1 + (c * c)) * d) - (b * c * e) + ((1 + (b * b)) * f)) / (w * Math.Sqrt(w)));
                gaussian[i, j] = T.CreateChecked(((4 * d * f) - (e * e)) / (w * w));
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> image, T scale, MatrixSpan<T> mean, MatrixSpan<T> gaussian)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, mean.Rows, mean.Columns, gaussian.Rows, gaussian.Columns);
        if (image.Rows == 0 || image.Columns == 0)
            return;
        fixed (T* from = image.Values, toMean = mean.Values, toGaussian = gaussian.Values)
        {
            var job = new Job<T>(new(from, image.Rows, image.Columns, image.Stride), scale, toMean, mean.Stride, toGaussian, gaussian.Stride);
            RowBlocks<Job<T>>.Run(job, image.Rows, ImageRows.BlockHeight, (long)image.Rows * image.Columns * 16);
        }
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, Tensor image, float scale, Tensor mean, Tensor gaussian)
    {
        int i = index / image.Columns;
        int j = index - (i * image.Columns);
        float b = 0, c = 0, d = 0, e = 0, f = 0;
        for (int y = -2; y <= 2; y++)
        {
            int row = image.Offset + (PatchGather.Mirror(i + y, image.Rows) * image.Stride);
            for (int x = -2; x <= 2; x++)
            {
                float z = scale * arena[row + PatchGather.Mirror(j + x, image.Columns)];
                b += x * z;
                c += y * z;
                d += ((x * x) - 2) * z;
                e += x * y * z;
                f += ((y * y) - 2) * z;
            }
        }
        b *= 0.02f;
        c *= 0.02f;
        d *= 1f / 70f;
        e *= 0.01f;
        f *= 1f / 70f;
        float w = 1 + (b * b) + (c * c);
        arena[mean.Offset + (i * mean.Stride) + j] = (((1 + (c * c)) * d) - (b * c * e) + ((1 + (b * b)) * f)) / (w * XMath.Sqrt(w));
        arena[gaussian.Offset + (i * gaussian.Stride) + j] = ((4 * d * f) - (e * e)) / (w * w);
    }

    internal static void Launch(DeviceQueue queue, Tensor image, float scale, Tensor mean, Tensor gaussian)
    {
        Check(image.Rows, image.Columns, mean.Rows, mean.Columns, gaussian.Rows, gaussian.Columns);
        if (image.Count > 0)
            Kernel.On(queue)(queue.Stream, image.Count, queue.Arena, image, scale, mean, gaussian);
    }

    private static void Check(int rows, int columns, int meanRows, int meanColumns, int gaussianRows, int gaussianColumns)
    {
        Shape.Require(nameof(CurvatureFit), "mean", meanRows, meanColumns, rows, columns);
        Shape.Require(nameof(CurvatureFit), "gaussian", gaussianRows, gaussianColumns, rows, columns);
    }

    private readonly struct Job<T>(ImagePointer<T> image, T scale, T* toMean, nint strideM, T* toGaussian, nint strideG) : IRowJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int first, int end)
        {
            int columns = image.Columns, pitch = columns + 4 + ImageRows.Slack;
            T* sums = ScratchMatrix<T, Job<T>>.Get(3 * pitch) + 2;
            for (int i = first; i < end; i++)
            {
                Down(image.Row(i - 2), image.Row(i - 1), image.Row(i), image.Row(i + 1), image.Row(i + 2), columns, sums, pitch);
                for (int p = 0; p < 3; p++)
                    ImageRows.Margins(sums + (p * pitch), columns, 2, 2);
                Along(sums, pitch, columns, scale, toMean + (i * strideM), toGaussian + (i * strideG));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Down(T* m2, T* m1, T* m0, T* p1, T* p2, int columns, T* sums, nint pitch)
        {
            var two = new Vector<T>(T.CreateChecked(2));
            for (int j = 0; j < columns; j += Vector<T>.Count)
            {
                int valid = columns - j;
                Vector<T> a = ImageRows.Get(m2 + j, valid), b = ImageRows.Get(m1 + j, valid), c = ImageRows.Get(m0 + j, valid);
                Vector<T> d = ImageRows.Get(p1 + j, valid), e = ImageRows.Get(p2 + j, valid);
                Vector<T> near = b + d, far = a + e;
                (c + near + far).Store(sums + j);
                VectorLoops.Fma(two, e - a, d - b).Store(sums + pitch + j);
                // (y^2 - 2) = 2, -1, -2, -1, 2.
                VectorLoops.Fma(two, far - c, -near).Store(sums + (2 * pitch) + j);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Along(T* sums, nint pitch, int columns, T scale, T* mean, T* gaussian)
        {
            var one = Vector<T>.One;
            var two = new Vector<T>(T.CreateChecked(2));
            var four = new Vector<T>(T.CreateChecked(4));
            var slope = new Vector<T>(scale / T.CreateChecked(50));
            var bend = new Vector<T>(scale / T.CreateChecked(70));
            var twist = new Vector<T>(scale / T.CreateChecked(100));
            for (int j = 0; j < columns; j += Vector<T>.Count)
            {
                int valid = columns - j;
                T* at = sums + j;
                Vector<T> m2 = Vector.Load(at - 2), m1 = Vector.Load(at - 1), m0 = Vector.Load(at), p1 = Vector.Load(at + 1), p2 = Vector.Load(at + 2);
                Vector<T> b = slope * VectorLoops.Fma(two, p2 - m2, p1 - m1);
                Vector<T> d = bend * VectorLoops.Fma(two, m2 + p2 - m0, -(m1 + p1));
                at += pitch;
                m2 = Vector.Load(at - 2);
                m1 = Vector.Load(at - 1);
                p1 = Vector.Load(at + 1);
                p2 = Vector.Load(at + 2);
                Vector<T> c = slope * (m2 + p2 + (m1 + p1) + Vector.Load(at));
                Vector<T> e = twist * VectorLoops.Fma(two, p2 - m2, p1 - m1);
                at += pitch;
                Vector<T> f = bend * (Vector.Load(at - 2) + Vector.Load(at + 2) + (Vector.Load(at - 1) + Vector.Load(at + 1)) + Vector.Load(at));
                Vector<T> bb = VectorLoops.Fma(b, b, one), cc = VectorLoops.Fma(c, c, one), w = VectorLoops.Fma(c, c, bb);
                Vector<T> h = VectorLoops.Fma(cc, d, bb * f) - (b * c * e);
                ImageRows.Put(h / (w * Vector.SquareRoot(w)), mean + j, valid);
                ImageRows.Put(VectorLoops.Fma(four * d, f, -(e * e)) / (w * w), gaussian + j, valid);
            }
        }
    }
}
