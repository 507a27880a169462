using System.Reflection;
using FastCore.Compute.Execution;
using FastCore.Compute.Tests.Layers;

namespace FastCore.Compute.Tests.Execution;

/// <summary>Kernels are loaded once, in one order, beside the first work; a training step waits for the device once.</summary>
public sealed class DeviceLoadingTests
{
    [Fact]
    public void EveryKernelIsLoadedInTheBackgroundInOneOrder()
    {
        IReadOnlyList<string> order = DeviceKernels.Order;
        Assert.Equal(order.Count, order.Distinct().Count());
        Assert.StartsWith("AddDiagonal.", order[0], StringComparison.Ordinal);
        using DeviceBackend backend = DeviceBackend.TryOpen("emulator")!;
        var layout = new ArenaLayout();
        Tensor x = layout.Allocate("x", 2, 3);
        using (IExecutor<float> executor = backend.CreateSingle(layout))
        {
            executor.Fill(x, 2);
            var values = new float[6];
            executor.Download(x, values);
            Assert.All(values, value => Assert.Equal(2, value));
        }
        Assert.True(SpinWait.SpinUntil(() => backend.Kernels.Finished, TimeSpan.FromMinutes(3)), "the loader did not come to an end");
        Assert.Equal(order.Count, backend.Kernels.LoadedCount);
    }

    [Fact]
    public void EveryLoadedKernelIsOneThatTheCompilationTestsKnow()
    {
        // A kernel under another name would escape the checks for registers and forbidden features.
        int kernels = typeof(ExecutionBackends).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Count(method => method.Name.StartsWith("DeviceKernel", StringComparison.Ordinal));
        Assert.Equal(kernels, DeviceKernels.Order.Count);
    }

    [Fact]
    public void ABackendMayBeDisposedWhileItLoads()
    {
        for (int i = 0; i < 3; i++)
            DeviceBackend.TryOpen("emulator")!.Dispose();
    }

    [Fact]
    public void ATrainingStepWaitsOnce()
    {
        using ExecutionBackend backend = ExecutionBackends.Open("emulator");
        CountWaits(backend);
    }

    [Fact]
    public void ATrainingStepWaitsOnceOnOpenCl()
    {
        Assert.SkipWhen(!DeviceParityTests.Runs("opencl"), DeviceParityTests.NoOpenCl);
        using ExecutionBackend backend = ExecutionBackends.Open("opencl");
        CountWaits(backend);
    }

    private static void CountWaits(ExecutionBackend backend)
    {
        var step = new DualVaeStep<float>(new DualVaeSizes(4, 2, 4, 7, 6), corrected: true);
        using var executor = (DeviceExecutor)backend.CreateSingle(step.Layout);
        step.Prepare(executor, new float[4 * 16], new float[4 * 7]);
        var noise = new float[4 * 5];
        var loss = new float[1];
        int before = 0;
        for (int turn = 1; turn <= 3; turn++)
        {
            before = executor.Waits;
            executor.Upload(noise, step["noise1"]);
            executor.Upload(noise.AsSpan(0, 8), step["noise2"]);
            step.LossAndGradient(executor);
            executor.ClipGlobalNorm(step["gradient"], 1);
            step.Update(executor, turn, 1e-3);
            executor.Download(step["loss"], loss);
        }
        Assert.Equal(1, executor.Waits - before);
        Assert.True(float.IsFinite(loss[0]));
    }
}
