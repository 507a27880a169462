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
