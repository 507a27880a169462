using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>
/// The innermost loop of the matrix product with 512-bit vectors: c := alpha a b + beta c for one register tile; a and b are packed so that
/// step p reads the next entries of both. beta = 0 does not read c.
/// </summary>
internal static unsafe class RegisterTile512
{
    private const int RowsAhead = 16;

    private interface IPanel
    {
        static abstract bool IsSource { get; }
    }

    /// <summary>12 rows of two vectors: 24 accumulators stay in registers.</summary>
    internal static void Rows12<T>(int k, T* a, T* b, T* c, nint stride, T alpha, T beta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Rows12<T, Packed>(k, a, 12, b, 2 * Vector512<T>.Count, null, c, stride, alpha, beta);

    /// <summary>The same of operands that are not packed: their rows lie <paramref name="nextA"/> and <paramref name="nextB"/> apart.</summary>
    internal static void Rows12<T>(int k, T* a, nint nextA, T* b, nint nextB, T* c, nint stride, T alpha, T beta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Rows12<T, Packed>(k, a, nextA, b, nextB, null, c, stride, alpha, beta);

    /// <summary>The same with rows of b that lie <paramref name="next"/> apart; they are packed on the way, between the products.</summary>
    internal static void Rows12AndPack<T>(int k, T* a, T* b, nint next, T* packed, T* c, nint stride, T alpha, T beta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Rows12<T, Source>(k, a, 12, b, next, packed, c, stride, alpha, beta);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows12<T, TPanel>(int k, T* a, nint nextA, T* b, nint next, T* packed, T* c, nint stride, T alpha, T beta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPanel : struct, IPanel
    {
        int width = Vector512<T>.Count;
        Fetch(c, stride, 12);
        Vector512<T> x, b0, b1;
        var c0l = Vector512<T>.Zero;
        var c0h = Vector512<T>.Zero;
        var c1l = Vector512<T>.Zero;
        var c1h = Vector512<T>.Zero;
        var c2l = Vector512<T>.Zero;
        var c2h = Vector512<T>.Zero;
        var c3l = Vector512<T>.Zero;
        var c3h = Vector512<T>.Zero;
        var c4l = Vector512<T>.Zero;
        var c4h = Vector512<T>.Zero;
        var c5l = Vector512<T>.Zero;
        var c5h = Vector512<T>.Zero;
        var c6l = Vector512<T>.Zero;
        var c6h = Vector512<T>.Zero;
        var c7l = Vector512<T>.Zero;
        var c7h = Vector512<T>.Zero;
        var c8l = Vector512<T>.Zero;
        var c8h = Vector512<T>.Zero;
        var c9l = Vector512<T>.Zero;
        var c9h = Vector512<T>.Zero;
        var c10l = Vector512<T>.Zero;
        var c10h = Vector512<T>.Zero;
        var c11l = Vector512<T>.Zero;
        var c11h = Vector512<T>.Zero;
        for (int p = 0; p < k; p++)
        {
            b0 = Vector512.Load(b);
            b1 = Vector512.Load(b + width);
            if (TPanel.IsSource)
            {
                // Rows that lie apart are no stream that the processor foresees.
                Sse.Prefetch0(b + (RowsAhead * next));
                Sse.Prefetch0(b + (RowsAhead * next) + width);
                b0.Store(packed);
                b1.Store(packed + width);
                packed += 2 * width;
            }
            x = Vector512.Create(a[0]);
            c0l = Fma(x, b0, c0l);
            c0h = Fma(x, b1, c0h);
            x = Vector512.Create(a[1]);
            c1l = Fma(x, b0, c1l);
            c1h = Fma(x, b1, c1h);
            x = Vector512.Create(a[2]);
            c2l = Fma(x, b0, c2l);
            c2h = Fma(x, b1, c2h);
            x = Vector512.Create(a[3]);
            c3l = Fma(x, b0, c3l);
            c3h = Fma(x, b1, c3h);
            x = Vector512.Create(a[4]);
            c4l = Fma(x, b0, c4l);
            c4h = Fma(x, b1, c4h);
            x = Vector512.Create(a[5]);
            c5l = Fma(x, b0, c5l);
            c5h = Fma(x, b1, c5h);
            x = Vector512.Create(a[6]);
            c6l = Fma(x, b0, c6l);
            c6h = Fma(x, b1, c6h);
            x = Vector512.Create(a[7]);
            c7l = Fma(x, b0, c7l);
            c7h = Fma(x, b1, c7h);
            x = Vector512.Create(a[8]);
            c8l = Fma(x, b0, c8l);
            c8h = Fma(x, b1, c8h);
            x = Vector512.Create(a[9]);
            c9l = Fma(x, b0, c9l);
            c9h = Fma(x, b1, c9h);
            x = Vector512.Create(a[10]);
            c10l = Fma(x, b0, c10l);
            c10h = Fma(x, b1, c10h);
            x = Vector512.Create(a[11]);
            c11l = Fma(x, b0, c11l);
            c11h = Fma(x, b1, c11h);
            a += nextA;
            b += next;
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
        c += stride;
        Store(c, c6l, c6h, alpha, beta);
        c += stride;
        Store(c, c7l, c7h, alpha, beta);
        c += stride;
        Store(c, c8l, c8h, alpha, beta);
        c += stride;
        Store(c, c9l, c9h, alpha, beta);
        c += stride;
        Store(c, c10l, c10h, alpha, beta);
        c += stride;
        Store(c, c11l, c11h, alpha, beta);
    }

    /// <summary>1 to 11 rows of a panel packed for 12: four at a time, then two, then the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Fewer<T>(int rows, int k, T* a, T* b, T* c, nint stride, T alpha, T beta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = Vector512<T>.Count;
        Fetch(c, stride, rows);
        int row = 0;
        for (; row <= rows - 4; row += 4, a += 4, c += 4 * stride)
        {
            var c0l = Vector512<T>.Zero;
            Vector512<T> c0h = c0l, c1l = c0l, c1h = c0l, c2l = c0l, c2h = c0l, c3l = c0l, c3h = c0l;
            T* left = a, right = b;
            for (int p = 0; p < k; p++, left += 12, right += 2 * width)
            {
                Vector512<T> b0 = Vector512.Load(right), b1 = Vector512.Load(right + width);
                var x = Vector512.Create(left[0]);
                c0l = Fma(x, b0, c0l);
                c0h = Fma(x, b1, c0h);
                x = Vector512.Create(left[1]);
                c1l = Fma(x, b0, c1l);
                c1h = Fma(x, b1, c1h);
                x = Vector512.Create(left[2]);
                c2l = Fma(x, b0, c2l);
                c2h = Fma(x, b1, c2h);
                x = Vector512.Create(left[3]);
                c3l = Fma(x, b0, c3l);
                c3h = Fma(x, b1, c3h);
            }
            Store(c, c0l, c0h, alpha, beta);
            Store(c + stride, c1l, c1h, alpha, beta);
            Store(c + (2 * stride), c2l, c2h, alpha, beta);
            Store(c + (3 * stride), c3l, c3h, alpha, beta);
        }
        if (row <= rows - 2)
        {
            var c0l = Vector512<T>.Zero;
            Vector512<T> c0h = c0l, c1l = c0l, c1h = c0l;
            T* left = a, right = b;
            for (int p = 0; p < k; p++, left += 12, right += 2 * width)
            {
                Vector512<T> b0 = Vector512.Load(right), b1 = Vector512.Load(right + width);
                var x = Vector512.Create(left[0]);
                c0l = Fma(x, b0, c0l);
                c0h = Fma(x, b1, c0h);
                x = Vector512.Create(left[1]);
                c1l = Fma(x, b0, c1l);
                c1h = Fma(x, b1, c1h);
            }
            Store(c, c0l, c0h, alpha, beta);
            Store(c + stride, c1l, c1h, alpha, beta);
            row += 2;
            a += 2;
            c += 2 * stride;
        }
        if (row < rows)
        {
            Vector512<T> low = Vector512<T>.Zero, high = low;
            T* left = a, right = b;
            for (int p = 0; p < k; p++, left += 12, right += 2 * width)
            {
                var x = Vector512.Create(left[0]);
                low = Fma(x, Vector512.Load(right), low);
                high = Fma(x, Vector512.Load(right + width), high);
            }
            Store(c, low, high, alpha, beta);
        }
    }

    // The tile of c is fetched while the products are summed.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch<T>(T* c, nint stride, int rows)
        where T : unmanaged
    {
        if (!Sse.IsSupported)
            return;
        for (int r = 0; r < rows; r++, c += stride)
        {
            Sse.Prefetch0(c);
            Sse.Prefetch0(c + Vector512<T>.Count);
        }
    }

    /// <summary>x y + z in one rounding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Fma<T>(Vector512<T> x, Vector512<T> y, Vector512<T> z)
        where T : unmanaged =>
        typeof(T) == typeof(float)
            ? Vector512.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>()
            : Vector512.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(T* c, Vector512<T> low, Vector512<T> high, T alpha, T beta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        low *= alpha;
        high *= alpha;
        if (beta != T.Zero)
        {
            low = Fma(Vector512.Load(c), Vector512.Create(beta), low);
            high = Fma(Vector512.Load(c + Vector512<T>.Count), Vector512.Create(beta), high);
        }
        low.Store(c);
        high.Store(c + Vector512<T>.Count);
    }

    private readonly struct Packed : IPanel
    {
        public static bool IsSource => false;
    }

    private readonly struct Source : IPanel
    {
        public static bool IsSource => true;
    }
}
