using FastCore.Compute.Execution;
using FastCore.Learning.Surrogates;

namespace FastCore.Learning.Tests.Surrogates;

/// <summary>A small artificial problem: a smooth image with ridges, a target that follows the local curvature.</summary>
internal static class SurrogateCases
{
    public const int Rows = 26;
    public const int Columns = 30;

    public static CandidateInputs Inputs(PatchNormalization normalization = PatchNormalization.Image)
    {
        var image = new double[Rows * Columns];
        for (int r = 0; r < Rows; r++)
        {
            for (int c = 0; c < Columns; c++)
                image[(r * Columns) + c] = Math.Sin(0.5 * r) + Math.Cos((0.35 * c) + (0.1 * r)) + (0.3 * Math.Sin(1.3 * c));
        }
        float[] all = TestDescriptors.Of(image, Rows, Columns, out int count);
        var centres = new List<int>();
        for (int r = 4; r < Rows - 3; r++)
        {
            for (int c = 4; c < Columns - 3; c++)
                centres.Add((r * Columns) + c);
        }
        var descriptors = new float[count * centres.Count];
        for (int k = 0; k < count; k++)
        {
            for (int i = 0; i < centres.Count; i++)
                descriptors[(k * centres.Count) + i] = all[(k * image.Length) + centres[i]];
        }
        return new CandidateInputs([.. image.Select(v => (float)v)], Rows, Columns, [.. centres], 8, normalization, descriptors, count);
    }

    public static int[] Measured(CandidateInputs inputs, int n) => [.. Enumerable.Range(0, n).Select(i =>
        (int)((37L * (i + 1) * (i + 3)) % inputs.Count))];

    /// <summary>Two descriptors, one of them bent, with a little noise.</summary>
    public static double[] Targets(CandidateInputs inputs, int[] measured)
    {
        var random = new RandomStream(3, 77);
        return [.. measured.Select(c =>
            5 + (2 * (Math.Tanh(inputs.Descriptors[c]) + (0.5 * inputs.Descriptors[inputs.Count + c]) + (0.1 * random.NextNormal()))))];
    }
}
