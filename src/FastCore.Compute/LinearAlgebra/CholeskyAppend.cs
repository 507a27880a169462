using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>One row more for a lower Cholesky factor: l = L^-1 k, pivot = sqrt(k_zz - l^T l) (SPEC 2.5; Osborne 2010, app. B).</summary>
/// <remarks>
/// newRow is 1 x (n + 1), factor has room for n + 1 rows and columns and holds L in its leading n x n block. Device: one group; thread 0
/// reports a duplicate through scratch memory. Tolerance: that of <see cref="TriangularSolve"/>.
/// </remarks>
public static unsafe class CholeskyAppend
{
    private const double SmallestPivot = 1e-6;
    private const int GroupSize = 64;

    private static readonly LoadedKernel<Action<AcceleratorStream, KernelConfig, ArrayView<float>, Tensor, int, Tensor, ArrayView<float>>> Kernel =
        new(static device => device.LoadKernel<ArrayView<float>, Tensor, int, Tensor, ArrayView<float>>(DeviceKernel));

    /// <summary>The definition, accumulated in double. False: the point is a duplicate and the factor is unchanged.</summary>
    public static bool Reference<T>(ReadOnlyMatrixSpan<T> newRow, int n, MatrixSpan<T> factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(newRow.Rows, newRow.Columns, n, factor.Rows, factor.Columns);
        Span<double> row = new double[n + 1];
        double pivot = double.CreateChecked(newRow[0, n]);
        for (int i = 0; i < n; i++)
        {
            double sum = double.CreateChecked(newRow[0, i]);
            for (int k = 0; k < i; k++)
                sum -= double.CreateChecked(factor[i, k]) * row[k];
            row[i] = sum / double.CreateChecked(factor[i, i]);
            pivot -= row[i] * row[i];
        }
        row[n] = Math.Sqrt(pivot);
        if (!(row[n] >= SmallestPivot) || !double.IsFinite(row[n]))
            return false;
        for (int i = 0; i <= n; i++)
        {
            factor[i, n] = T.Zero;
            factor[n, i] = T.CreateChecked(row[i]);
        }
        return true;
    }

    /// <summary>The same with SIMD. False: the point is a duplicate and the factor is unchanged.</summary>
    public static bool Host<T>(ReadOnlyMatrixSpan<T> newRow, int n, MatrixSpan<T> factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(newRow.Rows, newRow.Columns, n, factor.Rows, factor.Columns);
        T* row = ScratchMatrix<T, Scratch>.Get(n + 1);
        newRow.Row(0).CopyTo(new Span<T>(row, n + 1));
        fixed (T* start = factor.Values)
        {
            for (int i = 0; i < n; i++)
            {
                T* line = start + ((nint)i * factor.Stride);
                row[i] = (row[i] - VectorLoops.Dot(line, row, i)) / line[i];
            }
        }
        T pivot = T.Sqrt(row[n] - VectorLoops.Dot(row, row, n));
        if (!(pivot >= T.CreateChecked(SmallestPivot)) || !T.IsFinite(pivot))
            return false;
        row[n] = pivot;
        for (int i = 0; i < n; i++)
            factor[i, n] = T.Zero;
        new ReadOnlySpan<T>(row, n + 1).CopyTo(factor.Row(n));
        return true;
    }

    internal static void DeviceKernel(ArrayView<float> arena, Tensor newRow, int n, Tensor factor, ArrayView<float> scratch)
    {
        // scratch[0]: status; from scratch[1] on: the row as it grows.
        ArrayView<float> partial = SharedMemory.Allocate<float>(GroupSize);
        int thread = Group.IdxX;
        float pivot = arena[newRow.Offset + n];
        for (int i = 0; i < n; i++)
        {
            float sum = 0;
            for (int k = thread; k < i; k += GroupSize)
                sum += arena[factor.Offset + (i * factor.Stride) + k] * scratch[1 + k];
            partial[thread] = sum;
            Group.Barrier();
            float total = 0;
            for (int k = 0; k < GroupSize; k++)
                total += partial[k];
            float entry = (arena[newRow.Offset + i] - total) / arena[factor.Offset + (i * factor.Stride) + i];
            pivot -= entry * entry;
            if (thread == 0)
                scratch[1 + i] = entry;
            Group.Barrier();
        }
        bool usable = pivot >= (float)(SmallestPivot * SmallestPivot) && pivot < float.MaxValue;
        if (usable)
        {
            for (int i = thread; i < n; i += GroupSize)
            {
                arena[factor.Offset + (i * factor.Stride) + n] = 0;
                arena[factor.Offset + (n * factor.Stride) + i] = scratch[1 + i];
            }
        }
        if (thread == 0)
        {
            scratch[0] = usable ? 1 : 0;
            if (usable)
                arena[factor.Offset + (n * factor.Stride) + n] = XMath.Sqrt(pivot);
        }
    }

    internal static bool Launch(DeviceQueue queue, Tensor newRow, int n, Tensor factor)
    {
        Check(newRow.Rows, newRow.Columns, n, factor.Rows, factor.Columns);
        Kernel.On(queue)(queue.Stream, new KernelConfig(1, GroupSize), queue.Arena, newRow, n, factor, queue.Scratch(n + 2));
        Span<float> status = stackalloc float[1];
        queue.DownloadScratch(status);
        return status[0] > 0;
    }

    private static void Check(int newRows, int newColumns, int n, int factorRows, int factorColumns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        Shape.Require(nameof(CholeskyAppend), "newRow", newRows, newColumns, 1, n + 1);
        Shape.RequireRoom(nameof(CholeskyAppend), "factor", factorRows, factorColumns, n + 1, n + 1);
    }

    private sealed class Scratch;
}
