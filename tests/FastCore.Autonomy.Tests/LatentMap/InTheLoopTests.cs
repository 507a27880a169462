using System.Text.Json;
using FastCore.Autonomy.LatentMap;
using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Results;
using FastCore.Autonomy.Tests.Stand;
using FastCore.Compute.Execution;
using FastCore.Learning.DualVae;
using FastCore.Learning.Surrogates;

namespace FastCore.Autonomy.Tests.LatentMap;

/// <summary>Autoencoders in a run: codes as structural novelty, and the latent map that is trained beside it.</summary>
public sealed class InTheLoopTests : IDisposable
{
    private static readonly HostBackend Host = new();
    private readonly StandRun stand = new();

    public void Dispose() => stand.Dispose();

    [Fact]
    public void A_run_by_codes_is_measured_and_replayed()
    {
        ExperimentPlan plan = StandRun.Plan() with { Structural = new StructuralPlan { Input = StructuralInput.Codes } };
        using var controller = new StandController();
        RunRecord record = stand.StartOn(Host, "codes", plan, controller, StandTraining.Factory);
        Assert.Equal((RunStatus.Done, 14), (record.Summary.Status, record.Steps.Count));
        Assert.Contains(record.Steps, step => step.StructuralNovelty > 0.1);
        Assert.True(Replay.Run(stand.Other("codes"), Host, StandTraining.Factory, null, TestContext.Current.CancellationToken).Identical);
    }

    [Fact]
    public void Codes_are_standardised_over_the_candidates_and_tell_structure_apart()
    {
        // The left half is a fine grating, the right half smooth: nearest in code means same half.
        CandidateInputs inputs = Inputs(48, 8);
        float[] codes = PatchCodes.Of(inputs, 3, Host);
        int count = inputs.Count, silent = 0;
        for (int d = 0; d < PatchCodes.Dimensions; d++)
        {
            float[] row = codes[(d * count)..((d + 1) * count)];
            double mean = row.Average(), deviation = Math.Sqrt(row.Average(value => (value - mean) * (value - mean)));
            silent += deviation == 0 ? 1 : 0;
            Assert.Equal(0, mean, 1e-5);
            Assert.True(deviation == 0 || Math.Abs(deviation - 0.5) < 1e-4, $"dimension {d} has the deviation {deviation}");
        }
        Assert.True(silent < PatchCodes.Dimensions);
        int[] some = [.. Enumerable.Range(0, count).Where(c => c % 7 == 0 && Math.Abs(Column(c) - 24) > 5)];
        int alike = some.Count(a => Column(some.Where(b => b != a).MinBy(b =>
            Enumerable.Range(0, PatchCodes.Dimensions).Sum(d => Math.Pow(codes[(d * count) + a] - codes[(d * count) + b], 2)))) < 24 == Column(a) < 24);
        Assert.True(alike > 0.9 * some.Length, $"of {some.Length} places {alike} have a nearest one in their half");

        int Column(int candidate) => inputs.Centres[candidate] % inputs.ImageColumns;
    }

    [Fact]
    public void An_image_without_patches_that_vary_is_refused_for_codes()
    {
        CandidateInputs inputs = Inputs(16, 8);
        Array.Clear(inputs.Image);
        Assert.Equal("structural.input", Assert.Throws<PlanException>(() => PatchCodes.Of(inputs, 1, Host)).Key);
    }

    [Fact]
    public void A_map_beside_the_run_changes_no_decision()
    {
        using var controller = new StandController();
        RunRecord alone = stand.StartOn(Host, "alone", StandRun.Plan(24), controller, StandTraining.Factory);
        using var again = new StandController();
        RunRecord beside = stand.StartOn(Host, "beside", StandRun.Plan(24) with { LatentMap = new LatentMapPlan { Interval = 10, Epochs = 2 } }, again,
            StandTraining.Factory);
        Assert.Equal(alone.Steps.Select(step => step.Candidate), beside.Steps.Select(step => step.Candidate));
        Assert.Null(alone.Summary.LatentMap);
        LatentMapProgress told = beside.Summary.LatentMap!;
        Assert.Equal("", told.Problem);
        string file = Path.Combine(stand.Other("beside"), RunFolder.LatentMapFolder, LatentMapFolder.ModelFile);
        Assert.Equal(told.Trainings.Count > 0, File.Exists(file));
        RunSummary read = JsonSerializer.Deserialize<RunSummary>(File.ReadAllText(Path.Combine(stand.Other("beside"), RunFolder.SummaryFile)),
            ResultJson.Options)!;
        Assert.Equal(told.Trainings, read.LatentMap!.Trainings);
        Assert.True(Replay.Run(stand.Other("beside"), Host, StandTraining.Factory, null, TestContext.Current.CancellationToken).Identical);
    }

    [Fact]
    public void A_map_is_trained_again_as_curves_come_in()
    {
        CandidateInputs inputs = Inputs(32, 8);
        using var map = new BackgroundLatentMap(new LatentMapPlan { Interval = 10, Epochs = 2 }, 1, inputs, 21, Host);
        for (int i = 0; i < 9; i++)
            map.Add(i, Curve(i));
        Assert.Null(map.Model);
        // One training at a time; the next one begins with the first curve after it.
        for (int i = 9; map.Trainings.Count < 2 && i < 3000; i++)
        {
            map.Add(i % inputs.Count, Curve(i));
            Thread.Sleep(20);
        }
        Assert.Equal((10, 2), (map.Trainings[0].Pairs, map.Trainings[0].Epochs));
        Assert.True(map.Trainings[1].Pairs >= 20);
        Assert.Equal(new DualVaeShape(8, 8, 21), map.Model!.Shape);
        // A training that is cut off leaves the model before it.
        DualVaeModel last = map.Model;
        map.Finish();
        Assert.Same(last, map.Model);
        Assert.Equal("", map.Problem);
    }

    [Fact]
    public void A_map_that_cannot_be_trained_says_why_and_harms_nothing()
    {
        CandidateInputs inputs = Inputs(32, 8);
        using var map = new BackgroundLatentMap(new LatentMapPlan { Interval = 10, Epochs = 1 }, 1, inputs, 21, Host);
        for (int i = 0; map.Problem.Length == 0 && i < 3000; i++)
        {
            map.Add(i % inputs.Count, new double[21]);
            Thread.Sleep(5);
        }
        Assert.NotEqual("", map.Problem);
        Assert.Null(map.Model);
    }

    private static double[] Curve(int i) => [.. Enumerable.Range(0, 21).Select(k => 1e-10 * (1 + (i % 5)) * k * k / 400)];

    private static CandidateInputs Inputs(int size, int side)
    {
        var random = RandomStream.Named(3, "patches");
        var image = new float[size * size];
        for (int k = 0; k < image.Length; k++)
        {
            int row = k / size, column = k % size;
            image[k] = (float)((column < size / 2 ? Math.Sin(2.1 * row) : Math.Sin(0.2 * (row + column))) + (0.05 * random.NextNormal()));
        }
        var centres = new List<int>();
        for (int r = side / 2; r <= size - (side / 2); r++)
        {
            for (int c = side / 2; c <= size - (side / 2); c++)
                centres.Add((r * size) + c);
        }
        return new CandidateInputs(image, size, size, [.. centres], side, PatchNormalization.Patch, new float[centres.Count], 1);
    }
}
