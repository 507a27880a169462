namespace FastCore.Microscopy.Imaging;

/// <summary>Brings an image onto the pixels of another.</summary>
public static class Resample
{
    // A corner that falls on the edge may lie outside by rounding.
    private const double Rounding = 1e-6;
    private const int MostSamples = 16;

    /// <summary>The moving image on the reference's frame, with the same channel and unit; NaN where it has no value.</summary>
    /// <param name="moving">The image, rows x columns values of any pitch.</param>
    /// <param name="map">From pixels of the reference to pixels of the moving image, as <see cref="RegistrationResult.Map"/>.</param>
    /// <param name="reference">The frame to come to.</param>
    /// <param name="interpolation">How values between pixels are taken.</param>
    /// <exception cref="ArgumentException">The map has a number that is not finite, or takes the plane to a line.</exception>
    public static ScanImage Onto(ScanImage moving, AffineMap map, ScanFrame reference, Interpolation interpolation = Interpolation.Automatic)
    {
        ArgumentNullException.ThrowIfNull(moving);
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(reference);
        if (!(Math.Abs(map.Determinant) > 0) || !double.IsFinite(map.Determinant + map.RowShift + map.ColumnShift))
        {
            throw new ArgumentException($"The map {map} for channel '{moving.Channel}' is not one of an area onto an area; finite numbers with a determinant "
                + "other than 0 are needed: register again.", nameof(map));
        }
        bool nearest = interpolation == Interpolation.Nearest || (interpolation == Interpolation.Automatic && IsLabel(moving.Channel, moving.Unit));
        int samples = nearest ? 1 : Math.Clamp((int)Math.Ceiling(Math.Sqrt(Math.Abs(map.Determinant)) - 0.2), 1, MostSamples);
        var values = new float[reference.Rows * reference.Columns];
        for (int k = 0; k < values.Length; k++)
        {
            int r = k / reference.Columns, c = k % reference.Columns;
            values[k] = samples > 1 ? Mean(moving, map, r, c, samples) : Value(moving, map, r, c, nearest);
        }
        return new ScanImage(moving.Channel, moving.Unit, reference, values);
    }

    /// <summary>
    /// Whether a channel holds numbers of things or angles that wrap, which have no mean: Euler angles, labels, classes, and the Phase of an orientation map (a number,
    /// without the unit of a tip's phase).
    /// </summary>
    public static bool IsLabel(string channel, string unit)
    {
        ArgumentNullException.ThrowIfNull(channel);
        return (channel.StartsWith("Phase", StringComparison.OrdinalIgnoreCase) && string.IsNullOrEmpty(unit))
            || channel.StartsWith("Euler", StringComparison.OrdinalIgnoreCase)
            || channel.Contains("label", StringComparison.OrdinalIgnoreCase)
            || channel.Contains("class", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether the centre of a reference's pixel lies among the pixel centres of a frame.</summary>
    internal static bool Inside(ScanFrame frame, AffineMap map, int row, int column)
    {
        (double y, double x) = map.Apply(row, column);
        return y >= -Rounding && x >= -Rounding && y <= frame.Rows - 1 + Rounding && x <= frame.Columns - 1 + Rounding;
    }

    private static float Mean(ScanImage moving, AffineMap map, int row, int column, int samples)
    {
        // The pixel's centre decides whether there is a value at all; beyond an edge the mean is over what was measured.
        if (!float.IsFinite(Value(moving, map, row, column, nearest: false)))
            return float.NaN;
        double sum = 0;
        int count = 0;
        for (int k = 0; k < samples * samples; k++)
        {
            float value = Value(moving, map, row + (((k / samples) + 0.5) / samples) - 0.5, column + (((k % samples) + 0.5) / samples) - 0.5, nearest: false);
            if (!float.IsFinite(value))
                continue;
            sum += value;
            count++;
        }
        return count > 0 ? (float)(sum / count) : float.NaN;
    }

    private static float Value(ScanImage moving, AffineMap map, double row, double column, bool nearest)
    {
        (double y, double x) = map.Apply(row, column);
        int rows = moving.Frame.Rows, columns = moving.Frame.Columns;
        if (!(y >= -Rounding && x >= -Rounding && y <= rows - 1 + Rounding && x <= columns - 1 + Rounding))
            return float.NaN;
        y = Math.Clamp(y, 0, rows - 1);
        x = Math.Clamp(x, 0, columns - 1);
        if (nearest)
            return moving.Values[((int)Math.Round(y) * columns) + (int)Math.Round(x)];
        int r = (int)y, c = (int)x;
        double down = y - r, across = x - c, sum = 0;
        for (int k = 0; k < 4; k++)
        {
            double weight = (k / 2 == 0 ? 1 - down : down) * (k % 2 == 0 ? 1 - across : across);
            // A neighbour without weight may be missing.
            if (weight > Rounding)
                sum += weight * moving.Values[((r + (k / 2)) * columns) + c + (k % 2)];
        }
        return (float)sum;
    }
}
