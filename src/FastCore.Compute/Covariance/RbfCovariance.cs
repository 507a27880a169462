using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Covariance;

/// <summary>Radial basis function: k = s exp(-r^2 / 2), slope h = k (SPEC 2.2; Rasmussen and Williams 2006, eq. 4.9).</summary>
/// <remarks>
/// squaredDistance and covariance are equal in shape, any stride, and may be the same memory. Tolerances: host float 2e-7 s, device 3e-6 s
/// (hardware exponential), double 1e-15 s.
/// </remarks>
public static class RbfCovariance
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, float, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, float, Tensor>(DeviceKernel));

    /// <summary>The definition, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> covariance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(RbfCovariance), nameof(covariance), covariance.Rows, covariance.Columns, squaredDistance.Rows, squaredDistance.Columns);
        double scale = double.CreateChecked(outputScale);
        for (int i = 0; i < covariance.Rows; i++)
        {
            for (int j = 0; j < covariance.Columns; j++)
                covariance[i, j] = T.CreateChecked(scale * Math.Exp(-0.5 * double.CreateChecked(squaredDistance[i, j])));
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> covariance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(squaredDistance, outputScale, covariance);

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, Tensor squaredDistance, float outputScale, Tensor covariance)
    {
        int row = index / covariance.Columns;
        int column = index - (row * covariance.Columns);
        float d2 = arena[squaredDistance.Offset + (row * squaredDistance.Stride) + column];
        arena[covariance.Offset + (row * covariance.Stride) + column] = outputScale * XMath.Exp(-0.5f * d2);
    }

    internal static void Launch(DeviceQueue queue, Tensor squaredDistance, float outputScale, Tensor covariance)
    {
        Shape.Require(nameof(RbfCovariance), nameof(covariance), covariance.Rows, covariance.Columns, squaredDistance.Rows, squaredDistance.Columns);
        if (covariance.Count > 0)
            Kernel.On(queue)(queue.Stream, covariance.Count, queue.Arena, squaredDistance, outputScale, covariance);
    }

    /// <summary>The slope equals the covariance.</summary>
    public static void SlopeReference<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> slope)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(squaredDistance, outputScale, slope);

    /// <summary>The slope equals the covariance.</summary>
    public static void SlopeHost<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> slope)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Host(squaredDistance, outputScale, slope);

    internal static void LaunchSlope(DeviceQueue queue, Tensor squaredDistance, float outputScale, Tensor slope) =>
        Launch(queue, squaredDistance, outputScale, slope);
}
