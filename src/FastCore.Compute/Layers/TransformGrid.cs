using System.Numerics;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Runtime;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace FastCore.Compute.Layers;

/// <summary>
/// The coordinates at which a spatial decoder draws each image of a batch (SPEC 3): row k p + n := g_n R_k + c d_k with
/// R = [[cos, sin], [-sin, cos]] for row vectors, g the grid, d the shift and c the shift's scale. Gradients: with G = dF/d row and
/// q = (-y, x) for g = (x, y): dangle_k = cos sum G.q - sin sum G.g, dshift_k = c sum G.
/// </summary>
/// <remarks>
/// grid is p x 2, angle (radians) b x 1, or b x 0 for no rotation, shift b x 2, or b x 1 for the same shift along both axes, or b x 0 for none,
/// transformed b p x 2, any stride: angle and shift are columns of the latent code. Gradients are added into. Host: SIMD over interleaved x
/// and y, one sine and cosine per image. Device: one thread per point with its own sine; one group of 64 threads per image for the
/// gradients. Tolerance 4 eps (|g| + |c d|); the gradients 4 p eps times the largest |G|.
/// </remarks>
public static class TransformGrid
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, Tensor, float, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, Tensor, float, Tensor>(DeviceKernel));

    private static readonly LoadedKernel<
        Action<AcceleratorStream, KernelConfig, ArrayView<float>, Tensor, Tensor, float, Tensor, Tensor, Tensor>> GradientKernel =
        new(static device => device.LoadKernel<ArrayView<float>, Tensor, Tensor, float, Tensor, Tensor, Tensor>(DeviceKernelGradient));

    /// <summary>The definition, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> grid, ReadOnlyMatrixSpan<T> angle, ReadOnlyMatrixSpan<T> shift, T shiftScale,
        MatrixSpan<T> transformed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(grid, angle, shift, transformed);
        double scale = double.CreateChecked(shiftScale);
        for (int k = 0; k < angle.Rows; k++)
        {
            double turn = angle.Columns == 0 ? 0 : double.CreateChecked(angle[k, 0]);
            double dx = shift.Columns == 0 ? 0 : scale * double.CreateChecked(shift[k, 0]);
            double dy = shift.Columns == 2 ? scale * double.CreateChecked(shift[k, 1]) : dx;
            for (int n = 0; n < grid.Rows; n++)
            {
                double x = double.CreateChecked(grid[n, 0]), y = double.CreateChecked(grid[n, 1]);
                transformed[(k * grid.Rows) + n, 0] = T.CreateChecked((x * Math.Cos(turn)) - (y * Math.Sin(turn)) + dx);
                transformed[(k * grid.Rows) + n, 1] = T.CreateChecked((x * Math.Sin(turn)) + (y * Math.Cos(turn)) + dy);
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static unsafe void Host<T>(ReadOnlyMatrixSpan<T> grid, ReadOnlyMatrixSpan<T> angle, ReadOnlyMatrixSpan<T> shift, T shiftScale,
        MatrixSpan<T> transformed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(grid, angle, shift, transformed);
        int points = grid.Rows, length = 2 * points;
        T* straight = ScratchMatrix<T, Owner>.Get(3 * length), turned = straight + length, row = turned + length;
        Lay(grid, straight, turned);
        T* offsets = stackalloc T[Vector<T>.Count];
        bool dense = transformed.Stride == 2;
        fixed (T* start = transformed.Values)
        {
            for (int k = 0; k < angle.Rows; k++)
            {
                (T sine, T cosine) = angle.Columns == 0 ? (T.Zero, T.One) : T.SinCos(angle[k, 0]);
                T dx = shift.Columns == 0 ? T.Zero : shiftScale * shift[k, 0], dy = shift.Columns == 2 ? shiftScale * shift[k, 1] : dx;
                for (int i = 0; i < Vector<T>.Count; i++)
                    offsets[i] = (i & 1) == 0 ? dx : dy;
                T* to = dense ? start + ((nint)k * length) : row;
                int j = 0;
                for (; j <= length - Vector<T>.Count; j += Vector<T>.Count)
                {
                    Vector<T> sum = VectorLoops.Fma(new Vector<T>(sine), Vector.Load(turned + j), Vector.Load(offsets));
                    VectorLoops.Fma(new Vector<T>(cosine), Vector.Load(straight + j), sum).Store(to + j);
                }
                for (; j < length; j++)
                    to[j] = (cosine * straight[j]) + (sine * turned[j]) + ((j & 1) == 0 ? dx : dy);
                for (int n = 0; n < points && !dense; n++)
                    (transformed[(k * points) + n, 0], transformed[(k * points) + n, 1]) = (row[2 * n], row[(2 * n) + 1]);
            }
        }
    }

    /// <summary>The definition of the gradients, added into what stands there.</summary>
    public static void GradientReference<T>(ReadOnlyMatrixSpan<T> grid, ReadOnlyMatrixSpan<T> angle, T shiftScale,
        ReadOnlyMatrixSpan<T> gradientTransformed,
        MatrixSpan<T> gradientAngle, MatrixSpan<T> gradientShift)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckGradient(grid, angle, gradientTransformed, gradientAngle, gradientShift);
        for (int k = 0; k < angle.Rows; k++)
        {
            double turn = angle.Columns == 0 ? 0 : double.CreateChecked(angle[k, 0]), sum = 0, sumX = 0, sumY = 0;
            for (int n = 0; n < grid.Rows; n++)
            {
                double x = double.CreateChecked(grid[n, 0]), y = double.CreateChecked(grid[n, 1]);
                double gx = double.CreateChecked(gradientTransformed[(k * grid.Rows) + n, 0]);
                double gy = double.CreateChecked(gradientTransformed[(k * grid.Rows) + n, 1]);
                sum += (gx * ((-x * Math.Sin(turn)) - (y * Math.Cos(turn)))) + (gy * ((x * Math.Cos(turn)) - (y * Math.Sin(turn))));
                sumX += gx;
                sumY += gy;
            }
            Store(k, sum, double.CreateChecked(shiftScale) * sumX, double.CreateChecked(shiftScale) * sumY, gradientAngle, gradientShift);
        }
    }

    /// <summary>The gradients with SIMD.</summary>
    public static unsafe void GradientHost<T>(ReadOnlyMatrixSpan<T> grid, ReadOnlyMatrixSpan<T> angle, T shiftScale,
        ReadOnlyMatrixSpan<T> gradientTransformed,
        MatrixSpan<T> gradientAngle, MatrixSpan<T> gradientShift)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckGradient(grid, angle, gradientTransformed, gradientAngle, gradientShift);
        int points = grid.Rows, length = 2 * points;
        T* straight = ScratchMatrix<T, Owner>.Get(3 * length), turned = straight + length, row = turned + length;
        Lay(grid, straight, turned);
        bool dense = gradientTransformed.Stride == 2;
        fixed (T* start = gradientTransformed.Values)
        {
            for (int k = 0; k < angle.Rows; k++)
            {
                T* from = dense ? start + ((nint)k * length) : row;
                for (int n = 0; n < points && !dense; n++)
                    (row[2 * n], row[(2 * n) + 1]) = (gradientTransformed[(k * points) + n, 0], gradientTransformed[(k * points) + n, 1]);
                (T sine, T cosine) = angle.Columns == 0 ? (T.Zero, T.One) : T.SinCos(angle[k, 0]);
                var values = new ReadOnlySpan<T>(from, length);
                T sum = points == 0 ? T.Zero : (cosine * TensorPrimitives.Dot(values, new ReadOnlySpan<T>(turned, length)))
                    - (sine * TensorPrimitives.Dot(values, new ReadOnlySpan<T>(straight, length)));
                (T sumX, T sumY) = AxisSums(from, length);
                Store(k, sum, shiftScale * sumX, shiftScale * sumY, gradientAngle, gradientShift);
            }
        }
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, Tensor grid, Tensor angle, Tensor shift, float shiftScale,
        Tensor transformed)
    {
        int image = index / grid.Rows;
        int point = grid.Offset + ((index - (image * grid.Rows)) * grid.Stride);
        float x = arena[point], y = arena[point + 1], sine = 0, cosine = 1, dx = 0;
        if (angle.Columns > 0)
        {
            float turn = arena[angle.Offset + (image * angle.Stride)];
            sine = DeviceMath.Sine(turn, 0);
            cosine = DeviceMath.Sine(turn, 1);
        }
        if (shift.Columns > 0)
            dx = shiftScale * arena[shift.Offset + (image * shift.Stride)];
        float dy = dx;
        if (shift.Columns > 1)
            dy = shiftScale * arena[shift.Offset + (image * shift.Stride) + 1];
        int at = transformed.Offset + (index * transformed.Stride);
        arena[at] = (x * cosine) - (y * sine) + dx;
        arena[at + 1] = (x * sine) + (y * cosine) + dy;
    }

    internal static void DeviceKernelGradient(ArrayView<float> arena, Tensor grid, Tensor angle, float shiftScale, Tensor gradientTransformed,
        Tensor gradientAngle, Tensor gradientShift)
    {
        int image = Grid.IdxX;
        float alongStraight = 0, alongTurned = 0, sumX = 0, sumY = 0;
        for (int n = Group.IdxX; n < grid.Rows; n += DeviceMath.GroupSize)
        {
            int point = grid.Offset + (n * grid.Stride);
            int at = gradientTransformed.Offset + (((image * grid.Rows) + n) * gradientTransformed.Stride);
            float x = arena[point], y = arena[point + 1], gx = arena[at], gy = arena[at + 1];
            alongStraight += (gx * x) + (gy * y);
            alongTurned += (gy * x) - (gx * y);
            sumX += gx;
            sumY += gy;
        }
        alongStraight = DeviceMath.GroupSum(alongStraight);
        alongTurned = DeviceMath.GroupSum(alongTurned);
        sumX = shiftScale * DeviceMath.GroupSum(sumX);
        sumY = shiftScale * DeviceMath.GroupSum(sumY);
        if (Group.IdxX != 0)
            return;
        if (angle.Columns > 0)
        {
            float turn = arena[angle.Offset + (image * angle.Stride)];
            arena[gradientAngle.Offset + (image * gradientAngle.Stride)] +=
                (DeviceMath.Sine(turn, 1) * alongTurned) - (DeviceMath.Sine(turn, 0) * alongStraight);
        }
        int shift = gradientShift.Offset + (image * gradientShift.Stride);
        if (gradientShift.Columns == 1)
            arena[shift] += sumX + sumY;
        if (gradientShift.Columns == 2)
        {
            arena[shift] += sumX;
            arena[shift + 1] += sumY;
        }
    }

    internal static void Launch(DeviceQueue queue, Tensor grid, Tensor angle, Tensor shift, float shiftScale, Tensor transformed)
    {
        CheckShapes(grid.Rows, grid.Columns, angle.Rows, angle.Columns, shift.Rows, shift.Columns);
        Shape.Require(nameof(TransformGrid), nameof(transformed), transformed.Rows, transformed.Columns, angle.Rows * grid.Rows, 2);
        if (transformed.Rows > 0)
            Kernel.On(queue)(queue.Stream, transformed.Rows, queue.Arena, grid, angle, shift, shiftScale, transformed);
    }

    internal static void LaunchGradient(DeviceQueue queue, Tensor grid, Tensor angle, float shiftScale, Tensor gradientTransformed,
        Tensor gradientAngle, Tensor gradientShift)
    {
        CheckShapes(grid.Rows, grid.Columns, angle.Rows, angle.Columns, gradientShift.Rows, gradientShift.Columns);
        Shape.RequireEqual(nameof(TransformGrid), nameof(gradientAngle), gradientAngle, angle);
        Shape.Require(nameof(TransformGrid), nameof(gradientTransformed),
            gradientTransformed.Rows, gradientTransformed.Columns, angle.Rows * grid.Rows, 2);
        if (angle.Rows > 0)
        {
            GradientKernel.On(queue)(queue.Stream, new KernelConfig(angle.Rows, DeviceMath.GroupSize), queue.Arena,
                grid, angle, shiftScale, gradientTransformed, gradientAngle, gradientShift);
        }
    }

    // g as x y x y ... and q as -y x -y x ...
    private static unsafe void Lay<T>(ReadOnlyMatrixSpan<T> grid, T* straight, T* turned)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int n = 0; n < grid.Rows; n++)
        {
            T x = grid[n, 0], y = grid[n, 1];
            (straight[2 * n], straight[(2 * n) + 1]) = (x, y);
            (turned[2 * n], turned[(2 * n) + 1]) = (-y, x);
        }
    }

    // A vector has an even number of lanes, so that each lane stays on its axis.
    private static unsafe (T X, T Y) AxisSums<T>(T* values, int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector<T> sums = Vector<T>.Zero;
        int j = 0;
        for (; j <= length - Vector<T>.Count; j += Vector<T>.Count)
            sums += Vector.Load(values + j);
        T x = T.Zero, y = T.Zero;
        for (int lane = 0; lane < Vector<T>.Count; lane += 2)
        {
            x += sums[lane];
            y += sums[lane + 1];
        }
        for (; j < length; j += 2)
        {
            x += values[j];
            y += values[j + 1];
        }
        return (x, y);
    }

    private static void Store<T, TSum>(int image, TSum turn, TSum dx, TSum dy, MatrixSpan<T> gradientAngle, MatrixSpan<T> gradientShift)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TSum : unmanaged, IBinaryFloatingPointIeee754<TSum>
    {
        if (gradientAngle.Columns > 0)
            gradientAngle[image, 0] = T.CreateChecked(TSum.CreateChecked(gradientAngle[image, 0]) + turn);
        if (gradientShift.Columns == 1)
            gradientShift[image, 0] = T.CreateChecked(TSum.CreateChecked(gradientShift[image, 0]) + dx + dy);
        if (gradientShift.Columns == 2)
        {
            gradientShift[image, 0] = T.CreateChecked(TSum.CreateChecked(gradientShift[image, 0]) + dx);
            gradientShift[image, 1] = T.CreateChecked(TSum.CreateChecked(gradientShift[image, 1]) + dy);
        }
    }

    private static void Check<T>(ReadOnlyMatrixSpan<T> grid, ReadOnlyMatrixSpan<T> angle, ReadOnlyMatrixSpan<T> shift,
        ReadOnlyMatrixSpan<T> transformed)
        where T : unmanaged
    {
        CheckShapes(grid.Rows, grid.Columns, angle.Rows, angle.Columns, shift.Rows, shift.Columns);
        Shape.Require(nameof(TransformGrid), nameof(transformed), transformed.Rows, transformed.Columns, angle.Rows * grid.Rows, 2);
    }

    private static void CheckGradient<T>(ReadOnlyMatrixSpan<T> grid, ReadOnlyMatrixSpan<T> angle, ReadOnlyMatrixSpan<T> gradientTransformed,
        ReadOnlyMatrixSpan<T> gradientAngle, ReadOnlyMatrixSpan<T> gradientShift)
        where T : unmanaged
    {
        CheckShapes(grid.Rows, grid.Columns, angle.Rows, angle.Columns, gradientShift.Rows, gradientShift.Columns);
        Shape.RequireEqual(nameof(TransformGrid), nameof(gradientAngle), gradientAngle, angle);
        Shape.Require(nameof(TransformGrid), nameof(gradientTransformed),
            gradientTransformed.Rows, gradientTransformed.Columns, angle.Rows * grid.Rows, 2);
    }

    private static void CheckShapes(int points, int axes, int images, int angles, int shifted, int shifts)
    {
        Shape.Require(nameof(TransformGrid), "grid", points, axes, points, 2);
        Shape.Require(nameof(TransformGrid), "angle", images, angles, images, angles == 0 ? 0 : 1);
        Shape.Require(nameof(TransformGrid), "shift", shifted, shifts, images, shifts is 0 or 1 ? shifts : 2);
    }

    private sealed class Owner;
}
