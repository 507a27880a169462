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
    private readonly double[] weights;

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
        weights = new double[side * side];
        for (int k = 0; k < weights.Length; k++)
        {
            double y = Frequency(k / side), x = Frequency(k % side);
            weights[k] = Math.Exp(-((x * x) + (y * y)) / (2 * Bandwidth * Bandwidth));
        }
        spectra = Spectra([.. reference.Select(Faded)], AffineMap.Identity);
        Complex[][] others = Spectra([.. moving.Select(Faded)], AffineMap.Identity);
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
                Complex[][] turned = Spectra(faded, pose);
                for (int pair = 0; pair < Pairs.Length; pair += 2)
                {
                    (double[] even, double[] odd) = Correlate(turned, Pairs[pair], Pairs[pair + 1]);
                    Collect(even, Pairs[pair], pose);
                    Collect(odd, Pairs[pair + 1], pose);
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
        {
            bool inverted = first == StructurePicture.Detail && Judge(first, second, -1, AffineMap.Identity).Agreement > 0;
            poses.Add(Judge(first, second, inverted ? -1 : 1, AffineMap.Identity));
        }
        var kept = new List<Pose>();
        foreach (Pose pose in poses.OrderByDescending(pose => pose.Significance))
        {
            if (kept.Count < count && pose.Significance > 0 && !kept.Exists(other => other.IsNear(pose, middleRow, middleColumn)))
                kept.Add(pose);
        }
        return kept;

        void Collect(double[] correlation, (StructurePicture First, StructurePicture Second) pair, AffineMap pose)
        {
            foreach (int sign in pair.First == StructurePicture.Detail ? [1, -1] : (int[])[1])
            {
                foreach ((int peak, double height) in Peaks(correlation, sign))
                    peaks.Add((height, pair.First, pair.Second, sign, new AffineMap(1, 0, peak / side, 0, 1, peak % side).Then(pose)));
            }
        }
    }

    /// <summary>The pictures that agree most significantly under the map of a guess.</summary>
    public Pose BestPictures(Pose pose)
    {
        foreach ((StructurePicture first, StructurePicture second) in Pairs)
        {
            foreach (int sign in first == StructurePicture.Detail ? [1, -1] : (int[])[1])
            {
                Pose other = Judge(first, second, sign, pose.Map);
                pose = other.Significance > pose.Significance ? other : pose;
            }
        }
        return pose;
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

    // Two real pictures are the real and imaginary part of one transform; their spectra are its even and odd part.
    private Complex[][] Spectra(Plane[] faded, AffineMap pose)
    {
        var result = new Complex[faded.Length][];
        for (int i = 0; i < faded.Length; i += 2)
        {
            var field = new Complex[side * side];
            for (int k = 0; k < field.Length; k++)
            {
                (double row, double column) = pose.Apply(k / side, k % side);
                float real = faded[i].Sample(row, column), imaginary = faded[i + 1].Sample(row, column);
                field[k] = float.IsFinite(real) ? new Complex(real, imaginary) : Complex.Zero;
            }
            FourierPlane.Transform(field, side, side, forward: true);
            Complex[] even = new Complex[field.Length], odd = new Complex[field.Length];
            for (int k = 0; k < field.Length; k++)
            {
                Complex here = field[k], there = field[((side - (k / side)) % side * side) + ((side - (k % side)) % side)];
                even[k] = new Complex(0.5 * (here.Real + there.Real), 0.5 * (here.Imaginary - there.Imaginary));
                odd[k] = new Complex(0.5 * (here.Imaginary + there.Imaginary), 0.5 * (there.Real - here.Real));
            }
            result[i] = even;
            result[i + 1] = odd;
        }
        return result;
    }

    // Correlations are real, so that one transform gives two of them.
    private (double[] Even, double[] Odd) Correlate(Complex[][] turned, (StructurePicture First, StructurePicture Second) even,
        (StructurePicture First, StructurePicture Second) odd)
    {
        var field = new Complex[side * side];
        Add(Complex.One, even);
        Add(Complex.ImaginaryOne, odd);
        FourierPlane.Transform(field, side, side, forward: false);
        return (Array.ConvertAll(field, value => value.Real), Array.ConvertAll(field, value => value.Imaginary));

        void Add(Complex unit, (StructurePicture First, StructurePicture Second) pair)
        {
            Complex[] first = spectra[(int)pair.First], second = turned[(int)pair.Second];
            var magnitude = new double[field.Length];
            double mean = 0;
            for (int k = 0; k < field.Length; k++)
            {
                magnitude[k] = Math.Sqrt(Square(first[k]) * Square(second[k]));
                mean += magnitude[k] / field.Length;
            }
            for (int k = 0; k < field.Length; k++)
                field[k] += second[k] * Complex.Conjugate(first[k]) * unit * (weights[k] / (magnitude[k] + mean + double.Epsilon));
        }
    }

    private static double Square(Complex value) => (value.Real * value.Real) + (value.Imaginary * value.Imaginary);

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
            double x = Square(first[k]), y = Square(second[k]);
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
