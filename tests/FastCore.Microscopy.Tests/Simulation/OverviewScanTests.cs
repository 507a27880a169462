using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;
using Xunit;

namespace FastCore.Microscopy.Tests.Simulation;

public class OverviewScanTests
{
    private static readonly Lazy<Film> TheFilm = new(() => Film.Create(new FilmOptions(), 2));

    [Fact]
    public void A_scan_without_artefacts_is_what_the_tip_sees()
    {
        ScanImage image = TheFilm.Value.AcquireOverview(ScanOptions.Ideal, 1);
        Assert.Equal(TheFilm.Value.Frame, image.Frame);
        Assert.Equal("m", image.Unit);
        Assert.Equal(TheFilm.Value.TipHeightMetres, image.Values);
    }

    [Fact]
    public void A_scan_by_default_differs_from_the_film_but_resembles_it()
    {
        Film film = TheFilm.Value;
        float[] scan = film.AcquireOverview(new ScanOptions(), 1).Values;
        double[] a = Levelling.Plane(scan, 256, 256), b = Levelling.Plane(film.TipHeightMetres, 256, 256);
        double correlation = a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(x => x * x) * b.Sum(y => y * y));
        Assert.InRange(correlation, .97, .9999);
    }

    [Fact]
    public void The_same_seed_gives_the_same_scan_to_the_bit_and_another_seed_another()
    {
        float[] first = TheFilm.Value.AcquireOverview(new ScanOptions(), 1).Values;
        Assert.Equal(first, TheFilm.Value.AcquireOverview(new ScanOptions(), 1).Values);
        Assert.NotEqual(first, TheFilm.Value.AcquireOverview(new ScanOptions(), 2).Values);
    }

    [Fact]
    public void Feedback_noise_has_the_deviation_asked_for()
    {
        float[] noisy = TheFilm.Value.AcquireOverview(ScanOptions.Ideal with { FeedbackNoise = 1e-9 }, 1).Values;
        double square = noisy.Zip(TheFilm.Value.TipHeightMetres, (a, b) => (double)(a - b) * (a - b)).Average();
        Assert.Equal(1e-9, Math.Sqrt(square), 2e-11);
    }

    [Theory]
    [InlineData("LineRateHertz", 0.0)]
    [InlineData("LineRateHertz", double.NaN)]
    [InlineData("Hysteresis", -0.1)]
    [InlineData("Creep", 1.5)]
    [InlineData("CreepSeconds", 0.0)]
    [InlineData("DriftX", double.NegativeInfinity)]
    [InlineData("DriftY", double.NaN)]
    [InlineData("Bow", double.PositiveInfinity)]
    [InlineData("Tilt", double.NaN)]
    [InlineData("IntegralGain", -1.0)]
    [InlineData("FeedbackNoise", -1e-9)]
    [InlineData("ScarProbability", 1.1)]
    public void Impossible_options_are_refused_by_name(string name, double value)
    {
        ScanOptions options = name switch
        {
            "LineRateHertz" => new() { LineRateHertz = value },
            "Hysteresis" => new() { Hysteresis = value },
            "Creep" => new() { Creep = value },
            "CreepSeconds" => new() { CreepSeconds = value },
            "DriftX" => new() { DriftX = value },
            "DriftY" => new() { DriftY = value },
            "Bow" => new() { Bow = value },
            "Tilt" => new() { Tilt = value },
            "IntegralGain" => new() { IntegralGain = value },
            "FeedbackNoise" => new() { FeedbackNoise = value },
            _ => new() { ScarProbability = value },
        };
        Assert.Contains(name, Assert.Throws<ArgumentException>(() => TheFilm.Value.AcquireOverview(options, 1)).Message, StringComparison.Ordinal);
        Assert.Contains(name, Assert.Throws<ArgumentException>(() => new SimulatedController(TheFilm.Value, options)).Message,
            StringComparison.Ordinal);
        new ScanOptions().Validate();
        ScanOptions.Ideal.Validate();
    }

    [Fact]
    public void Creep_of_a_scanner_without_sensors_puts_the_tip_a_fifth_of_a_line_behind()
    {
        // SPEC 8: 1 % of every step follows with 20 s. Sum over all steps so far, one line a second: 0.01 exp(-(age) / 20 s), to 0.2 lines.
        var options = ScanOptions.Ideal with { Creep = 0.01, CreepSeconds = 20 };
        float[] scan = TheFilm.Value.AcquireOverview(options, 1).Values, film = TheFilm.Value.TipHeightMetres;
        for (int row = 1; row < 256; row += 17)
        {
            double late = 0;
            // Many small steps within each line: the slow axis moves evenly.
            const int Parts = 1000;
            for (int k = 0; k < row * Parts; k++)
                late += 0.01 / Parts * Math.Exp(-(row - ((k + 0.5) / Parts)) / 20);
            Assert.InRange(late, 0, 0.2);
            for (int column = 0; column < 256; column += 5)
            {
                double here = film[(row * 256) + column], above = film[((row - 1) * 256) + column];
                Assert.Equal(here + (late * (above - here)), scan[(row * 256) + column], 1e-12);
            }
            if (row > 150)
                Assert.Equal(0.2, late, 2e-4);
        }
    }

    [Fact]
    public void A_scar_raises_part_of_one_line()
    {
        float[] scarred = TheFilm.Value.AcquireOverview(ScanOptions.Ideal with { ScarProbability = 1 }, 1).Values;
        for (int row = 0; row < 256; row++)
        {
            double[] lift = [.. Enumerable.Range(row * 256, 256).Select(i => (double)(scarred[i] - TheFilm.Value.TipHeightMetres[i]))];
            int raised = lift.Count(v => v != 0);
            Assert.InRange(raised, 12, 64);
            Assert.All(lift.Where(v => v != 0), v => Assert.InRange(v, 4.99e-9, 20.01e-9));
            Assert.Equal(raised - 1, Array.FindLastIndex(lift, v => v != 0) - Array.FindIndex(lift, v => v != 0));
        }
    }

    [Fact]
    public void Height_feedback_never_sits_below_the_surface()
    {
        float[] fed = TheFilm.Value.AcquireOverview(ScanOptions.Ideal with { IntegralGain = 10 }, 1).Values;
        for (int i = 0; i < fed.Length; i++)
            Assert.True(fed[i] >= TheFilm.Value.TipHeightMetres[i]);
    }

    [Fact]
    public void A_fast_feedback_gives_each_pixel_the_height_of_its_own_place()
    {
        float[] fed = TheFilm.Value.AcquireOverview(ScanOptions.Ideal with { IntegralGain = 320 }, 1).Values;
        double square = fed.Zip(TheFilm.Value.TipHeightMetres, (a, b) => (double)(a - b) * (a - b)).Average();
        // A shift by one pixel would differ by 4 nm.
        Assert.InRange(Math.Sqrt(square), 0, .5e-9);
    }
}
