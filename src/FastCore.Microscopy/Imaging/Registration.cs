using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Imaging;

/// <summary>
/// Finds how an image of another instrument or channel lies on a reference: both on the coarser of the two pitches, rotation, scale and shift by a search over
/// structure pictures (<see cref="StructurePicture"/>) that do not ask for equal contrast, then an affine map by the largest correlation coefficient
/// (Evangelidis and Psarakis 2008) from coarse to fine. Stage origins do not count, because two instruments do not share a stage.
/// </summary>
public static class Registration
{
    private const int LeastSide = 32;

    // The search looks at about this many pixels; lines of grain boundaries are still apart there.
    private const int SearchSide = 128;
    private const int LeastSearchSide = 48;
    private const int Candidates = 5;

    // Chance agreements of unrelated films, the best of some 10^5 places, reach 4 to 6; films in common 10 and more.
    private const double LeastSignificance = 7;
    private const double LeastShare = 0.6;
    private const double Settled = 0.003;

    /// <summary>Registers <paramref name="moving"/> on <paramref name="reference"/>.</summary>
    /// <param name="reference">The image whose frame is kept.</param>
    /// <param name="moving">An image of the same area, of any pitch, size, channel and sign of contrast; it may show more or less of it.</param>
    /// <param name="options">Limits of the search.</param>
    /// <exception cref="ArgumentException">An image is flat, too small or mostly unmeasured, or an option is out of its range.</exception>
    public static RegistrationResult Of(ScanImage reference, ScanImage moving, RegistrationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(moving);
        options ??= new RegistrationOptions();
        options.Validate();
        double pitch = Math.Max(Math.Max(reference.Frame.PixelPitch.Value, moving.Frame.PixelPitch.Value),
            Math.Max(Extent(reference.Frame), Extent(moving.Frame)) / options.LargestSidePixels);
        List<Level> first = [Prepare(reference, "reference", nameof(reference), pitch)], second = [Prepare(moving, "moving", nameof(moving), pitch)];
        while (Math.Max(first[^1].Longer, second[^1].Longer) > SearchSide && Math.Min(first[^1].Shorter, second[^1].Shorter) >= 2 * LeastSearchSide)
        {
            first.Add(first[^1].Halved());
            second.Add(second[^1].Halved());
        }
        int level = first.Count - 1, iterations = 0;
        double searchWidth = 1.4 * options.LineWidthPixels;
        Plane[] firstPlanes = [.. Enum.GetValues<StructurePicture>().Select(p => first[level].Picture(p, searchWidth))];
        Plane[] secondPlanes = [.. Enum.GetValues<StructurePicture>().Select(p => second[level].Picture(p, searchWidth))];
        var search = new PoseSearch(firstPlanes, secondPlanes, LeastPixels(first[level], second[level], options));
        MapFreedom stiff = options.Freedom == MapFreedom.Shift ? MapFreedom.Shift : MapFreedom.Similarity;
        PoseSearch.Pose? best = null;
        foreach (PoseSearch.Pose pose in search.Find(options, Candidates))
        {
            CorrelationRefinement.Refined refined = CorrelationRefinement.Refine(firstPlanes[(int)pose.First], secondPlanes[(int)pose.Second], pose.Sign, pose.Map, stiff,
                LeastPixels(first[level], second[level], options), 0.02, options.LargestIterations);
            iterations += refined.Iterations;
            PoseSearch.Pose judged = search.Judge(pose.First, pose.Second, pose.Sign, refined.Map);
            best = best is null || judged.Significance > best.Significance ? judged : best;
        }
        best ??= search.Judge(StructurePicture.Steepness, StructurePicture.Steepness, 1, AffineMap.Identity);

        best = search.BestPictures(best);
        AffineMap map = best.Map;
        Plane one, two;
        while (true)
        {
            one = first[level].Picture(best.First, options.LineWidthPixels);
            two = second[level].Picture(best.Second, options.LineWidthPixels);
            CorrelationRefinement.Refined refined = CorrelationRefinement.Refine(one, two, best.Sign, map, options.Freedom, LeastPixels(first[level], second[level], options),
                Settled, options.LargestIterations);
            iterations += refined.Iterations;
            map = refined.Map;
            if (level == 0)
                break;
            level--;
            map = map with { RowShift = 2 * map.RowShift, ColumnShift = 2 * map.ColumnShift };
        }

        double coarse = 1 << (first.Count - 1);
        PoseSearch.Pose final = search.Judge(best.First, best.Second, best.Sign, map with { RowShift = map.RowShift / coarse, ColumnShift = map.ColumnShift / coarse });
        (double before, int pixelsBefore) = CorrelationRefinement.Correlate(one, two, AffineMap.Identity);
        (double after, _) = CorrelationRefinement.Correlate(one, two, map);
        (double values, _) = CorrelationRefinement.Correlate(first[0].Picture(StructurePicture.Detail, options.LineWidthPixels),
            second[0].Picture(StructurePicture.Detail, options.LineWidthPixels), map);
        (double residual, double share) = PartShifts.Of(one, two.Through(map, one.Rows, one.Columns), best.Sign);
        double referenceScale = pitch / reference.Frame.PixelPitch.Value;
        AffineMap whole = AffineMap.OfScale(1 / referenceScale).Then(map).Then(AffineMap.OfScale(pitch / moving.Frame.PixelPitch.Value));
        AffineParts correction = whole.Then(AffineMap.OfPitches(reference.Frame, moving.Frame).Inverse())
            .Decompose(0.5 * (reference.Frame.Rows - 1), 0.5 * (reference.Frame.Columns - 1));
        return new RegistrationResult
        {
            Map = whole,
            Correction = correction,
            ReferencePicture = best.First,
            MovingPicture = best.Second,
            ValueCorrelation = values,
            AgreementBefore = pixelsBefore >= LeastPixels(first[0], second[0], options) ? Math.Max(0, best.Sign * before) : 0,
            AgreementAfter = Math.Max(0, best.Sign * after),
            Significance = final.Significance,
            Iterations = iterations,
            ResidualPixels = residual * referenceScale,
            AgreeingShare = share,
            Doubt = Doubt(reference.Channel, moving.Channel, final, share, correction, options),
        };
    }

    private static string? Doubt(string reference, string moving, PoseSearch.Pose final, double share, AffineParts correction, RegistrationOptions options)
    {
        string names = $"channel '{moving}' on '{reference}'";
        if (!(final.Significance >= LeastSignificance && share >= LeastShare))
        {
            return $"No common structure was found for {names}: {share:0%} of the parts agree ({LeastShare:0%} needed) and the agreement of {final.Agreement:0.00} is "
                + $"{final.Significance:0.0} deviations above chance ({LeastSignificance:0} needed); check that both show the same area, that the pitches are right and that "
                + $"the rotation is within {options.RotationRangeDegrees:0.#} degrees, or take a channel that shows the same boundaries.";
        }
        double scale = Math.Max(Math.Abs(correction.ScaleRows - 1), Math.Abs(correction.ScaleColumns - 1)), allowed = options.ScaleRange + 0.05;
        if (options.Freedom != MapFreedom.Shift
            && (Math.Abs(correction.RotationDegrees) > options.RotationRangeDegrees + 2 || scale > allowed || Math.Abs(correction.Shear) > allowed))
        {
            return $"The map for {names} leaves what was searched ({correction}; {options.RotationRangeDegrees:0.#} degrees, {options.ScaleRange:0.##} of scale "
                + "were allowed): check the pitches, or widen RotationRangeDegrees and ScaleRange.";
        }
        return null;
    }

    private static int LeastPixels(Level first, Level second, RegistrationOptions options) =>
        Math.Max(256, (int)(options.LeastOverlap * Math.Min(first.Usable, second.Usable)));

    private static double Extent(ScanFrame frame) => Math.Max(frame.Rows, frame.Columns) * frame.PixelPitch.Value;

    private static Level Prepare(ScanImage image, string role, string name, double pitch)
    {
        int rows = image.Frame.Rows, columns = image.Frame.Columns;
        string what = $"Channel '{image.Channel}' ({role} image)";
        FilledImage filled = ImagePreparation.Fill(image, what, "to register it");
        (float[] values, bool[] valid) = (filled.Values, filled.Measured);
        double size = Math.Max(Math.Abs(filled.Least), Math.Abs(filled.Most));
        // Squares of amperes leave the range of singles.
        for (int k = 0; k < values.Length; k++)
            values[k] = size > 0 ? (float)(values[k] / size) : 0;
        ImagePreparation.Level(values, rows, columns);
        double deviation = Math.Sqrt(values.Average(v => (double)v * v));
        // A float image of a plane has rounding of its own.
        if (!(deviation > 1e-6))
            throw new ArgumentException($"{what} is flat or a bent plane; structure is needed to register it: take a channel that shows the grains.", name);
        for (int k = 0; k < values.Length; k++)
            values[k] = (float)(values[k] / deviation);
        var level = new Level(values, valid, rows, columns);
        double scale = pitch / image.Frame.PixelPitch.Value;
        level = scale > 1 + 1e-9 ? level.Coarser(scale) : level;
        return level.Shorter >= LeastSide ? level : throw new ArgumentException(
            $"{what} covers {level.Rows} x {level.Columns} pixels of {new Metres(pitch)}, the coarser pitch of both; {LeastSide} x {LeastSide} are needed: take a larger or finer image, "
            + "or correct the pitch.", name);
    }

    private sealed class Level(float[] values, bool[] valid, int rows, int columns)
    {
        public int Rows => rows;

        public int Columns => columns;

        public int Longer => Math.Max(rows, columns);

        public int Shorter => Math.Min(rows, columns);

        public int Usable { get; } = valid.Count(v => v);

        public Plane Picture(StructurePicture picture, double sigma) => Plane.Of(values, valid, rows, columns, picture, sigma);

        public Level Halved()
        {
            (float[] half, bool[] stays) = Plane.Halve(values, valid, rows, columns);
            return new Level(half, stays, (rows + 1) / 2, (columns + 1) / 2);
        }

        // On pixels of a larger pitch, smoothed by what the larger pixel averages over.
        public Level Coarser(double scale)
        {
            int newRows = (int)(((rows - 1) / scale) + 1e-9) + 1, newColumns = (int)(((columns - 1) / scale) + 1e-9) + 1;
            var smooth = new Plane(Smoothing.Gaussian(values, rows, columns, 0.5 * Math.Sqrt((scale * scale) - 1)), rows, columns);
            var result = new float[newRows * newColumns];
            var stays = new bool[result.Length];
            for (int k = 0; k < result.Length; k++)
            {
                double row = Math.Min(k / newColumns * scale, rows - 1), column = Math.Min(k % newColumns * scale, columns - 1);
                result[k] = smooth.Sample(row, column);
                stays[k] = valid[((int)Math.Round(row) * columns) + (int)Math.Round(column)];
            }
            return new Level(result, stays, newRows, newColumns);
        }
    }
}
