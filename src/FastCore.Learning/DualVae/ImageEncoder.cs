using FastCore.Compute.Execution;

namespace FastCore.Learning.DualVae;

/// <summary>
/// The patch encoder over square patches of one image: its first layer gathers them (<see cref="IExecutor{T}.PatchDense"/>), so that no array of
/// patches exists. Where the encoder reads features too, a batch of patches is written beside them.
/// </summary>
internal sealed class ImageEncoder : IDisposable
{
    private readonly IExecutor<float> executor;
    private readonly DenseStack<float> stack;
    private readonly DenseWeights mean;
    private readonly DenseWeights logSigma;
    private readonly Tensor image;
    private readonly Tensor bias;
    private readonly Tensor means;
    private readonly Tensor logSigmas;
    private readonly int size;
    private readonly int features;
    private readonly PatchNormalization normalization;
    private readonly Tensor inputs;

    public ImageEncoder(ExecutionBackend backend, DualVaeModel model, float[] image, int rows, int columns, int batch, int ofClass)
    {
        DualVaeArchitecture architecture = model.Architecture;
        var layout = new ArenaLayout();
        var parameters = new DualVaeParameters<float>(layout, architecture, training: false);
        int hidden = architecture.Options.EncoderWidths.Count;
        stack = new DenseStack<float>(layout, "patch encoder", [.. Enumerable.Range(0, hidden).Select(i => parameters.Layer($"patchEncoder.{i}"))],
            linearEnd: false, batch, training: false);
        (mean, logSigma) = (parameters.Layer("patchEncoder.mean"), parameters.Layer("patchEncoder.logSigma"));
        this.image = layout.Allocate("image", rows, columns);
        bias = layout.Allocate("bias of the first layer", 1, architecture.Options.EncoderWidths[0]);
        means = layout.Allocate("mean", batch, architecture.PatchCode);
        logSigmas = layout.Allocate("log sigma", batch, architecture.PatchCode);
        size = model.Shape.PatchHeight;
        features = architecture.Features;
        int pixels = model.Shape.PatchValues, classes = model.Shape.Classes;
        inputs = layout.Allocate("patches with features", features > 0 ? batch : 0, pixels + features + classes);
        normalization = model.Scalers.Patches == DualVaeScaling.Each ? PatchNormalization.Patch : PatchNormalization.None;
        executor = backend.CreateSingle(layout);
        executor.Upload(model.Weights, parameters.Values);
        executor.Upload(image, this.image);
        executor.Copy(parameters.Value("patchEncoder.0.bias"), bias);
        // The class is an input that is 1: its weights are a part of the bias.
        if (classes > 0)
            executor.AddScaled(1, parameters.Value("patchEncoder.0.weight").Row(pixels + features + ofClass), bias);
        if (features == 0 || classes == 0)
            return;
        executor.Fill(inputs.Block(0, pixels + features, batch, classes), 0);
        executor.Fill(inputs.Block(0, pixels + features + ofClass, batch, 1), 1);
    }

    private int Count { get; set; }

    /// <param name="centres">Pixels, at most a batch.</param>
    /// <param name="described">Features of their patches, count x features.</param>
    public void Encode(ReadOnlySpan<int> centres, ReadOnlySpan<float> described)
    {
        Count = centres.Length;
        if (features == 0)
        {
            stack.ForwardPatches(executor, image, centres, size, normalization, bias);
        }
        else
        {
            executor.ExtractPatches(image, centres, size, normalization, inputs.Block(0, 0, Count, size * size));
            executor.Upload(described, inputs.Block(0, size * size, Count, features));
            stack.Forward(executor, inputs.TopRows(Count));
        }
        Tensor hidden = stack.Output.TopRows(Count);
        executor.Dense(hidden, mean.Weight, mean.Bias, Activation.Identity, means.TopRows(Count));
        executor.Dense(hidden, logSigma.Weight, logSigma.Bias, Activation.Identity, logSigmas.TopRows(Count));
    }

    /// <summary>Means of the codes last encoded, count x code.</summary>
    public void ReadMeans(Span<float> values) => executor.Download(means.TopRows(Count), values);

    /// <summary>Their logarithmic standard deviations.</summary>
    public void ReadLogSigmas(Span<float> values) => executor.Download(logSigmas.TopRows(Count), values);

    public void Dispose() => executor.Dispose();
}
