using FastCore.Autonomy.LatentMap;
using FastCore.Compute.Execution;
using FastCore.Learning.DualVae;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;
using FastCore.Reporting;

namespace FastCore.Host;

/// <summary>What was asked of <c>vae train</c>.</summary>
internal sealed record VaeRequest
{
    /// <summary>Folder of a run, or an archive of pairs.</summary>
    public required string Input { get; init; }

    /// <summary>"corrected" or "published"; corrected if null.</summary>
    public string? Mode { get; init; }

    /// <summary>Epochs; the model's default if null.</summary>
    public long? Epochs { get; init; }

    /// <summary>Seed; 1 if null.</summary>
    public long? Seed { get; init; }

    /// <summary>Dimensions that patch and curve share; 2 if null.</summary>
    public long? LatentSize { get; init; }

    /// <summary>Further options as NAME=VALUE.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>What computes the model.</summary>
    public string? Executor { get; init; }
}

/// <summary>Trains, maps and predicts: beside <see cref="Engine"/> the only place that speaks to Autonomy.</summary>
internal sealed class VaeEngine : IDisposable
{
    private static readonly string[] Modes = ["corrected", "published"];
    private readonly PairTable table;
    private readonly LatentMapSettings settings;
    private readonly ExecutionBackend backend;
    private readonly string executor;

    private VaeEngine(PairTable table, LatentMapSettings settings, int epochs, ExecutionBackend backend, string executor) =>
        (this.table, this.settings, Epochs, this.backend, this.executor) = (table, settings, epochs, backend, executor);

    public int Pairs => table.Count;

    public string Source => table.Source;

    public string Mode => settings.Published ? "published" : "corrected";

    /// <summary>Epochs that will be trained.</summary>
    public int Epochs { get; }

    /// <summary>Name of the folder below runs/ that a map gets by default.</summary>
    public string DefaultName => $"map-{Path.GetFileNameWithoutExtension(Path.GetFullPath(table.Source).TrimEnd(Path.DirectorySeparatorChar))}";

    /// <summary>Reads the pairs and opens the executor: everything that can be wrong before anything is written.</summary>
    public static VaeEngine Prepare(VaeRequest request, Terminal terminal)
    {
        if (request.Mode is { } mode && !Modes.Contains(mode))
            throw new BadInputException($"--mode: there is no mode '{mode}'; choose from {string.Join(", ", Modes)}.");
        var settings = new LatentMapSettings
        {
            Published = request.Mode == "published",
            Epochs = (int?)request.Epochs,
            Seed = request.Seed ?? 1,
            LatentSize = (int)(request.LatentSize ?? 2),
            Options = request.Options,
        };
        PairTable table = PairReader.Read(request.Input);
        LatentMapTraining.Check(table);
        int epochs;
        try
        {
            epochs = LatentMapTraining.OptionsOf(table, settings).Epochs;
        }
        catch (ArgumentException problem)
        {
            throw new BadInputException($"--set: {problem.Message}", problem);
        }
        string executor = request.Executor ?? "host";
        return new VaeEngine(table, settings, epochs, Engine.OpenBackend(request.Executor, terminal), executor);
    }

    /// <summary>Trains, and writes the folder with its report.</summary>
    public LatentMapRecord Train(string folder, Action<TrainingState> progress, CancellationToken token)
    {
        (DualVaeModel model, LatentMapRecord record) = LatentMapTraining.Run(table, settings, backend, executor,
            epoch => progress(new TrainingState(epoch.Epoch, Epochs, epoch.Loss, epoch.HeldOutLoss)), token);
        LatentMapFolder.Write(folder, model, record, partial => WholeFile.WriteText(Path.Combine(partial, "report.html"),
            LatentMapReport.Render(record)));
        return record;
    }

    /// <summary>Lays the map of a folder over an image.</summary>
    /// <returns>Names of the files written.</returns>
    public static IReadOnlyList<string> Map(string folder, string? imageFile, string? executor, Terminal terminal)
    {
        DualVaeModel model = LatentMapFolder.ReadModel(folder);
        MapImage[] images = [.. (imageFile is null ? LatentMapFolder.ReadImages(folder) : ImageReader.Read(imageFile)).Select(PairReader.Level)];
        using ExecutionBackend backend = Engine.OpenBackend(executor, terminal);
        using var inference = new DualVaeInference(backend, model);
        var maps = LatentMapTraining.MapOf(inference, images);
        string stem = Path.Combine(folder, "map" + Suffix(imageFile));
        LatentMapFolder.WriteMaps(stem + ".npz", maps);
        WholeFile.WriteText(stem + ".html", ImageMapReport.RenderMap(imageFile ?? folder, images[0].Scan, maps));
        return [stem + ".npz", stem + ".html"];
    }

    /// <summary>Predicts the curves of an image.</summary>
    /// <returns>Names of the files written.</returns>
    public static IReadOnlyList<string> Predict(string folder, string imageFile, long? stride, string? executor, Terminal terminal)
    {
        DualVaeModel model = LatentMapFolder.ReadModel(folder);
        MapImage[] images = [.. ImageReader.Read(imageFile).Select(PairReader.Level)];
        using ExecutionBackend backend = Engine.OpenBackend(executor, terminal);
        using var inference = new DualVaeInference(backend, model);
        ExpectedCurves prediction = ExpectedCurves.Of(inference, images, LatentMapFolder.ReadWaveform(folder), (int?)stride);
        string stem = Path.Combine(folder, "prediction" + Suffix(imageFile));
        prediction.Write(stem + ".npz");
        WholeFile.WriteText(stem + ".html", ImageMapReport.RenderPrediction(imageFile, prediction));
        return [stem + ".npz", stem + ".html"];
    }

    public void Dispose() => backend.Dispose();

    private static string Suffix(string? imageFile) => imageFile is null ? "" : "-"
        + Path.GetFileNameWithoutExtension(Path.GetFullPath(imageFile).TrimEnd(Path.DirectorySeparatorChar));
}
