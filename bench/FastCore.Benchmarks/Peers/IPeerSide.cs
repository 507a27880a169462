namespace FastCore.Benchmarks.Peers;

/// <summary>One side of a comparison.</summary>
internal interface IPeerSide : IDisposable
{
    /// <summary>Name with version.</summary>
    string Name { get; }

    /// <summary>A result of the work, which every side must reach; NaN where a side defines the work otherwise.</summary>
    double Value { get; }

    /// <summary>Takes samples of <paramref name="calls"/> calls each; appends seconds per call.</summary>
    void Measure(int samples, int calls, List<double> wall, List<double> processor);
}

/// <summary>Work done in this process.</summary>
internal sealed class LocalSide(string name, Action work, Func<double> value, IDisposable? owner) : IPeerSide
{
    public string Name => name;

    public double Value { get; private set; } = double.NaN;

    /// <summary>How many units of work one call of the action does.</summary>
    public int CallsInOne { get; init; } = 1;

    public void Measure(int samples, int calls, List<double> wall, List<double> processor)
    {
        calls = Math.Max(1, calls / CallsInOne);
        if (double.IsNaN(Value))
        {
            work();
            Value = value();
        }
        for (int sample = 0; sample < samples; sample++)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            for (int call = 0; call < calls; call++)
                work();
            wall.Add(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds / calls / CallsInOne);
            processor.Add((Environment.CpuUsage.TotalTime - before).TotalSeconds / calls / CallsInOne);
        }
    }

    public void Dispose() => owner?.Dispose();
}
