using FastCore.Compute.Execution;
using ILGPU.Runtime.OpenCL;

namespace FastCore.Compute.Tests.Execution;

/// <summary>A device that fails in the middle of work gives way to the host once, and says so.</summary>
public sealed class FallbackBackendTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void WorkIsRepeatedOnTheHost(int callsBeforeTheFault)
    {
        using DeviceBackend device = DeviceBackend.TryOpen("emulator")!;
        using var backend = new FallbackBackend(device);
        var sentences = new List<string>();
        backend.Lost += sentences.Add;
        int calls = 0, runs = 0;
        device.Kernels.BeforeUse = () =>
        {
            if (calls++ >= callsBeforeTheFault)
                throw new CLException("out of resources.");
        };
        float[] Work()
        {
            runs++;
            return Product(backend);
        }
        Assert.Equal(Product(new HostBackend()), FallbackBackend.Repeat(backend, Work));
        Assert.Equal(2, runs);
        Assert.Single(sentences);
        Assert.Equal(backend.Loss, sentences[0]);
        Assert.StartsWith("emulator, CPUAccelerator failed (", sentences[0], StringComparison.Ordinal);
        Assert.Contains("out of resources); what it was computing is discarded and repeated on the host", sentences[0], StringComparison.Ordinal);
        Assert.Equal("host", backend.Name);
        Assert.Contains("in place of emulator, CPUAccelerator", backend.Description, StringComparison.Ordinal);
        // From here on the host works, and nothing is said again.
        int used = calls;
        FallbackBackend.Repeat(backend, Work);
        Assert.Equal((3, used, 1), (runs, calls, sentences.Count));
    }

    [Fact]
    public void AnExecutorThatCannotBeMadeIsMadeOnTheHost()
    {
        using DeviceBackend device = DeviceBackend.TryOpen("emulator")!;
        using var backend = new FallbackBackend(device);
        device.Kernels.BeforeUse = () => throw new CLException("memory is exhausted");
        Assert.Equal(Product(new HostBackend()), Product(backend));
        Assert.Contains("reserving 0 MiB: memory is exhausted", backend.Loss, StringComparison.Ordinal);
    }

    [Fact]
    public void AMistakeOfTheCallerIsNotRepeated()
    {
        using DeviceBackend device = DeviceBackend.TryOpen("emulator")!;
        using var backend = new FallbackBackend(device);
        int runs = 0;
        Assert.Throws<ArgumentException>(() => FallbackBackend.Repeat(backend, () =>
        {
            runs++;
            var layout = new ArenaLayout();
            using IExecutor<float> executor = backend.CreateSingle(layout);
            executor.Upload(new float[3], layout.Allocate("x", 2, 2));
            return 0;
        }));
        Assert.Equal(1, runs);
        Assert.Null(backend.Loss);
        Assert.Equal("emulator", backend.Name);
    }

    [Fact]
    public void WithoutFallbackTheFailurePasses()
    {
        using DeviceBackend device = DeviceBackend.TryOpen("emulator")!;
        device.Kernels.BeforeUse = () => throw new CLException("gone");
        Assert.Throws<DeviceLostException>(() => FallbackBackend.Repeat(device, () => Product(device)));
        Assert.Throws<DeviceLostException>(() => FallbackBackend.Repeat(new HostBackend(), int () => throw new DeviceLostException("second")));
    }

    [Fact]
    public void SeveralThreadsMeetOneLoss()
    {
        using DeviceBackend device = DeviceBackend.TryOpen("emulator")!;
        using var backend = new FallbackBackend(device);
        int said = 0;
        backend.Lost += _ => Interlocked.Increment(ref said);
        float[] expected = Product(new HostBackend());
        // All three have begun on the device before any of them fails.
        using var together = new Barrier(3);
        var results = new float[3][];
        Thread[] threads = [.. Enumerable.Range(0, 3).Select(i => new Thread(() =>
        {
            bool first = true;
            results[i] = FallbackBackend.Repeat(backend, () =>
            {
                if (!first)
                    return Product(backend);
                first = false;
                together.SignalAndWait();
                throw new CLException("lost");
            });
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.All(results, result => Assert.Equal(expected, result));
        Assert.Equal(1, said);
    }

    private static float[] Product(ExecutionBackend backend)
    {
        var layout = new ArenaLayout();
        Tensor a = layout.Allocate("a", 2, 2), b = layout.Allocate("b", 2, 2);
        using IExecutor<float> executor = backend.CreateSingle(layout);
        executor.Upload([1, 2, 3, 4], a);
        executor.Fill(b, 0.5f);
        executor.AddScaled(2, a, b);
        executor.Multiply(a, b, b);
        var values = new float[4];
        executor.Download(b, values);
        return values;
    }
}
