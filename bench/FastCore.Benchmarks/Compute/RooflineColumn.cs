using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using FastCore.Benchmarks.Peers;

namespace FastCore.Benchmarks.Compute;

/// <summary>What one call of a benchmark must do at least: floating-point operations, and bytes read and written once.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class WorkAttribute(double operations, double bytes) : Attribute
{
    public double Operations => operations;

    public double Bytes => bytes;
}

/// <summary>Attained GF/s or GB/s, and its share of what the same run measured as this machine's peak on all its threads.</summary>
internal sealed class RooflineColumn(bool operations) : IColumn
{
    private static readonly Lazy<PeakRow> Peak = new(() => MachinePeak.Measure(Environment.ProcessorCount));

    public string Id => ColumnName;

    public string ColumnName => operations ? "GF/s" : "GB/s";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => operations ? 0 : 1;

    public bool IsNumeric => false;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => operations
        ? $"Operations per second, and their share of {Peak.Value.SingleFlops * 1e-9:f0} GF/s (float peak of this run)"
        : $"Bytes per second, and their share of {Peak.Value.BytesPerSecond * 1e-9:f0} GB/s (memory read in this run; more than all means a cache)";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        WorkAttribute? work = benchmarkCase.Descriptor.WorkloadMethod.GetCustomAttribute<WorkAttribute>();
        double amount = operations ? work?.Operations ?? 0 : work?.Bytes ?? 0;
        if (amount == 0 || summary[benchmarkCase]?.ResultStatistics is not { } statistics)
            return "-";
        double rate = amount / (statistics.Median * 1e-9);
        double roof = operations ? Peak.Value.SingleFlops : Peak.Value.BytesPerSecond;
        return string.Create(CultureInfo.InvariantCulture, $"{rate * 1e-9:f1} ({100 * rate / roof:f0} %)");
    }

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
}

/// <summary>Short runs, managed memory, and both roofs beside the times.</summary>
internal sealed class OperationConfig : ManualConfig
{
    public OperationConfig()
    {
        AddJob(Job.ShortRun);
        AddDiagnoser(MemoryDiagnoser.Default);
        AddColumn(new RooflineColumn(operations: true), new RooflineColumn(operations: false));
    }
}
