using FastCore.Learning.Descriptors;
using FastCore.Learning.Scaling;

namespace FastCore.Learning.DualVae;

/// <summary>Whose arithmetic is followed where the published notebook and its intention differ (SPEC 3).</summary>
public enum DualVaeMode
{
    /// <summary>The angle turns the patch, the shifts move it, the angle's prior has the standard deviation pi / 2.</summary>
    Corrected,

    /// <summary>
    /// The notebook as it stands: the first shift turns the patch, the last shift moves both axes, the angle reaches no decoder, and its prior has
    /// the logarithmic standard deviation pi / 2.
    /// </summary>
    Published,
}

/// <summary>What the image decoder draws by coordinates of its own, so that the content does not depend on it.</summary>
public enum Invariance
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>An angle.</summary>
    Rotation,

    /// <summary>Two shifts.</summary>
    Translation,

    /// <summary>An angle and two shifts.</summary>
    RotationAndTranslation,
}

/// <summary>How the divergence of a code from its prior is computed.</summary>
public enum DivergenceEstimate
{
    /// <summary>log q - log p at the sample that the decoder gets.</summary>
    OneSample,

    /// <summary>Its expectation, in closed form.</summary>
    ClosedForm,
}

/// <summary>How values reach 0 .. 1.</summary>
public enum DualVaeScaling
{
    /// <summary>They are there already; others are refused.</summary>
    None,

    /// <summary>Every patch by its own range (of each channel): heights count relative to their surroundings. Spectra cannot be scaled so.</summary>
    Each,

    /// <summary>One fitted range for each channel of the whole table, so that sizes are kept.</summary>
    Table,
}

/// <summary>What the patch encoder is told of a patch beside its pixels.</summary>
public enum PatchFeatures
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>
    /// Thirteen descriptors of the groove nearest to its centre (<see cref="PatchGrooves"/>), of each channel: few pairs do not teach an
    /// encoder what a groove looks like in every direction and place.
    /// </summary>
    Groove,
}

/// <summary>How a Dual-VAE is built and trained. The defaults are the published ones, in corrected arithmetic.</summary>
public sealed record DualVaeOptions
{
    /// <summary>Arithmetic.</summary>
    public DualVaeMode Mode { get; init; } = DualVaeMode.Corrected;

    /// <summary>Content dimensions that patch and spectrum share.</summary>
    public int LatentSize { get; init; } = 2;

    /// <summary>What the image decoder draws by coordinates of its own.</summary>
    public Invariance Invariance { get; init; } = Invariance.RotationAndTranslation;

    /// <summary>Widths of the hidden layers of both encoders.</summary>
    public IReadOnlyList<int> EncoderWidths { get; init; } = [256, 256];

    /// <summary>Widths of the hidden layers of both decoders; the layer of the coordinates is as wide as the first.</summary>
    public IReadOnlyList<int> DecoderWidths { get; init; } = [256, 256];

    /// <summary>How far a shift code of 1 moves the grid, which reaches from -1 to 1.</summary>
    public double ShiftScale { get; init; } = 0.5;

    /// <summary>Weight of the divergence.</summary>
    public double Beta { get; init; } = 1;

    /// <summary>Epochs over which <see cref="Beta"/> rises in a straight line; 0 for full weight at once.</summary>
    public int BetaWarmUpEpochs { get; init; }

    /// <summary>
    /// Divergence in nats, mean over the pairs, up to which a dimension costs that much and is not pressed (Kingma et al. 2016, eq. 15); 0 for none.
    /// </summary>
    public double FreeBits { get; init; }

    /// <summary>Closed form or one sample.</summary>
    public DivergenceEstimate Divergence { get; init; } = DivergenceEstimate.OneSample;

    /// <summary>Weight of the mean distance |z1 - z2| of the two contents of a pair, at the first epoch.</summary>
    public double Gamma { get; init; } = 10;

    /// <summary>The weight after <see cref="GammaEpochs"/>; as <see cref="Gamma"/> if null.</summary>
    public double? GammaEnd { get; init; }

    /// <summary>Epochs over which gamma goes from its first to its last value in a straight line.</summary>
    public int GammaEpochs { get; init; } = 1000;

    /// <summary>Weight of 1 - cosine of the two contents of a pair.</summary>
    public double CosineWeight { get; init; }

    /// <summary>
    /// Weight of the cross-entropy of the spectrum when it is decoded from the code of its patch: trains the prediction of spectra from structure itself,
    /// where gamma only draws the codes together. 0, as published, for none.
    /// </summary>
    public double CrossWeight { get; init; }

    /// <summary>
    /// Whether each epoch shows every training patch turned by quarters and mirrored at random: its spectrum does not depend on how it lies. Patches
    /// that are not square are turned by halves.
    /// </summary>
    public bool TurnPatches { get; init; }

    /// <summary>Standard deviation of noise on what the encoders see (values are 0 .. 1); the decoders are compared with the values without it.</summary>
    public double NoiseLevel { get; init; }

    /// <summary>Whether A maps the spectrum's sample, mean and spread, and not its mean alone. Needs the one-sample estimate without free bits.</summary>
    public bool TransformCovariance { get; init; }

    /// <summary>What the patch encoder is told of a patch beside its pixels. The decoder draws pixels alone.</summary>
    public PatchFeatures Features { get; init; }

    /// <summary>Scaling of patches.</summary>
    public DualVaeScaling PatchScaling { get; init; } = DualVaeScaling.Each;

    /// <summary>Scaling of spectra.</summary>
    public DualVaeScaling SpectrumScaling { get; init; } = DualVaeScaling.Table;

    /// <summary>What fitted scalers do with values outside the range of the training pairs.</summary>
    public OutOfRange OutOfRange { get; init; } = OutOfRange.Clamp;

    /// <summary>Adam's step size.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>Epochs; each is one step on the gradient of all training pairs.</summary>
    public int Epochs { get; init; } = 1000;

    /// <summary>Pairs whose decoded images are in memory at once: changes memory and time, not the gradient.</summary>
    public int ChunkRows { get; init; } = 8;

    /// <summary>Share of the pairs, drawn by the seed, that is held out; 0 for none.</summary>
    public double ValidationShare { get; init; }

    /// <summary>Epochs without a lower loss of the held-out pairs after which training ends with the best weights; 0 trains to the end.</summary>
    public int Patience { get; init; }

    /// <summary>Seed of weights, noise and split.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Weight of the divergence at an epoch, counted from 1.</summary>
    public double BetaAt(int epoch) => BetaWarmUpEpochs > 0 ? Beta * Math.Min(1, (double)epoch / BetaWarmUpEpochs) : Beta;

    /// <summary>Weight of the distance of the contents at an epoch, counted from 1.</summary>
    public double GammaAt(int epoch) => GammaEnd is { } end ? Gamma + ((end - Gamma) * Math.Min(1, (epoch - 1.0) / Math.Max(1, GammaEpochs - 1))) : Gamma;

    internal void Validate()
    {
        Require(Enum.IsDefined(Mode) && Enum.IsDefined(Invariance) && Enum.IsDefined(Divergence) && Enum.IsDefined(PatchScaling) && Enum.IsDefined(Features)
            && Enum.IsDefined(SpectrumScaling) && Enum.IsDefined(OutOfRange), "An option has a value that is not defined.");
        Require(LatentSize >= 1, $"A latent size of {LatentSize} holds nothing; at least 1 is needed.");
        Require(EncoderWidths is { Count: > 0 } && DecoderWidths is { Count: > 0 } && EncoderWidths.Concat(DecoderWidths).All(width => width > 0),
            "Encoders and decoders need at least one hidden layer, all widths positive.");
        Require(NotNegative(Beta) && NotNegative(Gamma) && NotNegative(GammaEnd ?? 0) && NotNegative(CosineWeight) && NotNegative(CrossWeight)
            && NotNegative(FreeBits)
            && NotNegative(NoiseLevel) && double.IsFinite(ShiftScale),
            "Beta, gamma, cosine weight, cross weight, free bits and noise level must be finite and not negative.");
        Require(LearningRate > 0 && double.IsFinite(LearningRate), $"The learning rate {LearningRate} must be positive.");
        Require(Epochs >= 1 && BetaWarmUpEpochs >= 0 && GammaEpochs >= 1 && Patience >= 0 && ChunkRows >= 1,
            "Epochs, gamma epochs and chunk rows must be positive, warm-up and patience not negative.");
        Require(ValidationShare is >= 0 and < 1, $"The validation share {ValidationShare} must be at least 0 and below 1.");
        Require(Patience == 0 || ValidationShare > 0, "Early stopping needs held-out pairs: set the validation share.");
        Require(SpectrumScaling != DualVaeScaling.Each, "Spectra are scaled as a table or not at all: their sizes carry meaning.");
        Require(!TransformCovariance || (Divergence == DivergenceEstimate.OneSample && FreeBits == 0),
            "A covariance mapped by A needs the one-sample estimate of the divergence and no free bits: its dimensions are not independent.");
    }

    internal void ValidateFor(DualVaeShape shape)
    {
        Validate();
        Require(Features == PatchFeatures.None || Math.Min(shape.PatchHeight, shape.PatchWidth) >= PatchGrooves.SmallestSide,
            $"Grooves are described in patches of at least {PatchGrooves.SmallestSide} x {PatchGrooves.SmallestSide} pixels; these have {shape.PatchHeight} x "
            + $"{shape.PatchWidth}: take larger patches, or features=none.");
    }

    private static bool NotNegative(double value) => value >= 0 && double.IsFinite(value);

    private static void Require(bool holds, string sentence)
    {
        if (!holds)
            throw new ArgumentException(sentence);
    }
}
