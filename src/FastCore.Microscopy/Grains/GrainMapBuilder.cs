using FastCore.Microscopy.Imaging;

namespace FastCore.Microscopy.Grains;

/// <summary>From labelled pixels to a <see cref="GrainMap"/>: small grains go to a neighbour, then lines, junctions, shapes and grooves.</summary>
internal static class GrainMapBuilder
{
    // Points are less than a pixel apart on a slanted line: every second one says the same. Of a long line every third one says enough.
    private const int ShortStride = 2;
    private const int LongStride = 3;
    private const int LongLine = 16;
    private const int HalfProfile = GrooveProfile.Samples / 2;

    // The steepest place of a flank is looked for within three pixels of the floor.
    private const int SteepestSearch = 6;

    /// <summary>Builds the map.</summary>
    /// <param name="frame">Where the pixels lie.</param>
    /// <param name="source">What was segmented.</param>
    /// <param name="labels">Grain of every pixel from 0; changed in place.</param>
    /// <param name="grains">Number of labels.</param>
    /// <param name="values">The image, for mean values; empty where it has none.</param>
    /// <param name="heightMetres">Levelled heights, for grooves; empty where there are none.</param>
    /// <param name="options">How to describe.</param>
    public static GrainMap Build(
        ScanFrame frame, GrainSource source, int[] labels, int grains, ReadOnlySpan<float> values, float[] heightMetres, GrainOptions options)
    {
        int rows = frame.Rows, columns = frame.Columns;
        grains = JoinSmall(labels, grains, rows, columns, options.LeastPixels);
        double pitch = frame.PixelPitch.Value;
        var height = new Plane(heightMetres, rows, columns);
        var flanks = new BoundaryFlanks();
        BoundaryNetwork network = BoundaryNetwork.Of(labels, grains, rows, columns, pitch, options,
            boundary => heightMetres.Length == 0 ? boundary : WithGroove(boundary, height, pitch, flanks));
        if (heightMetres.Length > 0)
            network.Boundaries = flanks.Describe(network.Boundaries, options.FlankDeviations);
        return new GrainMap(frame, source, labels, network, Shapes(frame, labels, grains, values, network), options);
    }

    // Smallest first, so that two small grains side by side become one before either is given away.
    private static int JoinSmall(int[] labels, int grains, int rows, int columns, int least)
    {
        var sizes = new int[grains];
        foreach (int label in labels)
            sizes[label]++;
        if (sizes.Min() >= least)
            return grains;
        var borders = new Dictionary<int, int>[grains];
        void Meet(int a, int b)
        {
            if (a == b)
                return;
            (borders[a] ??= [])[b] = borders[a].GetValueOrDefault(b) + 1;
            (borders[b] ??= [])[a] = borders[b].GetValueOrDefault(a) + 1;
        }
        for (int k = 0; k < labels.Length; k++)
        {
            if (k % columns > 0)
                Meet(labels[k], labels[k - 1]);
            if (k >= columns)
                Meet(labels[k], labels[k - columns]);
        }
        var sets = new DisjointSets(grains);
        var small = new PriorityQueue<int, int>();
        for (int k = 0; k < grains; k++)
        {
            if (sizes[k] < least)
                small.Enqueue(k, sizes[k]);
        }
        while (small.TryDequeue(out int label, out int size))
        {
            if (sets.Root(label) != label || sizes[label] != size || borders[label] is not { Count: > 0 } around)
                continue;
            int into = -1, longest = -1;
            foreach ((int other, int length) in around)
            {
                if (length > longest || (length == longest && other < into))
                    (into, longest) = (other, length);
            }
            sets.Join(label, into);
            sizes[into] += size;
            foreach ((int other, int length) in around)
            {
                borders[other].Remove(label);
                if (other == into)
                    continue;
                borders[into][other] = borders[into].GetValueOrDefault(other) + length;
                borders[other][into] = borders[other].GetValueOrDefault(into) + length;
            }
            borders[label] = [];
            if (sizes[into] < least)
                small.Enqueue(into, sizes[into]);
        }
        return sets.Renumber(labels);
    }

    private static Grain[] Shapes(ScanFrame frame, int[] labels, int grains, ReadOnlySpan<float> values, BoundaryNetwork network)
    {
        int rows = frame.Rows, columns = frame.Columns;
        double pitch = frame.PixelPitch.Value;
        var sums = new Moments[grains];
        for (int r = 0, k = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++, k++)
            {
                ref Moments sum = ref sums[labels[k]];
                sum.Count++;
                sum.Row += r;
                sum.Column += c;
                sum.RowRow += (double)r * r;
                sum.RowColumn += (double)r * c;
                sum.ColumnColumn += (double)c * c;
                sum.Value += values.IsEmpty ? double.NaN : values[k];
                sum.Edge |= r == 0 || c == 0 || r == rows - 1 || c == columns - 1;
            }
        }
        var neighbours = new HashSet<int>[grains];
        foreach (GrainBoundary boundary in network.Boundaries)
        {
            (neighbours[boundary.First] ??= []).Add(boundary.Second);
            (neighbours[boundary.Second] ??= []).Add(boundary.First);
        }
        var result = new Grain[grains];
        for (int label = 0; label < grains; label++)
        {
            Moments sum = sums[label];
            double row = sum.Row / sum.Count, column = sum.Column / sum.Count;
            // A pixel is a square of side 1, whose own moment is 1/12.
            double yy = (sum.RowRow / sum.Count) - (row * row) + (1 / 12.0), xx = (sum.ColumnColumn / sum.Count) - (column * column) + (1 / 12.0);
            double xy = (sum.RowColumn / sum.Count) - (row * column);
            double half = 0.5 * (xx - yy), root = Math.Sqrt((half * half) + (xy * xy)), mean = 0.5 * (xx + yy);
            result[label] = new Grain(label, sum.Count, row, column, sum.Count * pitch * pitch, network.PerimeterMetres[label],
                Math.Sqrt((mean + root) / Math.Max(mean - root, 1e-12)), 0.5 * Math.Atan2(2 * xy, xx - yy), neighbours[label]?.Count ?? 0, sum.Edge,
                sum.Value / sum.Count);
        }
        return result;
    }

    private static GrainBoundary WithGroove(GrainBoundary boundary, Plane height, double pitch, BoundaryFlanks flanks)
    {
        // Whole profiles serve flanks and groove; those that the frame cuts short the groove alone.
        Span<double> whole = stackalloc double[BoundaryFlanks.Samples], sum = stackalloc double[GrooveProfile.Samples];
        int wholeProfiles = 0, profiles = 0;
        int stride = boundary.Rows.Length < LongLine ? ShortStride : LongStride;
        for (int k = stride / 2; k < boundary.Rows.Length; k += stride)
        {
            if (!BoundaryPlaces.TryPoint(boundary, k, out (double Row, double Column) place, out (double Row, double Column) across))
                continue;
            if (AddProfile(height, place, across, whole))
                wholeProfiles++;
            else if (AddProfile(height, place, across, sum))
                profiles++;
        }
        flanks.Add(whole, wholeProfiles);
        profiles += wholeProfiles;
        if (profiles == 0)
            return boundary;
        for (int s = 0; s < sum.Length; s++)
            sum[s] += whole[s + BoundaryFlanks.HalfSamples - HalfProfile];
        int floor = HalfProfile;
        for (int s = HalfProfile - BoundaryFlanks.FloorSearch; s <= HalfProfile + BoundaryFlanks.FloorSearch; s++)
            floor = sum[s] < sum[floor] ? s : floor;
        double lowest = sum[floor] / profiles;
        var mean = new float[sum.Length];
        double first = double.NegativeInfinity, second = double.NegativeInfinity, firstSlope = 0, secondSlope = 0;
        for (int s = 0; s < sum.Length; s++)
        {
            double above = (sum[s] / profiles) - lowest;
            mean[s] = (float)above;
            // Slopes over one pixel, as wide as a pixel can tell.
            double slope = s >= 2 ? (sum[s] - sum[s - 2]) / profiles / (2 * GrooveProfile.StepPixels * pitch) : 0;
            if (s <= floor)
                (first, firstSlope) = (Math.Max(first, above), Math.Max(firstSlope, -slope));
            if (s >= floor)
                second = Math.Max(second, above);
            if (s >= floor + 2)
                secondSlope = Math.Max(secondSlope, slope);
        }
        return boundary with
        {
            Groove = new GrooveProfile(0.5 * (first + second), second - first, firstSlope, secondSlope, profiles, mean),
            OffsetPixels = GrooveProfile.StepPixels * (floor - HalfProfile + Uphill(mean, floor, second > first ? 1 : -1)),
        };
    }

    private static bool AddProfile(Plane height, (double Row, double Column) place, (double Row, double Column) across, Span<double> sums)
    {
        double reach = sums.Length / 2 * GrooveProfile.StepPixels;
        return height.AddLine(place.Row - (reach * across.Row), place.Column - (reach * across.Column),
            GrooveProfile.StepPixels * across.Row, GrooveProfile.StepPixels * across.Column, sums);
    }

    // From the floor of a profile towards the boundary, in values: half of the way to the steepest place of the higher side. A tip of finite radius touches
    // the edge of a higher grain from aside, so that the floor that it sees lies out in the lower one, and its flank over the boundary.
    private static double Uphill(float[] profile, int floor, int side)
    {
        int steepest = 1;
        float most = float.NegativeInfinity;
        for (int u = 1; u <= SteepestSearch; u++)
        {
            float rise = profile[floor + ((u + 1) * side)] - profile[floor + ((u - 1) * side)];
            if (rise > most)
                (steepest, most) = (u, rise);
        }
        return 0.5 * steepest * side;
    }

    private struct Moments
    {
        public int Count;
        public double Row;
        public double Column;
        public double RowRow;
        public double RowColumn;
        public double ColumnColumn;
        public double Value;
        public bool Edge;
    }
}
