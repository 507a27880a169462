using FastCore.Learning.Descriptors;

namespace FastCore.Learning.DualVae;

/// <summary>
/// What shape and options say about the networks: where angle, shifts and content stand in the code of a patch, and all trained matrices.
/// </summary>
internal sealed class DualVaeArchitecture
{
    public DualVaeArchitecture(DualVaeShape shape, DualVaeOptions options)
    {
        (Shape, Options) = (shape, options);
        (Angles, Shifts) = options.Invariance switch
        {
            Invariance.Rotation => (1, 0),
            Invariance.Translation => (0, 2),
            Invariance.RotationAndTranslation => (1, 2),
            _ => (0, 0),
        };
        // Published: the angle is cut off before the grid is moved, so the columns after it stand in its place.
        bool cut = options.Mode == DualVaeMode.Published && Shifts > 0;
        Turn = (cut ? Coordinates - 2 : 0, cut ? 1 : Angles);
        Move = (cut ? Coordinates - 1 : Angles, cut ? 1 : Shifts);
        double angle = options.Mode == DualVaeMode.Published ? Math.PI / 2 : Math.Log(Math.PI / 2);
        PatchPrior = [.. Enumerable.Repeat(angle, Angles), .. Enumerable.Repeat(0.0, Shifts + Content)];
        Parameters = [.. List()];
        ParameterCount = Parameters.Sum(p => p.Rows * p.Columns);
    }

    public DualVaeShape Shape { get; }

    public DualVaeOptions Options { get; }

    /// <summary>1 where the code has an angle, its first column.</summary>
    public int Angles { get; }

    /// <summary>2 where the code has shifts, after the angle.</summary>
    public int Shifts { get; }

    /// <summary>Columns before the content.</summary>
    public int Coordinates => Angles + Shifts;

    /// <summary>Columns of the content.</summary>
    public int Content => Options.LatentSize;

    /// <summary>Columns of the code of a patch.</summary>
    public int PatchCode => Coordinates + Content;

    /// <summary>Columns of the code that turn the grid.</summary>
    public (int Column, int Count) Turn { get; }

    /// <summary>Columns of the code that move the grid; one moves both axes.</summary>
    public (int Column, int Count) Move { get; }

    /// <summary>Values of a patch that its encoder reads behind the pixels.</summary>
    public int Features => Options.Features == PatchFeatures.Groove ? GrooveDescriptors.Count * Shape.PatchChannels : 0;

    /// <summary>Logarithm of the prior's standard deviation of each column of a patch's code; 0 for spectra.</summary>
    public double[] PatchPrior { get; }

    /// <summary>All trained matrices in the order in which they stand in memory.</summary>
    public IReadOnlyList<DualVaeParameter> Parameters { get; }

    public int ParameterCount { get; }

    /// <summary>Initial values: U(+-1 / sqrt(fan-in)) for weights and biases, the identity for A (SPEC 3).</summary>
    public float[] InitialWeights(long seed)
    {
        var weights = new float[ParameterCount];
        RandomStream random = RandomStream.Named(seed, "dualVae.weights");
        int at = 0;
        foreach (DualVaeParameter parameter in Parameters)
        {
            int count = parameter.Rows * parameter.Columns;
            double bound = parameter.FanIn > 0 ? 1 / Math.Sqrt(parameter.FanIn) : 0;
            for (int k = 0; k < count; k++)
            {
                weights[at + k] = parameter.FanIn > 0 ? (float)(bound * ((2 * random.NextDouble()) - 1))
                    : k / parameter.Columns == k % parameter.Columns ? 1 : 0;
            }
            at += count;
        }
        return weights;
    }

    private IEnumerable<DualVaeParameter> List()
    {
        int classes = Shape.Classes;
        IReadOnlyList<int> decoder = Options.DecoderWidths;
        foreach ((string name, int inputs, int code) in new[]
        {
            ("patchEncoder", Shape.PatchValues + Features, PatchCode), ("spectrumEncoder", Shape.SpectrumValues, Content),
        })
        {
            int width = inputs + classes;
            for (int i = 0; i < Options.EncoderWidths.Count; i++)
            {
                foreach (DualVaeParameter p in Layer($"{name}.{i}", width, Options.EncoderWidths[i]))
                    yield return p;
                width = Options.EncoderWidths[i];
            }
            foreach (DualVaeParameter p in Layer($"{name}.mean", width, code))
                yield return p;
            foreach (DualVaeParameter p in Layer($"{name}.logSigma", width, code))
                yield return p;
        }
        yield return new("alignment", Content, Content, 0);
        foreach (DualVaeParameter p in Layer("patchDecoder.coordinates", 2, decoder[0]))
            yield return p;
        yield return new("patchDecoder.latent.weight", Content + classes, decoder[0], Content + classes);
        foreach ((string name, int inputs, int outputs) in new[]
        {
            ("patchDecoder", decoder[0], Shape.PatchChannels), ("spectrumDecoder", Content + classes, Shape.SpectrumValues),
        })
        {
            int width = inputs;
            for (int i = 0; i < decoder.Count; i++)
            {
                foreach (DualVaeParameter p in Layer($"{name}.{i}", width, decoder[i]))
                    yield return p;
                width = decoder[i];
            }
            foreach (DualVaeParameter p in Layer($"{name}.output", width, outputs))
                yield return p;
        }
    }

    private static DualVaeParameter[] Layer(string name, int inputs, int outputs) =>
        [new(name + ".weight", inputs, outputs, inputs), new(name + ".bias", 1, outputs, inputs)];
}

/// <summary>One trained matrix.</summary>
/// <param name="Name">Its name in files.</param>
/// <param name="Rows">Inputs; 1 for a bias.</param>
/// <param name="Columns">Outputs.</param>
/// <param name="FanIn">Inputs of its layer; 0 for a matrix that starts as the identity.</param>
internal sealed record DualVaeParameter(string Name, int Rows, int Columns, int FanIn);
