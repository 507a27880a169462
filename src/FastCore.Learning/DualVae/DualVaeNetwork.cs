using System.Numerics;
using FastCore.Compute.Execution;
using MathNet.Numerics.LinearAlgebra;

namespace FastCore.Learning.DualVae;

/// <summary>Weights of the parts of the loss at one step.</summary>
internal readonly record struct DualVaeWeights(double Beta, double Gamma, double Cosine, double FreeBits = 0, double Across = 0);

/// <summary>
/// The Dual-VAE of SPEC 3 on an executor: two encoders, two decoders, A, loss and gradient. Pairs are worked through in groups, the images of a
/// group in chunks, because one decoded image costs pixels x width values in each layer; losses and gradients add up, so that neither size changes
/// what is computed. Nothing waits for a device but the options that say so.
/// </summary>
/// <remarks>
/// Loss = mean over the batch of [cross-entropy of patch + cross-entropy of spectrum + beta divergence] + gamma mean |z1 - z2| + cosine weight x
/// mean (1 - cos(z1, z2)) + cross weight x mean cross-entropy of the spectrum decoded from z1, z1 the content of the patch's code. With free bits the divergence is the sum over dimensions of max(free bits, its mean
/// over the batch) (Kingma et al. 2016, eq. 15), which needs the encoders twice.
/// With the covariance mapped by A the spectrum's code is z2 = (mu2 + e^ls2 noise) A; its one-sample divergence is that of the formula above at z2
/// minus ln |det A|, whose gradient is -A^-T.
/// </remarks>
internal sealed class DualVaeNetwork<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Pairs whose encoders, codes and spectra are in memory at once.</summary>
    public const int GroupRows = 256;

    private const int Terms = 7;
    private readonly DualVaeArchitecture architecture;
    private readonly bool training;
    private readonly int group;
    private readonly int chunk;
    private readonly int pixels;
    private readonly int channels;
    private readonly DenseStack<T> patchEncoder;
    private readonly DenseStack<T> spectrumEncoder;
    private readonly DenseStack<T> patchDecoder;
    private readonly DenseStack<T> spectrumDecoder;
    private readonly DenseWeights patchMean;
    private readonly DenseWeights patchLogSigma;
    private readonly DenseWeights spectrumMean;
    private readonly DenseWeights spectrumLogSigma;
    private readonly DenseWeights coordinates;
    private readonly Tensor latentWeight;
    private readonly Tensor latentGradient;
    private readonly Tensor alignment;
    private readonly Tensor alignmentGradient;
    private readonly Tensor grid;
    private readonly Tensor patchPrior;
    private readonly Tensor spectrumPrior;
    private readonly Tensor losses;
    private readonly Tensor patchDivergence;
    private readonly Tensor spectrumDivergence;
    private readonly Tensor patchDimensionSum;
    private readonly Tensor spectrumDimensionSum;
    private readonly Tensor patchDimensions;
    private readonly Tensor spectrumDimensions;
    private readonly Tensor row;
    private readonly Tensor shared;
    private readonly Tensor points;
    private readonly Tensor pointGradient;
    private readonly Tensor first;
    private readonly Tensor firstGradient;
    private readonly Tensor planar;
    private readonly Tensor latent;
    private readonly Tensor latentRowGradient;
    private readonly Tensor[] codeGradients;
    private readonly T[] lossValues = new T[Terms];
    private readonly T[] patchPressure;
    private readonly T[] spectrumPressure;
    private readonly T[] matrix;

    /// <summary>Plans the network.</summary>
    /// <param name="layout">Arena to plan into.</param>
    /// <param name="architecture">Networks.</param>
    /// <param name="pairs">Pairs that <see cref="Patches"/>, <see cref="Spectra"/> and the noise hold.</param>
    /// <param name="chunk">Decoded images in memory at once.</param>
    /// <param name="training">Whether gradients will be asked for.</param>
    public DualVaeNetwork(ArenaLayout layout, DualVaeArchitecture architecture, int pairs, int chunk, bool training)
    {
        this.architecture = architecture;
        this.training = training;
        DualVaeShape shape = architecture.Shape;
        DualVaeOptions options = architecture.Options;
        group = Math.Min(GroupRows, pairs);
        this.chunk = Math.Min(chunk, group);
        pixels = shape.Pixels;
        channels = shape.PatchChannels;
        int code = architecture.PatchCode, content = architecture.Content, classes = shape.Classes;
        Parameters = new DualVaeParameters<T>(layout, architecture, training);
        Patches = layout.Allocate("patches", pairs, shape.PatchValues + architecture.Features + classes);
        Spectra = layout.Allocate("spectra", pairs, shape.SpectrumValues + classes);
        int noisy = options.NoiseLevel > 0 && training ? pairs : 0;
        NoisyPatches = layout.Allocate("noisy patches", noisy, Patches.Columns);
        NoisySpectra = layout.Allocate("noisy spectra", noisy, Spectra.Columns);
        PatchNoise = layout.Allocate("noise of patch codes", pairs, code);
        SpectrumNoise = layout.Allocate("noise of spectrum codes", pairs, content);
        grid = layout.Allocate("grid", pixels, 2);
        patchPrior = layout.Allocate("prior of patch codes", 1, code);
        spectrumPrior = layout.Allocate("prior of spectrum codes", 1, content);
        losses = layout.Allocate("losses", 1, Terms);
        patchDimensionSum = layout.Allocate("divergence of patch dimensions, group", 1, code);
        spectrumDimensionSum = layout.Allocate("divergence of spectrum dimensions, group", 1, content);
        patchDimensions = layout.Allocate("divergence of patch dimensions", 1, code);
        spectrumDimensions = layout.Allocate("divergence of spectrum dimensions", 1, content);
        patchPressure = new T[code];
        spectrumPressure = new T[content];
        matrix = new T[content * content];

        int encoders = options.EncoderWidths.Count, decoders = options.DecoderWidths.Count;
        patchEncoder = new(layout, "patch encoder", Stack("patchEncoder", encoders, false), false, group, training);
        spectrumEncoder = new(layout, "spectrum encoder", Stack("spectrumEncoder", encoders, false), false, group, training);
        spectrumDecoder = new(layout, "spectrum decoder", Stack("spectrumDecoder", decoders, true), true, group, training);
        patchDecoder = new(layout, "patch decoder", Stack("patchDecoder", decoders, true), true, this.chunk * pixels, training);
        patchMean = Parameters.Layer("patchEncoder.mean");
        patchLogSigma = Parameters.Layer("patchEncoder.logSigma");
        spectrumMean = Parameters.Layer("spectrumEncoder.mean");
        spectrumLogSigma = Parameters.Layer("spectrumEncoder.logSigma");
        coordinates = Parameters.Layer("patchDecoder.coordinates");
        latentWeight = Parameters.Value("patchDecoder.latent.weight");
        latentGradient = Parameters.GradientOf("patchDecoder.latent.weight");
        alignment = Parameters.Value("alignment");
        alignmentGradient = Parameters.GradientOf("alignment");

        PatchMean = layout.Allocate("patch mean", group, code);
        PatchLogSigma = layout.Allocate("patch log sigma", group, code);
        PatchSample = layout.Allocate("patch sample", group, code + classes);
        OwnMean = layout.Allocate("spectrum mean before A", group, content);
        SpectrumMean = layout.Allocate("spectrum mean", group, content);
        SpectrumLogSigma = layout.Allocate("spectrum log sigma", group, content);
        SpectrumSample = layout.Allocate("spectrum sample", group, content + classes);
        shared = layout.Allocate("spectrum sample before A", options.TransformCovariance ? group : 0, content);
        patchDivergence = layout.Allocate("patch divergence", group, code);
        spectrumDivergence = layout.Allocate("spectrum divergence", group, content);
        row = layout.Allocate("row sums", group, 1);
        PatchError = layout.Allocate("cross-entropy of patches", group, 1);
        SpectrumError = layout.Allocate("cross-entropy of spectra", group, 1);
        int kept = training ? group : 0;
        // z1, mu1, ls1, z2, mu2, ls2, what reaches the spectrum code from the decoder, mu2 before A, the code before A
        codeGradients = [.. new[] { code + classes, code, code, content + classes, content, content, content + classes, content, content }
            .Select((columns, i) => layout.Allocate($"gradient of code {i}", kept, columns))];
        int width = options.DecoderWidths[0];
        latent = layout.Allocate("latent part of the image decoder", group, width);
        latentRowGradient = layout.Allocate("gradient of the latent part", kept, width);
        int rows = this.chunk * pixels, keptRows = training ? rows : 0;
        points = layout.Allocate("points", rows, 2);
        pointGradient = layout.Allocate("gradient of points", architecture.Coordinates > 0 ? keptRows : 0, 2);
        first = layout.Allocate("first layer of the image decoder", rows, width);
        firstGradient = layout.Allocate("gradient of the first layer", keptRows, width);
        planar = layout.Allocate("logits by channel", channels > 1 ? rows : 0, channels > 1 ? channels : 1);

        DenseWeights[] Stack(string name, int hidden, bool output) =>
            [.. Enumerable.Range(0, hidden).Select(i => Parameters.Layer($"{name}.{i}")), .. output ? [Parameters.Layer($"{name}.output")] : Array.Empty<DenseWeights>()];
    }

    /// <summary>Trained values.</summary>
    public DualVaeParameters<T> Parameters { get; }

    /// <summary>Scaled patches, behind them their features, then classes as 0 and 1; pairs x values.</summary>
    public Tensor Patches { get; }

    /// <summary>Scaled spectra, classes behind them.</summary>
    public Tensor Spectra { get; }

    /// <summary>What the encoder sees of the patches when training with noise.</summary>
    public Tensor NoisyPatches { get; }

    /// <summary>What the encoder sees of the spectra when training with noise.</summary>
    public Tensor NoisySpectra { get; }

    /// <summary>Standard normal noise, pairs x code of a patch.</summary>
    public Tensor PatchNoise { get; }

    /// <summary>Standard normal noise, pairs x content.</summary>
    public Tensor SpectrumNoise { get; }

    /// <summary>Mean of the codes of the group's patches.</summary>
    public Tensor PatchMean { get; }

    /// <summary>Logarithm of their standard deviations.</summary>
    public Tensor PatchLogSigma { get; }

    /// <summary>Their sample, classes behind it.</summary>
    public Tensor PatchSample { get; }

    /// <summary>Mean of the codes of the group's spectra before A.</summary>
    public Tensor OwnMean { get; }

    /// <summary>The mean after A, in the shared space.</summary>
    public Tensor SpectrumMean { get; }

    /// <summary>Logarithm of the standard deviations, before A where A maps the covariance.</summary>
    public Tensor SpectrumLogSigma { get; }

    /// <summary>Sample in the shared space, classes behind it.</summary>
    public Tensor SpectrumSample { get; }

    /// <summary>Cross-entropy of each patch of the group after <see cref="Evaluate"/>.</summary>
    public Tensor PatchError { get; }

    /// <summary>Cross-entropy of each spectrum of the group after <see cref="Evaluate"/>.</summary>
    public Tensor SpectrumError { get; }

    /// <summary>Divergence of each dimension of each patch's code after <see cref="Evaluate"/>.</summary>
    public Tensor PatchDivergence => patchDivergence;

    /// <summary>Divergence of each dimension of each spectrum's code after <see cref="Evaluate"/>.</summary>
    public Tensor SpectrumDivergence => spectrumDivergence;

    /// <summary>Logits of the decoded spectra of the group.</summary>
    public Tensor SpectrumLogits => spectrumDecoder.Output;

    /// <summary>Images decoded at once.</summary>
    public int Chunk => chunk;

    /// <summary>Pairs of a group.</summary>
    public int Group => group;

    /// <summary>Uploads what no step changes.</summary>
    public void Prepare(IExecutor<T> e)
    {
        int height = architecture.Shape.PatchHeight, width = architecture.Shape.PatchWidth;
        var values = new T[2 * pixels];
        for (int n = 0; n < pixels; n++)
        {
            values[2 * n] = T.CreateChecked(-1 + (2.0 * (n / width) / (height - 1)));
            values[(2 * n) + 1] = T.CreateChecked(1 - (2.0 * (n % width) / (width - 1)));
        }
        e.Upload(values, grid);
        e.Upload([.. architecture.PatchPrior.Select(T.CreateChecked)], patchPrior);
        e.Fill(spectrumPrior, T.Zero);
    }

    /// <summary>Loss and gradient of the first <paramref name="pairs"/> pairs; the noise must be there.</summary>
    public void LossAndGradient(IExecutor<T> e, int pairs, in DualVaeWeights weights)
    {
        if (!training)
            throw new InvalidOperationException("The network was planned without gradients.");
        Array.Fill(patchPressure, T.One);
        Array.Fill(spectrumPressure, T.One);
        if (weights.FreeBits > 0)
            FindPressure(e, pairs, weights.FreeBits);
        e.Fill(Parameters.Gradient, T.Zero);
        Clear(e);
        for (int from = 0; from < pairs; from += group)
        {
            int b = Math.Min(group, pairs - from);
            Encode(e, from, b, NoisyPatches.Rows > 0);
            Measure(e, from, b, pairs);
            Decode(e, from, b, pairs, weights, backward: true);
            Return(e, from, b);
        }
        if (architecture.Options.TransformCovariance)
            AddDeterminantGradient(e, weights.Beta);
    }

    /// <summary>Loss alone of pairs <paramref name="start"/> to <paramref name="end"/>, without noise on the inputs.</summary>
    public void Loss(IExecutor<T> e, int start, int end, in DualVaeWeights weights)
    {
        Clear(e);
        for (int from = start; from < end; from += group)
        {
            int b = Math.Min(group, end - from);
            Encode(e, from, b, noisy: false);
            Measure(e, from, b, end - start);
            Decode(e, from, b, end - start, weights, backward: false);
        }
    }

    /// <summary>Encodes, samples and decodes the first <paramref name="b"/> pairs, at most a group; results stay in the tensors named above.</summary>
    public void Evaluate(IExecutor<T> e, int b)
    {
        Clear(e);
        Encode(e, 0, b, noisy: false);
        Measure(e, 0, b, b);
        Decode(e, 0, b, b, new DualVaeWeights(1, 0, 0), backward: false);
    }

    /// <summary>What <see cref="LossAndGradient"/> or <see cref="Loss"/> found; waits for it.</summary>
    public DualVaeLoss ReadLoss(IExecutor<T> e, in DualVaeWeights weights)
    {
        e.Download(losses, lossValues);
        double patch = Number(lossValues[0]), spectrum = Number(lossValues[1]), determinant = 0, divergence;
        double patchDivergenceSum = Number(lossValues[2]), spectrumDivergenceSum = Number(lossValues[3]);
        double distance = Number(lossValues[4]), cosine = Number(lossValues[5]);
        if (architecture.Options.TransformCovariance)
            determinant = Math.Log(Math.Abs(ReadAlignment(e).Determinant()));
        spectrumDivergenceSum -= determinant;
        divergence = patchDivergenceSum + spectrumDivergenceSum;
        if (weights.FreeBits > 0)
            divergence = Floored(e, patchDimensions, patchPressure, weights.FreeBits) + Floored(e, spectrumDimensions, spectrumPressure, weights.FreeBits);
        double across = Number(lossValues[6]);
        double total = patch + spectrum + (weights.Beta * divergence) + (weights.Gamma * distance) + (weights.Cosine * cosine) + (weights.Across * across);
        return new DualVaeLoss(total, patch, spectrum, patchDivergenceSum, spectrumDivergenceSum, distance, cosine, across);
    }

    /// <summary>One Adam step; steps are counted from 1.</summary>
    public void Update(IExecutor<T> e, int step, double rate) =>
        e.AdamStep(Parameters.Gradient, Parameters.FirstMoment, Parameters.SecondMoment, Parameters.Values, new AdamSettings(step, rate));

    /// <summary>Mean and spread of the codes of patches (b x values with classes).</summary>
    public void EncodePatches(IExecutor<T> e, Tensor input)
    {
        int b = input.Rows;
        patchEncoder.Forward(e, input);
        Tensor hidden = patchEncoder.Output.TopRows(b);
        e.Dense(hidden, patchMean.Weight, patchMean.Bias, Activation.Identity, PatchMean.TopRows(b));
        e.Dense(hidden, patchLogSigma.Weight, patchLogSigma.Bias, Activation.Identity, PatchLogSigma.TopRows(b));
    }

    /// <summary>Mean and spread of the codes of spectra (b x values with classes), the mean before and after A.</summary>
    public void EncodeSpectra(IExecutor<T> e, Tensor input)
    {
        int b = input.Rows;
        spectrumEncoder.Forward(e, input);
        Tensor hidden = spectrumEncoder.Output.TopRows(b);
        e.Dense(hidden, spectrumMean.Weight, spectrumMean.Bias, Activation.Identity, OwnMean.TopRows(b));
        e.Dense(hidden, spectrumLogSigma.Weight, spectrumLogSigma.Bias, Activation.Identity, SpectrumLogSigma.TopRows(b));
        e.MatrixMultiply(OwnMean.TopRows(b), alignment, SpectrumMean.TopRows(b), false, false, T.One, T.Zero);
    }

    /// <summary>Logits of spectra from contents (b x content with classes), in <see cref="SpectrumLogits"/>.</summary>
    public void DecodeSpectra(IExecutor<T> e, Tensor content) => spectrumDecoder.Forward(e, content);

    /// <summary>
    /// Logits of at most a chunk of patches (b x values) from codes (b x code with classes); on the grid as it stands where
    /// <paramref name="straight"/>.
    /// </summary>
    public Tensor DecodePatches(IExecutor<T> e, Tensor code, bool straight)
    {
        int b = code.Rows;
        Tensor content = code.Block(0, architecture.Coordinates, b, code.Columns - architecture.Coordinates);
        e.MatrixMultiply(content, latentWeight, latent.TopRows(b), false, false, T.One, T.Zero);
        return Draw(e, code, latent.TopRows(b), straight);
    }

    private static double Number(T value) => double.CreateChecked(value);

    private static T Converted(double value) => T.CreateChecked(value);

    private void Clear(IExecutor<T> e)
    {
        e.Fill(losses, T.Zero);
        e.Fill(patchDimensions, T.Zero);
        e.Fill(spectrumDimensions, T.Zero);
    }

    // Codes and samples of pairs from .. from + b - 1.
    private void Encode(IExecutor<T> e, int from, int b, bool noisy)
    {
        Tensor patches = noisy ? NoisyPatches : Patches, spectra = noisy ? NoisySpectra : Spectra;
        int code = architecture.PatchCode, content = architecture.Content, classes = architecture.Shape.Classes;
        EncodePatches(e, patches.Block(from, 0, b, patches.Columns));
        EncodeSpectra(e, spectra.Block(from, 0, b, spectra.Columns));
        e.Reparameterize(PatchMean.TopRows(b), PatchLogSigma.TopRows(b), PatchNoise.Block(from, 0, b, code), PatchSample.Block(0, 0, b, code));
        Tensor noise = SpectrumNoise.Block(from, 0, b, content), sample = SpectrumSample.Block(0, 0, b, content);
        if (architecture.Options.TransformCovariance)
        {
            e.Reparameterize(OwnMean.TopRows(b), SpectrumLogSigma.TopRows(b), noise, shared.TopRows(b));
            e.MatrixMultiply(shared.TopRows(b), alignment, sample, false, false, T.One, T.Zero);
        }
        else
        {
            e.Reparameterize(SpectrumMean.TopRows(b), SpectrumLogSigma.TopRows(b), noise, sample);
        }
        if (classes == 0)
            return;
        e.Copy(Patches.Block(from, Patches.Columns - classes, b, classes), PatchSample.Block(0, code, b, classes));
        e.Copy(Spectra.Block(from, architecture.Shape.SpectrumValues, b, classes), SpectrumSample.Block(0, content, b, classes));
    }

    // Divergence and distances of the codes; each part is the mean over the batch, without its weight.
    private void Measure(IExecutor<T> e, int from, int b, int pairs)
    {
        T mean = Converted(1.0 / pairs);
        int content = architecture.Content;
        Tensor patch = PatchSample.Block(0, 0, b, architecture.PatchCode), spectrum = SpectrumSample.Block(0, 0, b, content);
        Tensor patchTerms = patchDivergence.TopRows(b), spectrumTerms = spectrumDivergence.TopRows(b);
        if (architecture.Options.Divergence == DivergenceEstimate.ClosedForm)
        {
            e.KlDivergence(PatchMean.TopRows(b), PatchLogSigma.TopRows(b), patchPrior, patchTerms);
            e.KlDivergence(SpectrumMean.TopRows(b), SpectrumLogSigma.TopRows(b), spectrumPrior, spectrumTerms);
        }
        else
        {
            e.SampledKlDivergence(PatchLogSigma.TopRows(b), PatchNoise.Block(from, 0, b, patch.Columns), patch, patchPrior, patchTerms);
            e.SampledKlDivergence(SpectrumLogSigma.TopRows(b), SpectrumNoise.Block(from, 0, b, content), spectrum, spectrumPrior, spectrumTerms);
        }
        e.Sum(patchTerms, mean, T.One, Part(2));
        e.Sum(spectrumTerms, mean, T.One, Part(3));
        e.ColumnSum(patchTerms, patchDimensionSum);
        e.ColumnSum(spectrumTerms, spectrumDimensionSum);
        e.AddScaled(mean, patchDimensionSum, patchDimensions);
        e.AddScaled(mean, spectrumDimensionSum, spectrumDimensions);
        Tensor shown = PatchSample.Block(0, architecture.Coordinates, b, content);
        e.L1Alignment(shown, spectrum, row.TopRows(b));
        e.Sum(row.TopRows(b), Converted(1.0 / ((double)pairs * content)), T.One, Part(4));
        e.CosineAlignment(shown, spectrum, row.TopRows(b));
        e.Sum(row.TopRows(b), mean, T.One, Part(5));
    }

    // Cross-entropies, and with backward the gradients of both decoders down to the codes.
    private void Decode(IExecutor<T> e, int from, int b, int pairs, in DualVaeWeights weights, bool backward)
    {
        T mean = Converted(1.0 / pairs);
        int content = architecture.Content, values = architecture.Shape.PatchValues;
        int before = architecture.Coordinates, behind = PatchSample.Columns - before;
        if (backward)
            BeginCodeGradients(e, b, pairs, weights);
        spectrumDecoder.Forward(e, SpectrumSample.TopRows(b));
        Tensor logits = spectrumDecoder.Output.TopRows(b), target = Spectra.Block(from, 0, b, architecture.Shape.SpectrumValues);
        e.SigmoidCrossEntropy(logits, target, SpectrumError.TopRows(b));
        e.Sum(SpectrumError.TopRows(b), mean, T.One, Part(1));
        if (backward)
        {
            e.SigmoidCrossEntropyGradient(logits, target, mean, logits);
            spectrumDecoder.Backward(e, SpectrumSample.TopRows(b), logits, codeGradients[6].TopRows(b));
            e.AddScaled(T.One, codeGradients[6].Block(0, 0, b, content), codeGradients[3].Block(0, 0, b, content));
        }
        if (weights.Across > 0)
            DecodeAcross(e, target, b, mean, weights.Across, backward);
        e.MatrixMultiply(PatchSample.Block(0, before, b, behind), latentWeight, latent.TopRows(b), false, false, T.One, T.Zero);
        for (int at = 0; at < b; at += chunk)
        {
            int images = Math.Min(chunk, b - at);
            Tensor codes = PatchSample.Block(at, 0, images, PatchSample.Columns);
            Tensor drawn = Draw(e, codes, latent.Block(at, 0, images, latent.Columns), straight: false);
            Tensor seen = Patches.Block(from + at, 0, images, values);
            e.SigmoidCrossEntropy(drawn, seen, PatchError.Block(at, 0, images, 1));
            if (backward)
                ReturnImages(e, codes, drawn, seen, at, mean);
        }
        e.Sum(PatchError.TopRows(b), mean, T.One, Part(0));
        if (!backward)
            return;
        e.MatrixMultiply(PatchSample.Block(0, before, b, behind), latentRowGradient.TopRows(b), latentGradient, true, false, T.One, T.One);
        e.MatrixMultiply(latentRowGradient.TopRows(b), latentWeight, codeGradients[0].Block(0, before, b, behind), false, true, T.One, T.One);
    }

    // The spectrum drawn from the content of the patch's code, class behind it.
    private void DecodeAcross(IExecutor<T> e, Tensor target, int b, T mean, double weight, bool backward)
    {
        int content = architecture.Content, before = architecture.Coordinates;
        Tensor shown = PatchSample.Block(0, before, b, PatchSample.Columns - before), logits = spectrumDecoder.Output.TopRows(b);
        spectrumDecoder.Forward(e, shown);
        e.SigmoidCrossEntropy(logits, target, row.TopRows(b));
        e.Sum(row.TopRows(b), mean, T.One, Part(6));
        if (!backward)
            return;
        e.SigmoidCrossEntropyGradient(logits, target, mean * Converted(weight), logits);
        spectrumDecoder.Backward(e, shown, logits, codeGradients[6].TopRows(b));
        e.AddScaled(T.One, codeGradients[6].Block(0, 0, b, content), codeGradients[0].Block(0, before, b, content));
    }

    // Logits of images, b x values, channel after channel.
    private Tensor Draw(IExecutor<T> e, Tensor codes, Tensor shift, bool straight)
    {
        int b = codes.Rows, n = b * pixels;
        (int turn, int turns) = straight ? (0, 0) : architecture.Turn;
        (int move, int moves) = straight ? (0, 0) : architecture.Move;
        e.TransformGrid(grid, codes.Block(0, turn, b, turns), codes.Block(0, move, b, moves), Converted(architecture.Options.ShiftScale),
            points.TopRows(n));
        e.SpatialDense(points.TopRows(n), coordinates.Weight, coordinates.Bias, shift, Activation.Tanh, first.TopRows(n));
        patchDecoder.Forward(e, first.TopRows(n));
        Tensor logits = patchDecoder.Output.TopRows(n);
        if (channels == 1)
            return logits.Reshape(b, pixels);
        Tensor target = planar.TopRows(n).Reshape(b, pixels * channels);
        Turned(e, logits, target, back: false);
        return target;
    }

    // The network gives the channels of a pixel side by side, a patch holds them one after the other.
    private void Turned(IExecutor<T> e, Tensor interleaved, Tensor byChannel, bool back)
    {
        for (int k = 0; k < byChannel.Rows; k++)
        {
            for (int c = 0; c < channels; c++)
            {
                Tensor mixed = interleaved.Block(k * pixels, c, pixels, 1);
                Tensor plain = byChannel.Block(k, c * pixels, 1, pixels).Reshape(pixels, 1);
                e.Copy(back ? plain : mixed, back ? mixed : plain);
            }
        }
    }

    private void ReturnImages(IExecutor<T> e, Tensor codes, Tensor drawn, Tensor seen, int at, T mean)
    {
        int b = codes.Rows, n = b * pixels;
        e.SigmoidCrossEntropyGradient(drawn, seen, mean, drawn);
        Tensor logits = patchDecoder.Output.TopRows(n);
        if (channels > 1)
            Turned(e, logits, drawn, back: true);
        patchDecoder.Backward(e, first.TopRows(n), logits, firstGradient.TopRows(n), Activation.Tanh);
        bool moves = architecture.Coordinates > 0;
        e.SpatialDenseGradient(points.TopRows(n), coordinates.Weight, first.TopRows(n), Activation.Identity, firstGradient.TopRows(n),
            moves ? pointGradient.TopRows(n) : null, coordinates.WeightGradient, coordinates.BiasGradient,
            latentRowGradient.Block(at, 0, b, latentRowGradient.Columns), accumulate: true);
        if (!moves)
            return;
        e.TransformGridGradient(grid, codes.Block(0, architecture.Turn.Column, b, architecture.Turn.Count), Converted(architecture.Options.ShiftScale),
            pointGradient.TopRows(n), codeGradients[0].Block(at, architecture.Turn.Column, b, architecture.Turn.Count),
            codeGradients[0].Block(at, architecture.Move.Column, b, architecture.Move.Count));
    }

    // Alignment and divergence; the decoders add theirs.
    private void BeginCodeGradients(IExecutor<T> e, int b, int pairs, in DualVaeWeights weights)
    {
        for (int i = 0; i < 6; i++)
            e.Fill(codeGradients[i].TopRows(b), T.Zero);
        int code = architecture.PatchCode, content = architecture.Content, before = architecture.Coordinates;
        Tensor patch = PatchSample.Block(0, before, b, content), spectrum = SpectrumSample.Block(0, 0, b, content);
        Tensor patchGradient = codeGradients[0].Block(0, before, b, content), spectrumGradient = codeGradients[3].Block(0, 0, b, content);
        if (weights.Gamma > 0)
            e.L1AlignmentGradient(patch, spectrum, Converted(weights.Gamma / ((double)pairs * content)), patchGradient, spectrumGradient);
        if (weights.Cosine > 0)
            e.CosineAlignmentGradient(patch, spectrum, Converted(weights.Cosine / pairs), patchGradient, spectrumGradient);
        double beta = weights.Beta / pairs;
        if (weights.FreeBits > 0)
        {
            for (int j = 0; j < code; j++)
                Press(e, b, j, beta * Number(patchPressure[j]), ofPatch: true);
            for (int j = 0; j < content; j++)
                Press(e, b, j, beta * Number(spectrumPressure[j]), ofPatch: false);
            return;
        }
        Divergence(e, b, 0, code, Converted(beta), ofPatch: true);
        Divergence(e, b, 0, content, Converted(beta), ofPatch: false);
    }

    private void Press(IExecutor<T> e, int b, int dimension, double weight, bool ofPatch)
    {
        if (weight > 0)
            Divergence(e, b, dimension, 1, Converted(weight), ofPatch);
    }

    private void Divergence(IExecutor<T> e, int b, int column, int columns, T weight, bool ofPatch)
    {
        Tensor sample = (ofPatch ? PatchSample : SpectrumSample).Block(0, column, b, columns);
        Tensor prior = (ofPatch ? patchPrior : spectrumPrior).Block(0, column, 1, columns);
        int at = ofPatch ? 0 : 3;
        Tensor toSpread = codeGradients[at + 2].Block(0, column, b, columns);
        if (architecture.Options.Divergence == DivergenceEstimate.ClosedForm)
        {
            e.KlDivergenceGradient((ofPatch ? PatchMean : SpectrumMean).Block(0, column, b, columns),
                (ofPatch ? PatchLogSigma : SpectrumLogSigma).Block(0, column, b, columns), prior, weight,
                codeGradients[at + 1].Block(0, column, b, columns), toSpread);
        }
        else
        {
            e.SampledKlDivergenceGradient(sample, prior, weight, codeGradients[at].Block(0, column, b, columns), toSpread);
        }
    }

    // From the gradients of the codes back through samples, heads and encoders.
    private void Return(IExecutor<T> e, int from, int b)
    {
        int code = architecture.PatchCode, content = architecture.Content;
        Tensor patchMeanGradient = codeGradients[1].TopRows(b), patchSpreadGradient = codeGradients[2].TopRows(b);
        Tensor meanGradient = codeGradients[4].TopRows(b), spreadGradient = codeGradients[5].TopRows(b), ownGradient = codeGradients[7].TopRows(b);
        Tensor sampleGradient = codeGradients[3].Block(0, 0, b, content), noise = SpectrumNoise.Block(from, 0, b, content);
        bool noisy = NoisyPatches.Rows > 0;
        e.ReparameterizeGradient(PatchLogSigma.TopRows(b), PatchNoise.Block(from, 0, b, code), codeGradients[0].Block(0, 0, b, code),
            patchMeanGradient, patchSpreadGradient);
        Heads(e, patchEncoder, b, patchMean, PatchMean, patchMeanGradient, patchLogSigma, PatchLogSigma, patchSpreadGradient);
        patchEncoder.Backward(e, (noisy ? NoisyPatches : Patches).Block(from, 0, b, Patches.Columns), null);
        if (architecture.Options.TransformCovariance)
        {
            Tensor own = codeGradients[8].TopRows(b);
            e.MatrixMultiply(shared.TopRows(b), sampleGradient, alignmentGradient, true, false, T.One, T.One);
            e.MatrixMultiply(sampleGradient, alignment, own, false, true, T.One, T.Zero);
            e.Fill(ownGradient, T.Zero);
            e.ReparameterizeGradient(SpectrumLogSigma.TopRows(b), noise, own, ownGradient, spreadGradient);
        }
        else
        {
            e.ReparameterizeGradient(SpectrumLogSigma.TopRows(b), noise, sampleGradient, meanGradient, spreadGradient);
            e.MatrixMultiply(OwnMean.TopRows(b), meanGradient, alignmentGradient, true, false, T.One, T.One);
            e.MatrixMultiply(meanGradient, alignment, ownGradient, false, true, T.One, T.Zero);
        }
        Heads(e, spectrumEncoder, b, spectrumMean, OwnMean, ownGradient, spectrumLogSigma, SpectrumLogSigma, spreadGradient);
        spectrumEncoder.Backward(e, (noisy ? NoisySpectra : Spectra).Block(from, 0, b, Spectra.Columns), null);
    }

    // Both heads read the last hidden layer: their gradients of it are joined in its place.
    private static void Heads(IExecutor<T> e, DenseStack<T> encoder, int b, in DenseWeights mean, Tensor meanValue, Tensor meanGradient,
        in DenseWeights spread, Tensor spreadValue, Tensor spreadGradient)
    {
        Tensor hidden = encoder.Output.TopRows(b), joined = encoder.OutputGradient.TopRows(b), part = encoder.SpareGradient.TopRows(b);
        e.DenseGradient(hidden, mean.Weight, meanValue.TopRows(b), Activation.Identity, meanGradient, joined, mean.WeightGradient, mean.BiasGradient,
            accumulate: true);
        e.DenseGradient(hidden, spread.Weight, spreadValue.TopRows(b), Activation.Identity, spreadGradient, part, spread.WeightGradient,
            spread.BiasGradient, accumulate: true);
        e.AddScaled(T.One, part, joined);
    }

    private Tensor Part(int index) => losses.Block(0, index, 1, 1);

    // 1 for a dimension whose mean divergence exceeds the free bits, else 0; the download waits.
    private void FindPressure(IExecutor<T> e, int pairs, double freeBits)
    {
        Clear(e);
        for (int from = 0; from < pairs; from += group)
        {
            int b = Math.Min(group, pairs - from);
            Encode(e, from, b, NoisyPatches.Rows > 0);
            Measure(e, from, b, pairs);
        }
        e.Download(patchDimensions, patchPressure);
        e.Download(spectrumDimensions, spectrumPressure);
        foreach (T[] pressure in (ReadOnlySpan<T[]>)[patchPressure, spectrumPressure])
        {
            for (int j = 0; j < pressure.Length; j++)
                pressure[j] = Number(pressure[j]) > freeBits ? T.One : T.Zero;
        }
    }

    private static double Floored(IExecutor<T> e, Tensor dimensions, T[] room, double freeBits)
    {
        e.Download(dimensions, room);
        double sum = 0;
        foreach (T value in room)
            sum += Math.Max(freeBits, Number(value));
        return sum;
    }

    private Matrix<double> ReadAlignment(IExecutor<T> e)
    {
        int content = architecture.Content;
        e.Download(alignment, matrix);
        return Matrix<double>.Build.Dense(content, content, (i, j) => Number(matrix[(i * content) + j]));
    }

    // d(-beta ln |det A|) / dA = -beta A^-T.
    private void AddDeterminantGradient(IExecutor<T> e, double beta)
    {
        int content = architecture.Content;
        Matrix<double> inverse = ReadAlignment(e).Inverse();
        e.Download(alignmentGradient, matrix);
        for (int i = 0; i < content; i++)
        {
            for (int j = 0; j < content; j++)
                matrix[(i * content) + j] -= Converted(beta * inverse[j, i]);
        }
        e.Upload(matrix, alignmentGradient);
    }
}
