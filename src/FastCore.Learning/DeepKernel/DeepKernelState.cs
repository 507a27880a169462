namespace FastCore.Learning.DeepKernel;

/// <summary>Everything that training changes: weights, running statistics, raw hyper-parameters.</summary>
/// <param name="Weights">Network weights in the order of <see cref="FeatureExtractor{T}"/>.</param>
/// <param name="Statistics">Running statistics of batch normalisation.</param>
/// <param name="Raw">softplus^-1 of the hyper-parameters, and the mean.</param>
public sealed record DeepKernelState(float[] Weights, float[] Statistics, double[] Raw);
