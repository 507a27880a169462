using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Covariance;

/// <summary>Matern 3/2: k = s (1 + u) exp(-u), slope h = 3 s exp(-u), u = sqrt3 r (SPEC 2.2; Rasmussen and Williams 2006, eq. 4.17).</summary>
/// <remarks>
/// squaredDistance and the result are equal in shape, any stride, and may be the same memory.
/// Tolerances: host float 1e-6 s, device 4e-6 s, double 4e-15 s.
/// Device: one thread per element.
/// </remarks>
public static class Matern32Covariance
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, float, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, float, Tensor>(DeviceKernel));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, float, Tensor>> SlopeKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, float, Tensor>(DeviceKernelSlope));

    /// <summary>The definition of the covariance, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> covariance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        CovarianceMap.Reference<T, Value>(nameof(Matern32Covariance), squaredDistance, outputScale, covariance);

    /// <summary>The covariance with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> covariance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        CovarianceMap.Host<T, Value>(nameof(Matern32Covariance), squaredDistance, outputScale, covariance);

    /// <summary>The definition of the slope, in double.</summary>
    public static void SlopeReference<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> slope)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        CovarianceMap.Reference<T, Slope>(nameof(Matern32Covariance), squaredDistance, outputScale, slope);

    /// <summary>The slope with SIMD.</summary>
    public static void SlopeHost<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> slope)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        CovarianceMap.Host<T, Slope>(nameof(Matern32Covariance), squaredDistance, outputScale, slope);

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, Tensor squaredDistance, float outputScale, Tensor covariance)
    {
        int row = index / covariance.Columns;
        int column = index - (row * covariance.Columns);
        float d2 = arena[squaredDistance.Offset + (row * squaredDistance.Stride) + column];
        float u = XMath.Sqrt(3 * d2);
        float value = (1 + u) * XMath.Exp(-u);
        arena[covariance.Offset + (row * covariance.Stride) + column] = outputScale * value;
    }

    internal static void Launch(DeviceQueue queue, Tensor squaredDistance, float outputScale, Tensor covariance)
    {
        CovarianceMap.CheckLaunch(nameof(Matern32Covariance), squaredDistance, covariance);
        if (covariance.Count > 0)
            Kernel.On(queue)(queue.Stream, covariance.Count, queue.Arena, squaredDistance, outputScale, covariance);
    }

    internal static void DeviceKernelSlope(Index1D index, ArrayView<float> arena, Tensor squaredDistance, float outputScale, Tensor slope)
    {
        int row = index / slope.Columns;
        int column = index - (row * slope.Columns);
        float d2 = arena[squaredDistance.Offset + (row * squaredDistance.Stride) + column];
        float value = 3 * XMath.Exp(-XMath.Sqrt(3 * d2));
        arena[slope.Offset + (row * slope.Stride) + column] = outputScale * value;
    }

    internal static void LaunchSlope(DeviceQueue queue, Tensor squaredDistance, float outputScale, Tensor slope)
    {
        CovarianceMap.CheckLaunch(nameof(Matern32Covariance), squaredDistance, slope);
        if (slope.Count > 0)
            SlopeKernel.On(queue)(queue.Stream, slope.Count, queue.Arena, squaredDistance, outputScale, slope);
    }

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
        public static double Of(double squaredDistance) => (1 + Math.Sqrt(3 * squaredDistance)) * Math.Exp(-Math.Sqrt(3 * squaredDistance));

        public static Vector512<T> Of<T>(Vector512<T> squaredDistance)
            where T : unmanaged
        {
            Vector512<T> u = Vector512.Sqrt(Constant512<T>(3) * squaredDistance);
            return (Vector512<T>.One + u) * ElementMath.Exp(-u);
        }

        public static Vector256<T> Of<T>(Vector256<T> squaredDistance)
            where T : unmanaged
        {
            Vector256<T> u = Vector256.Sqrt(Constant256<T>(3) * squaredDistance);
            return (Vector256<T>.One + u) * ElementMath.Exp(-u);
        }
    }

    private readonly struct Slope : ICovarianceForm
    {
        public static double Of(double squaredDistance) => 3 * Math.Exp(-Math.Sqrt(3 * squaredDistance));

        public static Vector512<T> Of<T>(Vector512<T> squaredDistance)
            where T : unmanaged =>
            Constant512<T>(3) * ElementMath.Exp(-Vector512.Sqrt(Constant512<T>(3) * squaredDistance));

        public static Vector256<T> Of<T>(Vector256<T> squaredDistance)
            where T : unmanaged =>
            Constant256<T>(3) * ElementMath.Exp(-Vector256.Sqrt(Constant256<T>(3) * squaredDistance));
    }
}
