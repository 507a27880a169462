using System.Text.Json;
using System.Text.Json.Serialization;
using FastCore.Learning.Checkpoints;

namespace FastCore.Learning.DualVae;

/// <summary>
/// A trained Dual-VAE: weights, scalers, history, and what is needed to go on with the training. <see cref="DualVaeInference"/> encodes and decodes
/// with it. Nothing in it changes.
/// </summary>
public sealed class DualVaeModel
{
    private const string FormatName = "dualVae";
    private const string Format = "2";
    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    internal DualVaeModel(DualVaeShape shape, DualVaeOptions options, DualVaeScalers scalers, float[] weights, DualVaeState state,
        IReadOnlyList<DualVaeEpoch> history, int[] heldOut)
    {
        (Shape, Options, Scalers, Weights, State, History, HeldOut) = (shape, options, scalers, weights, state, history, heldOut);
        Architecture = new DualVaeArchitecture(shape, options);
    }

    /// <summary>Sizes of a pair.</summary>
    public DualVaeShape Shape { get; }

    /// <summary>How it was built and trained; those of the last training.</summary>
    public DualVaeOptions Options { get; }

    /// <summary>What brings values to 0 .. 1 and back.</summary>
    public DualVaeScalers Scalers { get; }

    /// <summary>All epochs, those of earlier trainings too.</summary>
    public IReadOnlyList<DualVaeEpoch> History { get; }

    /// <summary>Numbers of the pairs that were held out in the last training, ascending.</summary>
    public IReadOnlyList<int> HeldOut { get; }

    /// <summary>Epochs trained.</summary>
    public int Epochs => State.Epoch;

    /// <summary>Epoch whose weights these are: the last one, or with early stopping the best.</summary>
    public int WeightsOfEpoch => State.BestWeights is null ? State.Epoch : State.BestEpoch;

    /// <summary>Number of trained values.</summary>
    public int ParameterCount => Architecture.ParameterCount;

    /// <summary>A (content x content, row-major): the mean of a spectrum's code times A is in the space that patch and spectrum share.</summary>
    public double[] Alignment => [.. Values("alignment").Select(value => (double)value)];

    internal DualVaeArchitecture Architecture { get; }

    internal float[] Weights { get; }

    internal DualVaeState State { get; }

    /// <summary>Writes the model; a file of that name is replaced only when the new one is complete.</summary>
    /// <exception cref="IOException">The file cannot be written; what was there stays as it was.</exception>
    public void Save(string path)
    {
        var checkpoint = new Checkpoint();
        checkpoint.Add(FormatName, Format);
        checkpoint.Add("shape", JsonSerializer.Serialize(Shape, Json));
        checkpoint.Add("options", JsonSerializer.Serialize(Options, Json));
        Scalers.Save(checkpoint);
        int at = 0;
        foreach (DualVaeParameter p in Architecture.Parameters)
        {
            int count = p.Rows * p.Columns;
            checkpoint.Add("weights." + p.Name, Weights.AsSpan(at, count).ToArray(), p.Rows, p.Columns);
            at += count;
        }
        checkpoint.Add("training.weights", State.LastWeights);
        checkpoint.Add("training.firstMoment", State.FirstMoment);
        checkpoint.Add("training.secondMoment", State.SecondMoment);
        checkpoint.Add("training.epochs", [State.Epoch, State.BestEpoch, State.BestWeights is null ? 0 : 1]);
        checkpoint.Add("training.bestLoss", [State.BestLoss]);
        checkpoint.Add("heldOut", [.. HeldOut]);
        checkpoint.Add("history", [.. History.SelectMany(Numbers)], History.Count, HistoryColumns);
        CheckpointFile.Save(checkpoint, path);
    }

    /// <summary>Reads a model; it computes the same to the last bit, and its training goes on as if it had not ended.</summary>
    /// <exception cref="InvalidDataException">No such file format, another version, or damage; the message names file and place.</exception>
    public static DualVaeModel Load(string path)
    {
        Checkpoint checkpoint = CheckpointFile.Load(path);
        if (!checkpoint.Texts.TryGetValue(FormatName, out string? format))
            throw new InvalidDataException($"{path}: this checkpoint holds no Dual-VAE; choose the file of one.");
        if (format != Format)
        {
            throw new InvalidDataException($"{path}: the Dual-VAE is of version {format}; this program reads version {Format}: read it with the "
                + "program that wrote it.");
        }
        var shape = Read<DualVaeShape>(checkpoint, "shape");
        var options = Read<DualVaeOptions>(checkpoint, "options");
        try
        {
            shape.Validate();
            options.ValidateFor(shape);
        }
        catch (ArgumentException problem)
        {
            throw checkpoint.Refusal("shape or options cannot be: " + problem.Message.TrimEnd('.'), problem);
        }
        var architecture = new DualVaeArchitecture(shape, options);
        var weights = new float[architecture.ParameterCount];
        int at = 0;
        foreach (DualVaeParameter p in architecture.Parameters)
        {
            checkpoint.Values<float>("weights." + p.Name, p.Rows, p.Columns).CopyTo(weights, at);
            at += p.Rows * p.Columns;
        }
        int[] epochs = checkpoint.Values<int>("training.epochs", 3);
        var state = new DualVaeState(checkpoint.Values<float>("training.weights", at), checkpoint.Values<float>("training.firstMoment", at),
            checkpoint.Values<float>("training.secondMoment", at), epochs[0], epochs[2] == 1 ? weights : null, epochs[1],
            checkpoint.Values<double>("training.bestLoss", 1)[0]);
        double[] history = checkpoint.Values<double>("history", -1, HistoryColumns);
        DualVaeEpoch[] past = [.. Enumerable.Range(0, history.Length / HistoryColumns).Select(i => Epoch(history.AsSpan(i * HistoryColumns, HistoryColumns)))];
        return new DualVaeModel(shape, options, DualVaeScalers.Load(checkpoint, shape, architecture.Features > 0), weights, state, past, checkpoint.Values<int>("heldOut"));
    }

    /// <summary>
    /// Everything of the model as named arrays, for a writer of .npz files: weights (inputs x outputs), ranges of the scalers, history. The names of
    /// the history's columns are those of <see cref="HistoryNames"/>.
    /// </summary>
    public IReadOnlyDictionary<string, DualVaeArray> ToArrays()
    {
        var arrays = new Dictionary<string, DualVaeArray>();
        foreach (DualVaeParameter p in Architecture.Parameters)
            arrays["weights." + p.Name] = new DualVaeArray([.. Values(p.Name).Select(value => (double)value)], [p.Rows, p.Columns]);
        Add("patch_range", Scalers.PatchRanges);
        Add("spectrum_range", Scalers.SpectrumRanges);
        arrays["history"] = new DualVaeArray([.. History.SelectMany(Numbers)], [History.Count, HistoryColumns]);
        arrays["held_out"] = new DualVaeArray([.. HeldOut.Select(pair => (double)pair)], [HeldOut.Count]);
        return arrays;

        void Add(string name, IReadOnlyList<Scaling.MinMaxScaler> ranges)
        {
            if (ranges.Count > 0)
                arrays[name] = new DualVaeArray([.. ranges.SelectMany(range => new[] { range.Low[0], range.High[0] })], [ranges.Count, 2]);
        }
    }

    /// <summary>Names of the columns of the history in files.</summary>
    public static IReadOnlyList<string> HistoryNames { get; } =
    [
        "epoch", "loss", "patch_error", "spectrum_error", "patch_divergence", "spectrum_divergence", "distance", "cosine",
        "across",
        "validation_loss", "validation_patch_error", "validation_spectrum_error", "validation_patch_divergence", "validation_spectrum_divergence",
        "validation_distance", "validation_cosine", "validation_across", "beta", "gamma", "seconds",
    ];

    private static int HistoryColumns => HistoryNames.Count;

    internal ReadOnlySpan<float> ValuesOf(string name)
    {
        int at = 0;
        foreach (DualVaeParameter p in Architecture.Parameters)
        {
            if (p.Name == name)
                return Weights.AsSpan(at, p.Rows * p.Columns);
            at += p.Rows * p.Columns;
        }
        throw new ArgumentException($"There is no matrix '{name}'.", nameof(name));
    }

    private float[] Values(string name) => ValuesOf(name).ToArray();

    private static TValue Read<TValue>(Checkpoint checkpoint, string name)
    {
        try
        {
            return JsonSerializer.Deserialize<TValue>(checkpoint.Text(name), Json) ?? throw checkpoint.Refusal($"the text '{name}' is empty");
        }
        catch (JsonException problem)
        {
            throw checkpoint.Refusal($"the text '{name}' cannot be read", problem);
        }
    }

    private static double[] Numbers(DualVaeEpoch epoch)
    {
        DualVaeLoss none = new(double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);
        return [epoch.Number, .. Parts(epoch.Training), .. Parts(epoch.Validation ?? none), epoch.Beta, epoch.Gamma, epoch.Seconds];

        static double[] Parts(DualVaeLoss loss) =>
            [loss.Total, loss.PatchError, loss.SpectrumError, loss.PatchDivergence, loss.SpectrumDivergence, loss.Distance, loss.Cosine,
                loss.Across];
    }

    private static DualVaeEpoch Epoch(ReadOnlySpan<double> numbers)
    {
        return new DualVaeEpoch((int)numbers[0], Loss(numbers[1..9]), double.IsNaN(numbers[9]) ? null : Loss(numbers[9..17]),
            numbers[17], numbers[18], numbers[19]);

        static DualVaeLoss Loss(ReadOnlySpan<double> n) => new(n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7]);
    }
}

/// <summary>Values with their shape, row-major.</summary>
/// <param name="Values">Values.</param>
/// <param name="Shape">Extents, the slowest first.</param>
public sealed record DualVaeArray(double[] Values, int[] Shape);

/// <summary>Where a training stands.</summary>
internal sealed record DualVaeState(float[] LastWeights, float[] FirstMoment, float[] SecondMoment, int Epoch, float[]? BestWeights, int BestEpoch,
    double BestLoss);
