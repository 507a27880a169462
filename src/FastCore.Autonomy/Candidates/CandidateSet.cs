using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Learning.Descriptors;
using FastCore.Learning.Surrogates;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;

namespace FastCore.Autonomy.Candidates;

/// <summary>
/// The places that could be measured: every pixel (or every stride-th) with a full patch around it, rows r - s/2 .. r + s/2 - 1 (SPEC 1.1), and
/// what models may see of them. The image is levelled and brought to zero mean and unit deviation: no unit passes this door.
/// </summary>
internal sealed class CandidateSet
{
    private CandidateSet(ScanFrame frame, CandidateGeometry geometry, CandidateInputs inputs)
    {
        Frame = frame;
        Geometry = geometry;
        Inputs = inputs;
    }

    /// <summary>Ties pixels to the stage.</summary>
    public ScanFrame Frame { get; }

    public CandidateGeometry Geometry { get; }

    public CandidateInputs Inputs { get; }

    public int Count => Geometry.Count;

    /// <exception cref="PlanException">An image smaller than a patch, constant, or with values that are not finite.</exception>
    /// <param name="overview">The overview.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="maps">Further maps on the overview's frame; none if null.</param>
    /// <param name="reached">Pixels that every map reaches; all of them if null.</param>
    public static CandidateSet Create(ScanImage overview, ExperimentPlan plan, IReadOnlyList<ScanImage>? maps = null, PixelRectangle? reached = null)
    {
        ScanFrame frame = overview.Frame;
        PixelRectangle common = reached ?? new PixelRectangle(0, 0, frame.Rows, frame.Columns);
        int side = PatchSize(common, plan), rows = frame.Rows, columns = frame.Columns;
        float[] image = Level(overview, "overview image", plan.Overview.File is null ? "controller" : "overview.file", "scan it again, or choose another channel or file");
        var geometry = new CandidateGeometry(common.FirstRow + (side / 2), common.FirstColumn + (side / 2), plan.Stride,
            ((common.Rows - side) / plan.Stride) + 1, ((common.Columns - side) / plan.Stride) + 1, side);
        int[] centres = new int[geometry.Count], inCommon = new int[geometry.Count];
        for (int c = 0; c < centres.Length; c++)
        {
            PixelIndex pixel = geometry.PixelOf(c);
            centres[c] = (pixel.Row * columns) + pixel.Column;
            inCommon[c] = ((pixel.Row - common.FirstRow) * common.Columns) + pixel.Column - common.FirstColumn;
        }
        bool groove = plan.Descriptors == DescriptorSet.Groove;
        float[] descriptors = [.. Describe(image, rows, columns, centres), .. (maps ?? []).SelectMany((map, k) => Describe(
            Level(map.Cropped(common), "map", $"overview.maps[{k}].file", "fill it in, crop it, or leave it out"), common.Rows, common.Columns, inCommon))];
        return new CandidateSet(frame, geometry, new CandidateInputs(image, rows, columns, centres, side, plan.PatchNormalization, descriptors,
            descriptors.Length / centres.Length));

        float[] Describe(float[] levelled, int height, int width, int[] at) => groove ? GrooveDescriptors.ForCandidates(levelled, height, width, at)
            : OrientationFreeDescriptors.ForCandidates(levelled, height, width, at);
    }

    // Without its plane and of unit deviation. What is wrong with an image is said of the key that it came by.
    private static float[] Level(ScanImage image, string what, string source, string remedy)
    {
        int bad = image.Values.Count(value => !float.IsFinite(value));
        if (bad > 0)
            throw new PlanException(source, $"{bad} of {image.Values.Length} pixels of the {what} '{image.Channel}' are not finite; {remedy}.");
        double mean = image.Values.Average(value => (double)value);
        double spread = Math.Sqrt(image.Values.Average(value => (value - mean) * (value - mean)));
        // A float image of a constant height has rounding of its own.
        if (!(spread > 1e-7 * Math.Abs(mean)))
        {
            throw new PlanException(source, $"The {what} '{image.Channel}' is constant ({mean:G4} {image.Unit}), so that no place can be told from another; "
                + "check the scan, or use policy random or grid on another image.");
        }
        float[] levelled = Levelling.Plane(image.Values, image.Frame.Rows, image.Frame.Columns);
        double deviation = Math.Sqrt(levelled.Average(value => (double)value * value));
        if (!(deviation > 1e-6 * spread))
        {
            throw new PlanException(source, $"The {what} '{image.Channel}' is a plane without structure, so that no place can be told from another; "
                + "check the scan.");
        }
        for (int k = 0; k < levelled.Length; k++)
            levelled[k] = (float)(levelled[k] / deviation);
        return levelled;
    }

    /// <summary>Which candidates lie inside the limits; the others are never chosen.</summary>
    public bool[] Inside(SafetyLimits limits)
    {
        var inside = new bool[Count];
        for (int c = 0; c < inside.Length; c++)
        {
            StagePosition place = PositionOf(c);
            inside[c] = place.X.Value >= limits.MinimumX.Value && place.X.Value <= limits.MaximumX.Value
                && place.Y.Value >= limits.MinimumY.Value && place.Y.Value <= limits.MaximumY.Value;
        }
        return inside;
    }

    public StagePosition PositionOf(int candidate) => Frame.ToStage(Geometry.PixelOf(candidate));

    // 16, or on small images the largest even number up to a quarter of the side, at least 4.
    private static int PatchSize(PixelRectangle common, ExperimentPlan plan)
    {
        int shorter = Math.Min(common.Rows, common.Columns);
        int side = plan.PatchSize ?? Math.Max(4, Math.Min(16, shorter / 4) / 2 * 2);
        return side <= shorter ? side : throw new PlanException("patchSize",
            $"The overview image has {common.Rows} x {common.Columns} pixels{(plan.Overview.Maps.Count > 0 ? " that all maps reach" : "")}, fewer than one patch of {side} x {side}; use a larger image, or set "
                + $"'patchSize' to at most {shorter / 2 * 2} (4 or more).");
    }
}
