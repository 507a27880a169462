using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;

namespace FastCore.Compute.Imaging;

/// <summary>
/// Medians of finite values; of an even number the middle of the two in the centre. The bits of a floating-point number, the lower ones turned over
/// for negative numbers, order as the numbers do, so the value of a rank is found bit by bit: the largest key that at most rank values lie below.
/// Counting is vectorised, 32 (64) passes over values in the nearest cache, faster than a sort and free of branches on data.
/// </summary>
internal static unsafe class Medians
{
    /// <summary>Median of at least one value; <paramref name="keys"/> is room for as many, and may be the values themselves.</summary>
    internal static T Of<T>(T* values, T* keys, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        typeof(T) == typeof(float)
            ? T.CreateTruncating(Single((float*)values, (int*)keys, count))
            : T.CreateTruncating(Double((double*)values, (long*)keys, count));

    /// <summary>Median of <paramref name="count"/> values, at least one, from <paramref name="at"/> on, on a device.</summary>
    internal static float OnDevice(ArrayView<float> values, int at, int count)
    {
        int low = Select(values, at, count, (count - 1) / 2);
        int below = 0, next = int.MaxValue;
        for (int j = 0; j < count; j++)
        {
            int key = Key((int)Interop.FloatAsInt(values[at + j]));
            below += key <= low ? 1 : 0;
            next = key > low && key < next ? key : next;
        }
        int high = below > count / 2 ? low : next;
        float a = Interop.IntAsFloat((uint)Key(low)), b = Interop.IntAsFloat((uint)Key(high));
        return (0.5f * a) + (0.5f * b);
    }

    /// <summary>The middle of two values.</summary>
    internal static T Middle<T>(T low, T high)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T half = T.CreateChecked(0.5);
        return (half * low) + (half * high);
    }

    // Its own inverse.
    private static int Key(int bits) => bits < 0 ? bits ^ int.MaxValue : bits;

    private static int Select(ArrayView<float> values, int at, int count, int rank)
    {
        int found = int.MinValue;
        for (int bit = 31; bit >= 0; bit--)
        {
            // The highest bit turns the smallest key into 0.
            int tried = bit == 31 ? 0 : found | (1 << bit);
            int below = 0;
            for (int j = 0; j < count; j++)
                below += Key((int)Interop.FloatAsInt(values[at + j])) < tried ? 1 : 0;
            found = below <= rank ? tried : found;
        }
        return found;
    }

    private static float Single(float* from, int* keys, int count)
    {
        for (int j = 0; j < count; j++)
            keys[j] = Key(BitConverter.SingleToInt32Bits(from[j]));
        (int low, int high) = Central(keys, count, 32);
        return Middle(BitConverter.Int32BitsToSingle(Key(low)), BitConverter.Int32BitsToSingle(Key(high)));
    }

    private static double Double(double* from, long* keys, int count)
    {
        for (int j = 0; j < count; j++)
        {
            long bits = BitConverter.DoubleToInt64Bits(from[j]);
            keys[j] = bits < 0 ? bits ^ long.MaxValue : bits;
        }
        (long low, long high) = Central(keys, count, 64);
        return Middle(
            BitConverter.Int64BitsToDouble(low < 0 ? low ^ long.MaxValue : low), BitConverter.Int64BitsToDouble(high < 0 ? high ^ long.MaxValue : high));
    }

    // The keys of ranks (count - 1) / 2 and count / 2.
    private static (TKey Low, TKey High) Central<TKey>(TKey* keys, int count, int bits)
        where TKey : unmanaged, IBinaryInteger<TKey>, IMinMaxValue<TKey>
    {
        TKey low = TKey.MinValue;
        for (int bit = bits - 1; bit >= 0; bit--)
        {
            TKey tried = bit == bits - 1 ? TKey.Zero : low | (TKey.One << bit);
            if (Below(keys, count, tried) <= (count - 1) / 2)
                low = tried;
        }
        TKey next = TKey.MaxValue;
        int upTo = 0;
        for (int j = 0; j < count; j++)
        {
            upTo += keys[j] <= low ? 1 : 0;
            next = keys[j] > low && keys[j] < next ? keys[j] : next;
        }
        return (low, upTo > count / 2 ? low : next);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Below<TKey>(TKey* keys, int count, TKey limit)
        where TKey : unmanaged, IBinaryInteger<TKey>
    {
        // A comparison gives -1 where it holds.
        var sum = Vector<TKey>.Zero;
        var bound = new Vector<TKey>(limit);
        int j = 0;
        for (; j <= count - Vector<TKey>.Count; j += Vector<TKey>.Count)
            sum -= Vector.LessThan(Vector.Load(keys + j), bound);
        int below = int.CreateTruncating(Vector.Sum(sum));
        for (; j < count; j++)
            below += keys[j] < limit ? 1 : 0;
        return below;
    }
}
