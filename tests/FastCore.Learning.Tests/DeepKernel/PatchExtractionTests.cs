using FastCore.Compute.Execution;
using FastCore.Learning.DeepKernel;
using Xunit;

namespace FastCore.Learning.Tests.DeepKernel;

/// <summary>Features of patches that are gathered by the first layer, against features of stored patches.</summary>
public sealed class PatchExtractionTests
{
    [Theory]
    [InlineData(false, PatchNormalization.None)]
    [InlineData(true, PatchNormalization.Patch)]
    public void GatheredPatchesHaveTheFeaturesOfStoredOnes(bool batchNormalization, PatchNormalization normalization)
    {
        const int side = 20, size = 6;
        int[] centres = [.. Enumerable.Range(0, side * side)];
        var architecture = new ExtractorArchitecture("check", [7, 5, 2], Activation.Tanh, batchNormalization, batchNormalization ? 0.2 : 0);
        var layout = new ArenaLayout();
        var stored = new FeatureExtractor<double>(layout, architecture, size * size, centres.Length, withGradients: false);
        int planned = layout.Length;
        var gathered = new FeatureExtractor<double>(layout, architecture, size * size, centres.Length, withGradients: false, patchesOnly: true);
        int without = layout.Length - planned;
        Tensor image = layout.Allocate("image", side, side);
        using var executor = new HostExecutor<double>(layout);
        var random = new Random(2);
        executor.Upload([.. Enumerable.Range(0, image.Count).Select(_ => random.NextDouble())], image);
        double[] weights = [.. Enumerable.Range(0, stored.Weights.Columns).Select(_ => random.NextDouble() - 0.5)];
        double[] statistics = [.. Enumerable.Range(0, stored.Statistics.Columns).Select(_ => 0.5 + random.NextDouble())];
        foreach (FeatureExtractor<double> extractor in new[] { stored, gathered })
        {
            executor.Upload(weights, extractor.Weights);
            executor.Upload(statistics, extractor.Statistics);
        }
        executor.ExtractPatches(image, centres, size, normalization, stored.Input);
        stored.Forward(executor, centres.Length, training: false);
        gathered.ForwardPatches(executor, image, centres, size, normalization);
        double[] expected = new double[stored.Output.Count], actual = new double[stored.Output.Count];
        executor.Download(stored.Output, expected);
        executor.Download(gathered.Output, actual);
        for (int k = 0; k < expected.Length; k++)
            Assert.Equal(expected[k], actual[k], 1e-13);
        // No row of inputs is planned.
        Assert.Equal(planned - without, centres.Length * size * size, 64.0);
    }
}
