using FastCore.Compute.Execution;
using FastCore.Learning.GaussianProcess;

namespace FastCore.Learning.DeepKernel;

/// <summary>Features of any number of points under a trained network, in chunks, scaled by the training points' bounds.</summary>
internal sealed class FeatureEmbedder : IDisposable
{
    private readonly IExecutor<float> executor;
    private readonly FeatureExtractor<float> extractor;
    private readonly Tensor bounds;
    private readonly Tensor scaled;
    private readonly Tensor image;
    private readonly FeatureScaling scaling;
    private readonly int chunk;
    private readonly float[] values;

    /// <summary>Prepares the network for chunks of points; with an image, patches alone are embedded, without storing them.</summary>
    public FeatureEmbedder(ExecutionBackend backend, DeepKernelSettings settings, int inputs, int chunk, float[] weights, float[] statistics,
        float[] knownBounds, float[]? imageValues, int imageColumns)
    {
        this.chunk = chunk;
        scaling = settings.Scaling;
        var layout = new ArenaLayout();
        extractor = new FeatureExtractor<float>(layout, settings.Architecture, inputs, chunk, withGradients: false, patchesOnly: imageValues is not null);
        FeatureCount = settings.Architecture.FeatureCount(inputs);
        bounds = layout.Allocate("bounds", scaling == FeatureScaling.EachFeature ? FeatureCount : 1, 2);
        scaled = layout.Allocate("scaled features", chunk, FeatureCount);
        image = layout.Allocate("image", imageValues is null ? 0 : imageValues.Length / imageColumns, imageColumns);
        executor = backend.CreateSingle(layout);
        executor.Upload(weights, extractor.Weights);
        if (statistics.Length > 0)
            executor.Upload(statistics, extractor.Statistics);
        if (scaling != FeatureScaling.None)
            executor.Upload(knownBounds, bounds);
        if (imageValues is not null)
            executor.Upload(imageValues, image);
        values = new float[chunk * FeatureCount];
    }

    /// <summary>Number of features.</summary>
    public int FeatureCount { get; }

    /// <summary>Embeds points given as rows; features receive features x count, feature-major.</summary>
    public void Embed(ReadOnlySpan<float> rows, int count, Span<float> features)
    {
        int inputs = extractor.Input.Columns;
        for (int start = 0; start < count; start += chunk)
        {
            int rowsHere = Math.Min(chunk, count - start);
            executor.Upload(rows.Slice(start * inputs, rowsHere * inputs), extractor.Input.TopRows(rowsHere));
            extractor.Forward(executor, rowsHere, training: false);
            Finish(start, rowsHere, count, features);
        }
    }

    /// <summary>Embeds the patches around pixels of the image.</summary>
    public void EmbedPatches(ReadOnlySpan<int> centres, int size, PatchNormalization normalization, Span<float> features)
    {
        for (int start = 0; start < centres.Length; start += chunk)
        {
            int rowsHere = Math.Min(chunk, centres.Length - start);
            extractor.ForwardPatches(executor, image, centres.Slice(start, rowsHere), size, normalization);
            Finish(start, rowsHere, centres.Length, features);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => executor.Dispose();

    private void Finish(int start, int rowsHere, int count, Span<float> features)
    {
        Tensor output = extractor.Output.TopRows(rowsHere);
        Tensor target = output;
        if (scaling != FeatureScaling.None)
        {
            target = scaled.TopRows(rowsHere);
            if (scaling == FeatureScaling.AllFeatures)
            {
                executor.ScaleToKnownBounds(output, -0.95f, 0.95f, bounds, target);
            }
            else
            {
                for (int d = 0; d < FeatureCount; d++)
                    executor.ScaleToKnownBounds(output.Block(0, d, rowsHere, 1), -0.95f, 0.95f, bounds.Row(d), target.Block(0, d, rowsHere, 1));
            }
        }
        executor.Download(target, values.AsSpan(0, rowsHere * FeatureCount));
        for (int i = 0; i < rowsHere; i++)
        {
            for (int d = 0; d < FeatureCount; d++)
                features[(d * count) + start + i] = values[(i * FeatureCount) + d];
        }
    }
}
