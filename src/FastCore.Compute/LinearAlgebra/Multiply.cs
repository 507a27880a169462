using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>z := x * y element by element; z may be x or y.</summary>
/// <remarks>Equal shapes, any strides. Correctly rounded everywhere. Device: one thread per element.</remarks>
public static unsafe class Multiply
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, Tensor>(DeviceKernel));

    /// <summary>The definition.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> y, MatrixSpan<T> z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(x.Rows, x.Columns, y.Rows, y.Columns, z.Rows, z.Columns);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Columns; j++)
                z[i, j] = x[i, j] * y[i, j];
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> y, MatrixSpan<T> z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(x.Rows, x.Columns, y.Rows, y.Columns, z.Rows, z.Columns);
        fixed (T* startX = x.Values, startY = y.Values, startZ = z.Values)
        {
            for (int i = 0; i < x.Rows; i++)
                VectorLoops.Multiply(startX + ((nint)i * x.Stride), startY + ((nint)i * y.Stride), startZ + ((nint)i * z.Stride), x.Columns);
        }
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, Tensor x, Tensor y, Tensor z)
    {
        int row = index / x.Columns;
        int column = index - (row * x.Columns);
        arena[z.Offset + (row * z.Stride) + column] =
            arena[x.Offset + (row * x.Stride) + column] * arena[y.Offset + (row * y.Stride) + column];
    }

    internal static void Launch(DeviceQueue queue, Tensor x, Tensor y, Tensor z)
    {
        Check(x.Rows, x.Columns, y.Rows, y.Columns, z.Rows, z.Columns);
        if (x.Count > 0)
            Kernel.On(queue)(queue.Stream, x.Count, queue.Arena, x, y, z);
    }

    private static void Check(int rows, int columns, int rowsY, int columnsY, int rowsZ, int columnsZ)
    {
        Shape.Require(nameof(Multiply), "y", rowsY, columnsY, rows, columns);
        Shape.Require(nameof(Multiply), "z", rowsZ, columnsZ, rows, columns);
    }
}
