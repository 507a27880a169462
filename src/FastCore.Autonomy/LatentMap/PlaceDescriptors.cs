using FastCore.Autonomy.Plan;
using FastCore.Learning.Descriptors;
using FastCore.Microscopy.Grains;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;

namespace FastCore.Autonomy.LatentMap;

/// <summary>
/// What a place looks like, as quantities that people have words for. Distances to boundary and junction and the size of the grain come from the
/// truth of a simulated film, else from the grains of the image; all else is measured on the image by the descriptors of <c>FastCore.Learning</c>.
/// </summary>
internal static class PlaceDescriptors
{
    /// <summary>Descriptors of pixels of an image; heights in the image's unit, distances in metre.</summary>
    public static List<PointQuantity> OfImage(MapImage image, IReadOnlyList<PixelIndex> pixels)
    {
        ScanFrame frame = image.Scan.Frame;
        int[] centres = [.. pixels.Select(pixel => (pixel.Row * frame.Columns) + pixel.Column)];
        return Measure(image.Levelled, frame.Rows, frame.Columns, centres, image.Deviation, image.Scan.Unit, frame.PixelPitch.Value, "m",
            "topography");
    }

    /// <summary>The same of patches alone, each about its own centre: heights as they are, distances in pixels.</summary>
    /// <param name="patches">n x height x width values.</param>
    /// <param name="count">Number of patches n.</param>
    /// <param name="height">Rows of a patch.</param>
    /// <param name="width">Columns of a patch.</param>
    public static List<PointQuantity> OfPatches(ReadOnlySpan<double> patches, int count, int height, int width)
    {
        var all = new List<PointQuantity>();
        int[] centre = [(height / 2 * width) + (width / 2)];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<double> patch = patches.Slice(i * height * width, height * width);
            var image = new float[patch.Length];
            double mean = 0, squares = 0;
            foreach (double value in patch)
                mean += value / patch.Length;
            foreach (double value in patch)
                squares += (value - mean) * (value - mean) / patch.Length;
            double deviation = squares > 0 ? Math.Sqrt(squares) : 1;
            for (int k = 0; k < image.Length; k++)
                image[k] = (float)((patch[k] - mean) / deviation);
            List<PointQuantity> one = Measure(image, height, width, centre, deviation, "", 1, "px", "patch");
            if (i == 0)
                all.AddRange(one.Select(quantity => quantity with { Values = new double[count] }));
            for (int q = 0; q < one.Count; q++)
                all[q].Values[i] = one[q].Values[0];
        }
        return all;
    }

    /// <summary>What a simulated film knows about pixels. Grains that the edge of the frame cuts have no size.</summary>
    public static List<PointQuantity> OfFilm(Film film, IReadOnlyList<PixelIndex> pixels)
    {
        int rows = film.Frame.Rows, columns = film.Frame.Columns;
        var area = new double[film.GrainCount];
        var cut = new bool[film.GrainCount];
        for (int k = 0; k < film.GrainLabels.Length; k++)
        {
            area[film.GrainLabels[k]]++;
            cut[film.GrainLabels[k]] |= k / columns == 0 || k / columns == rows - 1 || k % columns == 0 || k % columns == columns - 1;
        }
        double pitch = film.Frame.PixelPitch.Value;
        int[] at = [.. pixels.Select(pixel => (pixel.Row * columns) + pixel.Column)];
        return
        [
            new("distance to boundary", "m", QuantityKind.Structure, "truth", [.. at.Select(k => (double)film.BoundaryDistanceMetres[k])]),
            new("distance to junction", "m", QuantityKind.Structure, "truth", [.. at.Select(k => (double)film.JunctionDistanceMetres[k])]),
            new("grain diameter", "m", QuantityKind.Structure, "truth", [.. at.Select(k => cut[film.GrainLabels[k]] ? double.NaN
                : 2 * pitch * Math.Sqrt(area[film.GrainLabels[k]] / Math.PI))]),
        ];
    }

    /// <summary>The same by the grains that the image shows; infinite distances, where it shows no boundary or junction, and cut grains are NaN.</summary>
    public static List<PointQuantity> OfGrains(GrainMap grains, IReadOnlyList<PixelIndex> pixels)
    {
        int columns = grains.Frame.Columns;
        int[] at = [.. pixels.Select(pixel => (pixel.Row * columns) + pixel.Column)];
        return
        [
            new("distance to boundary", "m", QuantityKind.Structure, "grains", [.. at.Select(k => Finite(grains.BoundaryDistanceMetres[k]))]),
            new("distance to junction", "m", QuantityKind.Structure, "grains", [.. at.Select(k => Finite(grains.JunctionDistanceMetres[k]))]),
            new("grain diameter", "m", QuantityKind.Structure, "grains", [.. pixels.Select(grains.GrainAt).Select(grain =>
                grain.TouchesEdge ? double.NaN : grain.EquivalentDiameterMetres)]),
        ];

        static double Finite(float value) => float.IsFinite(value) ? value : double.NaN;
    }

    /// <summary>The film of a run's plan; null where the run was not simulated.</summary>
    public static Film? FilmOf(ExperimentPlan plan) => plan.Controller.Kind == ControllerKind.Simulate ? InstrumentFactory.CreateFilm(plan) : null;

    private static List<PointQuantity> Measure(float[] image, int rows, int columns, int[] centres, double heightScale, string heightUnit,
        double pitch,
        string lengthUnit, string origin)
    {
        float[] groove = GrooveDescriptors.Raw(image, rows, columns, centres), around = OrientationFreeDescriptors.Raw(image, rows, columns, centres);
        double slope = heightScale / pitch;
        string slopeUnit = heightUnit == lengthUnit ? "" : "per px";
        return
        [
            // Positions in the two sets stand in their remarks.
            Take("distance to groove", lengthUnit, groove, 6, pitch),
            Take("groove depth", heightUnit, around, 25, heightScale),
            Take("groove sharpness", heightUnit, groove, 10, heightScale),
            Take("steeper flank", slopeUnit, groove, 7, slope),
            Take("asymmetry of slopes", "", groove, 9, 1),
            Take("asymmetry of shoulders", "", around, 26, 1),
            Take("height over surroundings", heightUnit, around, 14, heightScale),
            Take("roughness, 5 px", heightUnit, around, 9, heightScale),
            Take("roughness, 17 px", heightUnit, around, 13, heightScale),
            Take("slope", slopeUnit, around, 3, slope / 2),
            Take("coherence", "", around, 16, 1),
        ];

        PointQuantity Take(string name, string unit, float[] set, int index, double scale) => new(name, unit, QuantityKind.Structure, origin,
            [.. Enumerable.Range(0, centres.Length).Select(c => scale * set[(index * centres.Length) + c])]);
    }
}
