using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;

namespace FastCore.Compute.Imaging;

/// <summary>
/// Loops over rows of images that several operations share. Lanes run along a row; what is left of a row is computed by the same vector
/// formula with some lanes idle, so that no value depends on its place in a vector. Outside the image the picture is mirrored without
/// repeating the edge: d c b | a b c d | c b a.
/// </summary>
internal static unsafe class ImageRows
{
    /// <summary>Rows of a block: enough to pay for the rows around it, few enough for every thread to find work.</summary>
    internal const int BlockHeight = 32;

    /// <summary>Pixels that may be read and written beyond a scratch row.</summary>
    internal static int Slack => 64;

    /// <summary>The vector at <paramref name="from"/>, of which <paramref name="valid"/> elements exist; the others are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Get<T>(T* from, int valid)
        where T : unmanaged => valid >= Vector<T>.Count ? Vector.Load(from) : GetPart(from, valid);

    /// <summary>Stores the first <paramref name="valid"/> elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Put<T>(Vector<T> value, T* to, int valid)
        where T : unmanaged
    {
        if (valid >= Vector<T>.Count)
            value.Store(to);
        else
            PutPart(value, to, valid);
    }

    /// <summary>Fills <paramref name="left"/> elements before a row and <paramref name="right"/> behind it by mirroring.</summary>
    internal static void Margins<T>(T* row, int columns, int left, int right)
        where T : unmanaged
    {
        for (int k = 1; k <= left; k++)
            row[-k] = row[PatchGather.Mirror(-k, columns)];
        for (int k = 0; k < right; k++)
            row[columns + k] = row[PatchGather.Mirror(columns + k, columns)];
    }

    /// <summary>Copies a row and fills its margins.</summary>
    internal static void Padded<T>(T* from, T* row, int columns, int left, int right)
        where T : unmanaged
    {
        new ReadOnlySpan<T>(from, columns).CopyTo(new Span<T>(row, columns));
        Margins(row, columns, left, right);
    }

    /// <summary>
    /// to[j] := w_0 taps[0][j] + sum over k of w_k (taps[-k][j] + taps[k][j]). Pairs are added before they are weighted, so that a mirrored
    /// image gives the mirrored result to the bit.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Symmetric<T>(T* weights, int reach, T** taps, T* to, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = Vector<T>.Count, j = 0;
        var middle = new Vector<T>(weights[0]);
        for (; j <= count - (4 * width); j += 4 * width)
        {
            T* a = taps[0] + j;
            Vector<T> s0 = middle * Vector.Load(a), s1 = middle * Vector.Load(a + width);
            Vector<T> s2 = middle * Vector.Load(a + (2 * width)), s3 = middle * Vector.Load(a + (3 * width));
            for (int k = 1; k <= reach; k++)
            {
                a = taps[-k] + j;
                T* b = taps[k] + j;
                var weight = new Vector<T>(weights[k]);
                s0 = VectorLoops.Fma(weight, Vector.Load(a) + Vector.Load(b), s0);
                s1 = VectorLoops.Fma(weight, Vector.Load(a + width) + Vector.Load(b + width), s1);
                s2 = VectorLoops.Fma(weight, Vector.Load(a + (2 * width)) + Vector.Load(b + (2 * width)), s2);
                s3 = VectorLoops.Fma(weight, Vector.Load(a + (3 * width)) + Vector.Load(b + (3 * width)), s3);
            }
            s0.Store(to + j);
            s1.Store(to + j + width);
            s2.Store(to + j + (2 * width));
            s3.Store(to + j + (3 * width));
        }
        for (; j < count; j += width)
        {
            int valid = count - j;
            Vector<T> sum = middle * Get(taps[0] + j, valid);
            for (int k = 1; k <= reach; k++)
                sum = VectorLoops.Fma(new Vector<T>(weights[k]), Get(taps[-k] + j, valid) + Get(taps[k] + j, valid), sum);
            Put(sum, to + j, valid);
        }
    }

    /// <summary>to := from - shift in double; up to a vector beyond <paramref name="count"/> is written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Widen<T>(T* from, double shift, double* to, int count)
        where T : unmanaged
    {
        var less = new Vector<double>(shift);
        for (int j = 0; j < count; j += Vector<T>.Count)
        {
            Vector<T> values = Get(from + j, count - j);
            if (typeof(T) == typeof(float))
            {
                Vector.Widen(values.As<T, float>(), out Vector<double> low, out Vector<double> high);
                (low - less).Store(to + j);
                (high - less).Store(to + j + Vector<double>.Count);
            }
            else
            {
                (values.As<T, double>() - less).Store(to + j);
            }
        }
    }

    /// <summary>to := from in the precision of an image; up to a vector beyond <paramref name="count"/> is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Narrow<T>(double* from, T* to, int count)
        where T : unmanaged
    {
        for (int j = 0; j < count; j += Vector<T>.Count)
        {
            Vector<double> low = Vector.Load(from + j);
            Put(
                typeof(T) == typeof(float) ? Vector.Narrow(low, Vector.Load(from + j + Vector<double>.Count)).As<float, T>() : low.As<double, T>(),
                to + j, count - j);
        }
    }

    /// <summary>The value at (row, column), mirrored, for definitions.</summary>
    internal static double At<T>(ReadOnlyMatrixSpan<T> image, int row, int column)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        double.CreateChecked(image[PatchGather.Mirror(row, image.Rows), PatchGather.Mirror(column, image.Columns)]);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector<T> GetPart<T>(T* from, int valid)
        where T : unmanaged
    {
        T* lanes = stackalloc T[Vector<T>.Count];
        Vector<T>.Zero.Store(lanes);
        for (int i = 0; i < valid; i++)
            lanes[i] = from[i];
        return Vector.Load(lanes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PutPart<T>(Vector<T> value, T* to, int valid)
        where T : unmanaged
    {
        T* lanes = stackalloc T[Vector<T>.Count];
        value.Store(lanes);
        for (int i = 0; i < valid; i++)
            to[i] = lanes[i];
    }
}

/// <summary>An image in memory that does not move; rows beyond it are mirrored.</summary>
/// <typeparam name="T">Element type.</typeparam>
internal readonly unsafe struct ImagePointer<T>(T* start, int rows, int columns, nint stride)
    where T : unmanaged
{
    internal T* Start => start;

    internal int Rows => rows;

    internal int Columns => columns;

    internal nint Stride => stride;

    internal ReadOnlyMatrixSpan<T> Matrix => new(new ReadOnlySpan<T>(start, (int)((rows - 1) * stride) + columns), rows, columns, (int)stride);

    internal T* Row(int row) => start + (PatchGather.Mirror(row, rows) * stride);
}
