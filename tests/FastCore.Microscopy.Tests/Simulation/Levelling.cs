namespace FastCore.Microscopy.Tests.Simulation;

internal static class Levelling
{
    // On a full grid the centred coordinates are orthogonal, so the three coefficients of the least-squares plane are separate sums.
    public static double[] Plane(float[] values, int rows, int columns)
    {
        double mean = values.Average(v => (double)v), sx = 0, sy = 0, xx = 0, yy = 0;
        double X(int i) => (i % columns) - ((columns - 1) / 2.0);
        double Y(int i) => (i / columns) - ((rows - 1) / 2.0);
        for (int i = 0; i < values.Length; i++)
        {
            sx += X(i) * values[i];
            sy += Y(i) * values[i];
            xx += X(i) * X(i);
            yy += Y(i) * Y(i);
        }
        return [.. values.Select((v, i) => v - mean - (sx / xx * X(i)) - (sy / yy * Y(i)))];
    }
}
