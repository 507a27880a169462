using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Execution;

/// <summary>
/// What a host operation costs in managed memory, once the buffers of its thread exist, against allocation-budget.txt. The operations are
/// those of <see cref="IExecutor{T}"/>, their calls the cases of <see cref="OperationCases"/>.
/// </summary>
public sealed class HostAllocationTests
{
    [Fact]
    public void SingleStaysInTheBudget() => Compare<float>();

    [Fact]
    public void DoubleStaysInTheBudget() => Compare<double>();

    [Fact]
    public void EveryOperationHasALineAndEveryLineAnOperation()
    {
        string[] operations = [.. Operations<float>().Order()];
        string[] lines = [.. Budget().Keys.Order()];
        Assert.Equal(operations, lines);
    }

    private static void Compare<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Dictionary<string, long> budget = Budget();
        var measured = Operations<T>().ToDictionary(name => name, _ => -1L);
        MeasureTransfers<T>(measured);
        foreach (ParityCase parity in OperationCases.All<T>())
        {
            string operation = parity.Name.Split(' ')[0];
            Assert.True(measured.ContainsKey(operation), $"The case '{parity.Name}' does not begin with the name of an operation.");
            measured[operation] = Math.Max(measured[operation], parity.AllocatedBytes<T>(layout => new HostExecutor<T>(layout)));
        }
        string[] faults = [.. measured
            .Where(pair => pair.Value < 0 || pair.Value > budget.GetValueOrDefault(pair.Key))
            .Select(pair => pair.Value < 0 ? $"{pair.Key} has no case in OperationCases" : $"{pair.Key} costs {pair.Value} bytes per call")];
        Assert.True(faults.Length == 0, string.Join("; ", faults));
    }

    private static void MeasureTransfers<T>(Dictionary<string, long> measured)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var layout = new ArenaLayout();
        Tensor block = layout.Allocate("x", 7, 9).Block(1, 1, 5, 6);
        var values = new T[30];
        using var executor = new HostExecutor<T>(layout);
        for (int round = 0; round < 2; round++)
        {
            long start = GC.GetAllocatedBytesForCurrentThread();
            executor.Upload(values, block);
            long uploaded = GC.GetAllocatedBytesForCurrentThread();
            executor.Download(block, values);
            long downloaded = GC.GetAllocatedBytesForCurrentThread();
            executor.Synchronize();
            measured["Synchronize"] = GC.GetAllocatedBytesForCurrentThread() - downloaded;
            measured["Upload"] = uploaded - start;
            measured["Download"] = downloaded - uploaded;
        }
    }

    private static IEnumerable<string> Operations<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        typeof(IExecutor<T>).GetMethods().Where(method => !method.IsSpecialName).Select(method => method.Name).Distinct();

    private static Dictionary<string, long> Budget() =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "allocation-budget.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' '))
            .ToDictionary(words => words[0], words => long.Parse(words[1]));
}
