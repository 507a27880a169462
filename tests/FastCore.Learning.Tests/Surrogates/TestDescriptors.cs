namespace FastCore.Learning.Tests.Surrogates;

/// <summary>
/// A few orientation-free descriptors for tests: smoothed value, gradient and Hessian eigenvalues at three scales, local roughness.
/// </summary>
internal static class TestDescriptors
{
    public static float[] Of(double[] image, int rows, int columns, out int count)
    {
        var features = new List<double[]>();
        foreach (double sigma in new[] { 0.7, 1.4, 2.8 })
        {
            double[] s = Smooth(image, rows, columns, sigma);
            double[] gradient = new double[s.Length], high = new double[s.Length], low = new double[s.Length], rough = new double[s.Length];
            for (int r = 0; r < rows; r++)
            {
                for (int c = 0; c < columns; c++)
                {
                    double gx = (At(r, c + 1) - At(r, c - 1)) / 2;
                    double gy = (At(r + 1, c) - At(r - 1, c)) / 2;
                    double xx = At(r, c + 1) - (2 * At(r, c)) + At(r, c - 1);
                    double yy = At(r + 1, c) - (2 * At(r, c)) + At(r - 1, c);
                    double xy = (At(r + 1, c + 1) - At(r + 1, c - 1) - At(r - 1, c + 1) + At(r - 1, c - 1)) / 4;
                    double root = Math.Sqrt(((xx - yy) * (xx - yy) / 4) + (xy * xy));
                    int p = (r * columns) + c;
                    gradient[p] = Math.Sqrt((gx * gx) + (gy * gy));
                    high[p] = ((xx + yy) / 2) + root;
                    low[p] = ((xx + yy) / 2) - root;
                    rough[p] = Math.Abs(image[p] - s[p]);
                }
            }
            features.AddRange([s, gradient, high, low, Smooth(rough, rows, columns, 1.5)]);

            double At(int r, int c) => s[(Mirror(r, rows) * columns) + Mirror(c, columns)];
        }
        count = features.Count;
        var result = new float[count * image.Length];
        for (int k = 0; k < count; k++)
        {
            double mean = features[k].Average();
            double deviation = Math.Sqrt(features[k].Average(v => (v - mean) * (v - mean)));
            for (int p = 0; p < image.Length; p++)
                result[(k * image.Length) + p] = (float)((features[k][p] - mean) / Math.Max(deviation, 1e-12));
        }
        return result;
    }

    private static double[] Smooth(double[] image, int rows, int columns, double sigma)
    {
        int radius = (int)Math.Ceiling(3 * sigma);
        double[] half = new double[image.Length], full = new double[image.Length];
        double total = 0;
        for (int k = -radius; k <= radius; k++)
            total += Math.Exp(-k * k / (2 * sigma * sigma));
        for (int pass = 0; pass < 2; pass++)
        {
            double[] source = pass == 0 ? image : half;
            double[] target = pass == 0 ? half : full;
            for (int r = 0; r < rows; r++)
            {
                for (int c = 0; c < columns; c++)
                {
                    double sum = 0;
                    for (int k = -radius; k <= radius; k++)
                    {
                        int p = pass == 0 ? (r * columns) + Mirror(c + k, columns) : (Mirror(r + k, rows) * columns) + c;
                        sum += Math.Exp(-k * k / (2 * sigma * sigma)) * source[p];
                    }
                    target[(r * columns) + c] = sum / total;
                }
            }
        }
        return full;
    }

    private static int Mirror(int i, int n)
    {
        while (i < 0 || i >= n)
            i = i < 0 ? -i : (2 * n) - 2 - i;
        return i;
    }
}
