using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Execution;

public sealed class ArenaTests
{
    [Fact]
    public unsafe void IsZeroedAlignedAndGone()
    {
        var arena = new Arena<float>(1000);
        Assert.All(arena.Values.ToArray(), value => Assert.Equal(0, value));
        Assert.Equal(0u, (nuint)arena.Pointer % 64);
        arena.Dispose();
        Assert.Throws<ObjectDisposedException>(() => arena.Values.Length);
    }

    [Fact]
    public void ATensorOfAnotherArenaIsRefused()
    {
        using var arena = new Arena<double>(10);
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Write(new Tensor(8, 2, 2, 2)).Rows);
    }

    [Theory]
    [InlineData("host")]
    [InlineData("reference")]
    [InlineData("emulator")]
    public void WrongShapesAreNamed(string name)
    {
        var layout = new ArenaLayout();
        Tensor a = layout.Allocate("a", 2, 3);
        Tensor b = layout.Allocate("b", 4, 5);
        Tensor c = layout.Allocate("c", 2, 5);
        using ExecutionBackend backend = ExecutionBackends.Open(name);
        using IExecutor<float> executor = backend.CreateSingle(layout);
        ArgumentException error = Assert.Throws<ArgumentException>(() => executor.MatrixMultiply(a, b, c, false, false, 1, 0));
        Assert.Contains("4 x 5; 3 x 5 is expected", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => executor.Copy(a, b));
        Assert.Throws<ArgumentException>(() => executor.CholeskyFactor(a));
        Assert.Throws<ArgumentException>(() => executor.TriangularSolve(a, b, false));
        Assert.Throws<ArgumentException>(() => executor.ScaledSquaredDistance(a, b, c, c));
        Assert.Throws<ArgumentException>(() => executor.KeepSmallest(a, b));
        Assert.Throws<ArgumentException>(() => executor.Upload(new float[5], a));
        Assert.Throws<ArgumentException>(() => executor.Download(a, new float[7]));
        Assert.Throws<ArgumentException>(() => executor.PosteriorAppend(a, 2, c, c, c, 0, c, c));
    }
}
