using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>
/// Loops over one or a few rows that several operations share. Vectors of the machine's width; scalars at the end. Compiled at once: those of
/// the tensor package run unoptimised, five to ten times slower, until tiered compilation reaches them.
/// </summary>
internal static unsafe class VectorLoops
{
    /// <summary>sum_i x_i y_i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static T Dot<T>(T* x, T* y, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = Vector<T>.Count;
        Vector<T> s0 = Vector<T>.Zero, s1 = s0, s2 = s0, s3 = s0;
        int i = 0;
        for (; i <= count - (4 * width); i += 4 * width)
        {
            s0 = Fma(Vector.Load(x + i), Vector.Load(y + i), s0);
            s1 = Fma(Vector.Load(x + i + width), Vector.Load(y + i + width), s1);
            s2 = Fma(Vector.Load(x + i + (2 * width)), Vector.Load(y + i + (2 * width)), s2);
            s3 = Fma(Vector.Load(x + i + (3 * width)), Vector.Load(y + i + (3 * width)), s3);
        }
        for (; i <= count - width; i += width)
            s0 = Fma(Vector.Load(x + i), Vector.Load(y + i), s0);
        T sum = Vector.Sum(s0 + s1 + (s2 + s3));
        for (; i < count; i++)
            sum = T.MultiplyAddEstimate(x[i], y[i], sum);
        return sum;
    }

    /// <summary>z := x * y element by element; z may be x or y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Multiply<T>(T* x, T* y, T* z, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int i = 0;
        for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
            (Vector.Load(x + i) * Vector.Load(y + i)).Store(z + i);
        for (; i < count; i++)
            z[i] = x[i] * y[i];
    }

    /// <summary>y := y + x * x element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AddSquares<T>(T* x, T* y, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int i = 0;
        for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> value = Vector.Load(x + i);
            Fma(value, value, Vector.Load(y + i)).Store(y + i);
        }
        for (; i < count; i++)
            y[i] = T.MultiplyAddEstimate(x[i], x[i], y[i]);
    }

    /// <summary>y := y + alpha x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AddScaled<T>(T alpha, T* x, T* y, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int i = 0;
        var factor = new Vector<T>(alpha);
        for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
            Fma(factor, Vector.Load(x + i), Vector.Load(y + i)).Store(y + i);
        for (; i < count; i++)
            y[i] = T.MultiplyAddEstimate(alpha, x[i], y[i]);
    }

    /// <summary>x := alpha x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Scale<T>(T alpha, T* x, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int i = 0;
        var factor = new Vector<T>(alpha);
        for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
            (factor * Vector.Load(x + i)).Store(x + i);
        for (; i < count; i++)
            x[i] *= alpha;
    }

    /// <summary>y := y + sum of four scaled rows that start <paramref name="stride"/> apart: a quarter of the traffic of four calls.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AddFourRows<T>(T* factors, T* rows, nint stride, T* y, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* second = rows + stride;
        T* third = second + stride;
        T* fourth = third + stride;
        var f0 = new Vector<T>(factors[0]);
        var f1 = new Vector<T>(factors[1]);
        var f2 = new Vector<T>(factors[2]);
        var f3 = new Vector<T>(factors[3]);
        int i = 0;
        for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> sum = Fma(f0, Vector.Load(rows + i), Vector.Load(y + i));
            sum = Fma(f1, Vector.Load(second + i), sum);
            sum = Fma(f2, Vector.Load(third + i), sum);
            Fma(f3, Vector.Load(fourth + i), sum).Store(y + i);
        }
        for (; i < count; i++)
        {
            T sum = T.MultiplyAddEstimate(factors[0], rows[i], y[i]);
            sum = T.MultiplyAddEstimate(factors[1], second[i], sum);
            sum = T.MultiplyAddEstimate(factors[2], third[i], sum);
            y[i] = T.MultiplyAddEstimate(factors[3], fourth[i], sum);
        }
    }

    /// <summary>x y + z, fused where the machine does that at full speed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Fma<T>(Vector<T> x, Vector<T> y, Vector<T> z)
        where T : unmanaged =>
        typeof(T) == typeof(float)
            ? Vector.MultiplyAddEstimate(x.As<T, float>(), y.As<T, float>(), z.As<T, float>()).As<float, T>()
            : Vector.MultiplyAddEstimate(x.As<T, double>(), y.As<T, double>(), z.As<T, double>()).As<double, T>();
}
