using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.Covariance;

/// <summary>Matern 3/2 covariance and its slope (SPEC 2.2).</summary>
public static class Matern32Covariance
{
    /// <summary>The definition, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> covariance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(Matern32Covariance), nameof(covariance), covariance.Rows, covariance.Columns, squaredDistance.Rows, squaredDistance.Columns);
        for (int i = 0; i < covariance.Rows; i++)
        {
            for (int j = 0; j < covariance.Columns; j++)
            {
                double d2 = double.CreateChecked(squaredDistance[i, j]);
                covariance[i, j] = T.CreateChecked(double.CreateChecked(outputScale) * ((1 + Math.Sqrt(3 * d2)) * Math.Exp(-Math.Sqrt(3 * d2))));
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> covariance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(squaredDistance, outputScale, covariance);

    /// <summary>The definition, in double.</summary>
    public static void SlopeReference<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> slope)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(Matern32Covariance), nameof(slope), slope.Rows, slope.Columns, squaredDistance.Rows, squaredDistance.Columns);
        for (int i = 0; i < slope.Rows; i++)
        {
            for (int j = 0; j < slope.Columns; j++)
            {
                double d2 = double.CreateChecked(squaredDistance[i, j]);
                slope[i, j] = T.CreateChecked(double.CreateChecked(outputScale) * (3 * Math.Exp(-Math.Sqrt(3 * d2))));
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void SlopeHost<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> slope)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => SlopeReference(squaredDistance, outputScale, slope);

    internal static void Launch(DeviceQueue queue, Tensor squaredDistance, float outputScale, Tensor covariance) =>
        throw new NotSupportedException("Matern32Covariance is not available on devices.");

    internal static void LaunchSlope(DeviceQueue queue, Tensor squaredDistance, float outputScale, Tensor slope) =>
        throw new NotSupportedException("Matern32Covariance is not available on devices.");
}
