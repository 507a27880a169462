using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Tests.Imaging;

/// <summary>A simulated film that several instruments look at: each sees it through a known map and in its own contrast.</summary>
internal sealed class RegistrationScene(long seed)
{
    public const int Side = 160;
    private const int FilmSide = 288;
    private const int Border = (FilmSide - Side) / 2;
    private const double PitchMetres = 15.625e-9;

    private static readonly ScanFrame Reference = new(Side, Side, new Metres(PitchMetres));
    private readonly Film film = Film.Create(new FilmOptions { Rows = FilmSide, Columns = FilmSide, Width = new Metres(FilmSide * PitchMetres) }, seed);

    public ScanImage Topography() => See("Height", "m", AffineMap.Identity, Reference, Height, 0);

    /// <summary>What an instrument shows whose pixels are those of the reference taken through a map.</summary>
    public ScanImage See(string channel, string unit, AffineMap map, ScanFrame frame, Func<int, double> contrast, double noise)
    {
        AffineMap back = map.Inverse();
        var random = new Random(17);
        var values = new float[frame.Rows * frame.Columns];
        for (int k = 0; k < values.Length; k++)
        {
            (double row, double column) = back.Apply(k / frame.Columns, k % frame.Columns);
            row = Math.Clamp(row + Border, 0, FilmSide - 1.001);
            column = Math.Clamp(column + Border, 0, FilmSide - 1.001);
            int r = (int)row, c = (int)column, first = (r * FilmSide) + c;
            double y = row - r, x = column - c;
            double value = ((1 - y) * (((1 - x) * contrast(first)) + (x * contrast(first + 1))))
                + (y * (((1 - x) * contrast(first + FilmSide)) + (x * contrast(first + FilmSide + 1))));
            values[k] = (float)(value + (noise * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 2));
        }
        return new ScanImage(channel, unit, frame, values);
    }

    public double Height(int pixel) => film.TipHeightMetres[pixel];

    public double Inverted(int pixel) => 7e-9 - (0.3 * film.TipHeightMetres[pixel]);

    /// <summary>Grains of any grey with bright edges, as secondary electrons show them.</summary>
    public double Electrons(int pixel)
    {
        double d = film.BoundaryDistanceMetres[pixel] / 22e-9;
        return 90 + (0.3 * Grey(pixel)) + (60 * Math.Exp(-d * d));
    }

    /// <summary>Dark boundaries on grains of any grey.</summary>
    public double DarkElectrons(int pixel)
    {
        double d = film.BoundaryDistanceMetres[pixel] / 22e-9;
        return 150 + (0.3 * Grey(pixel)) - (60 * Math.Exp(-d * d));
    }

    /// <summary>Boundaries that conduct, on a film that conducts unevenly.</summary>
    public double Current(int pixel)
    {
        double d = film.BoundaryDistanceMetres[pixel] / 30e-9;
        return 20e-12 + (150e-12 * Math.Exp(-d * d)) + (8e-12 * film.ParameterField(new PixelIndex(pixel / FilmSide, pixel % FilmSide), 0));
    }

    /// <summary>An angle or grey of each grain, 0 to 99, in no relation to its height.</summary>
    public double Grey(int pixel) => film.GrainLabels[pixel] * 61 % 100;

    /// <summary>Largest distance between the places that two maps give the corners of the reference, in its pixels.</summary>
    public static double CornerError(AffineMap found, AffineMap truth)
    {
        AffineMap back = truth.Inverse();
        return new[] { (0, 0), (0, Side - 1), (Side - 1, 0), (Side - 1, Side - 1) }.Max(corner =>
        {
            (double row, double column) = found.Apply(corner.Item1, corner.Item2);
            (row, column) = back.Apply(row, column);
            return Math.Sqrt(((row - corner.Item1) * (row - corner.Item1)) + ((column - corner.Item2) * (column - corner.Item2)));
        });
    }

    /// <summary>A frame of that pitch, in pixels of the reference.</summary>
    public static ScanFrame Frame(double pitch, int rows, int columns) => new(rows, columns, new Metres(pitch * Reference.PixelPitch.Value));

    /// <summary>The true map: about the middle of both, shift and scale error in pixels of the reference.</summary>
    public static AffineMap Truth(double rows, double columns, double degrees, double scaleRows, double scaleColumns, double pitch, ScanFrame moving)
    {
        double middle = 0.5 * (Side - 1);
        var about = AffineMap.Of(new AffineParts(rows, columns, degrees, scaleRows, scaleColumns), middle, middle);
        return about.Then(AffineMap.Of(new AffineParts((0.5 * (moving.Rows - 1)) - middle, (0.5 * (moving.Columns - 1)) - middle, 0, 1 / pitch, 1 / pitch), middle, middle));
    }
}
