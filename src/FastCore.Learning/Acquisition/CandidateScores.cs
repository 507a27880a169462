using System.Numerics.Tensors;

namespace FastCore.Learning.Acquisition;

/// <summary>Checks shared by the acquisition functions.</summary>
internal static class CandidateScores
{
    public static void Check(ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation, ReadOnlySpan<float> acquisition)
    {
        if (mean.Length != acquisition.Length || deviation.Length != acquisition.Length)
            throw new ArgumentException($"{mean.Length} means and {deviation.Length} deviations do not belong to {acquisition.Length} candidates.");
        // A sum is finite only if every term is; an overflow of finite terms is no acquisition either.
        if (mean.Length > 0 && !float.IsFinite(TensorPrimitives.SumOfMagnitudes(mean)))
            throw new ArgumentException("A predicted mean is not finite; train the surrogate again.");
        if (mean.Length > 0 && !float.IsFinite(TensorPrimitives.SumOfMagnitudes(deviation)))
            throw new ArgumentException("A predicted deviation is not finite; train the surrogate again.");
    }
}
