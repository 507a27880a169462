using FastCore.Microscopy.Grains;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;
using Xunit;

namespace FastCore.Microscopy.Tests.Grains;

/// <summary>How well asymmetric boundaries of simulated films are told from their overview images, by pixels and by lines from junction to junction.</summary>
public class AsymmetricBoundaryTests(ITestOutputHelper output)
{
    // Films 101 to 110 were looked at while the rule was made; those from 201 on were not.
    private const int FirstSeed = 201;
    private const int Films = 10;

    [Fact]
    public void Asymmetric_boundaries_of_films_are_found_and_ordinary_ones_left_alone()
    {
        var scores = new Score[Films];
        for (int k = 0; k < Films; k++)
        {
            scores[k] = Measure(FirstSeed + k);
            output.WriteLine($"film {FirstSeed + k}: {scores[k]}");
        }
        double Median(Func<Score, double> figure)
        {
            double[] sorted = [.. scores.Select(figure).Order()];
            return 0.5 * (sorted[(Films - 1) / 2] + sorted[Films / 2]);
        }
        double recall = Median(s => s.LineRecall), precision = Median(s => s.LinePrecision), alarms = Median(s => s.LineAlarms);
        double pixelRecall = Median(s => s.PixelRecall), pixelPrecision = Median(s => s.PixelPrecision), pixelAlarms = Median(s => s.PixelAlarms);
        double near = Median(s => s.NearPrecision);
        output.WriteLine($"median of {Films} films: lines {100 * recall:f0} % found, {100 * precision:f0} % of those named are, {100 * alarms:f1} % of ordinary lines named; "
            + $"pixels {100 * pixelRecall:f0} % found, {100 * pixelPrecision:f0} % of those named are ({100 * near:f0} % within 25 nm of a true line), "
            + $"{100 * pixelAlarms:f1} % of ordinary boundary pixels named");
        Assert.True(recall > 0.5, $"{recall:p0} of the lines found");
        Assert.True(precision > 0.7, $"{precision:p0} of the named lines are asymmetric");
        Assert.True(alarms < 0.04, $"{alarms:p1} of the ordinary lines named");
        Assert.True(pixelRecall > 0.36, $"{pixelRecall:p0} of the pixels found");
        Assert.True(pixelPrecision > 0.48, $"{pixelPrecision:p0} of the named pixels are asymmetric");
        Assert.True(pixelAlarms < 0.02, $"{pixelAlarms:p1} of the ordinary pixels named");
    }

    private static Score Measure(int seed)
    {
        var options = new FilmOptions();
        Film film = Film.Create(options, seed);
        FilmGeometry geometry = FilmGeometry.Create(options, seed);
        GrainMap map = TopographyGrains.Of(film.AcquireOverview(new ScanOptions(), seed));
        int rows = film.Frame.Rows, columns = film.Frame.Columns;
        double pitch = film.Frame.PixelPitch.Value;
        var score = new Score();
        for (int k = 0; k < film.ClassMap.Length; k++)
        {
            StructuralClass truth = film.ClassAt(new PixelIndex(k / columns, k % columns)), found = map.ClassOf(new PixelIndex(k / columns, k % columns));
            score.TruePixels += truth == StructuralClass.AsymmetricBoundary ? 1 : 0;
            score.OrdinaryPixels += truth == StructuralClass.Boundary ? 1 : 0;
            if (found != StructuralClass.AsymmetricBoundary)
                continue;
            score.NamedPixels++;
            score.NamedNearPixels += film.BoundaryDistanceMetres[k] <= options.BoundaryReach.Value ? 1 : 0;
            score.RightPixels += truth == StructuralClass.AsymmetricBoundary ? 1 : 0;
            score.AlarmPixels += truth == StructuralClass.Boundary ? 1 : 0;
        }
        foreach (GrainBoundary line in map.Boundaries)
        {
            int asymmetric = 0, ordinary = 0;
            for (int p = 0; p < line.Rows.Length; p++)
            {
                if (TrueLineAt(line.Rows[p], line.Columns[p]) is not { } truth)
                    continue;
                asymmetric += truth ? 1 : 0;
                ordinary += truth ? 0 : 1;
            }
            // A line with no true one beside it is ordinary.
            bool own = asymmetric > ordinary;
            score.TrueLines += own ? 1 : 0;
            score.OrdinaryLines += own ? 0 : 1;
            score.NamedLines += line.IsAsymmetric ? 1 : 0;
            score.RightLines += line.IsAsymmetric && own ? 1 : 0;
        }
        return score;

        // Whether the true line within 1.5 pixels of a found point is asymmetric: that of the pixel around it that lies nearest to a true line.
        bool? TrueLineAt(double row, double column)
        {
            int best = -1;
            for (int r = Math.Max((int)row - 1, 0); r <= Math.Min((int)row + 2, rows - 1); r++)
            {
                for (int c = Math.Max((int)column - 1, 0); c <= Math.Min((int)column + 2, columns - 1); c++)
                {
                    int k = (r * columns) + c;
                    if (best < 0 || film.BoundaryDistanceMetres[k] < film.BoundaryDistanceMetres[best])
                        best = k;
                }
            }
            if (film.BoundaryDistanceMetres[best] > 1.5 * pitch)
                return null;
            double x = best % columns * pitch, y = best / columns * pitch, least = double.PositiveInfinity;
            Span<int> near = stackalloc int[12];
            int count = geometry.Cells.Nearest(x, y, near), neighbour = -1;
            for (int k = 1; k < count; k++)
            {
                if (geometry.Cells.RidgeDistance(near[0], near[k], x, y) is var distance && distance < least)
                    (least, neighbour) = (distance, near[k]);
            }
            return geometry.Flanks(near[0], neighbour).Asymmetric;
        }
    }

    private sealed class Score
    {
        public int TruePixels { get; set; }

        public int OrdinaryPixels { get; set; }

        public int NamedPixels { get; set; }

        public int NamedNearPixels { get; set; }

        public int RightPixels { get; set; }

        public int AlarmPixels { get; set; }

        public int TrueLines { get; set; }

        public int OrdinaryLines { get; set; }

        public int NamedLines { get; set; }

        public int RightLines { get; set; }

        public double PixelRecall => (double)RightPixels / TruePixels;

        public double PixelPrecision => (double)RightPixels / Math.Max(NamedPixels, 1);

        public double NearPrecision => (double)RightPixels / Math.Max(NamedNearPixels, 1);

        public double PixelAlarms => (double)AlarmPixels / OrdinaryPixels;

        public double LineRecall => (double)RightLines / TrueLines;

        public double LinePrecision => (double)RightLines / Math.Max(NamedLines, 1);

        public double LineAlarms => (double)(NamedLines - RightLines) / OrdinaryLines;

        public override string ToString() => $"lines {LineRecall:f2} found, precision {LinePrecision:f2} ({RightLines} right of {NamedLines} named, {TrueLines} true, "
            + $"{TrueLines + OrdinaryLines} in all); pixels {PixelRecall:f2} found, precision {PixelPrecision:f2}";
    }
}
