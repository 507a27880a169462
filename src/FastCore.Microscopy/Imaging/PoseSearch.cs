using System.Numerics;

namespace FastCore.Microscopy.Imaging;

/// <summary>
/// First guesses of rotation, scale and shift: for each of a few rotations and scales the shifts by phase correlation (Kuglin and Hines 1975, phases weighted
/// with a Gaussian) of every pair of structure pictures; the best are judged by the correlation coefficient of what both pictures then show.
/// </summary>
internal sealed class PoseSearch
{
    // A rotation wrong by half a step moves lines at the edge of 128 pixels by 1.4 pixels, a scale by 1.6: within their width.
    private const double StepDegrees = 2.5;
    private const double StepScale = 0.05;
    private const double Bandwidth = 0.15;
    private const int FadePixels = 8;
    private const int PeaksJudged = 60;

    private static readonly (StructurePicture First, StructurePicture Second)[] Pairs =
    [
        (StructurePicture.Detail, StructurePicture.Detail),
        (StructurePicture.Steepness, StructurePicture.Steepness),
        (StructurePicture.Steepness, StructurePicture.Valleys),
        (StructurePicture.Steepness, StructurePicture.Ridges),
        (StructurePicture.Valleys, StructurePicture.Steepness),
        (StructurePicture.Valleys, StructurePicture.Valleys),
        (StructurePicture.Valleys, StructurePicture.Ridges),
        (StructurePicture.Ridges, StructurePicture.Steepness),
        (StructurePicture.Ridges, StructurePicture.Valleys),
        (StructurePicture.Ridges, StructurePicture.Ridges),
    ];

    private readonly Plane[] reference;
    private readonly Plane[] moving;
    private readonly int leastPixels;
    private readonly int side;
    private readonly double[,] area;
    private readonly Complex[][] spectra;

    /// <summary>Prepares a search.</summary>
    /// <param name="reference">The reference's picture of each <see cref="StructurePicture"/>.</param>
    /// <param name="moving">Those of the other image, with the same pitch.</param>
    /// <param name="leastPixels">Pixels that both must share.</param>
    public PoseSearch(Plane[] reference, Plane[] moving, int leastPixels)
    {
        this.reference = reference;
        this.moving = moving;
        this.leastPixels = leastPixels;
        side = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(Math.Max(reference[0].Rows, reference[0].Columns), Math.Max(moving[0].Rows, moving[0].Columns)));
        spectra = [.. reference.Select(plane => Spectrum(Faded(plane), AffineMap.Identity))];
        Complex[][] others = [.. moving.Select(plane => Spectrum(Faded(plane), AffineMap.Identity))];
        area = new double[reference.Length, moving.Length];
        foreach ((StructurePicture first, StructurePicture second) in Pairs)
            area[(int)first, (int)second] = CorrelationArea(spectra[(int)first], others[(int)second]);
    }

    /// <summary>The most significant guesses, best first, the frames laid on each other among them.</summary>
    public List<Pose> Find(RegistrationOptions options, int count)
    {
        var peaks = new List<(double Height, StructurePicture First, StructurePicture Second, int Sign, AffineMap Map)>();
        Plane[] faded = [.. moving.Select(Faded)];
        double middleRow = 0.5 * (moving[0].Rows - 1), middleColumn = 0.5 * (moving[0].Columns - 1);
        bool turns = options.Freedom != MapFreedom.Shift;
        foreach (double degrees in Steps(turns ? options.RotationRangeDegrees : 0, StepDegrees))
        {
            foreach (double scale in Steps(turns ? options.ScaleRange : 0, StepScale))
            {
                var pose = AffineMap.Of(new AffineParts(0, 0, degrees, 1 + scale, 1 + scale), middleRow, middleColumn);
                Complex[][] turned = [.. faded.Select(plane => Spectrum(plane, pose))];
                foreach ((StructurePicture first, StructurePicture second) in Pairs)
                {
                    double[] correlation = Correlate(spectra[(int)first], turned[(int)second]);
                    foreach (int sign in first == StructurePicture.Detail ? [1, -1] : (int[])[1])
                    {
                        foreach ((int peak, double height) in Peaks(correlation, sign))
                        {
                            var shift = new AffineMap(1, 0, peak / side, 0, 1, peak % side);
                            peaks.Add((height, first, second, sign, shift.Then(pose)));
                        }
                    }
                }
            }
        }
        var poses = new List<Pose>();
        foreach (var (_, first, second, sign, map) in peaks.OrderByDescending(peak => peak.Height).Take(PeaksJudged))
        {
            // The transform is periodic: a shift by s is one by s - side, too, along each axis.
            Pose? best = null;
            for (int wrap = 0; wrap < 4; wrap++)
            {
                var wrapped = new AffineMap(1, 0, -side * (wrap / 2), 0, 1, -side * (wrap % 2));
                Pose pose = Judge(first, second, sign, wrapped.Then(map));
                best = best is null || pose.Significance > best.Significance ? pose : best;
            }
            poses.Add(best!);
        }
        foreach ((StructurePicture first, StructurePicture second) in Pairs)
            poses.Add(Judge(first, second, first == StructurePicture.Detail && Judge(first, second, -1, AffineMap.Identity).Agreement > 0 ? -1 : 1, AffineMap.Identity));
        var kept = new List<Pose>();
        foreach (Pose pose in poses.OrderByDescending(pose => pose.Significance))
        {
            if (kept.Count < count && pose.Significance > 0 && !kept.Exists(other => other.IsNear(pose, middleRow, middleColumn)))
                kept.Add(pose);
        }
        return kept;
    }

    /// <summary>How well two pictures agree under a map; 0 where they share too little.</summary>
    public Pose Judge(StructurePicture first, StructurePicture second, int sign, AffineMap map)
    {
        (double correlation, int pixels) = CorrelationRefinement.Correlate(reference[(int)first], moving[(int)second], map);
        double agreement = pixels >= leastPixels ? Math.Max(0, sign * correlation) : 0;
        // Variance of a correlation coefficient of two stationary pictures with nothing in common: sum over lags of both autocorrelations, over the pixels.
        double deviation = Math.Sqrt(Math.Max(1, area[(int)first, (int)second]) / Math.Max(1, pixels));
        return new Pose(first, second, sign, map, agreement, agreement / deviation);
    }

    private static IEnumerable<double> Steps(double range, double step)
    {
        int count = (int)Math.Ceiling((range / step) - 1e-9);
        for (int k = -count; k <= count; k++)
            yield return count == 0 ? 0 : range * k / count;
    }

    // Mean off, 0 where there is nothing, and faded towards the edges, which do not move with the picture.
    private static Plane Faded(Plane plane)
    {
        double sum = 0;
        int count = 0;
        foreach (float value in plane.Values)
        {
            if (float.IsFinite(value))
            {
                sum += value;
                count++;
            }
        }
        var result = new float[plane.Values.Length];
        for (int k = 0; k < result.Length; k++)
        {
            int r = k / plane.Columns, c = k % plane.Columns;
            double edge = Math.Min(Math.Min(r, plane.Rows - 1 - r), Math.Min(c, plane.Columns - 1 - c));
            double fade = edge >= FadePixels ? 1 : 0.5 - (0.5 * Math.Cos(Math.PI * edge / FadePixels));
            result[k] = float.IsFinite(plane.Values[k]) ? (float)(fade * (plane.Values[k] - (sum / count))) : 0;
        }
        return new Plane(result, plane.Rows, plane.Columns);
    }

    private Complex[] Spectrum(Plane faded, AffineMap pose)
    {
        var field = new Complex[side * side];
        for (int k = 0; k < field.Length; k++)
        {
            (double row, double column) = pose.Apply(k / side, k % side);
            float value = faded.Sample(row, column);
            field[k] = float.IsFinite(value) ? value : 0;
        }
        FourierPlane.Transform(field, side, side, forward: true);
        return field;
    }

    private double[] Correlate(Complex[] first, Complex[] second)
    {
        var product = new Complex[first.Length];
        double mean = 0;
        for (int k = 0; k < product.Length; k++)
        {
            product[k] = second[k] * Complex.Conjugate(first[k]);
            mean += product[k].Magnitude / product.Length;
        }
        for (int k = 0; k < product.Length; k++)
        {
            double y = Frequency(k / side), x = Frequency(k % side);
            product[k] *= Math.Exp(-((x * x) + (y * y)) / (2 * Bandwidth * Bandwidth)) / (product[k].Magnitude + mean);
        }
        FourierPlane.Transform(product, side, side, forward: false);
        return Array.ConvertAll(product, value => value.Real);
    }

    private double Frequency(int index) => (double)(index <= side / 2 ? index : index - side) / side;

    // The two highest places that are no neighbours, in deviations of the whole plane.
    private List<(int Peak, double Height)> Peaks(double[] correlation, int sign)
    {
        double deviation = Math.Sqrt(correlation.Sum(value => value * value) / correlation.Length) + 1e-300;
        int first = 0;
        for (int k = 0; k < correlation.Length; k++)
            first = sign * correlation[k] > sign * correlation[first] ? k : first;
        int second = -1;
        for (int k = 0; k < correlation.Length; k++)
        {
            int dy = Math.Abs((k / side) - (first / side)), dx = Math.Abs((k % side) - (first % side));
            if (Math.Max(Math.Min(dy, side - dy), Math.Min(dx, side - dx)) > 4 && (second < 0 || sign * correlation[k] > sign * correlation[second]))
                second = k;
        }
        return [(first, sign * correlation[first] / deviation), (second, sign * correlation[second] / deviation)];
    }

    private static double CorrelationArea(Complex[] first, Complex[] second)
    {
        double a = 0, b = 0, product = 0;
        for (int k = 0; k < first.Length; k++)
        {
            double x = first[k].Real * first[k].Real + (first[k].Imaginary * first[k].Imaginary);
            double y = second[k].Real * second[k].Real + (second[k].Imaginary * second[k].Imaginary);
            a += x;
            b += y;
            product += x * y;
        }
        return a > 0 && b > 0 ? first.Length * product / (a * b) : first.Length;
    }

    /// <summary>A guess and how far it stands above chance.</summary>
    internal sealed record Pose(StructurePicture First, StructurePicture Second, int Sign, AffineMap Map, double Agreement, double Significance)
    {
        public bool IsNear(Pose other, double middleRow, double middleColumn)
        {
            (double row, double column) = Map.Apply(middleRow, middleColumn);
            (double otherRow, double otherColumn) = other.Map.Apply(middleRow, middleColumn);
            return First == other.First && Second == other.Second && Math.Abs(row - otherRow) + Math.Abs(column - otherColumn) < 6;
        }
    }
}
