using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.Covariance;

/// <summary>Applies a covariance or its slope, for unit output scale, to every element of a matrix of squared distances.</summary>
internal static unsafe class CovarianceMap
{
    /// <summary>result := scale TForm(squaredDistance) in double.</summary>
    internal static void Reference<T, TForm>(string operation, ReadOnlyMatrixSpan<T> squaredDistance, T scale, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TForm : struct, ICovarianceForm
    {
        Shape.Require(operation, nameof(result), result.Rows, result.Columns, squaredDistance.Rows, squaredDistance.Columns);
        for (int i = 0; i < result.Rows; i++)
        {
            for (int j = 0; j < result.Columns; j++)
                result[i, j] = T.CreateChecked(double.CreateChecked(scale) * TForm.Of(double.CreateChecked(squaredDistance[i, j])));
        }
    }

    /// <summary>The same with SIMD.</summary>
    internal static void Host<T, TForm>(string operation, ReadOnlyMatrixSpan<T> squaredDistance, T scale, MatrixSpan<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TForm : struct, ICovarianceForm
    {
        if (!Vector256.IsHardwareAccelerated)
        {
            Reference<T, TForm>(operation, squaredDistance, scale, result);
            return;
        }
        Shape.Require(operation, nameof(result), result.Rows, result.Columns, squaredDistance.Rows, squaredDistance.Columns);
        fixed (T* from = squaredDistance.Values, to = result.Values)
        {
            for (int i = 0; i < result.Rows; i++)
            {
                if (Vector512.IsHardwareAccelerated)
                    Row512<T, TForm>(from + ((nint)i * squaredDistance.Stride), scale, to + ((nint)i * result.Stride), result.Columns);
                else
                    Row256<T, TForm>(from + ((nint)i * squaredDistance.Stride), scale, to + ((nint)i * result.Stride), result.Columns);
            }
        }
    }

    internal static void CheckLaunch(string operation, Tensor squaredDistance, Tensor result) =>
        Shape.Require(operation, nameof(result), result.Rows, result.Columns, squaredDistance.Rows, squaredDistance.Columns);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row512<T, TForm>(T* squaredDistance, T scale, T* result, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TForm : struct, ICovarianceForm
    {
        Vector512<T> factor = Vector512.Create(scale);
        int i = 0;
        for (; i <= count - Vector512<T>.Count; i += Vector512<T>.Count)
            (factor * TForm.Of(Vector512.Load(squaredDistance + i))).Store(result + i);
        if (i == count)
            return;
        // The rest passes through the same formula in a vector of its own, so that equal distances give equal covariances everywhere.
        T* rest = stackalloc T[Vector512<T>.Count];
        new Span<T>(rest, Vector512<T>.Count).Clear();
        new ReadOnlySpan<T>(squaredDistance + i, count - i).CopyTo(new Span<T>(rest, Vector512<T>.Count));
        (factor * TForm.Of(Vector512.Load(rest))).Store(rest);
        new ReadOnlySpan<T>(rest, count - i).CopyTo(new Span<T>(result + i, count - i));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row256<T, TForm>(T* squaredDistance, T scale, T* result, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TForm : struct, ICovarianceForm
    {
        Vector256<T> factor = Vector256.Create(scale);
        int i = 0;
        for (; i <= count - Vector256<T>.Count; i += Vector256<T>.Count)
            (factor * TForm.Of(Vector256.Load(squaredDistance + i))).Store(result + i);
        if (i == count)
            return;
        // The rest passes through the same formula in a vector of its own, so that equal distances give equal covariances everywhere.
        T* rest = stackalloc T[Vector256<T>.Count];
        new Span<T>(rest, Vector256<T>.Count).Clear();
        new ReadOnlySpan<T>(squaredDistance + i, count - i).CopyTo(new Span<T>(rest, Vector256<T>.Count));
        (factor * TForm.Of(Vector256.Load(rest))).Store(rest);
        new ReadOnlySpan<T>(rest, count - i).CopyTo(new Span<T>(result + i, count - i));
    }
}
