using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Execution;

/// <summary>The SIMD form of every operation against its definition.</summary>
public sealed class HostParityTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void SingleAgreesWithTheDefinition(int gap) => CompareAll<float>(gap);

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void DoubleAgreesWithTheDefinition(int gap) => CompareAll<double>(gap);

    private static void CompareAll<T>(int gap)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int count = 0;
        foreach (ParityCase parity in OperationCases.All<T>())
        {
            parity.Compare(layout => new ReferenceExecutor<T>(layout), layout => (IExecutor<T>)new HostExecutor<T>(layout), gap, device: false);
            count++;
        }
        Assert.True(count > 500, $"only {count} cases ran");
    }
}
