using System.Numerics;

namespace FastCore.Microscopy.Imaging;

/// <summary>Filters of segmentation and registration: Gaussians cut at 4 sigma, the edge's value continued, and second derivatives of them.</summary>
internal static class Smoothing
{
    /// <summary>The image under a Gaussian of <paramref name="sigma"/> pixels; a copy where sigma is below 0.1.</summary>
    public static float[] Gaussian(ReadOnlySpan<float> image, int rows, int columns, double sigma)
    {
        float[] result = image.ToArray();
        if (sigma < 0.1)
            return result;
        float[] taps = Taps(sigma);
        Across(image, result, rows, columns, taps);
        Down(result, rows, columns, taps);
        return result;
    }

    /// <summary>
    /// Larger eigenvalue of the Hessian at <paramref name="sigma"/> pixels times sigma^2: how sharply an image is valleyed. Of the negative image (sign -1):
    /// how sharply it is ridged.
    /// </summary>
    /// <param name="smooth">The image under a Gaussian of sigma pixels; both signs share it.</param>
    /// <param name="rows">Rows of the image.</param>
    /// <param name="columns">Columns of the image.</param>
    /// <param name="sigma">Width of the Gaussian.</param>
    /// <param name="sign">1 for valleys, -1 for ridges.</param>
    public static float[] Valleys(ReadOnlySpan<float> smooth, int rows, int columns, double sigma, float sign)
    {
        var result = new float[smooth.Length];
        float scale = sign * (float)(sigma * sigma);
        for (int r = 0; r < rows; r++)
        {
            int up = Math.Max(r - 1, 0) * columns, here = r * columns, down = Math.Min(r + 1, rows - 1) * columns;
            for (int c = 0; c < columns; c++)
            {
                int left = Math.Max(c - 1, 0), right = Math.Min(c + 1, columns - 1);
                float centre = 2 * smooth[here + c];
                float xx = scale * (smooth[here + left] + smooth[here + right] - centre), yy = scale * (smooth[up + c] + smooth[down + c] - centre);
                float xy = 0.25f * scale * (smooth[down + right] + smooth[up + left] - smooth[down + left] - smooth[up + right]);
                float half = 0.5f * (xx - yy);
                result[here + c] = (0.5f * (xx + yy)) + MathF.Sqrt((half * half) + (xy * xy));
            }
        }
        return result;
    }

    private static float[] Taps(double sigma)
    {
        int reach = Math.Max(1, (int)Math.Ceiling(4 * sigma));
        var taps = new float[(2 * reach) + 1];
        double sum = 0;
        for (int k = -reach; k <= reach; k++)
            sum += Math.Exp(-k * k / (2 * sigma * sigma));
        for (int k = -reach; k <= reach; k++)
            taps[k + reach] = (float)(Math.Exp(-k * k / (2 * sigma * sigma)) / sum);
        return taps;
    }

    private static void Across(ReadOnlySpan<float> image, Span<float> result, int rows, int columns, float[] taps)
    {
        int reach = taps.Length / 2;
        var padded = new float[columns + (2 * reach)];
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> line = image.Slice(r * columns, columns);
            line.CopyTo(padded.AsSpan(reach));
            padded.AsSpan(0, reach).Fill(line[0]);
            padded.AsSpan(reach + columns).Fill(line[^1]);
            Span<float> to = result.Slice(r * columns, columns);
            int c = 0;
            for (; c <= columns - Vector<float>.Count; c += Vector<float>.Count)
            {
                Vector<float> sum = Vector<float>.Zero;
                for (int t = 0; t < taps.Length; t++)
                    sum += taps[t] * new Vector<float>(padded, c + t);
                sum.CopyTo(to[c..]);
            }
            for (; c < columns; c++)
            {
                float sum = 0;
                for (int t = 0; t < taps.Length; t++)
                    sum += taps[t] * padded[c + t];
                to[c] = sum;
            }
        }
    }

    // In place, a strip of columns at a time, so that a strip of the image stays in the cache.
    private static void Down(Span<float> image, int rows, int columns, float[] taps)
    {
        int reach = taps.Length / 2, strip = Math.Min(columns, 64);
        var copy = new float[(rows + (2 * reach)) * strip];
        for (int first = 0; first < columns; first += strip)
        {
            int width = Math.Min(strip, columns - first);
            for (int r = -reach; r < rows + reach; r++)
                image.Slice((Math.Clamp(r, 0, rows - 1) * columns) + first, width).CopyTo(copy.AsSpan((r + reach) * strip));
            for (int r = 0; r < rows; r++)
            {
                Span<float> to = image.Slice((r * columns) + first, width);
                int c = 0;
                for (; c <= width - Vector<float>.Count; c += Vector<float>.Count)
                {
                    Vector<float> sum = Vector<float>.Zero;
                    for (int t = 0; t < taps.Length; t++)
                        sum += taps[t] * new Vector<float>(copy, ((r + t) * strip) + c);
                    sum.CopyTo(to[c..]);
                }
                for (; c < width; c++)
                {
                    float sum = 0;
                    for (int t = 0; t < taps.Length; t++)
                        sum += taps[t] * copy[((r + t) * strip) + c];
                    to[c] = sum;
                }
            }
        }
    }
}
