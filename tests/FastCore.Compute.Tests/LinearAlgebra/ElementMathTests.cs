using System.Runtime.Intrinsics;
using FastCore.Compute.LinearAlgebra;

namespace FastCore.Compute.Tests.LinearAlgebra;

public sealed class ElementMathTests
{
    [Fact]
    public void ExponentialIsWithinOneUnitInTheLastPlace()
    {
        Assert.SkipWhen(!Vector256.IsHardwareAccelerated, "no 256-bit vectors here");
        double worst = 0;
        for (double x = -87.3; x < 88; x += 0.00317)
        {
            float argument = (float)x;
            double exact = Math.Exp(argument);
            worst = Math.Max(worst, Math.Abs(ElementMath.Exp(Vector256.Create(argument))[3] - exact) / exact);
            if (Vector512.IsHardwareAccelerated)
                Assert.Equal(ElementMath.Exp(Vector256.Create(argument))[0], ElementMath.Exp(Vector512.Create(argument))[15]);
        }
        Assert.True(worst < 1.2e-7, $"relative error {worst}");
    }

    [Fact]
    public void ExponentialInDoubleIsWithinTwoUnitsInTheLastPlace()
    {
        Assert.SkipWhen(!Vector256.IsHardwareAccelerated, "no 256-bit vectors here");
        double worst = 0;
        for (double x = -707.9; x < 708.9; x += 0.00737)
        {
            double exact = Math.Exp(x);
            worst = Math.Max(worst, Math.Abs(ElementMath.Exp(Vector256.Create(x))[3] - exact) / exact);
            if (Vector512.IsHardwareAccelerated)
                Assert.Equal(ElementMath.Exp(Vector256.Create(x))[0], ElementMath.Exp(Vector512.Create(x))[7]);
        }
        Assert.True(worst < 2.5e-16, $"relative error {worst}");
        Assert.Equal(0, ElementMath.Exp(Vector256.Create(double.NegativeInfinity))[0]);
        Assert.Equal(1, ElementMath.Exp(Vector256.Create(-0.0))[0]);
        Assert.True(double.IsNaN(ElementMath.Exp(Vector256.Create(double.NaN))[0]));
    }

    [Fact]
    public void HyperbolicTangentIsWithinTwoPartsInTenMillion()
    {
        Assert.SkipWhen(!Vector256.IsHardwareAccelerated, "no 256-bit vectors here");
        double worst = 0;
        for (double x = -12; x < 12; x += 0.00091)
        {
            float argument = (float)x;
            worst = Math.Max(worst, Math.Abs(ElementMath.Tanh(Vector256.Create(argument))[2] - Math.Tanh(argument)));
        }
        Assert.True(worst < 2e-7, $"absolute error {worst}");
    }

    [Fact]
    public void EndsOfTheRangeAreDefined()
    {
        Assert.SkipWhen(!Vector256.IsHardwareAccelerated, "no 256-bit vectors here");
        Assert.Equal(0, ElementMath.Exp(Vector256.Create(-100f))[0]);
        Assert.Equal(0, ElementMath.Exp(Vector256.Create(float.NegativeInfinity))[0]);
        Assert.Equal(1, ElementMath.Exp(Vector256.Create(-0f))[0]);
        Assert.True(float.IsNaN(ElementMath.Exp(Vector256.Create(float.NaN))[0]));
        Assert.True(float.IsNaN(ElementMath.Tanh(Vector256.Create(float.NaN))[0]));
        Assert.Equal(1, ElementMath.Tanh(Vector256.Create(float.PositiveInfinity))[0]);
        Assert.Equal(-1, ElementMath.Tanh(Vector256.Create(float.NegativeInfinity))[0]);
    }
}
