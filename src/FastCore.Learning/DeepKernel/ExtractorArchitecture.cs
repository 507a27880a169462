using FastCore.Compute.Execution;

namespace FastCore.Learning.DeepKernel;

/// <summary>How features are brought to a common range before they enter the covariance.</summary>
public enum FeatureScaling
{
    /// <summary>As they leave the network.</summary>
    None,

    /// <summary>One linear map for all features to [-0.95, 0.95] (GPyTorch's ScaleToBounds(-1, 1)).</summary>
    AllFeatures,

    /// <summary>A linear map for each feature to [-0.95, 0.95] (AtomAI scales each feature to [-1, 1]).</summary>
    EachFeature,
}

/// <summary>Layers of a feature extractor: hidden dense layers with an activation, then a linear one.</summary>
/// <param name="Name">Short name for files and reports.</param>
/// <param name="Widths">Outputs of each layer, the number of features last; empty for no network.</param>
/// <param name="Activation">What ends each hidden layer.</param>
/// <param name="BatchNormalization">Whether each hidden layer is batch-normalised after its activation (eps 1e-5, momentum 0.1).</param>
/// <param name="Dropout">Share of hidden units dropped in training, 0 to below 1.</param>
public sealed record ExtractorArchitecture(string Name, IReadOnlyList<int> Widths, Activation Activation, bool BatchNormalization, double Dropout)
{
    /// <summary>No network: the inputs are the features.</summary>
    public static ExtractorArchitecture None { get; } = new("none", [], Activation.Identity, false, 0);

    /// <summary>The 64-64-2 network of the literature.</summary>
    public static ExtractorArchitecture Small { get; } = FullyConnected("64-64-2", Activation.Relu, 64, 64, 2);

    /// <summary>The 1000-500-50-2 network of the literature (Wilson et al. 2016; GPyTorch's tutorial).</summary>
    public static ExtractorArchitecture Large { get; } = FullyConnected("1000-500-50-2", Activation.Relu, 1000, 500, 50, 2);

    /// <summary>256-128-64-8 with tanh, recommended for n up to 210 (SPEC 2.1).</summary>
    public static ExtractorArchitecture Recommended { get; } = FullyConnected("256-128-64-8", Activation.Tanh, 256, 128, 64, 8);

    /// <summary>The literature's fcbn: three hidden layers with ReLU, batch normalisation and dropout 0.2, 16 features (SPEC 2.1).</summary>
    public static ExtractorArchitecture Literature { get; } = new("fcbn", [256, 128, 64, 16], Activation.Relu, true, 0.2);

    /// <summary>Plain dense layers of the widths given.</summary>
    public static ExtractorArchitecture FullyConnected(string name, Activation activation, params int[] widths) =>
        new(name, widths, activation, false, 0);

    /// <summary>Number of features for <paramref name="inputs"/> inputs.</summary>
    public int FeatureCount(int inputs) => Widths.Count == 0 ? inputs : Widths[^1];

    /// <summary>Number of trained values: weights and biases, and scale and shift of each batch normalisation.</summary>
    public int WeightCount(int inputs)
    {
        int count = 0;
        for (int layer = 0; layer < Widths.Count; layer++)
        {
            count += (inputs + 1) * Widths[layer];
            if (BatchNormalization && layer < Widths.Count - 1)
                count += 2 * Widths[layer];
            inputs = Widths[layer];
        }
        return count;
    }

    /// <summary>Number of running statistics of the batch normalisations: a mean and a variance for each hidden unit.</summary>
    public int StatisticCount => BatchNormalization ? 2 * Widths.Take(Math.Max(Widths.Count - 1, 0)).Sum() : 0;

    /// <summary>Draws initial weights: U(+-1/sqrt(fan-in)) for weights and biases; batch normalisation starts at scale 1, shift 0.</summary>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="seed">Seed; the stream is the extractor's own.</param>
    public float[] InitialWeights(int inputs, long seed)
    {
        var weights = new float[WeightCount(inputs)];
        RandomStream random = RandomStream.Named(seed, "extractor.weights");
        int at = 0;
        for (int layer = 0; layer < Widths.Count; layer++)
        {
            double bound = 1 / Math.Sqrt(inputs);
            for (int i = 0; i < (inputs + 1) * Widths[layer]; i++)
                weights[at++] = (float)(bound * ((2 * random.NextDouble()) - 1));
            if (BatchNormalization && layer < Widths.Count - 1)
            {
                weights.AsSpan(at, Widths[layer]).Fill(1);
                at += 2 * Widths[layer];
            }
            inputs = Widths[layer];
        }
        return weights;
    }

    /// <summary>Running statistics before training: mean 0, variance 1.</summary>
    public float[] InitialStatistics()
    {
        var statistics = new float[StatisticCount];
        int at = 0;
        for (int layer = 0; layer < Widths.Count - 1 && BatchNormalization; layer++)
        {
            statistics.AsSpan(at + Widths[layer], Widths[layer]).Fill(1);
            at += 2 * Widths[layer];
        }
        return statistics;
    }
}
