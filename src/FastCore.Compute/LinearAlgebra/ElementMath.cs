using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>
/// Functions of vector elements that the runtime computes several times more slowly. e^x: x = k ln 2 + r with ln 2 in two parts (Cody and Waite
/// 1980), e^r = 1 + r + r^2 p(r) for |r| up to ln 2 / 2.
/// </summary>
internal static class ElementMath
{
    private const float Smallest = -87.33f;
    private const float Largest = 88.3f;

    // 355 / 512 has nine significant bits, so its product with any k in use is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    // Minimax fit of degree 4 to (e^r - 1 - r) / r^2, weighted by r^2 e^-r (Lawson's iteration): relative error of e^r 3.1e-9.
    private const float P0 = 0.49999993447757857f;
    private const float P1 = 0.16666520631352233f;
    private const float P2 = 0.0416683880526333f;
    private const float P3 = 0.008368716912915743f;
    private const float P4 = 0.0013814598314572592f;

    private const double SmallestDouble = -708;
    private const double LargestDouble = 709;
    private const double DoubleLn2High = 0.69314718036912381649;
    private const double DoubleLn2Low = 1.90821492927058770002e-10;

    // Added to a double, its last bits become the nearest integer: 1.5 2^52.
    private const double Rounding = 6755399441055744;

    /// <summary>e^x in single precision, relative error below 1.2e-7; 0 below -87.33, at most 2.2e38.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Exp(Vector512<float> x)
    {
        Vector512<float> bounded = Vector512.Min(Vector512.Max(x, Vector512.Create(Smallest)), Vector512.Create(Largest));
        Vector512<float> k = Vector512.Round(bounded * Vector512.Create(1.44269504f));
        Vector512<float> r = Vector512.FusedMultiplyAdd(k, Vector512.Create(-Ln2High), bounded);
        r = Vector512.FusedMultiplyAdd(k, Vector512.Create(-Ln2Low), r);
        Vector512<float> p = Vector512.FusedMultiplyAdd(Vector512.Create(P4), r, Vector512.Create(P3));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(P2));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(P1));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(P0));
        p = Vector512.FusedMultiplyAdd(p, r * r, r + Vector512<float>.One);
        Vector512<float> power = Vector512.ShiftLeft(Vector512.ConvertToInt32Native(k) + Vector512.Create(127), 23).AsSingle();
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(Smallest)), Vector512<float>.Zero, p * power);
    }

    /// <summary>e^x in double precision, relative error below 2.5e-16; 0 below -708, at most 8.2e307. Taylor's series to r^13.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Exp(Vector512<double> x)
    {
        Vector512<double> bounded = Vector512.Min(Vector512.Max(x, Vector512.Create(SmallestDouble)), Vector512.Create(LargestDouble));
        Vector512<double> rounded = Vector512.FusedMultiplyAdd(bounded, Vector512.Create(1.4426950408889634), Vector512.Create(Rounding));
        Vector512<double> k = rounded - Vector512.Create(Rounding);
        Vector512<double> r = Vector512.FusedMultiplyAdd(k, Vector512.Create(-DoubleLn2High), bounded);
        r = Vector512.FusedMultiplyAdd(k, Vector512.Create(-DoubleLn2Low), r);
        Vector512<double> p = Vector512.FusedMultiplyAdd(Vector512.Create(1.0 / 6227020800), r, Vector512.Create(1.0 / 479001600));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 39916800));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 3628800));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 362880));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 40320));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 5040));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 720));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 120));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 24));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 6));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<double>.One;
        Vector512<double> power = Vector512.ShiftLeft(rounded.AsInt64() + Vector512.Create(1023L), 52).AsDouble();
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(SmallestDouble)), Vector512<double>.Zero, p * power);
    }

    /// <summary>e^x in either precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Exp<T>(Vector512<T> x)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? Exp(x.AsSingle()).As<float, T>() : Exp(x.AsDouble()).As<double, T>();

    /// <summary>tanh x = 1 - 2 / (e^2x + 1) in single precision, absolute error below 2e-7; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Tanh(Vector512<float> x)
    {
        Vector512<float> two = Vector512.Create(2f);
        Vector512<float> bounded = Vector512.Min(Vector512.Max(x, Vector512.Create(-9.1f)), Vector512.Create(9.1f));
        return Vector512<float>.One - (two / (Exp(bounded * two) + Vector512<float>.One));
    }

    /// <summary>e^x in single precision, relative error below 1.2e-7; 0 below -87.33, at most 2.2e38.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Exp(Vector256<float> x)
    {
        Vector256<float> bounded = Vector256.Min(Vector256.Max(x, Vector256.Create(Smallest)), Vector256.Create(Largest));
        Vector256<float> k = Vector256.Round(bounded * Vector256.Create(1.44269504f));
        Vector256<float> r = Vector256.FusedMultiplyAdd(k, Vector256.Create(-Ln2High), bounded);
        r = Vector256.FusedMultiplyAdd(k, Vector256.Create(-Ln2Low), r);
        Vector256<float> p = Vector256.FusedMultiplyAdd(Vector256.Create(P4), r, Vector256.Create(P3));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(P2));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(P1));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(P0));
        p = Vector256.FusedMultiplyAdd(p, r * r, r + Vector256<float>.One);
        Vector256<float> power = Vector256.ShiftLeft(Vector256.ConvertToInt32Native(k) + Vector256.Create(127), 23).AsSingle();
        return Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256.Create(Smallest)), Vector256<float>.Zero, p * power);
    }

    /// <summary>e^x in double precision, relative error below 2.5e-16; 0 below -708, at most 8.2e307. Taylor's series to r^13.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<double> Exp(Vector256<double> x)
    {
        Vector256<double> bounded = Vector256.Min(Vector256.Max(x, Vector256.Create(SmallestDouble)), Vector256.Create(LargestDouble));
        Vector256<double> rounded = Vector256.FusedMultiplyAdd(bounded, Vector256.Create(1.4426950408889634), Vector256.Create(Rounding));
        Vector256<double> k = rounded - Vector256.Create(Rounding);
        Vector256<double> r = Vector256.FusedMultiplyAdd(k, Vector256.Create(-DoubleLn2High), bounded);
        r = Vector256.FusedMultiplyAdd(k, Vector256.Create(-DoubleLn2Low), r);
        Vector256<double> p = Vector256.FusedMultiplyAdd(Vector256.Create(1.0 / 6227020800), r, Vector256.Create(1.0 / 479001600));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 39916800));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 3628800));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 362880));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 40320));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 5040));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 720));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 120));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 24));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 6));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(0.5));
        p = Vector256.FusedMultiplyAdd(p, r * r, r) + Vector256<double>.One;
        Vector256<double> power = Vector256.ShiftLeft(rounded.AsInt64() + Vector256.Create(1023L), 52).AsDouble();
        return Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256.Create(SmallestDouble)), Vector256<double>.Zero, p * power);
    }

    /// <summary>e^x in either precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<T> Exp<T>(Vector256<T> x)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? Exp(x.AsSingle()).As<float, T>() : Exp(x.AsDouble()).As<double, T>();

    /// <summary>tanh x = 1 - 2 / (e^2x + 1) in single precision, absolute error below 2e-7; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Tanh(Vector256<float> x)
    {
        Vector256<float> two = Vector256.Create(2f);
        Vector256<float> bounded = Vector256.Min(Vector256.Max(x, Vector256.Create(-9.1f)), Vector256.Create(9.1f));
        return Vector256<float>.One - (two / (Exp(bounded * two) + Vector256<float>.One));
    }
}
