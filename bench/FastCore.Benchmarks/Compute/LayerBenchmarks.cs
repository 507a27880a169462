using BenchmarkDotNet.Attributes;
using FastCore.Compute.Execution;

namespace FastCore.Benchmarks.Compute;

/// <summary>Layers/ on the widest layer of the literature's network: 110 points, 1000 to 500.</summary>
public class LayerBenchmarks : OperationBenchmarks
{
    private const int Batch = 110;
    private const int Inputs = 1000;
    private const int Outputs = 500;
    private Tensor input;
    private Tensor weight;
    private Tensor bias;
    private Tensor output;
    private Tensor gradientOutput;
    private Tensor gradientInput;
    private Tensor gradientWeight;
    private Tensor gradientBias;
    private Tensor firstMoment;
    private Tensor secondMoment;
    private Tensor batchMean;
    private Tensor batchInverse;
    private Tensor runningMean;
    private Tensor runningVariance;
    private Tensor normalized;

    [Benchmark, Work(2.0 * Batch * Inputs * Outputs, 4.0 * Inputs * Outputs)]
    public void Dense()
    {
        Begin(input, weight, bias);
        Executor.Dense(input, weight, bias, Activation.Tanh, output);
        End(output);
    }

    [Benchmark, Work(4.0 * Batch * Inputs * Outputs, 8.0 * Inputs * Outputs)]
    public void DenseGradient()
    {
        Begin(input, weight, gradientOutput);
        Executor.DenseGradient(input, weight, output, Activation.Tanh, gradientOutput, gradientInput, gradientWeight, gradientBias);
        End(gradientWeight);
    }

    [Benchmark, Work(0, 28.0 * Inputs * Outputs)]
    public void AdamStep()
    {
        Begin(gradientWeight);
        Executor.AdamStep(gradientWeight, firstMoment, secondMoment, weight, new AdamSettings(10, 1e-5));
        End(weight);
    }

    [Benchmark, Work(2.0 * Inputs * Outputs, 4.0 * Inputs * Outputs)]
    public void ClipGlobalNorm()
    {
        Begin(gradientWeight);
        Executor.ClipGlobalNorm(gradientWeight, 1e6f);
        End(gradientWeight);
    }

    [Benchmark, Work(0, 8.0 * Batch * Outputs)]
    public void BatchNormalize()
    {
        Begin(output);
        Executor.BatchNormalize(output, bias, gradientBias, 1e-5f, 0.1f, batchMean, batchInverse, runningMean, runningVariance, normalized);
        End(normalized);
    }

    protected override void Plan(ArenaLayout layout)
    {
        input = Take(layout, "input", Batch, Inputs);
        weight = Take(layout, "weight", Inputs, Outputs, (i, j) => 0.02 * Math.Sin((7 * i) + (3 * j)));
        bias = Take(layout, "bias", 1, Outputs);
        output = Take(layout, "output", Batch, Outputs);
        gradientOutput = Take(layout, "gradient of output", Batch, Outputs, (i, j) => 0.01 * Math.Cos(i + (5 * j)));
        gradientInput = Take(layout, "gradient of input", Batch, Inputs);
        gradientWeight = Take(layout, "gradient of weight", Inputs, Outputs, (i, j) => 0.01 * Math.Cos(i - j));
        gradientBias = Take(layout, "gradient of bias", 1, Outputs);
        firstMoment = Take(layout, "first moment", Inputs, Outputs, (_, _) => 0);
        secondMoment = Take(layout, "second moment", Inputs, Outputs, (_, _) => 1e-4);
        batchMean = Take(layout, "batch mean", 1, Outputs);
        batchInverse = Take(layout, "batch inverse deviation", 1, Outputs);
        runningMean = Take(layout, "running mean", 1, Outputs);
        runningVariance = Take(layout, "running variance", 1, Outputs);
        normalized = Take(layout, "normalized", Batch, Outputs);
    }
}
