using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Execution;

public sealed class ExecutionBackendsTests
{
    [Theory]
    [InlineData("host")]
    [InlineData("reference")]
    [InlineData("emulator")]
    [InlineData("auto")]
    public void OpensByName(string name)
    {
        using ExecutionBackend backend = ExecutionBackends.Open(name);
        if (name != "auto")
            Assert.Equal(name, backend.Name);
        Assert.NotEmpty(backend.Description);
        var layout = new ArenaLayout();
        Tensor x = layout.Allocate("x", 2, 3);
        using IExecutor<float> single = backend.CreateSingle(layout);
        using IExecutor<double> twice = backend.CreateDouble(layout);
        single.Fill(x, 1.5f);
        twice.Fill(x, 2.5);
        var values = new float[6];
        single.Download(x, values);
        Assert.All(values, value => Assert.Equal(1.5f, value));
        Assert.NotEmpty(single.Description);
    }

    [Fact]
    public void AutoNeverTakesTheEmulatorOrOpenClOnAProcessor()
    {
        using ExecutionBackend backend = ExecutionBackends.Open("auto");
        Assert.Contains(backend.Name, new[] { "cuda", "opencl", "host" });
        if (backend.Name == "opencl")
            Assert.DoesNotContain("cpu", backend.Description, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void AnUnknownNameIsRefusedWithWhatIsAllowed()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => ExecutionBackends.Open("gpu"));
        Assert.Contains("'gpu'", error.Message, StringComparison.Ordinal);
        Assert.Contains("opencl", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsMissingSaysWhatToInstall()
    {
        foreach (BackendDescription backend in ExecutionBackends.Describe().Where(backend => !backend.Available))
        {
            string message = Assert.Throws<BackendUnavailableException>(() => ExecutionBackends.Open(backend.Name)).Message;
            Assert.Contains("install", message, StringComparison.Ordinal);
            Assert.Contains("'host'", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void DescribesEveryNameOnce() =>
        Assert.Equal(ExecutionBackends.Names.Where(name => name != "auto").Order(), ExecutionBackends.Describe().Select(entry => entry.Name).Order());
}
