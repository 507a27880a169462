using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Execution;

/// <summary>
/// One call of one operation: how its tensors are filled and what runs. Tensors may be placed with gaps between rows; gaps are compared too,
/// so an operation that writes outside its tensor is found.
/// </summary>
/// <param name="name">Operation and shapes.</param>
/// <param name="tolerance">Largest allowed |difference| in units of machine epsilon times the largest magnitude of the tensor.</param>
public sealed class ParityCase(string name, double tolerance)
{
    private readonly List<(string Name, int Rows, int Columns, Func<int, int, double> Value)> tensors = [];
    private Delegate? run;

    public string Name => name;

    /// <summary>Factor on the tolerance for devices, whose exponential and division are approximate.</summary>
    public double DeviceFactor { get; init; } = 4;

    /// <summary>Magnitude of the inputs, where results may cancel to nothing: rounding is that of the inputs then.</summary>
    public double LeastScale { get; init; }

    /// <summary>Multiply-adds or so: what the emulator can do in a test is small.</summary>
    public bool Small { get; init; }

    public ParityCase With(string tensor, int rows, int columns, Func<int, int, double> value)
    {
        tensors.Add((tensor, rows, columns, value));
        return this;
    }

    /// <summary>Uniform in [-1, 1], the same for the same tensor name.</summary>
    public ParityCase With(string tensor, int rows, int columns)
    {
        int seed = 17;
        foreach (char letter in tensor)
            seed = (seed * 31) + letter;
        var random = new Random(seed);
        var values = new double[Math.Max(1, rows * columns)];
        for (int i = 0; i < values.Length; i++)
            values[i] = (2 * random.NextDouble()) - 1;
        return With(tensor, rows, columns, (i, j) => values[(i * columns) + j]);
    }

    public ParityCase Runs<T>(Action<IExecutor<T>, Func<string, Tensor>> action)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        run = action;
        return this;
    }

    /// <summary>Runs on both and compares every tensor.</summary>
    public void Compare<T>(Func<ArenaLayout, IExecutor<T>> definition, Func<ArenaLayout, IExecutor<T>> subject, int gap, bool device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        List<T[]> expected = Execute(definition, gap);
        List<T[]> actual = Execute(subject, gap);
        double epsilon = typeof(T) == typeof(float) ? 1.1920929e-7 : 2.220446e-16;
        for (int t = 0; t < tensors.Count; t++)
        {
            double scale = expected[t].Select(value => Math.Abs(double.CreateChecked(value))).Where(double.IsFinite).DefaultIfEmpty(0).Append(LeastScale).Max();
            double allowed = tolerance * (device ? DeviceFactor : 1) * epsilon * scale;
            for (int i = 0; i < expected[t].Length; i++)
            {
                double want = double.CreateChecked(expected[t][i]);
                double got = double.CreateChecked(actual[t][i]);
                if (!(Math.Abs(want - got) <= allowed) && !want.Equals(got))
                {
                    int columns = tensors[t].Columns + gap;
                    Assert.Fail($"{Name}: {tensors[t].Name}[{i / columns}, {i % columns}] is {got}, expected {want} within {allowed:g3}.");
                }
            }
        }
    }

    /// <summary>Managed bytes that the calling thread allocates in the third call.</summary>
    public long AllocatedBytes<T>(Func<ArenaLayout, IExecutor<T>> make)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var layout = new ArenaLayout();
        var whole = tensors.ToDictionary(t => t.Name, t => layout.Allocate(t.Name, t.Rows, t.Columns));
        using IExecutor<T> executor = make(layout);
        Func<string, Tensor> at = tensor => whole[tensor];
        var call = (Action<IExecutor<T>, Func<string, Tensor>>)run!;
        // A buffer of this thread grows once, in the first call whose large block this thread happens to take: which one that is differs.
        long bytes = long.MaxValue;
        for (int round = 0; round < 12 && bytes != 0; round++)
        {
            Fill(executor, whole, 0);
            long before = GC.GetAllocatedBytesForCurrentThread();
            call(executor, at);
            bytes = Math.Min(bytes, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return bytes;
    }

    private List<T[]> Execute<T>(Func<ArenaLayout, IExecutor<T>> make, int gap)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var layout = new ArenaLayout();
        var whole = tensors.ToDictionary(t => t.Name, t => layout.Allocate(t.Name, t.Rows, t.Columns + gap));
        using IExecutor<T> executor = make(layout);
        Fill(executor, whole, gap);
        var blocks = tensors.ToDictionary(t => t.Name, t => whole[t.Name].Block(0, 0, t.Rows, t.Columns));
        ((Action<IExecutor<T>, Func<string, Tensor>>)run!)(executor, tensor => blocks[tensor]);
        var results = new List<T[]>();
        foreach ((string tensor, _, _, _) in tensors)
        {
            var values = new T[whole[tensor].Count];
            executor.Download(whole[tensor], values);
            results.Add(values);
        }
        return results;
    }

    private void Fill<T>(IExecutor<T> executor, Dictionary<string, Tensor> whole, int gap)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((string tensor, int rows, int columns, Func<int, int, double> value) in tensors)
        {
            var values = new T[rows * (columns + gap)];
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns + gap; j++)
                    values[(i * (columns + gap)) + j] = T.CreateChecked(j < columns ? value(i, j) : 0.5);
            }
            executor.Upload(values, whole[tensor]);
        }
    }
}
