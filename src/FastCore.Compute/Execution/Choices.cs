namespace FastCore.Compute.Execution;

/// <summary>Stationary covariance functions of the scaled distance r = |(x - x') / l|.</summary>
public enum CovarianceFunction
{
    /// <summary>s exp(-r^2 / 2).</summary>
    Rbf,

    /// <summary>s exp(-r).</summary>
    Matern12,

    /// <summary>s (1 + sqrt3 r) exp(-sqrt3 r).</summary>
    Matern32,

    /// <summary>s (1 + sqrt5 r + 5 r^2 / 3) exp(-sqrt5 r).</summary>
    Matern52,
}

/// <summary>Element-wise functions that end a dense layer.</summary>
public enum Activation
{
    /// <summary>x.</summary>
    Identity,

    /// <summary>tanh x.</summary>
    Tanh,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x for x > 0, else 0.01 x.</summary>
    LeakyRelu,

    /// <summary>1 / (1 + e^-x). Where a cross-entropy follows, take its form on logits and leave this out.</summary>
    Sigmoid,
}

/// <summary>How the values of a patch are normalised (SPEC 1.1).</summary>
public enum PatchNormalization
{
    /// <summary>As they stand in the image.</summary>
    None,

    /// <summary>(h - min) / (max - min) over the whole image.</summary>
    Image,

    /// <summary>Min-max of each patch; a patch flatter than 1e-12 becomes 0.</summary>
    Patch,
}

/// <summary>Constants of one Adam step (Kingma and Ba 2015, Alg. 1; eps outside the bias-corrected root, as PyTorch has it).</summary>
/// <param name="Step">1 for the first step.</param>
/// <param name="LearningRate">Step size.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Guard of the division.</param>
/// <param name="WeightDecay">Decoupled decay (AdamW): parameters shrink by LearningRate * WeightDecay.</param>
public readonly record struct AdamSettings(
    int Step, double LearningRate, double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double WeightDecay = 0);
