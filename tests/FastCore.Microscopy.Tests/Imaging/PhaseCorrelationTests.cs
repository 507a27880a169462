using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;
using Xunit;

namespace FastCore.Microscopy.Tests.Imaging;

public class PhaseCorrelationTests
{
    private static readonly Lazy<Film> TheFilm = new(() => Film.Create(new FilmOptions(), 3));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, -9)]
    [InlineData(-12, 3)]
    public void Whole_pixels_of_a_film_are_found(int rows, int columns)
    {
        ImageShift shift = PhaseCorrelation.Between(Window(40, 40, 128, 160), Window(40 - rows, 40 - columns, 128, 160), 128, 160);
        Assert.Equal(rows, shift.Rows, 0.1);
        Assert.Equal(columns, shift.Columns, 0.1);
        Assert.InRange(shift.Agreement, 0.3, 1.0001);
    }

    [Theory]
    [InlineData(0.5, -0.25)]
    [InlineData(3.3, 7.8)]
    [InlineData(-6.7, -0.1)]
    public void Parts_of_a_pixel_are_found(double rows, double columns)
    {
        // A sum of bumps can be moved by any distance exactly, and is not periodic.
        ImageShift shift = PhaseCorrelation.Between(Bumps(0, 0, 0, 1), Bumps(rows, columns, 0, 1), 96, 80);
        Assert.Equal(rows, shift.Rows, 0.05);
        Assert.Equal(columns, shift.Columns, 0.05);
    }

    [Theory]
    [InlineData(2.4, -3.6)]
    [InlineData(-0.7, 5.2)]
    public void Noise_tilt_and_gain_do_not_hide_the_shift(double rows, double columns)
    {
        float[] before = Bumps(0, 0, 0.1, 1), after = Bumps(rows, columns, 0.1, 2);
        for (int k = 0; k < after.Length; k++)
            after[k] = (3 * after[k]) + (0.05f * (k % 80)) - (0.02f * (k / 80)) + 7;
        ImageShift shift = PhaseCorrelation.Between(before, after, 96, 80);
        Assert.Equal(rows, shift.Rows, 0.2);
        Assert.Equal(columns, shift.Columns, 0.2);
    }

    [Fact]
    public void Two_places_have_little_in_common()
    {
        ImageShift same = PhaseCorrelation.Between(Window(0, 0, 100, 100), Window(0, 0, 100, 100), 100, 100);
        ImageShift other = PhaseCorrelation.Between(Window(0, 0, 100, 100), Window(150, 150, 100, 100), 100, 100);
        Assert.Equal(1, same.Agreement, 1e-9);
        Assert.InRange(other.Agreement, 0, 0.3);
    }

    [Theory]
    [InlineData(0, 3.25)]
    [InlineData(0.01, 100)]
    public void Flat_images_are_refused(double slope, double level)
    {
        float[] flat = [.. Enumerable.Range(0, 16 * 20).Select(k => (float)(level + (slope * (k % 20)) + (slope * (k / 20))))];
        var exception = Assert.Throws<ArgumentException>(() => PhaseCorrelation.Between(flat, flat, 16, 20));
        Assert.Contains("The image is flat", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pixels_that_are_not_finite_are_named()
    {
        float[] image = Bumps(0, 0, 0, 1);
        image[(3 * 80) + 5] = float.NaN;
        var exception = Assert.Throws<ArgumentException>(() => PhaseCorrelation.Between(Bumps(0, 0, 0, 1), image, 96, 80));
        Assert.Contains("row 3, column 5", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shift_becomes_metres_of_the_stage()
    {
        StagePosition moved = new ImageShift(2, -3, 1).OnStage(new ScanFrame(10, 10, new(2e-9)));
        Assert.Equal(-6e-9, moved.X.Value, 1e-15);
        Assert.Equal(4e-9, moved.Y.Value, 1e-15);
    }

    private static float[] Window(int row, int column, int rows, int columns)
    {
        Film film = TheFilm.Value;
        return [.. Enumerable.Range(0, rows * columns).Select(k => film.TipHeightMetres[((row + (k / columns)) * film.Frame.Columns) + column + (k % columns)])];
    }

    private static float[] Bumps(double rows, double columns, double noise, int seed)
    {
        var places = new Random(5);
        var bumps = Enumerable.Range(0, 60)
            .Select(_ => (Y: (140 * places.NextDouble()) - 20, X: (120 * places.NextDouble()) - 20, A: places.NextDouble() - 0.3)).ToArray();
        var random = new Random(seed);
        var image = new float[96 * 80];
        for (int k = 0; k < image.Length; k++)
        {
            double i = (k / 80) - rows, j = (k % 80) - columns;
            image[k] = (float)(bumps.Sum(b => b.A * Math.Exp(-(((i - b.Y) * (i - b.Y)) + ((j - b.X) * (j - b.X))) / 18)) + (noise * (random.NextDouble() - 0.5)));
        }
        return image;
    }
}
