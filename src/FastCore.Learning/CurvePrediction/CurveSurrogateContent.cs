using System.Text.Json;
using FastCore.Compute.Execution;
using FastCore.Learning.Checkpoints;
using FastCore.Learning.Novelty;
using FastCore.Learning.PrincipalComponents;
using FastCore.Learning.Surrogates;

namespace FastCore.Learning.CurvePrediction;

/// <summary>
/// A curve surrogate as a checkpoint: its description as JSON, and as tensors the principal components (mean, axes, variances), the measured
/// candidates and their scores. Inputs of the candidates belong to the run and are given again when loading.
/// </summary>
internal static class CurveSurrogateContent
{
    public const string DescriptionName = "curve surrogate";

    // Raised when names or meanings change.
    private const int Version = 1;

    private sealed record Sketch(int Version, string Member, string Asked, string Novelty, int Neighbours, int Rank, string Covariance, int Samples,
        int Candidates, int Descriptors, double Margin, double Error, double[] Coverage, Dictionary<string, double> Densities);

    public static Checkpoint Of(CurveSurrogate surrogate)
    {
        CurveOptions options = surrogate.Options;
        var checkpoint = new Checkpoint();
        checkpoint.Add(DescriptionName, JsonSerializer.Serialize(new Sketch(Version, surrogate.Member, options.Member, options.Novelty.ToString(),
            options.Neighbours, options.Rank, surrogate.Function.ToString(), surrogate.Samples, surrogate.Features.Count,
            surrogate.Features.Dimensions(InputKind.Descriptors), surrogate.Margin, surrogate.LeaveOneOutError, [.. surrogate.Coverage],
            new(surrogate.LeaveOneOutDensity))));
        PrincipalComponentModel components = surrogate.Components;
        checkpoint.Add("components.mean", components.Mean.ToArray());
        checkpoint.Add("components.axes", components.Axes.ToArray(), components.Rank, components.Dimension);
        checkpoint.Add("components.variances", components.Variances);
        checkpoint.Add("components.totalVariance", [components.TotalVariance]);
        checkpoint.Add("scores", surrogate.Scores, surrogate.TrainedOn.Count, surrogate.Outputs);
        checkpoint.Add("trainedOn", [.. surrogate.TrainedOn]);
        checkpoint.Add("lengthscale, noise ratio, scale", [surrogate.Lengthscale, surrogate.NoiseRatio, surrogate.Scale]);
        return checkpoint;
    }

    /// <exception cref="InvalidDataException">Another version, missing or impossible values, or other candidates.</exception>
    public static CurveSurrogate Build(Checkpoint checkpoint, CandidateFeatures features)
    {
        Sketch sketch;
        try
        {
            sketch = JsonSerializer.Deserialize<Sketch>(checkpoint.Text(DescriptionName)) ?? throw new JsonException("it is empty");
        }
        catch (JsonException problem)
        {
            throw checkpoint.Refusal($"the description of the surrogate cannot be read ({problem.Message})", problem);
        }
        if (sketch.Version != Version)
            throw checkpoint.Refusal($"the surrogate was saved in layout {sketch.Version}; this program reads layout {Version}");
        int descriptors = features.Dimensions(InputKind.Descriptors);
        if (sketch.Candidates != features.Count || sketch.Descriptors != descriptors)
        {
            throw checkpoint.Refusal($"the surrogate belongs to {sketch.Candidates} candidates with {sketch.Descriptors} descriptors; {features.Count} "
                + $"with {descriptors} are given");
        }
        int[] trainedOn = checkpoint.Values<int>("trainedOn");
        if (trainedOn.Length < 2 || Array.Exists(trainedOn, candidate => (uint)candidate >= (uint)features.Count))
            throw checkpoint.Refusal($"the surrogate was trained on {trainedOn.Length} candidates, not all of which are among the {features.Count} given");
        double[] variances = checkpoint.Values<double>("components.variances"), mean = checkpoint.Values<double>("components.mean", sketch.Samples);
        double[] axes = checkpoint.Values<double>("components.axes", variances.Length, sketch.Samples);
        double[] scores = checkpoint.Values<double>("scores", trainedOn.Length, Math.Max(1, variances.Length));
        double[] fitted = checkpoint.Values<double>("lengthscale, noise ratio, scale", 3);
        if (!Enum.TryParse(sketch.Covariance, out CovarianceFunction function) || !Enum.TryParse(sketch.Novelty, out NoveltyKind novelty)
            || !CurveTrainer.Predicts(novelty) || !CurveTrainer.MemberNames.Contains(sketch.Member) || !CurveTrainer.MemberNames.Contains(sketch.Asked))
        {
            throw checkpoint.Refusal($"the surrogate '{sketch.Member}' with covariance {sketch.Covariance} and novelty {sketch.Novelty} is unknown to this "
                + "program");
        }
        if (!(fitted[0] > 0 && fitted[1] > 0 && fitted[2] >= 0 && Array.TrueForAll(fitted, double.IsFinite) && Array.TrueForAll(scores, double.IsFinite))
            || sketch.Neighbours < 1 || sketch.Rank < 1 || sketch.Coverage is not { Length: 3 } || sketch.Densities is null)
        {
            throw checkpoint.Refusal("the surrogate holds values that no training gives");
        }
        PrincipalComponentModel components;
        try
        {
            components = PrincipalComponentModel.Restore(mean, axes, variances, checkpoint.Values<double>("components.totalVariance", 1)[0]);
        }
        catch (InvalidDataException problem)
        {
            throw new InvalidDataException($"{checkpoint.Source}: {problem.Message}", problem);
        }
        var options = new CurveOptions { Member = sketch.Asked, Novelty = novelty, Neighbours = sketch.Neighbours, Rank = sketch.Rank };
        return new CurveSurrogate(features, options, sketch.Member, trainedOn, components, scores, sketch.Samples, function, fitted[0], fitted[1],
            fitted[2], sketch.Densities, sketch.Margin, sketch.Coverage, sketch.Error);
    }
}
