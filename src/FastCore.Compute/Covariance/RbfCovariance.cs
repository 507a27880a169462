using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Covariance;

/// <summary>Radial basis function: k = s exp(-r^2 / 2), slope h = k (SPEC 2.2; Rasmussen and Williams 2006, eq. 4.9).</summary>
/// <remarks>
/// squaredDistance and the result are equal in shape, any stride, and may be the same memory.
/// Tolerances: host float 4e-7 s, device 3e-6 s (hardware exponential), double 1e-15 s.
/// Device: one thread per element.
/// </remarks>
public static class RbfCovariance
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, float, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, float, Tensor>(DeviceKernel));

    /// <summary>The definition of the covariance, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> covariance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        CovarianceMap.Reference<T, Value>(nameof(RbfCovariance), squaredDistance, outputScale, covariance);

    /// <summary>The covariance with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> covariance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        CovarianceMap.Host<T, Value>(nameof(RbfCovariance), squaredDistance, outputScale, covariance);

    /// <summary>The definition of the slope, in double.</summary>
    public static void SlopeReference<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> slope)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        CovarianceMap.Reference<T, Value>(nameof(RbfCovariance), squaredDistance, outputScale, slope);

    /// <summary>The slope with SIMD.</summary>
    public static void SlopeHost<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> slope)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        CovarianceMap.Host<T, Value>(nameof(RbfCovariance), squaredDistance, outputScale, slope);

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, Tensor squaredDistance, float outputScale, Tensor covariance)
    {
        int row = index / covariance.Columns;
        int column = index - (row * covariance.Columns);
        float d2 = arena[squaredDistance.Offset + (row * squaredDistance.Stride) + column];
        float value = XMath.Exp(-0.5f * d2);
        arena[covariance.Offset + (row * covariance.Stride) + column] = outputScale * value;
    }

    internal static void Launch(DeviceQueue queue, Tensor squaredDistance, float outputScale, Tensor covariance)
    {
        CovarianceMap.CheckLaunch(nameof(RbfCovariance), squaredDistance, covariance);
        if (covariance.Count > 0)
            Kernel.On(queue)(queue.Stream, covariance.Count, queue.Arena, squaredDistance, outputScale, covariance);
    }

    internal static void LaunchSlope(DeviceQueue queue, Tensor squaredDistance, float outputScale, Tensor slope) =>
        Launch(queue, squaredDistance, outputScale, slope);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Constant512<T>(double value)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? Vector512.Create((float)value).As<float, T>() : Vector512.Create(value).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Constant256<T>(double value)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? Vector256.Create((float)value).As<float, T>() : Vector256.Create(value).As<double, T>();

    private readonly struct Value : ICovarianceForm
    {
        public static double Of(double squaredDistance) => Math.Exp(-0.5 * squaredDistance);

        public static Vector512<T> Of<T>(Vector512<T> squaredDistance)
            where T : unmanaged =>
            ElementMath.Exp(Constant512<T>(-0.5) * squaredDistance);

        public static Vector256<T> Of<T>(Vector256<T> squaredDistance)
            where T : unmanaged =>
            ElementMath.Exp(Constant256<T>(-0.5) * squaredDistance);
    }
}
