using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace FastCore.Compute.Imaging;

/// <summary>
/// How one patch is taken from an image (SPEC 1.1): rows r - size/2 .. r - size/2 + size - 1, mirrored at the edge without repeating it, then
/// normalised. Shared by everything that works on patches.
/// </summary>
internal static class PatchGather
{
    /// <summary>A range narrower than this is flat: its patch becomes 0.</summary>
    public const double Flat = 1e-12;

    /// <summary>The index that mirroring leads to: d c b | a b c d | c b a.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Mirror(int index, int length)
    {
        if ((uint)index < (uint)length)
            return index;
        int period = length == 1 ? 1 : (2 * length) - 2;
        index = ((index % period) + period) % period;
        return index < length ? index : period - index;
    }

    /// <summary>Offset and gain of the image's own normalisation; (0, 1) for the others.</summary>
    public static (T Shift, T Gain) ImageLine<T>(ReadOnlyMatrixSpan<T> image, PatchNormalization normalization)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (normalization != PatchNormalization.Image || image.Rows == 0 || image.Columns == 0)
            return (T.Zero, T.One);
        T minimum = T.PositiveInfinity, maximum = T.NegativeInfinity;
        for (int i = 0; i < image.Rows; i++)
        {
            minimum = T.Min(minimum, TensorPrimitives.Min(image.Row(i)));
            maximum = T.Max(maximum, TensorPrimitives.Max(image.Row(i)));
        }
        return Line(minimum, maximum);
    }

    /// <summary>The normalised patch around a pixel.</summary>
    public static void Take<T>(ReadOnlyMatrixSpan<T> image, int centre, int size, PatchNormalization normalization, (T Shift, T Gain) line, Span<T> patch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int top = (centre / image.Columns) - (size / 2), left = (centre % image.Columns) - (size / 2);
        if (top >= 0 && left >= 0 && top + size <= image.Rows && left + size <= image.Columns)
        {
            for (int i = 0; i < size; i++)
                image.Row(top + i).Slice(left, size).CopyTo(patch.Slice(i * size, size));
        }
        else
        {
            for (int i = 0; i < size; i++)
            {
                ReadOnlySpan<T> row = image.Row(Mirror(top + i, image.Rows));
                for (int j = 0; j < size; j++)
                    patch[(i * size) + j] = row[Mirror(left + j, image.Columns)];
            }
        }
        if (normalization == PatchNormalization.None)
            return;
        if (normalization == PatchNormalization.Patch)
            line = Line(TensorPrimitives.Min<T>(patch), TensorPrimitives.Max<T>(patch));
        TensorPrimitives.Subtract(patch, line.Shift, patch);
        TensorPrimitives.Multiply(patch, line.Gain, patch);
    }

    /// <summary>Refuses centres outside the image and a size without pixels.</summary>
    public static void Check(string operation, int rows, int columns, ReadOnlySpan<int> centres, int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        foreach (int centre in centres)
        {
            if ((uint)centre >= (uint)(rows * columns))
                throw new ArgumentException($"{operation}: centre {centre} is no pixel of a {rows} x {columns} image.", nameof(centres));
        }
    }

    private static (T Shift, T Gain) Line<T>(T minimum, T maximum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T span = maximum - minimum;
        return (minimum, span < T.CreateChecked(Flat) ? T.Zero : T.One / span);
    }
}
