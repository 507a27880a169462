using FastCore.Compute.Execution;
using FastCore.Learning.DeepKernel;

namespace FastCore.Learning.Surrogates;

/// <summary>One surrogate of the family.</summary>
/// <param name="Name">Name under which it is forced and reported.</param>
/// <param name="Kinds">Inputs of each term.</param>
/// <param name="Covariance">Shape of every term.</param>
/// <param name="Ard">One lengthscale per input.</param>
/// <param name="Network">Network in front of the covariance; null for none.</param>
/// <param name="LeastPoints">Fewest points at which the automatic choice tries it.</param>
internal sealed record MemberDefinition(
    string Name, IReadOnlyList<InputKind> Kinds, CovarianceFunction Covariance, bool Ard, DeepKernelSettings? Network, int LeastPoints)
{
    public static IReadOnlyList<MemberDefinition> All { get; } =
    [
        Plain("gp-patches-rbf", InputKind.Patches, CovarianceFunction.Rbf),
        Plain("gp-patches-matern52", InputKind.Patches, CovarianceFunction.Matern52),
        Plain("gp-descriptors-rbf", InputKind.Descriptors, CovarianceFunction.Rbf),
        Plain("gp-descriptors-matern52", InputKind.Descriptors, CovarianceFunction.Matern52),
        new("gp-descriptors-ard-rbf", [InputKind.Descriptors], CovarianceFunction.Rbf, true, null, int.MaxValue),
        new("gp-descriptors-ard-matern52", [InputKind.Descriptors], CovarianceFunction.Matern52, true, null, 20),
        Plain("gp-components", InputKind.Components, CovarianceFunction.Matern52),
        new("gp-sum", [InputKind.Descriptors, InputKind.Patches], CovarianceFunction.Matern52, false, null, 6),
        Deep("dkl-descriptors", InputKind.Descriptors, 30, Regularised(ExtractorArchitecture.FullyConnected("64-8", Activation.Tanh, 64, 8))),
        Deep("dkl-patches", InputKind.Patches, 30, Regularised(ExtractorArchitecture.FullyConnected("64-16", Activation.Tanh, 64, 16))),
        Deep("dkl-64-64-2", InputKind.Patches, int.MaxValue, new() { Architecture = ExtractorArchitecture.Small }),
        Deep("dkl-256-128-64-8", InputKind.Patches, int.MaxValue, new() { Architecture = ExtractorArchitecture.Recommended, WeightDecay = 1e-4 }),
        Deep("dkl-1000-500-50-2", InputKind.Patches, int.MaxValue, new() { Architecture = ExtractorArchitecture.Large }),
        Deep("dkl-fcbn", InputKind.Patches, int.MaxValue,
            new() { Architecture = ExtractorArchitecture.Literature, Scaling = FeatureScaling.EachFeature }),
    ];

    /// <summary>Short names that stand for the best of several members.</summary>
    public static IReadOnlyList<(string Name, string[] Members)> Groups { get; } =
    [
        ("gp-patches", ["gp-patches-rbf", "gp-patches-matern52"]),
        ("gp-descriptors", ["gp-descriptors-rbf", "gp-descriptors-matern52"]),
        ("gp-descriptors-ard", ["gp-descriptors-ard-rbf", "gp-descriptors-ard-matern52"]),
    ];

    public static MemberDefinition Of(string name) => All.First(member => member.Name == name);

    private static MemberDefinition Plain(string name, InputKind kind, CovarianceFunction covariance) => new(name, [kind], covariance, false, null,
        1);

    private static MemberDefinition Deep(string name, InputKind kind, int leastPoints, DeepKernelSettings settings) =>
        new(name, [kind], settings.Covariance, settings.Ard, settings, leastPoints);

    private static DeepKernelSettings Regularised(ExtractorArchitecture architecture) => new()
    {
        Architecture = architecture,
        Covariance = CovarianceFunction.Matern52,
        Ard = false,
        ProcessLearningRate = 5e-2,
        WeightLearningRate = 3e-3,
        WeightDecay = 10,
        Patience = 4,
        WeakPriors = true,
        PolishIterations = 8,
    };
}
