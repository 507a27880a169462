using FastCore.Compute.Execution;
using FastCore.Learning.DeepKernel;
using FastCore.Learning.GaussianProcess;

namespace FastCore.Learning.Surrogates;

/// <summary>One term of a member: which inputs, and the covariance over them (or over the network's features).</summary>
internal sealed record MemberTerm(InputKind Kind, CovarianceTerm Covariance);

/// <summary>The network part of a fitted deep kernel.</summary>
internal sealed record FittedNetwork(DeepKernelSettings Settings, DeepKernelState State, float[] Bounds);

/// <summary>One member with everything that its predictions need, on standardised targets: immutable.</summary>
internal sealed record FittedModel(string Member, IReadOnlyList<MemberTerm> Terms, HyperParameters Parameters, double Jitter, FittedNetwork? Network);

/// <summary>Leave-one-out verdict on one member, on standardised targets.</summary>
/// <param name="Predictions">Mean and variance of each target without that target.</param>
/// <param name="LogDensity">Log density of each target.</param>
/// <param name="Penalty">What is taken off the mean density because hyper-parameters have seen the targets.</param>
internal sealed record MemberVerdict(LeaveOneOut Predictions, double[] LogDensity, double Penalty)
{
    public double Corrected => LogDensity.Average() - Penalty;
}

/// <summary>What a member carries from one training to the next.</summary>
/// <param name="Parameters">Hyper-parameters of the last fit; null for a deep kernel.</param>
/// <param name="GridCount">Number of points at the last start from the grid.</param>
/// <param name="TriedCount">Number of points when it was last tried.</param>
/// <param name="Gap">By how much its density then trailed the best.</param>
/// <param name="Network">Network of the last fit.</param>
/// <param name="FoldParameters">Hyper-parameters that have never seen fold k (points i with i mod folds = k).</param>
/// <param name="FoldNetworks">Networks that have never seen fold k.</param>
internal sealed record MemberMemory(
    HyperParameters? Parameters, int GridCount, int TriedCount, double Gap, FittedNetwork? Network,
    IReadOnlyList<HyperParameters> FoldParameters, IReadOnlyList<FittedNetwork> FoldNetworks);

/// <summary>Result of training one member.</summary>
internal sealed record MemberResult(FittedModel Model, MemberVerdict Verdict, MemberMemory Memory, string Remarks);
