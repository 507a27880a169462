using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastCore.Compute.LinearAlgebra;

namespace FastCore.Compute.Layers;

/// <summary>Element functions of vectors of the machine's width, in either precision. NaN stays NaN.</summary>
internal static class VectorMath
{
    /// <summary>e^x: in float by <see cref="ElementMath"/> where vectors have 256 bits, else as the runtime computes it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Exp<T>(Vector<T> x)
        where T : unmanaged
    {
        if (typeof(T) == typeof(double))
            return Vector.Exp(x.As<T, double>()).As<double, T>();
        return Vector256.IsHardwareAccelerated && Vector<float>.Count == Vector256<float>.Count
            ? ElementMath.Exp(x.As<T, float>().AsVector256()).AsVector().As<float, T>()
            : Vector.Exp(x.As<T, float>()).As<float, T>();
    }

    /// <summary>ln x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Log<T>(Vector<T> x)
        where T : unmanaged =>
        typeof(T) == typeof(double)
            ? Vector.Log(x.As<T, double>()).As<double, T>()
            : Vector.Log(x.As<T, float>()).As<float, T>();

    /// <summary>1 / (1 + e^-x), from e^-|x|, so that nothing overflows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Sigmoid<T>(Vector<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector<T> small = Exp(-Vector.Abs(x));
        return Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<T>.Zero), Vector<T>.One, small) / (Vector<T>.One + small);
    }

    /// <summary>1 / (1 + e^-x) of one element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Sigmoid<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T small = T.Exp(-T.Abs(x));
        return (x > T.Zero ? T.One : small) / (T.One + small);
    }
}
