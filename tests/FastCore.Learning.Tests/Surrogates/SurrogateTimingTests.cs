using FastCore.Compute.Execution;
using FastCore.Learning.Surrogates;
using Xunit;

namespace FastCore.Learning.Tests.Surrogates;

/// <summary>Prints what training and updating cost at the size of a real run; asked for explicitly, asserts nothing about time.</summary>
public sealed class SurrogateTimingTests(ITestOutputHelper output)
{
    [Fact(Explicit = true)]
    public void CostsAtTheSizeOfARun()
    {
        const int side = 256;
        var image = new double[side * side];
        for (int p = 0; p < image.Length; p++)
        {
            (int r, int c) = (p / side, p % side);
            image[p] = Math.Sin(0.11 * r) + Math.Cos((0.09 * c) + (0.03 * r)) + (0.4 * Math.Sin(0.002 * c * r));
        }
        float[] all = TestDescriptors.Of(image, side, side, out int count);
        int[] centres = [.. Enumerable.Range(0, 241 * 241).Select(i => ((8 + (i / 241)) * side) + 8 + (i % 241))];
        var descriptors = new float[count * centres.Length];
        for (int k = 0; k < count; k++)
        {
            for (int i = 0; i < centres.Length; i++)
                descriptors[(k * centres.Length) + i] = all[(k * image.Length) + centres[i]];
        }
        var inputs = new CandidateInputs([.. image.Select(v => (float)v)], side, side, centres, 16, PatchNormalization.Image, descriptors, count);
        int[] measured = [.. Enumerable.Range(0, 230).Select(i => (int)((7919L * (i + 1) * (i + 3)) % centres.Length))];
        double[] targets = SurrogateCases.Targets(inputs, measured);
        string[] members = Environment.GetEnvironmentVariable("FASTCORE_STUDY_MEMBERS")?.Split(',') ?? ["gp-descriptors-rbf", "gp-patches-matern52",
            "gp-sum", "dkl-64-64-2", "auto"];
        foreach (string member in members)
        {
            using var trainer = new SurrogateTrainer(TestBackend.Host, inputs, new SurrogateOptions { Member = member });
            TrainedSurrogate? surrogate = null;
            foreach (int n in new[] { 10, 20, 39, 40, 60, 80, 99, 100, 150, 209, 210 })
            {
                var watch = System.Diagnostics.Stopwatch.StartNew();
                surrogate = trainer.Train(measured.AsSpan(0, n), targets.AsSpan(0, n), surrogate, TestContext.Current.CancellationToken);
                string densities = string.Join(' ', surrogate.LeaveOneOutDensity.Select(d => $"{d.Key} {d.Value:f3}"));
                output.WriteLine($"{member} n {n}: {watch.Elapsed.TotalMilliseconds:f1} ms -> {surrogate.Member} {densities}");
            }
            for (int repeat = 0; repeat < 2; repeat++)
            {
                var solve = System.Diagnostics.Stopwatch.StartNew();
                using CandidatePosterior posterior = surrogate!.OverCandidates(TestBackend.Host, 230);
                output.WriteLine($"{member}: posterior over {centres.Length} candidates from 210 points {solve.Elapsed.TotalMilliseconds:f1} ms");
                var times = new List<double>();
                for (int n = 210; n < 230; n++)
                {
                    var watch = System.Diagnostics.Stopwatch.StartNew();
                    posterior.Append(measured[n], targets.AsSpan(0, n + 1));
                    times.Add(watch.Elapsed.TotalMilliseconds);
                }
                times.Sort();
                output.WriteLine($"{member}: append p50 {times[10]:f2} ms, max {times[^1]:f2} ms");
            }
        }
    }
}
