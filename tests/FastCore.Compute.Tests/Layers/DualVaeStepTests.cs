using System.Numerics;
using FastCore.Compute.Execution;
using FastCore.Compute.Tests.Execution;
using FastCore.Microscopy.Files;
using FastCore.TestKit;

namespace FastCore.Compute.Tests.Layers;

/// <summary>A whole training step against PyTorch's loss, gradients and parameters after three steps, as published and as intended.</summary>
public sealed class DualVaeStepTests
{
    [Theory]
    [InlineData("host", false, 5)]
    [InlineData("host", false, 2)]
    [InlineData("host", true, 5)]
    [InlineData("host", true, 3)]
    [InlineData("reference", false, 2)]
    [InlineData("reference", true, 1)]
    public void DoubleFollowsPyTorch(string backend, bool corrected, int chunk)
    {
        using ExecutionBackend machine = ExecutionBackends.Open(backend);
        Follow(machine.CreateDouble, corrected, chunk, 1e-10);
    }

    [Theory]
    [InlineData("host")]
    [InlineData("emulator")]
    public void SingleFollowsPyTorch(string backend)
    {
        using ExecutionBackend machine = ExecutionBackends.Open(backend);
        Follow(machine.CreateSingle, corrected: true, chunk: 3, 2e-5);
    }

    [Fact]
    public void OpenClFollowsPyTorch()
    {
        Assert.SkipWhen(!DeviceParityTests.Runs("opencl"), DeviceParityTests.NoOpenCl);
        using ExecutionBackend machine = ExecutionBackends.Open("opencl");
        Follow(machine.CreateSingle, corrected: false, chunk: 3, 2e-5);
    }

    [Fact]
    public void PaperSizedStepFitsInMemory()
    {
        // 2500 pairs of 16 x 16 patches and 251 points at width 256, in chunks of 50 pairs.
        var step = new DualVaeStep<float>(new DualVaeSizes(2500, 50, 16, 251, 256), false);
        Assert.Equal(529_678, step.ParameterCount);
        Assert.True(step.Layout.Length * 4L <= 150L << 20, $"{step.Layout.Length * 4L >> 20} MiB");
    }

    private static void Follow<T>(Func<ArenaLayout, IExecutor<T>> make, bool corrected, int chunk, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture(corrected ? "vae_dual_intended" : "vae_dual_as_is");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        T[] Values(string name) => [.. fixture[name].Values.Select(T.CreateChecked)];
        var step = new DualVaeStep<T>(new DualVaeSizes(5, chunk, 4, 7, 6), corrected);
        using IExecutor<T> executor = make(step.Layout);
        step.Prepare(executor, Values("x1"), Values("x2"));
        executor.Upload(Values("eps1"), step["noise1"]);
        executor.Upload(Values("eps2"), step["noise2"]);
        foreach (string name in step.ParameterNames)
            executor.Upload(Values(name), step.Parameter(name).Value);
        var loss = new T[1];
        for (int turn = 0; turn < 3; turn++)
        {
            step.LossAndGradient(executor);
            executor.Download(step["loss"], loss);
            double expected = fixture["adam3_losses"].Values[turn];
            Assert.Equal(expected, double.CreateChecked(loss[0]), tolerance * Math.Abs(expected));
            if (turn == 0)
                Compare(executor, step, fixture, "grad_", gradient: true, tolerance);
            step.Update(executor, turn + 1, 0.01);
        }
        // Adam divides by the size of the gradient: what is rounding there may be a step here, so only double is compared.
        if (typeof(T) == typeof(double))
            Compare(executor, step, fixture, "adam3_", gradient: false, 1e-7);
    }

    private static void Compare<T>(IExecutor<T> executor, DualVaeStep<T> step, Dictionary<string, NpyArray> fixture, string prefix, bool gradient,
        double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (string name in step.ParameterNames)
        {
            Tensor tensor = gradient ? step.Parameter(name).Gradient : step.Parameter(name).Value;
            var actual = new T[tensor.Count];
            executor.Download(tensor, actual);
            double[] expected = fixture[prefix + name].Values;
            double scale = Math.Max(1, expected.Max(Math.Abs));
            for (int i = 0; i < expected.Length; i++)
            {
                double difference = Math.Abs(expected[i] - double.CreateChecked(actual[i]));
                Assert.True(difference <= tolerance * scale, $"{prefix}{name}[{i}] is {actual[i]}, expected {expected[i]}");
            }
        }
    }
}
