using FastCore.Compute.Execution;

namespace FastCore.Learning.DeepKernel;

/// <summary>How a deep kernel is built and trained.</summary>
public sealed record DeepKernelSettings
{
    /// <summary>Network.</summary>
    public ExtractorArchitecture Architecture { get; init; } = ExtractorArchitecture.Small;

    /// <summary>Range of the features.</summary>
    public FeatureScaling Scaling { get; init; } = FeatureScaling.AllFeatures;

    /// <summary>Covariance over the features.</summary>
    public CovarianceFunction Covariance { get; init; } = CovarianceFunction.Rbf;

    /// <summary>One lengthscale per feature.</summary>
    public bool Ard { get; init; } = true;

    /// <summary>Adam's learning rate of the hyper-parameters.</summary>
    public double ProcessLearningRate { get; init; } = 1e-2;

    /// <summary>Adam's learning rate of the weights.</summary>
    public double WeightLearningRate { get; init; } = 1e-3;

    /// <summary>Decoupled weight decay (Loshchilov and Hutter 2019): weights shrink by learning rate x decay in each step.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Largest norm of the gradient of all weights together, and of that of the hyper-parameters.</summary>
    public double LargestGradient { get; init; } = 1;

    /// <summary>Weakly informative priors of the hyper-parameters for standardised targets and features of the order of 1.</summary>
    public bool WeakPriors { get; init; }

    /// <summary>Steps of L-BFGS in the hyper-parameters, on fixed features, after training: Adam leaves them far from their optimum.</summary>
    public int PolishIterations { get; init; }

    /// <summary>
    /// Number of checks (each 10 cycles) of the leave-one-out density without improvement after which training stops and the best state is
    /// taken; 0 trains to the end. The density checked is one whose weights have not seen the target; the closed form with trained weights
    /// keeps rising while a network learns noise by heart.
    /// </summary>
    public int Patience { get; init; }
}
