namespace FastCore.Autonomy.Plan;

/// <summary>How seed points are spread.</summary>
public enum SeedingMethod
{
    /// <summary>Uniformly over the candidates.</summary>
    Random,

    /// <summary>By a two-dimensional Sobol sequence over the candidates' rows and columns.</summary>
    Sobol,

    /// <summary>By k-means++ draws over the orientation-free descriptors.</summary>
    Kmeans,
}

/// <summary>What a plan measures.</summary>
public enum ControllerKind
{
    /// <summary>A simulated film (SPEC 8).</summary>
    Simulate,

    /// <summary>A measured grid of curves that is played back.</summary>
    Grid,

    /// <summary>A simulated film behind a virtual USB device in this process.</summary>
    Virtual,

    /// <summary>A controller on USB.</summary>
    Usb,

    /// <summary>A device that a USB/IP server offers.</summary>
    Usbip,
}

/// <summary>How currents become dimensionless (SPEC 1.2).</summary>
public enum CurrentScale
{
    /// <summary>asinh(I / scaleAmperes).</summary>
    Asinh,

    /// <summary>I / q99, q99 the 99th percentile of |I| over the accepted curves.</summary>
    Linear,
}

/// <summary>Novelty scores (SPEC 1.3).</summary>
public enum NoveltyScore
{
    /// <summary>Mean distance to the k nearest.</summary>
    Knn,

    /// <summary>Distance to the nearest.</summary>
    Min,

    /// <summary>Mean distance to all.</summary>
    Mean,

    /// <summary>Mahalanobis distance in principal component scores.</summary>
    Mahal,

    /// <summary>1 - largest cosine.</summary>
    Cos,

    /// <summary>Error of reconstruction from principal components.</summary>
    Recon,

    /// <summary>Local outlier factor.</summary>
    Lof,
}

/// <summary>What models and structural novelty know of a place.</summary>
public enum DescriptorSet
{
    /// <summary>Thirteen of the nearest groove, as normal scores: for films of grains.</summary>
    Groove,

    /// <summary>Twenty-seven of the pixel's surroundings, standardised (SPEC 4, the pilot's phi).</summary>
    Surroundings,
}

/// <summary>What structural novelty compares.</summary>
public enum StructuralInput
{
    /// <summary>Orientation-free descriptors (SPEC 4).</summary>
    Descriptors,

    /// <summary>Patches as they stand.</summary>
    Patch,

    /// <summary>Patches, the smallest distance over the eight rotations and reflections.</summary>
    Dihedral,

    /// <summary>Codes of the patches by an autoencoder that is trained on the overview before the first measurement (rVAE).</summary>
    Codes,
}

/// <summary>How structural novelty of unvisited places is known.</summary>
public enum StructuralModel
{
    /// <summary>Computed: the structure of every candidate is known.</summary>
    Exact,

    /// <summary>Predicted by a surrogate, as the literature does.</summary>
    Model,
}

/// <summary>How the parts of an acquisition are made comparable.</summary>
public enum PartNormalisation
{
    /// <summary>0 at the smallest, 1 at the largest unmeasured candidate.</summary>
    MinMax,

    /// <summary>Rank among the unmeasured candidates divided by their number.</summary>
    Rank,
}

/// <summary>How dual novelty combines its two normalised parts (SPEC 1.6).</summary>
public enum PartCombination
{
    /// <summary>w_s N(U_s) + w_x N(U_x).</summary>
    Sum,

    /// <summary>N(U_s) N(U_x): a candidate must be good in both.</summary>
    Product,

    /// <summary>Area that the candidate adds to the front of both parts, above their 5th percentiles.</summary>
    Pareto,
}

/// <summary>What expected-improvement scores (SPEC 2.6).</summary>
public enum ImprovementScore
{
    /// <summary>Expected improvement.</summary>
    Ei,

    /// <summary>Its logarithm, which orders candidates far below the best value.</summary>
    LogEi,

    /// <summary>Probability of improvement.</summary>
    Probability,

    /// <summary>mean + kappa * deviation.</summary>
    Ucb,
}

/// <summary>When a model that was trained in the background comes into use.</summary>
public enum ModelHandover
{
    /// <summary>
    /// A model trained after step k serves the decision of step k + 2, which waits for it if it must: independent of the machine's speed.
    /// </summary>
    NextStep,

    /// <summary>At the first decision after it is ready: the loop never waits, and the journal says which model decided.</summary>
    WhenReady,
}
