namespace FastCore.Microscopy.Grains;

/// <summary>
/// Tells which boundaries of a topography are asymmetric: one flank of an asymmetric boundary is so wide (SPEC 8: three times) that it reads as part of the
/// grain's dome, and the ordinary groove is missing on that side. A flank h(u), u the distance from the floor, is read as
/// h = a + b u + c u^2 + s m(u) by least squares: the parabola is the dome, m the mean flank of the same image, which carries the groove's width and the
/// tip's radius as they are in this image, and s the share of the ordinary groove that the flank has: about 1 ordinarily, near 0 on a wide flank.
/// Since m without its own parabola is orthogonal to the dome, s is one scalar product.
/// </summary>
/// <remarks>
/// A flank is wide where s lies nearer to 0 than to the image's median, and below the median by more than
/// <see cref="GrainOptions.FlankDeviations"/> standard deviations. That deviation is the scatter of s itself from line to line: roughness and unlike domes
/// make most of it, and both are correlated along a line, so that the standard error from point to point along it would be too small. The scatter is 1.4826
/// times the median absolute deviation, which wide flanks, being few, hardly change.
/// </remarks>
internal sealed class BoundaryFlanks
{
    /// <summary>Values of a profile on either side of its middle that a flank may use: those of a flank, and how far its floor may lie aside.</summary>
    public const int HalfSamples = Reach + FloorSearch;

    /// <summary>Values of a profile: more than those of a <see cref="GrooveProfile"/>, so that a flank is whole where the floor lies aside.</summary>
    public const int Samples = (2 * HalfSamples) + 1;

    /// <summary>How far from the middle of a profile its floor is looked for, in values.</summary>
    public const int FloorSearch = 4;

    private const int Reach = GrooveProfile.Samples / 2;

    // The scatter of fewer flanks says too little about one of them.
    private const int LeastLines = 10;
    private const double WideShare = 0.5;

    // The pits of the junctions reach over about three points at either end of a line, and disturb a short one more: the variance of s is taken to go with
    // 1 + 6 / points.
    private const double DisturbedPoints = 6;

    private static readonly double[][] Dome = Polynomials();

    // Both flanks of each line that has them, the first grain's first, and which line that is.
    private readonly List<float[]> flanks = [];
    private readonly List<int> lines = [];
    private int count;

    /// <summary>Adds the next line.</summary>
    /// <param name="sums">Sums of its profiles, <see cref="Samples"/> values from the first grain to the second; the unit does not matter.</param>
    /// <param name="profiles">Number of profiles in the sums; where there is none the line stays untold.</param>
    public void Add(ReadOnlySpan<double> sums, int profiles)
    {
        int line = count++;
        if (profiles == 0)
            return;
        int floor = HalfSamples;
        for (int s = HalfSamples - FloorSearch; s <= HalfSamples + FloorSearch; s++)
            floor = sums[s] < sums[floor] ? s : floor;
        var heights = new float[2 * Reach];
        for (int u = 1; u <= Reach; u++)
        {
            heights[u - 1] = (float)((sums[floor - u] - sums[floor]) / profiles);
            heights[Reach + u - 1] = (float)((sums[floor + u] - sums[floor]) / profiles);
        }
        flanks.Add(heights);
        lines.Add(line);
    }

    /// <summary>The lines with the shares of their flanks, and with whether they are asymmetric.</summary>
    /// <param name="boundaries">All lines that were added, in their order.</param>
    /// <param name="deviations">Standard deviations by which the share of a wide flank is less than the median.</param>
    public GrainBoundary[] Describe(IReadOnlyList<GrainBoundary> boundaries, double deviations)
    {
        if (boundaries.Count != count)
            throw new ArgumentException($"{boundaries.Count} lines were given, {count} were added.", nameof(boundaries));
        // A few lines have no scatter to compare with: then the profile's own asymmetries decide (SPEC 4).
        if (lines.Count < LeastLines)
            return [.. boundaries.Select(line => line with { IsAsymmetric = line.Groove is { IsAsymmetric: true } })];
        GrainBoundary[] result = [.. boundaries];
        Span<double> ordinary = stackalloc double[Reach];
        if (!TryOrdinary(ordinary))
            return result;
        var shares = new double[2 * lines.Count];
        for (int k = 0; k < shares.Length; k++)
        {
            for (int u = 0; u < Reach; u++)
                shares[k] += ordinary[u] * flanks[k / 2][(k % 2 * Reach) + u];
        }
        double median = Median([.. shares]);
        var distances = new double[shares.Length];
        for (int k = 0; k < shares.Length; k++)
            distances[k] = (median - shares[k]) / Disturbance(k);
        double deviation = 1.4826 * Median([.. distances.Select(Math.Abs)]);
        for (int k = 0; k < lines.Count; k++)
        {
            result[lines[k]] = result[lines[k]] with
            {
                FirstFlank = shares[2 * k],
                SecondFlank = shares[(2 * k) + 1],
                IsAsymmetric = IsWide(2 * k) || IsWide((2 * k) + 1),
            };
        }
        return result;

        double Disturbance(int flank) => Math.Sqrt(1 + (DisturbedPoints / boundaries[lines[flank / 2]].Rows.Length));

        bool IsWide(int flank) => distances[flank] > deviations * deviation && shares[flank] < WideShare * median;
    }

    // The mean flank less its parabola, over its own square: the scalar product with it is the share. False where flanks are parabolas and nothing else.
    private bool TryOrdinary(Span<double> ordinary)
    {
        ordinary.Clear();
        foreach (float[] heights in flanks)
        {
            for (int u = 0; u < Reach; u++)
                ordinary[u] += heights[u] + heights[Reach + u];
        }
        double whole = Square(ordinary);
        foreach (double[] polynomial in Dome)
        {
            double product = 0;
            for (int u = 0; u < Reach; u++)
                product += polynomial[u] * ordinary[u];
            for (int u = 0; u < Reach; u++)
                ordinary[u] -= product * polynomial[u];
        }
        double square = Square(ordinary);
        // What rounding of single precision leaves of a parabola is no groove.
        if (!(square > 1e-10 * whole))
            return false;
        for (int u = 0; u < Reach; u++)
            ordinary[u] *= 2 * flanks.Count / square;
        return true;
    }

    private static double Square(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += value * value;
        return sum;
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return 0.5 * (values[(values.Length - 1) / 2] + values[values.Length / 2]);
    }

    // 1, u, u^2 made orthogonal and of length 1 over the values of a flank.
    private static double[][] Polynomials()
    {
        var result = new double[3][];
        for (int power = 0; power < result.Length; power++)
        {
            double[] values = [.. Enumerable.Range(1, Reach).Select(u => Math.Pow((double)u / Reach, power))];
            for (int lower = 0; lower < power; lower++)
            {
                double product = values.Zip(result[lower], (a, b) => a * b).Sum();
                for (int u = 0; u < Reach; u++)
                    values[u] -= product * result[lower][u];
            }
            double length = Math.Sqrt(Square(values));
            result[power] = [.. values.Select(value => value / length)];
        }
        return result;
    }
}
