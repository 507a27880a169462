using BenchmarkDotNet.Attributes;
using FastCore.Compute.Execution;

namespace FastCore.Benchmarks.Compute;

/// <summary>
/// The operations of one folder of FastCore.Compute in single precision: by the definition, on the host, on a device whose memory holds
/// everything, and on a device with inputs sent and results fetched each time. FASTCORE_BENCHMARK_DEVICE names the device (opencl by default);
/// where it is missing its lines are left out, and a sentence says why.
/// </summary>
[Config(typeof(OperationConfig))]
public abstract class OperationBenchmarks
{
    private const string Resident = "device";
    private const string Transfers = "device with transfers";
    private readonly Dictionary<Tensor, float[]> values = [];
    private readonly Random random = new(3);
    private bool transfers;

    private static string Device => Environment.GetEnvironmentVariable("FASTCORE_BENCHMARK_DEVICE") ?? "opencl";

    /// <summary>Where the operation runs.</summary>
    [ParamsSource(nameof(Paths))]
    public string Path { get; set; } = "host";

    /// <summary>What can run here.</summary>
    public static IEnumerable<string> Paths
    {
        get
        {
            try
            {
                ExecutionBackends.Open(Device).Dispose();
            }
            catch (BackendUnavailableException missing)
            {
                Console.WriteLine($"// Skipped: {Device}. {missing.Message}");
                return ["reference", "host"];
            }
            return ["reference", "host", Resident, Transfers];
        }
    }

    protected IExecutor<float> Executor { get; private set; } = null!;

    private ExecutionBackend? Backend { get; set; }

    private float[] Buffer { get; set; } = [];

    [GlobalSetup]
    public void Setup()
    {
        transfers = Path == Transfers;
        var layout = new ArenaLayout();
        Plan(layout);
        Backend = ExecutionBackends.Open(Path is Resident or Transfers ? Device : Path);
        Executor = Backend.CreateSingle(layout);
        Buffer = new float[values.Keys.Max(tensor => tensor.Count)];
        foreach ((Tensor tensor, float[] content) in values)
            Executor.Upload(content, tensor);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        Executor.Dispose();
        Backend?.Dispose();
    }

    /// <summary>Allocates the tensors.</summary>
    protected abstract void Plan(ArenaLayout layout);

    /// <summary>A tensor filled with values in [0.1, 1.1), or by the formula given.</summary>
    protected Tensor Take(ArenaLayout layout, string name, int rows, int columns, Func<int, int, double>? value = null)
    {
        Tensor tensor = layout.Allocate(name, rows, columns);
        var content = new float[tensor.Count];
        for (int i = 0; i < content.Length; i++)
            content[i] = (float)(value?.Invoke(i / columns, i % columns) ?? (0.1 + random.NextDouble()));
        values[tensor] = content;
        return tensor;
    }

    /// <summary>Sends what the operation reads.</summary>
    protected void Begin(Tensor first, Tensor second = default, Tensor third = default)
    {
        if (!transfers)
            return;
        Executor.Upload(values[first], first);
        if (second.Count > 0)
            Executor.Upload(values[second], second);
        if (third.Count > 0)
            Executor.Upload(values[third], third);
    }

    /// <summary>Fetches what it wrote, or waits for its end.</summary>
    protected void End(Tensor result)
    {
        if (transfers)
            Executor.Download(result, Buffer.AsSpan(0, result.Count));
        else
            Executor.Synchronize();
    }
}
