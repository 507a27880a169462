using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using FastCore.Compute.Tests.Execution;

namespace FastCore.Compute.Tests.LinearAlgebra;

/// <summary>Both shapes of the device product, each with and without slices, whatever the device would choose.</summary>
public sealed class MatrixMultiplyTilesTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EmulatorAgreesWithTheDefinition(bool wide) =>
        Compare("emulator", wide, [(3, 5, 2), (1, 130, 9), (131, 2, 7), (67, 69, 3), (2, 3, 1030)]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OpenClAgreesWithTheDefinition(bool wide)
    {
        Assert.SkipWhen(!DeviceParityTests.Runs("opencl"), DeviceParityTests.NoOpenCl);
        Compare("opencl", wide,
            [(128, 128, 8), (150, 270, 300), (129, 257, 33), (127, 65, 1031), (64, 70, 4200), (256, 256, 2000), (0, 3, 2), (3, 2, 0)]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CudaAgreesWithTheDefinition(bool wide)
    {
        Assert.SkipWhen(!DeviceParityTests.Runs("cuda"), "no CUDA device here");
        Compare("cuda", wide, [(128, 128, 8), (150, 270, 300), (129, 257, 33), (127, 65, 1031), (64, 70, 4200), (256, 256, 2000), (700, 900, 1100)]);
    }

    private static void Compare(string name, bool wide, (int M, int N, int K)[] shapes)
    {
        using ExecutionBackend backend = ExecutionBackends.Open(name);
        foreach ((int m, int n, int k) in shapes)
        {
            for (int number = 0; number < 4; number++)
            {
                int form = number;
                bool transposeA = (form & 1) != 0, transposeB = (form & 2) != 0;
                float beta = form == 0 ? 0 : -0.5f;
                var parity = new ParityCase($"{(wide ? "wide" : "narrow")} {m} x {n} x {k} form {form}", 6 * Math.Sqrt(k + 1));
                parity.With("a", transposeA ? k : m, transposeA ? m : k).With("b", transposeB ? n : k, transposeB ? k : n)
                    .With("c", m, n, (i, j) => beta == 0 ? double.NaN : Math.Sin(i + (3 * j)))
                    .With("outputs", m, n, Output).With("slope", m, n, (i, j) => 1 - (Output(i, j) * Output(i, j)))
                    .Runs<float>((e, at) =>
                    {
                        // Every other form ends with the slope of tanh.
                        bool slope = form is 1 or 2;
                        if (e is DeviceExecutor device && at("c").Count > 0)
                        {
                            MatrixMultiplyTiles.Ending ending = new(1.25f, beta, slope ? at("outputs") : default, (int)Activation.Tanh);
                            MatrixMultiplyTiles.Launch(device.Queue, at("a"), at("b"), transposeA, transposeB, ending, at("c"), wide);
                            return;
                        }
                        e.MatrixMultiply(at("a"), at("b"), at("c"), transposeA, transposeB, 1.25f, beta);
                        if (slope)
                            e.Multiply(at("c"), at("slope"), at("c"));
                    });
                parity.Compare(layout => new ReferenceExecutor<float>(layout), backend.CreateSingle, gap: form % 2 == 0 ? 0 : 3, device: true);
            }
        }
    }

    private static double Output(int i, int j) => 0.9 * Math.Sin(i + (0.7 * j));
}
