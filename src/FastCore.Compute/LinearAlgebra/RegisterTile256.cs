using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>
/// The innermost loop of the matrix product with 256-bit vectors: c := alpha a b + beta c for one register tile; a and b are packed so that
/// step p reads the next entries of both. beta = 0 does not read c.
/// </summary>
internal static unsafe class RegisterTile256
{
    /// <summary>6 rows of two vectors: 12 accumulators stay in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Rows6<T>(int k, T* a, T* b, T* c, nint stride, T alpha, T beta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = Vector256<T>.Count;
        Vector256<T> x, b0, b1;
        var c0l = Vector256<T>.Zero;
        var c0h = Vector256<T>.Zero;
        var c1l = Vector256<T>.Zero;
        var c1h = Vector256<T>.Zero;
        var c2l = Vector256<T>.Zero;
        var c2h = Vector256<T>.Zero;
        var c3l = Vector256<T>.Zero;
        var c3h = Vector256<T>.Zero;
        var c4l = Vector256<T>.Zero;
        var c4h = Vector256<T>.Zero;
        var c5l = Vector256<T>.Zero;
        var c5h = Vector256<T>.Zero;
        for (int p = 0; p < k; p++)
        {
            b0 = Vector256.Load(b);
            b1 = Vector256.Load(b + width);
            x = Vector256.Create(a[0]);
            c0l = Fma(x, b0, c0l);
            c0h = Fma(x, b1, c0h);
            x = Vector256.Create(a[1]);
            c1l = Fma(x, b0, c1l);
            c1h = Fma(x, b1, c1h);
            x = Vector256.Create(a[2]);
            c2l = Fma(x, b0, c2l);
            c2h = Fma(x, b1, c2h);
            x = Vector256.Create(a[3]);
            c3l = Fma(x, b0, c3l);
            c3h = Fma(x, b1, c3h);
            x = Vector256.Create(a[4]);
            c4l = Fma(x, b0, c4l);
            c4h = Fma(x, b1, c4h);
            x = Vector256.Create(a[5]);
            c5l = Fma(x, b0, c5l);
            c5h = Fma(x, b1, c5h);
            a += 6;
            b += 2 * width;
        }
        Store(c, c0l, c0h, alpha, beta);
        c += stride;
        Store(c, c1l, c1h, alpha, beta);
        c += stride;
        Store(c, c2l, c2h, alpha, beta);
        c += stride;
        Store(c, c3l, c3h, alpha, beta);
        c += stride;
        Store(c, c4l, c4h, alpha, beta);
        c += stride;
        Store(c, c5l, c5h, alpha, beta);
    }

    /// <summary>1 to 5 rows of a panel packed for 6, two at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Fewer<T>(int rows, int k, T* a, T* b, T* c, nint stride, T alpha, T beta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = Vector256<T>.Count;
        for (int row = 0; row < rows; row += 2, a += 2, c += 2 * stride)
        {
            // The row after the last one is packed as zeros and not stored.
            var c0l = Vector256<T>.Zero;
            Vector256<T> c0h = c0l, c1l = c0l, c1h = c0l;
            T* left = a, right = b;
            for (int p = 0; p < k; p++, left += 6, right += 2 * width)
            {
                Vector256<T> b0 = Vector256.Load(right), b1 = Vector256.Load(right + width);
                var x = Vector256.Create(left[0]);
                c0l = Fma(x, b0, c0l);
                c0h = Fma(x, b1, c0h);
                x = Vector256.Create(left[1]);
                c1l = Fma(x, b0, c1l);
                c1h = Fma(x, b1, c1h);
            }
            Store(c, c0l, c0h, alpha, beta);
            if (row + 1 < rows)
                Store(c + stride, c1l, c1h, alpha, beta);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Fma<T>(Vector256<T> x, Vector256<T> y, Vector256<T> z)
        where T : unmanaged =>
        typeof(T) == typeof(float)
            ? Vector256.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>()
            : Vector256.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(T* c, Vector256<T> low, Vector256<T> high, T alpha, T beta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        low *= alpha;
        high *= alpha;
        if (beta != T.Zero)
        {
            low = Fma(Vector256.Load(c), Vector256.Create(beta), low);
            high = Fma(Vector256.Load(c + Vector256<T>.Count), Vector256.Create(beta), high);
        }
        low.Store(c);
        high.Store(c + Vector256<T>.Count);
    }
}
