using FastCore.Compute.Execution;
using FastCore.Learning.Acquisition;

namespace FastCore.Learning.DualVae;

/// <summary>
/// What is done with a trained Dual-VAE: encode, decode, reconstruct, predict one modality from the other, manifolds, traversals, latent maps.
/// Values come and go in the unit of the data that the model was trained on; patches that were scaled each by its own range are decoded to 0 .. 1.
/// Memory does not grow with the number of patches. One thread at a time.
/// </summary>
public sealed class DualVaeInference : IDisposable
{
    private const int ImageChunk = 16;
    private const int CodeChunk = 4096;
    private readonly ExecutionBackend backend;
    private readonly DualVaeArchitecture architecture;
    private readonly DualVaeShape shape;
    private readonly DualVaeNetwork<float> network;
    private readonly IExecutor<float> executor;
    private readonly float[] patchRows;
    private readonly float[] spectrumRows;
    private readonly float[] codes;
    private readonly float[] decoded;

    /// <summary>Puts a model on a backend.</summary>
    public DualVaeInference(ExecutionBackend backend, DualVaeModel model)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(model);
        (this.backend, Model, architecture, shape) = (backend, model, model.Architecture, model.Shape);
        var layout = new ArenaLayout();
        network = new DualVaeNetwork<float>(layout, architecture, DualVaeNetwork<float>.GroupRows, ImageChunk, training: false);
        executor = backend.CreateSingle(layout);
        network.Prepare(executor);
        executor.Upload(model.Weights, network.Parameters.Values);
        patchRows = new float[network.Group * network.Patches.Columns];
        spectrumRows = new float[network.Group * network.Spectra.Columns];
        codes = new float[network.Group * (architecture.PatchCode + shape.Classes)];
        decoded = new float[Math.Max(network.Chunk * shape.PatchValues, network.Group * shape.SpectrumValues)];
    }

    /// <summary>The model.</summary>
    public DualVaeModel Model { get; }

    /// <summary>Codes of patches.</summary>
    /// <param name="patches">n x values, as in <see cref="DualVaeShape"/>.</param>
    /// <param name="classes">n classes for a conditional model.</param>
    /// <exception cref="ArgumentException">Patches of another size than the model was trained for, or values that are not finite.</exception>
    public DualVaeCodes EncodePatches(ReadOnlySpan<double> patches, ReadOnlySpan<int> classes = default)
    {
        int n = CountPatches(patches, classes);
        DualVaeCodes result = PatchCodes(n);
        for (int from = 0; from < n; from += network.Group)
        {
            int b = Math.Min(network.Group, n - from);
            network.EncodePatches(executor, LoadPatches(patches, classes, from, b));
            ReadCodes(result, from, b, network.PatchMean, network.PatchLogSigma);
        }
        return result;
    }

    /// <summary>Codes of spectra, in the space that patch and spectrum share (their mean after A).</summary>
    /// <param name="spectra">n x values.</param>
    /// <param name="classes">n classes for a conditional model.</param>
    /// <exception cref="ArgumentException">Spectra of another length than the model was trained for, or values that are not finite.</exception>
    public DualVaeCodes EncodeSpectra(ReadOnlySpan<double> spectra, ReadOnlySpan<int> classes = default)
    {
        int n = CountSpectra(spectra, classes), content = architecture.Content;
        var result = new DualVaeCodes(n, 0, 0, content, new double[n * content], new double[n * content]);
        for (int from = 0; from < n; from += network.Group)
        {
            int b = Math.Min(network.Group, n - from);
            network.EncodeSpectra(executor, LoadSpectra(spectra, classes, from, b));
            ReadCodes(result, from, b, network.SpectrumMean, network.SpectrumLogSigma);
        }
        if (Model.Options.TransformCovariance)
            MapSpread(result);
        return result;
    }

    /// <summary>Patches through encoder and decoder, at the mean of their codes: turned and moved as they are.</summary>
    public double[] ReconstructPatches(ReadOnlySpan<double> patches, ReadOnlySpan<int> classes = default)
    {
        DualVaeCodes found = EncodePatches(patches, classes);
        return DecodePatchCodes(found.Means, classes, straight: false);
    }

    /// <summary>Spectra through encoder and decoder, at the mean of their codes.</summary>
    public double[] ReconstructSpectra(ReadOnlySpan<double> spectra, ReadOnlySpan<int> classes = default) =>
        DecodeSpectra(EncodeSpectra(spectra, classes).Means, classes);

    /// <summary>Patches of contents, unturned and unmoved.</summary>
    /// <param name="contents">n x content.</param>
    /// <param name="classes">n classes for a conditional model.</param>
    public double[] DecodePatches(ReadOnlySpan<double> contents, ReadOnlySpan<int> classes = default) =>
        DecodePatchCodes(Padded(contents), classes, straight: true);

    /// <summary>Patches of whole codes, turned and moved as these say.</summary>
    /// <param name="patchCodes">n x code, columns as in <see cref="DualVaeCodes.ColumnNames"/>.</param>
    /// <param name="classes">n classes for a conditional model.</param>
    public double[] DecodePatchCodes(ReadOnlySpan<double> patchCodes, ReadOnlySpan<int> classes = default) =>
        DecodePatchCodes(patchCodes, classes, straight: false);

    /// <summary>Spectra of contents in the shared space.</summary>
    /// <param name="contents">n x content.</param>
    /// <param name="classes">n classes for a conditional model.</param>
    public double[] DecodeSpectra(ReadOnlySpan<double> contents, ReadOnlySpan<int> classes = default)
    {
        int content = architecture.Content, n = CountCodes(contents, content, classes), values = shape.SpectrumValues;
        var result = new double[n * values];
        for (int from = 0; from < n; from += network.Group)
        {
            int b = Math.Min(network.Group, n - from);
            Tensor code = LoadCodes(contents, content, classes, from, b, network.SpectrumSample);
            network.DecodeSpectra(executor, code);
            ReadSigmoids(network.SpectrumLogits.TopRows(b), result.AsSpan(from * values, b * values));
        }
        Model.Scalers.RestoreSpectra(shape, result);
        return result;
    }

    /// <summary>What spectrum belongs to a patch, with the spread of the patch's code.</summary>
    /// <param name="patches">n x values.</param>
    /// <param name="classes">n classes for a conditional model.</param>
    /// <param name="samples">Samples of each code, at least 2.</param>
    /// <param name="seed">Seed of the samples.</param>
    public DualVaePrediction PredictSpectra(ReadOnlySpan<double> patches, ReadOnlySpan<int> classes = default, int samples = 64, long seed = 1)
    {
        DualVaeCodes found = EncodePatches(patches, classes);
        return Predict(found, classes, samples, seed, shape.SpectrumValues, (contents, labels) => DecodeSpectra(contents, labels));
    }

    /// <summary>What patch belongs to a spectrum, unturned and unmoved, with the spread of the spectrum's code.</summary>
    /// <param name="spectra">n x values.</param>
    /// <param name="classes">n classes for a conditional model.</param>
    /// <param name="samples">Samples of each code, at least 2.</param>
    /// <param name="seed">Seed of the samples.</param>
    public DualVaePrediction PredictPatches(ReadOnlySpan<double> spectra, ReadOnlySpan<int> classes = default, int samples = 32, long seed = 1)
    {
        DualVaeCodes found = EncodeSpectra(spectra, classes);
        return Predict(found, classes, samples, seed, shape.PatchValues, (contents, labels) => DecodePatches(contents, labels));
    }

    /// <summary>
    /// Both decoders over a grid of two content dimensions, the others 0: side x side cells at the normal quantiles of .95 down to .05 (SPEC 3). The
    /// published mode decodes spectra at z A, as the notebook does.
    /// </summary>
    /// <param name="side">Cells along a side, at least 2.</param>
    /// <param name="rowDimension">Content dimension down the rows.</param>
    /// <param name="columnDimension">Content dimension along the columns.</param>
    /// <param name="ofClass">Class of a conditional model.</param>
    public DualVaeManifold Manifold(int side = 10, int rowDimension = 0, int columnDimension = 1, int ofClass = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 2);
        int content = architecture.Content, rows = side;
        if (content == 1)
            (rows, rowDimension, columnDimension) = (1, -1, 0);
        else
            RequireDimensions(rowDimension, columnDimension);
        double[] descending = [.. Enumerable.Range(0, side).Select(i => NormalDistribution.InverseCumulative(0.95 - (0.9 * i / (side - 1))))];
        double[] ascending = [.. descending.Reverse()];
        var contents = new double[rows * side * content];
        for (int cell = 0; cell < rows * side; cell++)
        {
            if (rowDimension >= 0)
                contents[(cell * content) + rowDimension] = descending[cell / side];
            contents[(cell * content) + columnDimension] = ascending[cell % side];
        }
        int[] classes = Repeated(ofClass, rows * side);
        return new DualVaeManifold(rows, side, rowDimension < 0 ? [0] : descending, ascending, rowDimension, columnDimension,
            DecodePatches(contents, classes), DecodeSpectra(Shown(contents), classes));
    }

    /// <summary>Both decoders along one content dimension, the others 0.</summary>
    /// <param name="dimension">Content dimension, from 0.</param>
    /// <param name="values">Its values; 11 from -2 to 2 if null.</param>
    /// <param name="ofClass">Class of a conditional model.</param>
    public DualVaeTraversal Traverse(int dimension, double[]? values = null, int ofClass = 0)
    {
        int content = architecture.Content;
        ArgumentOutOfRangeException.ThrowIfNegative(dimension);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(dimension, content);
        values ??= [.. Enumerable.Range(-5, 11).Select(k => 0.4 * k)];
        var contents = new double[values.Length * content];
        for (int i = 0; i < values.Length; i++)
            contents[(i * content) + dimension] = values[i];
        int[] classes = Repeated(ofClass, values.Length);
        return new DualVaeTraversal(dimension, values, DecodePatches(contents, classes), DecodeSpectra(Shown(contents), classes));
    }

    /// <summary>
    /// Codes of the patches around the pixels of an image, gathered on the fly. A patch reaches from size / 2 pixels before its centre; those of all
    /// pixels are mirrored at the edge.
    /// </summary>
    /// <param name="image">Channels x rows x columns.</param>
    /// <param name="rows">Rows of the image.</param>
    /// <param name="columns">Columns of the image.</param>
    /// <param name="wholePatches">Only pixels whose patch lies in the image; all pixels if false.</param>
    /// <param name="ofClass">Class of a conditional model.</param>
    /// <exception cref="ArgumentException">An image that does not fit, is smaller than a patch, or has values that are not finite.</exception>
    public DualVaeMap Map(ReadOnlySpan<double> image, int rows, int columns, bool wholePatches = false, int ofClass = 0)
    {
        int channels = shape.PatchChannels, height = shape.PatchHeight, width = shape.PatchWidth;
        if (rows < 1 || columns < 1 || image.Length != channels * rows * columns)
        {
            throw new ArgumentException($"The image has {image.Length} values; {channels} channel{(channels == 1 ? "" : "s")} of {rows} x {columns} are "
                + "expected.", nameof(image));
        }
        if (rows < height || columns < width)
            throw new ArgumentException($"The image of {rows} x {columns} is smaller than the patches of {height} x {width}.", nameof(image));
        RequireClass(ofClass);
        (int firstRow, int firstColumn) = wholePatches ? (height / 2, width / 2) : (0, 0);
        (int mapRows, int mapColumns) = wholePatches ? (rows - height + 1, columns - width + 1) : (rows, columns);
        var centres = new int[mapRows * mapColumns];
        for (int i = 0; i < centres.Length; i++)
            centres[i] = ((firstRow + (i / mapColumns)) * columns) + firstColumn + (i % mapColumns);
        DualVaeCodes result = PatchCodes(centres.Length);
        float[] scaled = ScaleImage(image, rows, columns);
        PatchesOfImage? measured = Model.Scalers.Features is null ? null : new(image.ToArray(), rows, columns, shape, centres);
        if (channels == 1 && height == width)
            MapInPlace(scaled, rows, columns, centres, measured, ofClass, result);
        else
            MapGathered(scaled, rows, columns, centres, measured, ofClass, result);
        return new DualVaeMap(mapRows, mapColumns, firstRow, firstColumn, result);
    }

    /// <inheritdoc/>
    public void Dispose() => executor.Dispose();

    /// <summary>
    /// Loss of pairs at one sample of their codes, one value each: both cross-entropies and both divergences, estimated at the sample. n noise rows.
    /// </summary>
    internal void EvaluatePairs(DualVaeDataSet data, ReadOnlySpan<float> patchNoise, ReadOnlySpan<float> spectrumNoise, Span<double> patchErrors,
        Span<double> spectrumErrors, Span<double> patchDivergences, Span<double> spectrumDivergences)
    {
        int code = architecture.PatchCode, content = architecture.Content;
        for (int from = 0; from < data.Count; from += network.Group)
        {
            int b = Math.Min(network.Group, data.Count - from);
            LoadPatches(data.Patches, data.Classes, from, b);
            LoadSpectra(data.Spectra, data.Classes, from, b);
            executor.Upload(patchNoise.Slice(from * code, b * code), network.PatchNoise.TopRows(b));
            executor.Upload(spectrumNoise.Slice(from * content, b * content), network.SpectrumNoise.TopRows(b));
            network.Evaluate(executor, b);
            ReadRows(network.PatchError, b, patchErrors.Slice(from, b));
            ReadRows(network.SpectrumError, b, spectrumErrors.Slice(from, b));
            ReadRows(network.PatchDivergence, b, patchDivergences.Slice(from, b));
            ReadRows(network.SpectrumDivergence, b, spectrumDivergences.Slice(from, b));
        }
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private int[] Repeated(int ofClass, int count)
    {
        RequireClass(ofClass);
        return shape.Classes == 0 ? [] : [.. Enumerable.Repeat(ofClass, count)];
    }

    private void RequireClass(int ofClass)
    {
        if (ofClass < 0 || ofClass >= Math.Max(1, shape.Classes))
            throw new ArgumentOutOfRangeException(nameof(ofClass), ofClass, $"The model knows the classes 0 to {Math.Max(1, shape.Classes) - 1}.");
    }

    private void RequireDimensions(int rowDimension, int columnDimension)
    {
        int content = architecture.Content;
        if (rowDimension < 0 || columnDimension < 0 || rowDimension >= content || columnDimension >= content || rowDimension == columnDimension)
            throw new ArgumentOutOfRangeException(nameof(rowDimension), $"Two different content dimensions from 0 to {content - 1} are needed.");
    }

    private DualVaeCodes PatchCodes(int n) => new(n, architecture.Angles, architecture.Shifts, architecture.Content,
        new double[n * architecture.PatchCode], new double[n * architecture.PatchCode]);

    private int CountPatches(ReadOnlySpan<double> patches, ReadOnlySpan<int> classes)
    {
        if (patches.Length == 0 || patches.Length % shape.PatchValues != 0)
        {
            throw new ArgumentException($"{patches.Length} values are no patches of the size that this model was trained for: {shape.PatchHeight} x "
                + $"{shape.PatchWidth} pixels, {shape.PatchChannels} channel{(shape.PatchChannels == 1 ? "" : "s")}.", nameof(patches));
        }
        return CountCodes(patches, shape.PatchValues, classes);
    }

    private int CountSpectra(ReadOnlySpan<double> spectra, ReadOnlySpan<int> classes)
    {
        if (spectra.Length == 0 || spectra.Length % shape.SpectrumValues != 0)
        {
            throw new ArgumentException($"{spectra.Length} values are no spectra of the length that this model was trained for: {shape.SpectrumLength} "
                + $"points, {shape.SpectrumChannels} channel{(shape.SpectrumChannels == 1 ? "" : "s")}.", nameof(spectra));
        }
        return CountCodes(spectra, shape.SpectrumValues, classes);
    }

    private int CountCodes(ReadOnlySpan<double> values, int columns, ReadOnlySpan<int> classes)
    {
        if (values.Length % columns != 0)
            throw new ArgumentException($"{values.Length} values are no rows of {columns}.", nameof(values));
        int n = values.Length / columns;
        if (classes.Length != (shape.Classes == 0 ? 0 : n))
        {
            throw new ArgumentException(shape.Classes == 0 ? "The model has no condition: leave the classes out."
                : $"The model has {shape.Classes} classes; the class of each of {n} is needed.", nameof(classes));
        }
        foreach (int label in classes)
            RequireClass(label);
        return n;
    }

    private Tensor LoadPatches(ReadOnlySpan<double> patches, ReadOnlySpan<int> classes, int from, int b)
    {
        int length = shape.PatchValues, columns = network.Patches.Columns;
        for (int i = 0; i < b; i++)
            Model.Scalers.ScalePatches(shape, patches.Slice((from + i) * length, length), patchRows.AsSpan(i * columns, length));
        if (Model.Scalers.Features is { } features)
            SetFeatures(features.Describe(shape, patches.Slice(from * length, b * length).ToArray()), columns, b);
        SetClasses(patchRows, columns, length + architecture.Features, classes, from, b);
        executor.Upload(patchRows.AsSpan(0, b * columns), network.Patches.TopRows(b));
        return network.Patches.TopRows(b);
    }

    private Tensor LoadSpectra(ReadOnlySpan<double> spectra, ReadOnlySpan<int> classes, int from, int b)
    {
        int length = shape.SpectrumValues, columns = network.Spectra.Columns;
        for (int i = 0; i < b; i++)
            Model.Scalers.ScaleSpectra(shape, spectra.Slice((from + i) * length, length), spectrumRows.AsSpan(i * columns, length));
        SetClasses(spectrumRows, columns, length, classes, from, b);
        executor.Upload(spectrumRows.AsSpan(0, b * columns), network.Spectra.TopRows(b));
        return network.Spectra.TopRows(b);
    }

    private Tensor LoadCodes(ReadOnlySpan<double> values, int length, ReadOnlySpan<int> classes, int from, int b, Tensor target)
    {
        for (int i = 0; i < b; i++)
        {
            for (int k = 0; k < length; k++)
                codes[(i * target.Columns) + k] = (float)values[((from + i) * length) + k];
        }
        SetClasses(codes, target.Columns, length, classes, from, b);
        executor.Upload(codes.AsSpan(0, b * target.Columns), target.TopRows(b));
        return target.TopRows(b);
    }

    private void SetFeatures(float[] features, int columns, int b)
    {
        int each = architecture.Features;
        for (int i = 0; i < b; i++)
            features.AsSpan(i * each, each).CopyTo(patchRows.AsSpan((i * columns) + shape.PatchValues));
    }

    private void SetClasses(float[] rows, int columns, int length, ReadOnlySpan<int> classes, int from, int b)
    {
        if (shape.Classes == 0)
            return;
        for (int i = 0; i < b; i++)
        {
            rows.AsSpan((i * columns) + length, shape.Classes).Clear();
            rows[(i * columns) + length + classes[from + i]] = 1;
        }
    }

    private void ReadCodes(DualVaeCodes result, int from, int b, Tensor mean, Tensor logSigma)
    {
        int columns = result.Columns;
        Span<float> room = codes.AsSpan(0, b * columns);
        executor.Download(mean.TopRows(b), room);
        Widen(room, result.Means.AsSpan(from * columns));
        executor.Download(logSigma.TopRows(b), room);
        Widen(room, result.LogSigmas.AsSpan(from * columns));
    }

    private static void Widen(ReadOnlySpan<float> from, Span<double> to)
    {
        for (int k = 0; k < from.Length; k++)
            to[k] = from[k];
    }

    // Sum along the rows of a group.
    private void ReadRows(Tensor tensor, int b, Span<double> sums)
    {
        Span<float> room = codes.AsSpan(0, b * tensor.Columns);
        executor.Download(tensor.TopRows(b), room);
        for (int i = 0; i < b; i++)
        {
            sums[i] = 0;
            for (int k = 0; k < tensor.Columns; k++)
                sums[i] += room[(i * tensor.Columns) + k];
        }
    }

    private void ReadSigmoids(Tensor logits, Span<double> result)
    {
        Span<float> room = decoded.AsSpan(0, logits.Count);
        executor.Download(logits, room);
        for (int k = 0; k < room.Length; k++)
            result[k] = Sigmoid(room[k]);
    }

    private double[] DecodePatchCodes(ReadOnlySpan<double> patchCodes, ReadOnlySpan<int> classes, bool straight)
    {
        int code = architecture.PatchCode, n = CountCodes(patchCodes, code, classes), values = shape.PatchValues;
        var result = new double[n * values];
        for (int from = 0; from < n; from += network.Chunk)
        {
            int b = Math.Min(network.Chunk, n - from);
            Tensor loaded = LoadCodes(patchCodes, code, classes, from, b, network.PatchSample);
            ReadSigmoids(network.DecodePatches(executor, loaded, straight), result.AsSpan(from * values, b * values));
        }
        Model.Scalers.RestorePatches(shape, result);
        return result;
    }

    // Contents with 0 for angle and shifts before them.
    private double[] Padded(ReadOnlySpan<double> contents)
    {
        int content = architecture.Content, code = architecture.PatchCode;
        if (contents.Length % content != 0)
            throw new ArgumentException($"{contents.Length} values are no contents of {content} dimensions.", nameof(contents));
        var padded = new double[contents.Length / content * code];
        for (int i = 0; i < contents.Length / content; i++)
            contents.Slice(i * content, content).CopyTo(padded.AsSpan((i * code) + code - content));
        return padded;
    }

    // What the spectrum decoder is shown for a point of a manifold: the published code multiplies by A once more.
    private double[] Shown(double[] contents)
    {
        if (Model.Options.Mode != DualVaeMode.Published)
            return contents;
        int content = architecture.Content;
        double[] alignment = Model.Alignment, result = new double[contents.Length];
        for (int k = 0; k < result.Length; k++)
        {
            for (int j = 0; j < content; j++)
                result[k] += contents[(k / content * content) + j] * alignment[(j * content) + (k % content)];
        }
        return result;
    }

    // The diagonal of A^T diag(sigma^2) A.
    private void MapSpread(DualVaeCodes result)
    {
        int content = architecture.Content;
        double[] alignment = Model.Alignment, own = new double[content];
        for (int i = 0; i < result.Count; i++)
        {
            Span<double> spread = result.LogSigmas.AsSpan(i * content, content);
            spread.CopyTo(own);
            for (int j = 0; j < content; j++)
            {
                double variance = 0;
                for (int k = 0; k < content; k++)
                    variance += Math.Exp(2 * own[k]) * alignment[(k * content) + j] * alignment[(k * content) + j];
                spread[j] = 0.5 * Math.Log(variance);
            }
        }
    }

    private DualVaePrediction Predict(DualVaeCodes found, ReadOnlySpan<int> classes, int samples, long seed, int values, Decoder decode)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 2);
        int content = architecture.Content, columns = found.Columns, before = columns - content;
        double[] mean = new double[found.Count * values], deviation = new double[found.Count * values], contents = new double[samples * content];
        int[] labels = new int[shape.Classes == 0 ? 0 : samples];
        RandomStream random = RandomStream.Named(seed, "dualVae.prediction");
        for (int i = 0; i < found.Count; i++)
        {
            for (int k = 0; k < contents.Length; k++)
            {
                int at = (i * columns) + before + (k % content);
                contents[k] = found.Means[at] + (Math.Exp(found.LogSigmas[at]) * random.NextNormal());
            }
            if (labels.Length > 0)
                Array.Fill(labels, classes[i]);
            double[] drawn = decode(contents, labels);
            for (int v = 0; v < values; v++)
            {
                double sum = 0, squares = 0;
                for (int s = 0; s < samples; s++)
                    sum += drawn[(s * values) + v];
                for (int s = 0; s < samples; s++)
                    squares += Math.Pow(drawn[(s * values) + v] - (sum / samples), 2);
                mean[(i * values) + v] = sum / samples;
                deviation[(i * values) + v] = Math.Sqrt(squares / (samples - 1));
            }
        }
        return new DualVaePrediction(found.Count, mean, deviation);
    }

    // Float values that a patch is gathered from: by the fitted range, or the whole image to 0 .. 1, which a range of each patch does not see.
    private float[] ScaleImage(ReadOnlySpan<double> image, int rows, int columns)
    {
        var scaled = new float[image.Length];
        int pixels = rows * columns;
        for (int c = 0; c < shape.PatchChannels; c++)
        {
            ReadOnlySpan<double> channel = image.Slice(c * pixels, pixels);
            double low = double.PositiveInfinity, high = double.NegativeInfinity;
            for (int k = 0; k < pixels; k++)
            {
                if (!double.IsFinite(channel[k]))
                    throw new ArgumentException($"Pixel ({k / columns}, {k % columns}) of the image is {channel[k]}; fill it in first.", nameof(image));
                low = Math.Min(low, channel[k]);
                high = Math.Max(high, channel[k]);
            }
            if (Model.Scalers.Patches == DualVaeScaling.Each)
            {
                for (int k = 0; k < pixels; k++)
                    scaled[(c * pixels) + k] = high > low ? (float)((channel[k] - low) / (high - low)) : 0;
                continue;
            }
            var line = new double[pixels];
            if (Model.Scalers.Patches == DualVaeScaling.Table)
                Model.Scalers.PatchRanges[c].Transform(channel, line);
            else
                channel.CopyTo(line);
            for (int k = 0; k < pixels; k++)
                scaled[(c * pixels) + k] = (float)line[k];
        }
        return scaled;
    }

    private float[] Describe(PatchesOfImage measured, int from, int b) =>
        Model.Scalers.Features!.Describe(shape, b, (number, patch) => measured.Gather((from * shape.PatchChannels) + number, patch));

    private void MapInPlace(float[] image, int rows, int columns, int[] centres, PatchesOfImage? measured, int ofClass, DualVaeCodes result)
    {
        int code = architecture.PatchCode, batch = Math.Min(CodeChunk, centres.Length);
        using var encoder = new ImageEncoder(backend, Model, image, rows, columns, batch, ofClass);
        var room = new float[batch * code];
        for (int from = 0; from < centres.Length; from += batch)
        {
            int b = Math.Min(batch, centres.Length - from);
            Span<float> part = room.AsSpan(0, b * code);
            encoder.Encode(centres.AsSpan(from, b), measured is null ? [] : Describe(measured, from, b));
            encoder.ReadMeans(part);
            Widen(part, result.Means.AsSpan(from * code));
            encoder.ReadLogSigmas(part);
            Widen(part, result.LogSigmas.AsSpan(from * code));
        }
    }

    // Patches that are not square, or of several channels.
    private void MapGathered(float[] image, int rows, int columns, int[] centres, PatchesOfImage? measured, int ofClass, DualVaeCodes result)
    {
        int height = shape.PatchHeight, width = shape.PatchWidth, channels = shape.PatchChannels, stride = network.Patches.Columns;
        bool each = Model.Scalers.Patches == DualVaeScaling.Each;
        int[] classes = Repeated(ofClass, network.Group);
        for (int from = 0; from < centres.Length; from += network.Group)
        {
            int b = Math.Min(network.Group, centres.Length - from);
            for (int i = 0; i < b; i++)
            {
                int top = (centres[from + i] / columns) - (height / 2), left = (centres[from + i] % columns) - (width / 2);
                for (int c = 0; c < channels; c++)
                    Gather(image.AsSpan(c * rows * columns, rows * columns), top, left, patchRows.AsSpan((i * stride) + (c * shape.Pixels), shape.Pixels));
            }
            if (measured is not null)
                SetFeatures(Describe(measured, from, b), stride, b);
            SetClasses(patchRows, stride, shape.PatchValues + architecture.Features, classes, 0, b);
            executor.Upload(patchRows.AsSpan(0, b * stride), network.Patches.TopRows(b));
            network.EncodePatches(executor, network.Patches.TopRows(b));
            ReadCodes(result, from, b, network.PatchMean, network.PatchLogSigma);
        }

        void Gather(ReadOnlySpan<float> channel, int top, int left, Span<float> patch)
        {
            PatchesOfImage.Gather(channel, rows, columns, top, left, width, patch);
            if (!each)
                return;
            float low = patch[0], high = low;
            foreach (float value in patch)
                (low, high) = (Math.Min(low, value), Math.Max(high, value));
            for (int k = 0; k < patch.Length; k++)
                patch[k] = high - low > 1e-12f ? (patch[k] - low) / (high - low) : 0;
        }
    }

    /// <summary>Patches about the pixels of an image, as measured; mirrored at its edge without repeating it.</summary>
    private sealed class PatchesOfImage(double[] image, int rows, int columns, DualVaeShape shape, int[] centres)
    {
        /// <summary>One channel of a patch; number is centre times channels plus channel.</summary>
        public void Gather(int number, Span<double> patch)
        {
            int centre = centres[number / shape.PatchChannels], height = shape.PatchHeight, width = shape.PatchWidth;
            int top = (centre / columns) - (height / 2), left = (centre % columns) - (width / 2);
            Gather<double>(image.AsSpan(number % shape.PatchChannels * rows * columns, rows * columns), rows, columns, top, left, width, patch);
        }

        /// <summary>The patch of some width whose first pixel is (top, left), row by row.</summary>
        public static void Gather<T>(ReadOnlySpan<T> channel, int rows, int columns, int top, int left, int width, Span<T> patch)
        {
            for (int k = 0; k < patch.Length; k++)
                patch[k] = channel[(Mirror(top + (k / width), rows) * columns) + Mirror(left + (k % width), columns)];
        }

        private static int Mirror(int index, int length) => index < 0 ? -index : index >= length ? (2 * length) - 2 - index : index;
    }

    private delegate double[] Decoder(ReadOnlySpan<double> contents, ReadOnlySpan<int> classes);
}
