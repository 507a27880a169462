using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;

namespace FastCore.Microscopy.Grains;

/// <summary>
/// Grains of an orientation map (EBSD): points side by side belong together while they differ by less than
/// <see cref="GrainOptions.MisorientationDegrees"/> in a cubic crystal and are of one phase. Points that were not indexed go to the nearest grain.
/// </summary>
public static class OrientationGrains
{
    /// <summary>Finds and describes the grains of a map with the channels Phase (0 where nothing was indexed), Euler1, Euler2, Euler3.</summary>
    /// <exception cref="InvalidDataException">A channel is missing, or fewer than half of the points were indexed.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static GrainMap Of(MeasuredFile map, GrainOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        options ??= new GrainOptions();
        options.Validate();
        MeasuredChannel phase = map.Channel("Phase"), first = map.Channel("Euler1"), second = map.Channel("Euler2"), third = map.Channel("Euler3");
        ScanFrame frame = phase.ToScanImage(map.Path).Frame;
        int count = phase.Values.Length;
        var orientations = new CubicOrientation[count];
        var indexed = new bool[count];
        for (int k = 0; k < count; k++)
        {
            // .ang files write 4 pi where a pattern was not indexed, .ctf files phase 0.
            indexed[k] = phase.Values[k] > 0 || (phase.Values[k] == 0 && map.Format.EndsWith(".ang", StringComparison.Ordinal) && first.Values[k] <= 360.5f);
            orientations[k] = CubicOrientation.OfEuler(first.Values[k], second.Values[k], third.Values[k]);
            indexed[k] &= double.IsFinite(orientations[k].W);
        }
        int known = indexed.Count(good => good);
        if (2 * known < count)
            throw new InvalidDataException($"{map.Path}: {known} of {count} points are indexed; at least half are needed to find grains. Clean the map up or index it again.");
        int[] labels = Join(phase.Values, orientations, indexed, frame.Rows, frame.Columns, options.MisorientationDegrees, out int grains);
        var nearest = new int[count];
        _ = Distances.To(indexed, frame.Rows, frame.Columns, nearest);
        for (int k = 0; k < count; k++)
            labels[k] = labels[nearest[k]];
        GrainMap found = GrainMapBuilder.Build(frame, GrainSource.Orientation, labels, grains, [], [], options);
        return found.With(Means(found, orientations, indexed));
    }

    private static int[] Join(float[] phase, CubicOrientation[] orientations, bool[] indexed, int rows, int columns, double threshold, out int grains)
    {
        var labels = new int[phase.Length];
        Array.Fill(labels, -1);
        var open = new Stack<int>();
        grains = 0;
        for (int start = 0; start < labels.Length; start++)
        {
            if (labels[start] >= 0 || !indexed[start])
                continue;
            labels[start] = grains;
            open.Push(start);
            while (open.TryPop(out int k))
            {
                int r = k / columns, c = k % columns;
                Visit(k, k - columns, r > 0, grains);
                Visit(k, k + columns, r < rows - 1, grains);
                Visit(k, k - 1, c > 0, grains);
                Visit(k, k + 1, c < columns - 1, grains);
            }
            grains++;
        }
        return labels;

        void Visit(int from, int to, bool inside, int label)
        {
            if (!inside || labels[to] >= 0 || !indexed[to] || phase[to] != phase[from] || orientations[from].MisorientationDegrees(orientations[to]) >= threshold)
                return;
            labels[to] = label;
            open.Push(to);
        }
    }

    // Mean of the equivalent quaternions nearest to the grain's first one; right to second order of the spread within a grain.
    private static CubicOrientation[] Means(GrainMap map, CubicOrientation[] orientations, bool[] indexed)
    {
        var reference = new CubicOrientation?[map.Grains.Count];
        var sums = new double[map.Grains.Count, 4];
        for (int k = 0; k < orientations.Length; k++)
        {
            if (!indexed[k])
                continue;
            int label = map.Labels[k];
            CubicOrientation near = orientations[k].Near(reference[label] ??= orientations[k]);
            sums[label, 0] += near.W;
            sums[label, 1] += near.X;
            sums[label, 2] += near.Y;
            sums[label, 3] += near.Z;
        }
        var means = new CubicOrientation[map.Grains.Count];
        for (int g = 0; g < means.Length; g++)
        {
            double norm = Math.Sqrt((sums[g, 0] * sums[g, 0]) + (sums[g, 1] * sums[g, 1]) + (sums[g, 2] * sums[g, 2]) + (sums[g, 3] * sums[g, 3]));
            means[g] = new CubicOrientation(sums[g, 0] / norm, sums[g, 1] / norm, sums[g, 2] / norm, sums[g, 3] / norm);
        }
        return means;
    }
}
