using FastCore.Compute.Execution;
using FastCore.Learning.Surrogates;
using FastCore.Microscopy.Files;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Learning.Tests.Surrogates;

/// <summary>Surrogates on a measured image-spectrum set: patches of one band of a band-excitation map predict another spectral quantity.</summary>
public sealed class RealDataTests(ITestOutputHelper output)
{
    [Fact]
    public void TheChoiceIsAboutAsGoodAsTheProcessOnPatches()
    {
        Assert.SkipWhen(Load() is null, SharedFolder.SkipReason);
        Dictionary<(string, int), Score> table = Study(["gp-patches", "auto"], [10, 60], 2);
        foreach (int n in new[] { 10, 60 })
        {
            // Random designs of a few seeds scatter by about a tenth of the spread of the map.
            Assert.True(table[("auto", n)].Error <= table[("gp-patches", n)].Error + 0.1);
            Assert.InRange(table[("auto", n)].Coverage, 0.8, 1);
        }
    }

    [Fact(Explicit = true)]
    public void TableOfMembers()
    {
        Assert.SkipWhen(Load() is null, SharedFolder.SkipReason);
        string[] members = Environment.GetEnvironmentVariable("FASTCORE_STUDY_MEMBERS")?.Split(',')
            ?? ["gp-patches-rbf", "gp-patches-matern52", "gp-descriptors", "gp-components", "gp-sum", "gp-descriptors-ard-matern52", "dkl-64-64-2",
                "dkl-descriptors", "dkl-patches", "auto"];
        int[] counts = Environment.GetEnvironmentVariable("FASTCORE_STUDY_POINTS")?.Split(',').Select(int.Parse).ToArray() ?? [10, 60, 110];
        Study(members, counts, int.Parse(Environment.GetEnvironmentVariable("FASTCORE_STUDY_SEEDS") ?? "3"));
    }

    private sealed record Score(double Error, double Coverage, double Density, double Claimed, double Milliseconds);

    private Dictionary<(string, int), Score> Study(string[] members, int[] counts, int seeds)
    {
        var result = new Dictionary<(string, int), Score>();
        (CandidateInputs inputs, double[] targets) = Load()!.Value;
        output.WriteLine("member                          n   NRMSE  (median)  95 %   NLPD  claimed LOO  ms/train  chosen");
        foreach (int n in counts)
        {
            foreach (string member in members)
            {
                var errors = new List<double>();
                double coverage = 0, density = 0, claimed = 0, time = 0;
                var chosen = new List<string>();
                for (int seed = 0; seed < seeds; seed++)
                {
                    var random = new RandomStream(seed, 900);
                    int[] order = [.. Enumerable.Range(0, inputs.Count)];
                    for (int i = 0; i < order.Length - 1; i++)
                    {
                        int j = i + random.NextInt(order.Length - i);
                        (order[i], order[j]) = (order[j], order[i]);
                    }
                    int[] measured = order[..n];
                    double[] t = [.. measured.Select(i => targets[i])];
                    using var trainer = new SurrogateTrainer(TestBackend.Host, inputs, new SurrogateOptions { Member = member });
                    TrainedSurrogate? previous = null;
                    var watch = System.Diagnostics.Stopwatch.StartNew();
                    int trainings = 0;
                    // As in a run: the model was trained before, with fewer points.
                    foreach (int stage in new[] { n / 2, (3 * n) / 4, n })
                    {
                        previous = trainer.Train(measured.AsSpan(0, stage), t.AsSpan(0, stage), previous, TestContext.Current.CancellationToken);
                        trainings++;
                    }
                    time += watch.Elapsed.TotalMilliseconds / trainings / seeds;
                    using CandidatePosterior posterior = previous!.OverCandidates(TestBackend.Host, n);
                    double square = 0, spread = 0, mean = targets.Average();
                    int inside = 0;
                    foreach (int i in order[n..])
                    {
                        double error = targets[i] - posterior.Mean[i];
                        double variance = posterior.Variance[i] + posterior.NoiseVariance;
                        square += error * error;
                        spread += (targets[i] - mean) * (targets[i] - mean);
                        inside += Math.Abs(error) <= 1.96 * Math.Sqrt(variance) ? 1 : 0;
                        density += -0.5 * ((error * error / variance) + Math.Log(2 * Math.PI * variance)) / (order.Length - n) / seeds;
                    }
                    errors.Add(Math.Sqrt(square / spread));
                    coverage += inside / (double)(order.Length - n) / seeds;
                    claimed += previous.LeaveOneOutDensity[previous.Member] / seeds;
                    chosen.Add(previous.Member == "ensemble" ? string.Join("+", previous.HyperParameters.Keys.Where(k => k.EndsWith(".weight",
                        StringComparison.Ordinal)).Select(k => k[..^7])) : previous.Member);
                }
                errors.Sort();
                var score = new Score(errors.Average(), coverage, -density, claimed, time);
                result[(member, n)] = score;
                output.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                    $"{member,-30} {n,3}   {score.Error:f3}   {errors[errors.Count / 2]:f3}" +
                    $"   {score.Coverage:f3}  {score.Density,6:f3}  {score.Claimed,6:f3}   {time,8:f1}  {string.Join(" ", chosen.Distinct())}"));
            }
        }
        return result;
    }

    private static (CandidateInputs Inputs, double[] Targets)? Load()
    {
        if (SharedFolder.File("data", "ziatdinovmax+GPim", "bepfm_test_data.npy") is not { } file)
            return null;
        NpyArray data = NpyArray.Read(File.ReadAllBytes(file), file);
        (int rows, int columns, int bands) = (data.Shape[0], data.Shape[1], data.Shape[2]);
        var image = new double[rows * columns];
        var targets = new double[rows * columns];
        for (int p = 0; p < image.Length; p++)
        {
            ReadOnlySpan<double> spectrum = data.Values.AsSpan(p * bands, bands);
            // The image is the mean of the first third of the bands; the target is the share of the last third in the whole.
            for (int b = 0; b < bands / 3; b++)
                image[p] += spectrum[b];
            double tail = 0, all = 0;
            for (int b = 0; b < bands; b++)
            {
                all += Math.Abs(spectrum[b]);
                tail += b >= 2 * bands / 3 ? Math.Abs(spectrum[b]) : 0;
            }
            targets[p] = tail / Math.Max(all, 1e-30);
        }
        Standardise(image);
        Standardise(targets);
        int[] centres = [.. Enumerable.Range(0, image.Length)];
        float[] descriptors = TestDescriptors.Of(image, rows, columns, out int count);
        return (new CandidateInputs([.. image.Select(v => (float)v)], rows, columns, centres, 8, PatchNormalization.Image, descriptors, count),
            targets);
    }

    private static void Standardise(double[] values)
    {
        double mean = values.Average();
        double deviation = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
        for (int i = 0; i < values.Length; i++)
            values[i] = (values[i] - mean) / deviation;
    }
}
