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
    public static CandidateSet Create(ScanImage overview, ExperimentPlan plan)
    {
        ScanFrame frame = overview.Frame;
        int side = PatchSize(frame, plan);
        string source = plan.Overview.File is null ? "controller" : "overview.file";
        int rows = frame.Rows, columns = frame.Columns, bad = overview.Values.Count(value => !float.IsFinite(value));
        if (bad > 0)
        {
            throw new PlanException(source, $"{bad} of {overview.Values.Length} pixels of the overview image '{overview.Channel}' are not "
                + "finite; "
                + "scan it again, or choose another channel or file.");
        }
        double mean = overview.Values.Average(value => (double)value);
        double spread = Math.Sqrt(overview.Values.Average(value => (value - mean) * (value - mean)));
        // A float image of a constant height has rounding of its own.
        if (!(spread > 1e-7 * Math.Abs(mean)))
        {
            throw new PlanException(source, $"The overview image '{overview.Channel}' is constant ({mean:G4} {overview.Unit}), so that no "
                + "place can be told "
                + "from another; check the scan, or use policy random or grid on another image.");
        }
        float[] image = Levelling.Plane(overview.Values, rows, columns);
        double levelled = Math.Sqrt(image.Average(value => (double)value * value));
        if (!(levelled > 1e-6 * spread))
        {
            throw new PlanException(source, $"The overview image '{overview.Channel}' is a plane without structure, so that no place can be "
                + "told from "
                + "another; check the scan.");
        }
        for (int k = 0; k < image.Length; k++)
            image[k] = (float)(image[k] / levelled);
        var geometry = new CandidateGeometry(side / 2, side / 2, plan.Stride, ((rows - side) / plan.Stride) + 1, ((columns - side) / plan.Stride) + 1,
            side);
        var centres = new int[geometry.Count];
        for (int c = 0; c < centres.Length; c++)
        {
            PixelIndex pixel = geometry.PixelOf(c);
            centres[c] = (pixel.Row * columns) + pixel.Column;
        }
        bool groove = plan.Descriptors == DescriptorSet.Groove;
        float[] descriptors = groove ? GrooveDescriptors.ForCandidates(image, rows, columns, centres)
            : OrientationFreeDescriptors.ForCandidates(image, rows, columns, centres);
        return new CandidateSet(frame, geometry,
            new CandidateInputs(image, rows, columns, centres, side, plan.PatchNormalization, descriptors, groove ? GrooveDescriptors.Count : OrientationFreeDescriptors.Count));
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
    private static int PatchSize(ScanFrame frame, ExperimentPlan plan)
    {
        int shorter = Math.Min(frame.Rows, frame.Columns);
        int side = plan.PatchSize ?? Math.Max(4, Math.Min(16, shorter / 4) / 2 * 2);
        return side <= shorter ? side : throw new PlanException("patchSize",
            $"The overview image has {frame.Rows} x {frame.Columns} pixels, fewer than one patch of {side} x {side}; use a larger image, or set "
                + $"'patchSize' to at most {shorter / 2 * 2} (4 or more).");
    }
}
