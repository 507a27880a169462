using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>y := y + alpha x.</summary>
/// <remarks>Equal shapes, any strides. Tolerance 2 eps (|y| + |alpha x|). Device: one thread per element.</remarks>
public static unsafe class AddScaled
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, float, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, float, Tensor, Tensor>(DeviceKernel));

    /// <summary>The definition, in double.</summary>
    public static void Reference<T>(T alpha, ReadOnlyMatrixSpan<T> x, MatrixSpan<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(AddScaled), nameof(y), y.Rows, y.Columns, x.Rows, x.Columns);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Columns; j++)
                y[i, j] = T.CreateChecked(double.CreateChecked(y[i, j]) + (double.CreateChecked(alpha) * double.CreateChecked(x[i, j])));
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(T alpha, ReadOnlyMatrixSpan<T> x, MatrixSpan<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(AddScaled), nameof(y), y.Rows, y.Columns, x.Rows, x.Columns);
        fixed (T* startX = x.Values, startY = y.Values)
        {
            for (int i = 0; i < x.Rows; i++)
                VectorLoops.AddScaled(alpha, startX + ((nint)i * x.Stride), startY + ((nint)i * y.Stride), x.Columns);
        }
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, float alpha, Tensor x, Tensor y)
    {
        int row = index / x.Columns;
        int column = index - (row * x.Columns);
        arena[y.Offset + (row * y.Stride) + column] += alpha * arena[x.Offset + (row * x.Stride) + column];
    }

    internal static void Launch(DeviceQueue queue, float alpha, Tensor x, Tensor y)
    {
        Shape.Require(nameof(AddScaled), nameof(y), y.Rows, y.Columns, x.Rows, x.Columns);
        if (x.Count > 0)
            Kernel.On(queue)(queue.Stream, x.Count, queue.Arena, alpha, x, y);
    }
}
