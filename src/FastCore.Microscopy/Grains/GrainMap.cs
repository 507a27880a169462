using System.Buffers;
using FastCore.Microscopy.Imaging;

namespace FastCore.Microscopy.Grains;

/// <summary>
/// Grains, boundaries and junctions of an area, whatever they were found in: <see cref="TopographyGrains"/>, <see cref="ElectronImageGrains"/> and
/// <see cref="OrientationGrains"/> all end here. Every pixel belongs to a grain; boundaries run between pixels.
/// </summary>
public sealed class GrainMap
{
    private readonly byte[] classes;

    internal GrainMap(ScanFrame frame, GrainSource source, int[] labels, BoundaryNetwork network, IReadOnlyList<Grain> grains, GrainOptions options)
    {
        Frame = frame;
        Source = source;
        Labels = labels;
        Grains = grains;
        Boundaries = network.Boundaries;
        Junctions = network.Junctions;
        Options = options;
        Sizes = GrainSizes.Of(grains);
        BoundaryLengthMetres = network.LengthMetres;
        double pitch = frame.PixelPitch.Value;
        int[] nearest = ArrayPool<int>.Shared.Rent(labels.Length);
        var at = new bool[labels.Length];
        foreach (GrainJunction junction in Junctions)
            at[(Math.Clamp((int)Math.Round(junction.Row), 0, frame.Rows - 1) * frame.Columns) + Math.Clamp((int)Math.Round(junction.Column), 0, frame.Columns - 1)] = true;
        JunctionDistanceMetres = Distances.To(at, frame.Rows, frame.Columns, nearest);
        BoundaryDistanceMetres = Distances.To(network.Touching, frame.Rows, frame.Columns, nearest);
        // The line of a topography is known to a part of a pixel; what is found in other images is as fine as their pixels.
        int[] lineAt = ArrayPool<int>.Shared.Rent(labels.Length);
        lineAt.AsSpan(0, labels.Length).Fill(-1);
        if (source == GrainSource.Topography)
        {
            float[] squares = ArrayPool<float>.Shared.Rent(labels.Length);
            BoundaryPlaces.Mark(Boundaries, frame.Rows, frame.Columns, options.BoundaryReach.Value / pitch, squares, lineAt);
            ArrayPool<float>.Shared.Return(squares);
        }
        bool[] asymmetric = [.. Boundaries.Select(boundary => boundary.IsAsymmetric)];
        classes = new byte[labels.Length];
        for (int k = 0; k < labels.Length; k++)
        {
            // The line runs half a pixel beyond the centre of the pixels that touch it.
            BoundaryDistanceMetres[k] = (float)((BoundaryDistanceMetres[k] + 0.5) * pitch);
            JunctionDistanceMetres[k] = (float)(JunctionDistanceMetres[k] * pitch);
            bool near = source == GrainSource.Topography ? lineAt[k] >= 0 : BoundaryDistanceMetres[k] <= options.BoundaryReach.Value;
            classes[k] = (byte)(JunctionDistanceMetres[k] <= options.JunctionReach.Value ? StructuralClass.Junction
                : !near ? StructuralClass.Interior
                : lineAt[k] >= 0 && asymmetric[lineAt[k]] ? StructuralClass.AsymmetricBoundary : StructuralClass.Boundary);
        }
        ArrayPool<int>.Shared.Return(nearest);
        ArrayPool<int>.Shared.Return(lineAt);
    }

    /// <summary>Where the pixels lie.</summary>
    public ScanFrame Frame { get; }

    /// <summary>What it was found in.</summary>
    public GrainSource Source { get; }

    /// <summary>How it was found.</summary>
    public GrainOptions Options { get; }

    /// <summary>Grain of every pixel, row-major: an index of <see cref="Grains"/>.</summary>
    public int[] Labels { get; }

    /// <summary>The grains.</summary>
    public IReadOnlyList<Grain> Grains { get; private set; }

    /// <summary>The lines between them.</summary>
    public IReadOnlyList<GrainBoundary> Boundaries { get; private set; }

    /// <summary>Where lines meet.</summary>
    public IReadOnlyList<GrainJunction> Junctions { get; }

    /// <summary>Sizes of the grains that the frame does not cut.</summary>
    public GrainSizes Sizes { get; }

    /// <summary>Distance of every pixel's centre to the nearest boundary in metre; infinite where there is none.</summary>
    public float[] BoundaryDistanceMetres { get; }

    /// <summary>Distance of every pixel's centre to the nearest junction in metre; infinite where there is none.</summary>
    public float[] JunctionDistanceMetres { get; }

    /// <summary>Length of all boundaries in metre.</summary>
    public double BoundaryLengthMetres { get; }

    /// <summary>Boundary length per area, L_A in 1/m.</summary>
    public double BoundaryDensityPerMetre => BoundaryLengthMetres / AreaSquareMetres;

    /// <summary>Mean linear intercept pi / (2 L_A) in metre: a random line meets 1 / that many boundaries per length (L_A = pi/2 P_L; Underwood 1970).</summary>
    public double MeanLinearInterceptMetres => Math.PI / (2 * BoundaryDensityPerMetre);

    /// <summary>
    /// Grain size number G = 3.321928 log10(N_A mm2) - 2.954 (ASTM E112), with whole grains counted once and cut ones half, as Jeffries's planimetric method
    /// does.
    /// </summary>
    public double AstmGrainSizeNumber
    {
        get
        {
            int cut = Grains.Count(grain => grain.TouchesEdge);
            return (3.321928 * Math.Log10((Grains.Count - (0.5 * cut)) / (AreaSquareMetres * 1e6))) - 2.954;
        }
    }

    /// <summary>Area of the frame in m2.</summary>
    public double AreaSquareMetres => (double)Frame.Rows * Frame.Columns * Frame.PixelPitch.Value * Frame.PixelPitch.Value;

    /// <summary>
    /// What a pixel is, by its distance to junction and boundary and by the nearest boundary's flanks. In a topography the distance to a boundary is that to
    /// where the line runs between its pixel edges and beside the floor that the tip sees, not <see cref="BoundaryDistanceMetres"/>.
    /// </summary>
    public StructuralClass ClassOf(PixelIndex pixel) => (StructuralClass)classes[(pixel.Row * Frame.Columns) + pixel.Column];

    /// <summary>The same map with the mean orientation of every grain, and the misorientation across every boundary.</summary>
    internal GrainMap With(CubicOrientation[] orientations)
    {
        var copy = (GrainMap)MemberwiseClone();
        copy.Grains = [.. Grains.Select(grain => grain with { EulerDegrees = orientations[grain.Label].ToEuler() })];
        copy.Boundaries = [.. Boundaries.Select(line => line with { MisorientationDegrees = orientations[line.First].MisorientationDegrees(orientations[line.Second]) })];
        return copy;
    }

    /// <summary>The grain of a pixel.</summary>
    public Grain GrainAt(PixelIndex pixel) => Grains[Labels[(pixel.Row * Frame.Columns) + pixel.Column]];
}
