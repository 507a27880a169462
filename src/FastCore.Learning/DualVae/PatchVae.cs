using FastCore.Compute.Execution;

namespace FastCore.Learning.DualVae;

/// <summary>
/// The image half of a Dual-VAE alone, an autoencoder of patches whose content does not depend on how they lie (rVAE; Bepler et al. 2019): every
/// patch stands beside one and the same spectrum, which has nothing to say, and nothing draws the two codes together.
/// </summary>
public static class PatchVae
{
    private static readonly double[] Nothing = [0.5, 0.5];

    /// <summary>Trains on patches; <see cref="DualVaeInference"/> encodes, decodes and maps images by the model.</summary>
    /// <param name="backend">Where it computes.</param>
    /// <param name="patches">count x side x side.</param>
    /// <param name="side">Side of a patch in pixels.</param>
    /// <param name="options">Networks and training; alignment and scaling of spectra are of no account.</param>
    /// <param name="cancellationToken">Ends the training after the epoch that runs.</param>
    /// <exception cref="ArgumentException">Fewer than two patches, or values that cannot be.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before the first epoch.</exception>
    public static DualVaeModel Train(ExecutionBackend backend, double[] patches, int side, DualVaeOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(patches);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 2);
        int count = patches.Length / (side * side);
        double[] spectra = [.. Enumerable.Range(0, count).SelectMany(_ => Nothing)];
        var data = new DualVaeDataSet(new DualVaeShape(side, side, Nothing.Length), patches, spectra);
        return new DualVaeTrainer(backend).Train(data, options with
        {
            Gamma = 0,
            GammaEnd = null,
            CosineWeight = 0,
            CrossWeight = 0,
            SpectrumScaling = DualVaeScaling.None,
        }, null, null, cancellationToken);
    }
}
