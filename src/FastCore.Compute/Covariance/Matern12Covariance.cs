using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Covariance;

/// <summary>Matern 1/2: k = s exp(-r), slope h = s exp(-r) / max(r, 1e-12) (SPEC 2.2; Rasmussen and Williams 2006, sec. 4.2.1).</summary>
/// <remarks>
/// squaredDistance and the result are equal in shape, any stride, and may be the same memory.
/// Tolerances: host float 2e-6 of the value, device 4e-6, double 1e-14.
/// Device: one thread per element.
/// </remarks>
public static class Matern12Covariance
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, float, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, float, Tensor>(DeviceKernel));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, float, Tensor>> SlopeKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, float, Tensor>(DeviceKernelSlope));

    /// <summary>The definition of the covariance, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> covariance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        CovarianceMap.Reference<T, Value>(nameof(Matern12Covariance), squaredDistance, outputScale, covariance);

    /// <summary>The covariance with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> covariance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        CovarianceMap.Host<T, Value>(nameof(Matern12Covariance), squaredDistance, outputScale, covariance);

    /// <summary>The definition of the slope, in double.</summary>
    public static void SlopeReference<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> slope)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        CovarianceMap.Reference<T, Slope>(nameof(Matern12Covariance), squaredDistance, outputScale, slope);

    /// <summary>The slope with SIMD.</summary>
    public static void SlopeHost<T>(ReadOnlyMatrixSpan<T> squaredDistance, T outputScale, MatrixSpan<T> slope)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        CovarianceMap.Host<T, Slope>(nameof(Matern12Covariance), squaredDistance, outputScale, slope);

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, Tensor squaredDistance, float outputScale, Tensor covariance)
    {
        int row = index / covariance.Columns;
        int column = index - (row * covariance.Columns);
        float d2 = arena[squaredDistance.Offset + (row * squaredDistance.Stride) + column];
        float r = XMath.Sqrt(d2);
        float value = XMath.Exp(-r);
        arena[covariance.Offset + (row * covariance.Stride) + column] = outputScale * value;
    }

    internal static void Launch(DeviceQueue queue, Tensor squaredDistance, float outputScale, Tensor covariance)
    {
        CovarianceMap.CheckLaunch(nameof(Matern12Covariance), squaredDistance, covariance);
        if (covariance.Count > 0)
            Kernel.On(queue)(queue.Stream, covariance.Count, queue.Arena, squaredDistance, outputScale, covariance);
    }

    internal static void DeviceKernelSlope(Index1D index, ArrayView<float> arena, Tensor squaredDistance, float outputScale, Tensor slope)
    {
        int row = index / slope.Columns;
        int column = index - (row * slope.Columns);
        float d2 = arena[squaredDistance.Offset + (row * squaredDistance.Stride) + column];
        float r = XMath.Sqrt(d2);
        float value = XMath.Exp(-r) / XMath.Max(r, 1e-12f);
        arena[slope.Offset + (row * slope.Stride) + column] = outputScale * value;
    }

    internal static void LaunchSlope(DeviceQueue queue, Tensor squaredDistance, float outputScale, Tensor slope)
    {
        CovarianceMap.CheckLaunch(nameof(Matern12Covariance), squaredDistance, slope);
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
        public static double Of(double squaredDistance) => Math.Exp(-Math.Sqrt(squaredDistance));

        public static Vector512<T> Of<T>(Vector512<T> squaredDistance)
            where T : unmanaged =>
            ElementMath.Exp(-Vector512.Sqrt(squaredDistance));

        public static Vector256<T> Of<T>(Vector256<T> squaredDistance)
            where T : unmanaged =>
            ElementMath.Exp(-Vector256.Sqrt(squaredDistance));
    }

    private readonly struct Slope : ICovarianceForm
    {
        public static double Of(double squaredDistance) => Math.Exp(-Math.Sqrt(squaredDistance)) / Math.Max(Math.Sqrt(squaredDistance), 1e-12);

        public static Vector512<T> Of<T>(Vector512<T> squaredDistance)
            where T : unmanaged
        {
            Vector512<T> r = Vector512.Sqrt(squaredDistance);
            return ElementMath.Exp(-r) / Vector512.Max(r, Constant512<T>(1e-12));
        }

        public static Vector256<T> Of<T>(Vector256<T> squaredDistance)
            where T : unmanaged
        {
            Vector256<T> r = Vector256.Sqrt(squaredDistance);
            return ElementMath.Exp(-r) / Vector256.Max(r, Constant256<T>(1e-12));
        }
    }
}
