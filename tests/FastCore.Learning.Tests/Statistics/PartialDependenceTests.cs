using FastCore.Learning.Statistics;
using Xunit;

namespace FastCore.Learning.Tests.Statistics;

public sealed class PartialDependenceTests
{
    [Fact]
    public void What_another_code_does_is_taken_away()
    {
        // y follows z alone; x goes with z, so that y seems to follow x.
        (double[] x, double[] z, double[] noise) = Draw(300, 1);
        double[] y = [.. z.Select((v, i) => (3 * v) + (0.3 * noise[i]))];
        Assert.InRange(CorrelationTable.Spearman(x, y), 0.5, 0.9);
        PartialDependence ofX = PartialDependence.Compute([x, z], 0, y), ofZ = PartialDependence.Compute([x, z], 1, y);
        Assert.InRange(ofX.Range, 0, 0.5);
        Assert.InRange(ofZ.Range, 8, 14);
        // A slope of 3 nearly everywhere; the mean bin at 0.
        double slope = (ofZ.Curve[^1] - ofZ.Curve[0]) / (ofZ.Codes[^1] - ofZ.Codes[0]);
        Assert.Equal(3, slope, 0.1);
        Assert.InRange(ofZ.Explained, 0.98, 1);
        Assert.All(ofX.Bins, bin => Assert.InRange(bin.Mean, -0.5, 0.5));
        Assert.Equal(300, ofX.Bins.Sum(bin => bin.Count));
        Assert.Equal([.. ofX.Bins.Select(b => b.Centre).Order()], [.. ofX.Bins.Select(b => b.Centre)]);
    }

    [Fact]
    public void A_bend_is_followed_in_the_units_of_code_and_quantity()
    {
        (double[] x, double[] z, double[] noise) = Draw(400, 2);
        double[] scaled = [.. x.Select(v => 1e-9 * (v + 5))];
        double[] y = [.. x.Select((v, i) => 1e-10 * ((v * v) + z[i] + (0.1 * noise[i])))];
        PartialDependence fit = PartialDependence.Compute([scaled, z], 0, y);
        double offset = z.Average();
        for (int g = 0; g < fit.Codes.Length; g++)
        {
            double v = (fit.Codes[g] / 1e-9) - 5;
            // Far out the plane at a place that no point is near bends less than the truth.
            Assert.Equal(1e-10 * ((v * v) + offset), fit.Curve[g], Math.Abs(v) < 1.5 ? 3e-11 : 1.5e-10);
        }
        Assert.InRange(fit.Bandwidth, 0.1, 1);
        // Along the other code the level is the mean over what x does at the points, not what it does at its own mean.
        PartialDependence other = PartialDependence.Compute([scaled, z], 1, y);
        int middle = other.Codes.Length / 2;
        Assert.Equal(1e-10 * (other.Codes[middle] + x.Average(v => v * v)), other.Curve[middle], 3e-11);
    }

    [Fact]
    public void Intervals_hold_the_truth_about_as_often_as_they_say()
    {
        int inside = 0, binsInside = 0, all = 0, bins = 0;
        for (int trial = 0; trial < 40; trial++)
        {
            (double[] x, double[] z, double[] noise) = Draw(120, 100 + trial);
            double[] y = [.. x.Select((v, i) => v + (2 * z[i]) + noise[i])];
            PartialDependence fit = PartialDependence.Compute([x, z], 0, y, places: 9);
            double offset = 2 * z.Average();
            for (int g = 0; g < 9; g++)
            {
                all++;
                inside += fit.Lower[g] <= fit.Codes[g] + offset && fit.Codes[g] + offset <= fit.Upper[g] ? 1 : 0;
            }
            foreach (DependenceBin bin in fit.Bins)
            {
                bins++;
                binsInside += bin.Lower <= bin.Centre + offset && bin.Centre + offset <= bin.Upper ? 1 : 0;
            }
        }
        Assert.InRange(inside / (double)all, 0.88, 0.99);
        Assert.InRange(binsInside / (double)bins, 0.88, 0.99);
    }

    [Fact]
    public void Points_without_the_quantity_are_left_out_and_too_few_are_refused()
    {
        (double[] x, double[] z, double[] noise) = Draw(60, 5);
        double[] y = [.. x.Select((v, i) => i % 3 == 0 ? double.NaN : v + noise[i])];
        int[] kept = [.. Enumerable.Range(0, 60).Where(i => i % 3 != 0)];
        PartialDependence gaps = PartialDependence.Compute([x, z], 0, y);
        PartialDependence none = PartialDependence.Compute([[.. kept.Select(i => x[i])], [.. kept.Select(i => z[i])]], 0,
            [.. kept.Select(i => y[i])]);
        Assert.Equal(none.Curve, gaps.Curve);
        Assert.Throws<ArgumentException>(() => PartialDependence.Compute([x], 1, y));
        Assert.Throws<ArgumentException>(() => PartialDependence.Compute([[1, 2, 3]], 0, [1, 2, 3]));
        // A constant code has no influence, and no division by its deviation.
        Assert.All(PartialDependence.Compute([new double[60], z], 0, x).Curve, value => Assert.True(double.IsFinite(value)));
    }

    private static (double[] X, double[] Z, double[] Noise) Draw(int count, int seed)
    {
        RandomStream random = RandomStream.Named(seed, "dependence");
        var x = new double[count];
        var z = new double[count];
        var noise = new double[count];
        for (int i = 0; i < count; i++)
        {
            z[i] = random.NextNormal();
            x[i] = z[i] + (0.8 * random.NextNormal());
            noise[i] = random.NextNormal();
        }
        return (x, z, noise);
    }
}
