using System.Globalization;
using FastCore.Learning.Statistics;
using MathNet.Numerics.LinearAlgebra;

namespace FastCore.Learning.DualVae;

/// <summary>One dimension of a code over a set of pairs.</summary>
/// <param name="Modality">"patch" or "spectrum".</param>
/// <param name="Name">angle, shift x, shift y, content 1, ...</param>
/// <param name="Divergence">Mean divergence from the prior in closed form, in nats.</param>
/// <param name="MeanVariance">Variance of the code's mean over the pairs.</param>
/// <param name="Active">Whether that variance exceeds 0.01 (Burda et al. 2016).</param>
public sealed record DualVaeDimension(string Modality, string Name, double Divergence, double MeanVariance, bool Active);

/// <summary>How well one modality is predicted from the other: root mean square errors over held-out pairs, values scaled to 0 .. 1.</summary>
/// <param name="Model">Decoded from the mean content of the other modality.</param>
/// <param name="PrincipalComponents">
/// Linear regression on the principal components of the other modality; their number has the least leave-one-out error on the training pairs.
/// </param>
/// <param name="MeanOnly">The mean of the training pairs.</param>
public sealed record DualVaeCrossError(double Model, double PrincipalComponents, double MeanOnly)
{
    /// <summary>Share by which the model's error is below that of the mean; negative if above.</summary>
    public double GainOverMean => MeanOnly > 0 ? 1 - (Model / MeanOnly) : 0;

    /// <summary>Share by which the model's error is below that of the regression; negative if above.</summary>
    public double GainOverPrincipalComponents => PrincipalComponents > 0 ? 1 - (Model / PrincipalComponents) : 0;
}

/// <summary>How well the spectrum of one pair is predicted from its patch: root mean square errors, values scaled to 0 .. 1.</summary>
/// <param name="Pair">Index of the pair.</param>
/// <param name="Model">Decoded from the mean content of the patch.</param>
/// <param name="MeanOnly">The mean of the training pairs.</param>
public sealed record DualVaePairError(int Pair, double Model, double MeanOnly)
{
    /// <summary>Error of the model over that of the mean, over several pairs; NaN over none.</summary>
    public static double Share(IEnumerable<DualVaePairError> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        double model = 0, mean = 0;
        foreach (DualVaePairError pair in pairs)
            (model, mean) = (model + (pair.Model * pair.Model), mean + (pair.MeanOnly * pair.MeanOnly));
        return mean > 0 ? Math.Sqrt(model / mean) : double.NaN;
    }
}

/// <summary>What tells whether a Dual-VAE can be trusted (SPEC 3).</summary>
/// <param name="Dimensions">Dimensions of both codes.</param>
/// <param name="AlignmentDistance">Frobenius norm of A - I.</param>
/// <param name="SpectrumFromPatch">Error of spectra predicted from patches.</param>
/// <param name="PatchFromSpectrum">Error of patches predicted from spectra; these are unturned, the measured ones are not.</param>
/// <param name="NeighbourAgreement">Mean share of a pair's nearest neighbours that both codes agree on.</param>
/// <param name="NeighbourChance">The share that unrelated codes would agree on.</param>
/// <param name="Neighbours">Number of neighbours.</param>
/// <param name="EvidenceLowerBound">Mean over pairs and samples, in nats: minus cross-entropies and divergences.</param>
/// <param name="ImportanceBound">Tighter bound on the log-likelihood of a pair, ln of the mean weight of the samples (Burda et al. 2016, eq. 8).</param>
/// <param name="Pairs">Pairs that errors, bounds and agreement were taken over.</param>
/// <param name="HeldOut">Whether these were kept from training.</param>
public sealed record DualVaeReport(IReadOnlyList<DualVaeDimension> Dimensions, double AlignmentDistance, DualVaeCrossError SpectrumFromPatch,
    DualVaeCrossError PatchFromSpectrum, double NeighbourAgreement, double NeighbourChance, int Neighbours, double EvidenceLowerBound,
    double ImportanceBound, int Pairs, bool HeldOut)
{
    /// <summary>Error of the spectrum predicted from the patch, and that of the mean spectrum, of each judged pair.</summary>
    public IReadOnlyList<DualVaePairError> PairErrors { get; init; } = [];

    /// <summary>
    /// In how many directions the contents of the patches vary: (sum l)^2 / sum l^2 over the variances l of their means along their principal axes (participation ratio), from 1 to the
    /// number of dimensions. Dimensions that are all active may still say the same.
    /// </summary>
    public double PatchDirections { get; init; }

    /// <summary>The same of the contents of the spectra.</summary>
    public double SpectrumDirections { get; init; }

    /// <summary>Number of active dimensions of a modality's code.</summary>
    public int ActiveUnits(string modality) => Dimensions.Count(d => d.Modality == modality && d.Active);

    /// <summary>A sentence for each content dimension that has collapsed; empty if none has.</summary>
    public IReadOnlyList<string> Collapsed => [.. Dimensions.Where(d => !d.Active).Select(d => string.Create(CultureInfo.InvariantCulture,
        $"The {d.Modality} code has collapsed in {d.Name}: its mean varies by {d.MeanVariance:g2} over the pairs (0.01 is active) and it carries "
        + $"{d.Divergence:f2} nats."))];
}

/// <summary>Computes <see cref="DualVaeReport"/>.</summary>
public static class DualVaeMonitors
{
    private const double ActiveFrom = 0.01;
    private const int MostComponents = 20;

    /// <summary>
    /// Judges a model. The pairs that it held out are taken for errors and bounds, or all pairs where fewer than two were; the dimensions are judged
    /// over all pairs.
    /// </summary>
    /// <param name="inference">The model on a backend.</param>
    /// <param name="data">The pairs that it was trained on, in the same order.</param>
    /// <param name="neighbours">Neighbours of a pair, fewer where there are too few pairs.</param>
    /// <param name="samples">Samples of each code for the bounds.</param>
    /// <param name="seed">Seed of the samples.</param>
    public static DualVaeReport Evaluate(DualVaeInference inference, DualVaeDataSet data, int neighbours = 10, int samples = 16, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(inference);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(neighbours, 1);
        DualVaeModel model = inference.Model;
        int[] held = [.. model.HeldOut.Where(pair => pair < data.Count)];
        bool isHeld = held.Length >= 2;
        DualVaeDataSet judged = isHeld ? data.Take(held) : data;
        DualVaeDataSet training = isHeld ? data.Take([.. Enumerable.Range(0, data.Count).Except(held)]) : data;
        DualVaeCodes patches = inference.EncodePatches(data.Patches, data.Classes), spectra = inference.EncodeSpectra(data.Spectra, data.Classes);
        DualVaeDimension[] dimensions = [.. Judge("patch", patches, model.Architecture.PatchPrior), .. Judge("spectrum", spectra, new double[spectra.Columns])];
        int content = patches.Content;
        double[] alignment = model.Alignment;
        double apart = 0;
        for (int k = 0; k < alignment.Length; k++)
            apart += Math.Pow(alignment[k] - (k / content == k % content ? 1 : 0), 2);
        int k0 = Math.Min(neighbours, data.Count - 1);
        double agreement = Agreement(patches.ContentMeans(), spectra.ContentMeans(), content, data.Count, k0);
        (double lower, double importance) = Bounds(inference, judged, samples, seed);
        (double Model, double MeanOnly)[] errors = new (double, double)[judged.Count];
        return new DualVaeReport(dimensions, Math.Sqrt(apart), CrossError(inference, training, judged, toSpectra: true, errors),
            CrossError(inference, training, judged, toSpectra: false, []), agreement, (double)k0 / (data.Count - 1), k0, lower, importance, judged.Count, isHeld)
        {
            PatchDirections = Directions(patches.ContentMeans(), content),
            SpectrumDirections = Directions(spectra.ContentMeans(), content),
            PairErrors = [.. errors.Select((error, i) => new DualVaePairError(isHeld ? held[i] : i, error.Model, error.MeanOnly))],
        };
    }

    /// <summary>Participation ratio of the covariance C of points: (tr C)^2 / tr C^2; 0 where they do not vary.</summary>
    internal static double Directions(double[] points, int dimensions)
    {
        int count = points.Length / dimensions;
        double[] mean = [.. Enumerable.Range(0, dimensions).Select(d => Enumerable.Range(0, count).Average(i => points[(i * dimensions) + d]))];
        double trace = 0, squares = 0;
        for (int a = 0; a < dimensions; a++)
        {
            for (int b = 0; b < dimensions; b++)
            {
                double covariance = 0;
                for (int i = 0; i < count; i++)
                    covariance += (points[(i * dimensions) + a] - mean[a]) * (points[(i * dimensions) + b] - mean[b]) / count;
                trace += a == b ? covariance : 0;
                squares += covariance * covariance;
            }
        }
        return squares > 0 ? trace * trace / squares : 0;
    }

    /// <summary>Mean share of the k nearest neighbours of each point that two embeddings have in common.</summary>
    internal static double Agreement(double[] first, double[] second, int dimensions, int count, int k)
    {
        double shared = 0;
        for (int i = 0; i < count; i++)
            shared += Nearest(first, i).Intersect(Nearest(second, i)).Count();
        return shared / ((double)count * k);

        IEnumerable<int> Nearest(double[] points, int i) => Enumerable.Range(0, count).Where(j => j != i).OrderBy(j => Distance(points, i, j)).Take(k);

        double Distance(double[] points, int i, int j)
        {
            double sum = 0;
            for (int d = 0; d < dimensions; d++)
                sum += Math.Pow(points[(i * dimensions) + d] - points[(j * dimensions) + d], 2);
            return sum;
        }
    }

    private static IEnumerable<DualVaeDimension> Judge(string modality, DualVaeCodes codes, double[] prior)
    {
        for (int j = 0; j < codes.Columns; j++)
        {
            double[] means = codes.Column(j);
            double centre = means.Average(), variance = means.Sum(m => (m - centre) * (m - centre)) / means.Length, divergence = 0;
            for (int i = 0; i < codes.Count; i++)
            {
                double logSigma = codes.LogSigmas[(i * codes.Columns) + j];
                divergence += prior[j] - logSigma + ((Math.Exp(2 * logSigma) + (means[i] * means[i])) / (2 * Math.Exp(2 * prior[j]))) - 0.5;
            }
            yield return new DualVaeDimension(modality, codes.ColumnNames[j], divergence / codes.Count, variance, variance > ActiveFrom);
        }
    }

    private static (double Lower, double Importance) Bounds(DualVaeInference inference, DualVaeDataSet data, int samples, long seed)
    {
        int n = data.Count, code = inference.Model.Architecture.PatchCode, content = inference.Model.Architecture.Content;
        double determinant = inference.Model.Options.TransformCovariance
            ? Math.Log(Math.Abs(Matrix<double>.Build.DenseOfRowMajor(content, content, inference.Model.Alignment).Determinant())) : 0;
        var weights = new double[samples, n];
        double[] parts = new double[4 * n];
        RandomStream random = RandomStream.Named(seed, "dualVae.bounds");
        float[] patchNoise = new float[n * code], spectrumNoise = new float[n * content];
        for (int s = 0; s < samples; s++)
        {
            foreach (float[] noise in (ReadOnlySpan<float[]>)[patchNoise, spectrumNoise])
            {
                for (int k = 0; k < noise.Length; k++)
                    noise[k] = (float)random.NextNormal();
            }
            inference.EvaluatePairs(data, patchNoise, spectrumNoise, parts.AsSpan(0, n), parts.AsSpan(n, n), parts.AsSpan(2 * n, n), parts.AsSpan(3 * n, n));
            for (int i = 0; i < n; i++)
                weights[s, i] = determinant - parts[i] - parts[n + i] - parts[(2 * n) + i] - parts[(3 * n) + i];
        }
        double lower = 0, importance = 0;
        for (int i = 0; i < n; i++)
        {
            double largest = double.NegativeInfinity, sum = 0;
            for (int s = 0; s < samples; s++)
                (lower, largest) = (lower + (weights[s, i] / samples / n), Math.Max(largest, weights[s, i]));
            for (int s = 0; s < samples; s++)
                sum += Math.Exp(weights[s, i] - largest);
            importance += (largest + Math.Log(sum / samples)) / n;
        }
        return (lower, importance);
    }

    private static DualVaeCrossError CrossError(DualVaeInference inference, DualVaeDataSet training, DualVaeDataSet judged, bool toSpectra,
        Span<(double Model, double MeanOnly)> ofPairs)
    {
        double[] decoded = toSpectra
            ? inference.DecodeSpectra(inference.EncodePatches(judged.Patches, judged.Classes).ContentMeans(), judged.Classes)
            : inference.DecodePatches(inference.EncodeSpectra(judged.Spectra, judged.Classes).ContentMeans(), judged.Classes);
        double[] model = Scaled(inference.Model, decoded, toSpectra, decodedAlready: true);
        double[] from = Scaled(inference.Model, toSpectra ? training.Patches : training.Spectra, !toSpectra, false);
        double[] to = Scaled(inference.Model, toSpectra ? training.Spectra : training.Patches, toSpectra, false);
        double[] seen = Scaled(inference.Model, toSpectra ? judged.Patches : judged.Spectra, !toSpectra, false);
        double[] truth = Scaled(inference.Model, toSpectra ? judged.Spectra : judged.Patches, toSpectra, false);
        int components = Math.Min(MostComponents, Math.Max(1, training.Count / 3)), inputs = from.Length / training.Count;
        var linear = PrincipalComponentRegression.FitByLeaveOneOut(from, to, training.Count, components);
        double[] regression = new double[truth.Length], mean = new double[truth.Length];
        for (int i = 0; i < judged.Count; i++)
        {
            linear.Predict(seen.AsSpan(i * inputs, inputs)).CopyTo(regression, i * linear.Outputs);
            linear.Mean.CopyTo(mean.AsSpan(i * linear.Outputs));
        }
        for (int i = 0; i < ofPairs.Length; i++)
        {
            Range pair = (i * linear.Outputs)..((i + 1) * linear.Outputs);
            ofPairs[i] = (Rms(model.AsSpan(pair), truth.AsSpan(pair)), Rms(mean.AsSpan(pair), truth.AsSpan(pair)));
        }
        return new DualVaeCrossError(Rms(model, truth), Rms(regression, truth), Rms(mean, truth));
    }

    private static double[] Scaled(DualVaeModel model, double[] values, bool spectra, bool decodedAlready)
    {
        if (decodedAlready && !spectra && !model.Scalers.PatchesComeBack)
            return values;
        var scaled = new float[values.Length];
        if (spectra)
            model.Scalers.ScaleSpectra(model.Shape, values, scaled);
        else
            model.Scalers.ScalePatches(model.Shape, values, scaled);
        return Array.ConvertAll(scaled, value => (double)value);
    }

    private static double Rms(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        double sum = 0;
        for (int k = 0; k < first.Length; k++)
            sum += (first[k] - second[k]) * (first[k] - second[k]);
        return Math.Sqrt(sum / first.Length);
    }
}
