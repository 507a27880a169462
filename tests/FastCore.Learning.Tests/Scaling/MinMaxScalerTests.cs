using FastCore.Learning.Checkpoints;
using FastCore.Learning.Scaling;
using Xunit;

namespace FastCore.Learning.Tests.Scaling;

public sealed class MinMaxScalerTests
{
    [Fact]
    public void EachFeatureIsBroughtToItsOwnRange()
    {
        double[] vectors = [1, 7, -2, 3, 7, 0, 5, 7, 2];
        MinMaxScaler scaler = MinMaxScaler.FitFeatures(vectors, 3, OutOfRange.Refuse);
        Assert.Equal([1, 7, -2], scaler.Low);
        Assert.Equal([5, 7, 2], scaler.High);
        double[] scaled = new double[9], back = new double[9];
        scaler.Transform(vectors, scaled);
        Assert.Equal([0, 0, 0, 0.5, 0, 0.5, 1, 0, 1], scaled);
        scaler.Inverse(scaled, back);
        Assert.Equal(vectors, back);
        // In place.
        scaler.Transform(vectors, vectors);
        Assert.Equal(scaled, vectors);
    }

    [Fact]
    public void ATableOfCurvesKeepsItsProportions()
    {
        // 210 curves of 251 currents in ampere, some of them negative: far below 1e-12 of 1, and no table is constant for that.
        var random = new Random(3);
        double[] table = [.. Enumerable.Range(0, 210 * 251).Select(_ => 1e-13 * (random.NextDouble() - 0.2))];
        MinMaxScaler scaler = MinMaxScaler.FitTable(table, OutOfRange.Refuse);
        Assert.Equal(1, scaler.Dimension);
        double[] scaled = new double[table.Length], back = new double[table.Length];
        scaler.Transform(table, scaled);
        Assert.Equal(0, scaled.Min());
        Assert.Equal(1, scaled.Max());
        Assert.Equal(0, scaled[Array.IndexOf(table, table.Min())]);
        double[] zero = [0];
        scaler.Transform(zero, zero);
        Assert.Equal(-table.Min() / (table.Max() - table.Min()), zero[0], 1e-12);
        scaler.Inverse(scaled, back);
        for (int k = 0; k < table.Length; k++)
            Assert.Equal(table[k], back[k], 1e-27);
        Assert.Equal((table.Min(), table.Max()), (back.Min(), back.Max()));
    }

    [Fact]
    public void ValuesOutsideAreExtendedClampedOrRefused()
    {
        double[] fitted = [2, 4], outside = [1, 2, 3, 4, 6], scaled = new double[5], back = new double[5];
        MinMaxScaler.FitTable(fitted, OutOfRange.Extend).Transform(outside, scaled);
        Assert.Equal([-0.5, 0, 0.5, 1, 2], scaled);
        MinMaxScaler.FitTable(fitted, OutOfRange.Extend).Inverse(scaled, back);
        Assert.Equal(outside, back);
        MinMaxScaler.FitTable(fitted, OutOfRange.Clamp).Transform(outside, scaled);
        Assert.Equal([0, 0, 0.5, 1, 1], scaled);
        MinMaxScaler refusing = MinMaxScaler.FitTable(fitted, OutOfRange.Refuse);
        refusing.Transform([2, 4], scaled.AsSpan(0, 2));
        foreach (double value in new[] { 1.999, 4.001 })
        {
            string message = Assert.Throws<ArgumentException>(() => refusing.Transform([3, value], new double[2])).Message;
            Assert.Contains("vector 1", message, StringComparison.Ordinal);
            Assert.Contains("2 .. 4", message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(OutOfRange.Extend)]
    [InlineData(OutOfRange.Clamp)]
    [InlineData(OutOfRange.Refuse)]
    public void AConstantFeatureBecomesZeroAndComesBack(OutOfRange policy)
    {
        // The second feature is constant but for rounding.
        double[] vectors = [7, 0.3, 7, 0.1 + 0.2], scaled = new double[4], back = new double[4];
        MinMaxScaler scaler = MinMaxScaler.FitFeatures(vectors, 2, policy);
        scaler.Transform(vectors, scaled);
        Assert.Equal([0, 0, 0, 0], scaled);
        scaler.Inverse(scaled, back);
        Assert.Equal([7, 0.3, 7, 0.3], back);
        if (policy == OutOfRange.Refuse)
            Assert.Throws<ArgumentException>(() => scaler.Transform([8, 0.3], new double[2]));
        else
        {
            scaler.Transform([8, 0.3], scaled.AsSpan(0, 2));
            Assert.Equal(0, scaled[0]);
        }
        // A smallest range that the caller knows.
        scaler = MinMaxScaler.FitTable([1, 1.25], policy, smallestRange: 0.25);
        scaler.Transform([1, 1.25], scaled.AsSpan(0, 2));
        Assert.Equal([0, 0], scaled[..2]);
        scaler = MinMaxScaler.FitTable([1, 1.25], policy, smallestRange: 0.24);
        scaler.Transform([1, 1.25], scaled.AsSpan(0, 2));
        Assert.Equal([0, 1], scaled[..2]);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void WhatIsNotFiniteIsRefusedEverywhere(double value)
    {
        Assert.Contains("Feature 1 of vector 1", Assert.Throws<ArgumentException>(() => MinMaxScaler.FitFeatures([1, 2, 3, value], 2,
            OutOfRange.Clamp)).Message, StringComparison.Ordinal);
        foreach (OutOfRange policy in Enum.GetValues<OutOfRange>())
        {
            MinMaxScaler scaler = MinMaxScaler.FitFeatures([1, 2, 3, 4], 2, policy);
            Assert.Contains("Feature 0 of vector 1", Assert.Throws<ArgumentException>(() => scaler.Transform([2, 3, value, 3],
                new double[4])).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentException>(() => scaler.Inverse([value, 0], new double[2]));
        }
        Assert.Throws<ArgumentException>(() => new MinMaxScaler([value], [1], OutOfRange.Clamp));
        Assert.Throws<ArgumentException>(() => new MinMaxScaler([0], [value], OutOfRange.Clamp));
        Assert.Throws<ArgumentException>(() => MinMaxScaler.ScaleEach<double>([1, 2, 3, value], 2, new double[4]));
        Assert.Throws<ArgumentException>(() => MinMaxScaler.ScaleEach<float>([1, 2, (float)value, 3], 2, new float[4]));
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        Assert.Throws<ArgumentException>(() => MinMaxScaler.FitTable([], OutOfRange.Clamp));
        Assert.Throws<ArgumentException>(() => MinMaxScaler.FitFeatures([1, 2, 3], 2, OutOfRange.Clamp));
        Assert.Throws<ArgumentException>(() => MinMaxScaler.FitTable([-1e308, 1e308], OutOfRange.Clamp));
        Assert.Throws<ArgumentException>(() => new MinMaxScaler([2], [1], OutOfRange.Clamp));
        Assert.Throws<ArgumentException>(() => new MinMaxScaler([1], [1, 2], OutOfRange.Clamp));
        Assert.Throws<ArgumentException>(() => new MinMaxScaler([], [], OutOfRange.Clamp));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MinMaxScaler([1], [2], (OutOfRange)7));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MinMaxScaler([1], [2], OutOfRange.Clamp, double.NaN));
        MinMaxScaler scaler = MinMaxScaler.FitFeatures([1, 2, 3, 4], 2, OutOfRange.Clamp);
        Assert.Throws<ArgumentException>(() => scaler.Transform([1, 2, 3], new double[3]));
        Assert.Throws<ArgumentException>(() => scaler.Transform([1, 2], new double[3]));
        Assert.Throws<ArgumentException>(() => MinMaxScaler.ScaleEach<double>([1, 2, 3], 2, new double[3]));
    }

    [Fact]
    public void EveryPatchIsBroughtToItsOwnRangeAndAFlatOneToZero()
    {
        float[] patches = [2, 4, 3, 5, 5, 5, -1, 0, 1], scaled = new float[9];
        MinMaxScaler.ScaleEach<float>(patches, 3, scaled);
        Assert.Equal([0, 1, 0.5f, 0, 0, 0, 0, 0.5f, 1], scaled);
        double[] heights = [0, 0.9e-12, 0, 1.1e-12], own = new double[4];
        MinMaxScaler.ScaleEach<double>(heights, 2, own);
        Assert.Equal([0, 0, 0, 1], own);
        MinMaxScaler.ScaleEach<double>([5, 5], 2, own.AsSpan(0, 2), smallestRange: 0);
        Assert.Equal([0, 0], own[..2]);
    }

    [Fact]
    public void ScalersComeBackFromAFileToTheBit()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        double[] values = [0.1, 0.7, 1.0 / 3, 2, 5e-12, 9], scaled = new double[6], again = new double[6];
        MinMaxScaler curves = MinMaxScaler.FitFeatures(values, 3, OutOfRange.Extend, 0.01);
        Standardizer inputs = Standardizer.Fit(values, 2);
        var checkpoint = new Checkpoint();
        curves.Save(checkpoint, "curves");
        inputs.Save(checkpoint, "inputs");
        Assert.Throws<ArgumentException>(() => curves.Save(checkpoint, "curves"));
        CheckpointFile.Save(checkpoint, path);
        Checkpoint read = CheckpointFile.Load(path);
        File.Delete(path);
        MinMaxScaler loaded = MinMaxScaler.Load(read, "curves");
        Assert.Equal((OutOfRange.Extend, 0.01), (loaded.OutOfRange, loaded.SmallestRange));
        double[] others = [.. values.Select(value => 1.7 * value)];
        curves.Transform(others, scaled);
        loaded.Transform(others, again);
        Assert.Equal(scaled, again);
        inputs.Transform(others.AsSpan(0, 2), scaled);
        Standardizer.Load(read, "inputs").Transform(others.AsSpan(0, 2), again);
        Assert.Equal(scaled, again);
        Assert.Contains(path, Assert.Throws<InvalidDataException>(() => MinMaxScaler.Load(read, "inputs")).Message, StringComparison.Ordinal);
        Assert.Contains(path, Assert.Throws<InvalidDataException>(() => Standardizer.Load(read, "curves")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AScalerThatMakesNoSenseIsNotRestored()
    {
        Checkpoint Of(double low, double high, string policy)
        {
            var checkpoint = new Checkpoint();
            checkpoint.Add("s.low", [low]);
            checkpoint.Add("s.high", [high]);
            checkpoint.Add("s.smallestRange", [0.0]);
            checkpoint.Add("s.outOfRange", policy);
            checkpoint.Add("s.mean", [low]);
            checkpoint.Add("s.deviation", [high]);
            return checkpoint;
        }
        Assert.Equal(2, MinMaxScaler.Load(Of(1, 2, "Clamp"), "s").High[0]);
        Assert.Throws<InvalidDataException>(() => MinMaxScaler.Load(Of(2, 1, "Clamp"), "s"));
        Assert.Throws<InvalidDataException>(() => MinMaxScaler.Load(Of(double.NaN, 1, "Clamp"), "s"));
        Assert.Throws<InvalidDataException>(() => MinMaxScaler.Load(Of(1, 2, "1"), "s"));
        Assert.Throws<InvalidDataException>(() => Standardizer.Load(Of(1, -2, "Clamp"), "s"));
    }
}
