using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Execution;

/// <summary>What goes up comes down again: through staging memory, past it, and with gaps between rows.</summary>
public sealed class DeviceTransferTests
{
    [Theory]
    [InlineData("emulator")]
    [InlineData("opencl")]
    public void UploadsComeBack(string name)
    {
        Assert.SkipWhen(!DeviceParityTests.Runs(name), DeviceParityTests.NoOpenCl);
        var layout = new ArenaLayout();
        Tensor large = layout.Allocate("large", 3, 400_000), small = layout.Allocate("small", 300, 70);
        using ExecutionBackend backend = ExecutionBackends.Open(name);
        using IExecutor<float> executor = backend.CreateSingle(layout);
        float[] first = [.. Enumerable.Range(0, large.Count).Select(i => (float)i)], back = new float[large.Count];
        executor.Upload(first, large);
        Array.Fill(first, -1);
        executor.Download(large, back);
        Assert.Equal(Enumerable.Range(0, large.Count).Select(i => (float)i), back);
        // Many uploads without a wait between them: more than the staging memory holds, each from memory that is reused at once.
        var row = new float[70];
        for (int i = 0; i < 300; i++)
        {
            Array.Fill(row, i);
            executor.Upload(row, small.Row(i));
        }
        for (int round = 0; round < 20; round++)
        {
            float[] block = [.. Enumerable.Range(0, 250 * 60).Select(i => (float)(i + round))];
            executor.Upload(block, small.Block(7, 5, 250, 60));
            Array.Clear(block);
        }
        var values = new float[250 * 60];
        executor.Download(small.Block(7, 5, 250, 60), values);
        Assert.Equal(Enumerable.Range(0, 250 * 60).Select(i => i + 19f), values);
        executor.Download(small.Row(6), row);
        Assert.All(row, value => Assert.Equal(6, value));
        executor.Download(small.Block(7, 0, 1, 5), row.AsSpan(0, 5));
        Assert.All(row[..5], value => Assert.Equal(7, value));
    }
}
