using FastCore.Microscopy.Imaging;

namespace FastCore.Microscopy.Simulation;

/// <summary>
/// A sphere on a cone. What a tip reports is the grey-scale dilation of the surface by the reflected tip (Villarrubia 1997):
/// i(r) = max over u of z(r + u) - t(u), where t(u) is the tip's height above its apex at distance u.
/// </summary>
internal static class TipShape
{
    /// <summary>Height of the tip's surface above its apex at lateral distance <paramref name="distance"/>, in metre.</summary>
    public static double Height(double distance, double radius, double coneDegrees)
    {
        double angle = coneDegrees * Math.PI / 180;
        // Sphere and cone meet where their slopes are equal: at R cos(angle).
        double joint = radius * Math.Cos(angle);
        return distance <= joint
            ? radius - Math.Sqrt((radius * radius) - (distance * distance))
            : radius * (1 - Math.Sin(angle)) + ((distance - joint) / Math.Tan(angle));
    }

    public static float[] Dilate(float[] height, ScanFrame frame, FilmOptions options)
    {
        double pitch = frame.PixelPitch.Value, span = height.Max() - height.Min();
        // Further away the tip stands higher than the whole relief and cannot touch.
        int window = 0;
        while (Height((window + 1) * pitch, options.TipRadius.Value, options.TipConeDegrees) < span)
            window++;
        int size = (2 * window) + 1;
        var tip = new float[size * size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                double distance = pitch * Math.Sqrt(((i - window) * (i - window)) + ((j - window) * (j - window)));
                tip[(i * size) + j] = (float)Height(distance, options.TipRadius.Value, options.TipConeDegrees);
            }
        }
        var result = (float[])height.Clone();
        for (int i = -window; i <= window; i++)
        {
            for (int j = -window; j <= window; j++)
            {
                float lift = tip[((i + window) * size) + j + window];
                if (lift >= span)
                    continue;
                for (int row = Math.Max(0, -i); row < Math.Min(frame.Rows, frame.Rows - i); row++)
                {
                    int from = Math.Max(0, -j), to = Math.Min(frame.Columns, frame.Columns - j);
                    Span<float> target = result.AsSpan((row * frame.Columns) + from, to - from);
                    ReadOnlySpan<float> source = height.AsSpan(((row + i) * frame.Columns) + from + j, to - from);
                    for (int k = 0; k < target.Length; k++)
                        target[k] = MathF.Max(target[k], source[k] - lift);
                }
            }
        }
        return result;
    }
}
