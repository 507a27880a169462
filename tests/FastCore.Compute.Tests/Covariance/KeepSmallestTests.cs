using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Covariance;

public sealed class KeepSmallestTests
{
    [Theory]
    [InlineData("host")]
    [InlineData("reference")]
    [InlineData("emulator")]
    public void KeepsWhatSortingKeeps(string name)
    {
        const int rows = 12;
        const int kept = 4;
        const int m = 37;
        var layout = new ArenaLayout();
        Tensor distance = layout.Allocate("distance", 1, m);
        Tensor smallest = layout.Allocate("smallest", kept, m);
        using ExecutionBackend backend = ExecutionBackends.Open(name);
        using IExecutor<float> executor = backend.CreateSingle(layout);
        executor.Fill(smallest, float.PositiveInfinity);
        var random = new Random(2);
        var all = new float[rows][];
        for (int r = 0; r < rows; r++)
        {
            // Ties occur: distances are small integers.
            all[r] = [.. Enumerable.Range(0, m).Select(_ => (float)random.Next(9))];
            executor.Upload(all[r], distance);
            executor.KeepSmallest(distance, smallest);
        }
        var found = new float[kept * m];
        executor.Download(smallest, found);
        for (int j = 0; j < m; j++)
            Assert.Equal(all.Select(row => row[j]).Order().Take(kept), Enumerable.Range(0, kept).Select(k => found[(k * m) + j]));
    }
}
