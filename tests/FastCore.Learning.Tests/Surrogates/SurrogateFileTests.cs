using FastCore.Compute.Execution;
using FastCore.Learning.Checkpoints;
using FastCore.Learning.CurvePrediction;
using FastCore.Learning.Novelty;
using FastCore.Learning.Surrogates;
using Xunit;

namespace FastCore.Learning.Tests.Surrogates;

public sealed class SurrogateFileTests
{
    [Theory]
    [InlineData("auto")]
    [InlineData("gp-sum")]
    [InlineData("gp-descriptors-ard-rbf")]
    [InlineData("dkl-descriptors")]
    [InlineData("dkl-fcbn")]
    public void ASurrogatePredictsAndTrainsOnAsBeforeAfterLoading(string member)
    {
        CandidateInputs inputs = SurrogateCases.Inputs();
        int[] measured = SurrogateCases.Measured(inputs, 36);
        double[] targets = SurrogateCases.Targets(inputs, measured);
        using var trainer = new SurrogateTrainer(TestBackend.Host, inputs, new SurrogateOptions
        {
            Member = member,
            ColdEpochs = 20,
            WarmEpochs = 10
        });
        TrainedSurrogate trained = trainer.Train(measured.AsSpan(0, 32), targets.AsSpan(0, 32), null, TestContext.Current.CancellationToken);
        using var another = new SurrogateTrainer(TestBackend.Host, inputs, new SurrogateOptions());
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        SurrogateFile.Save(trained, path);
        TrainedSurrogate loaded = SurrogateFile.Load(path, another);
        File.Delete(path);
        Assert.Equal(trained.Hash, loaded.Hash);
        Assert.Equal(trained.Member, loaded.Member);
        Assert.Equal(trained.LeaveOneOutDensity, loaded.LeaveOneOutDensity);
        Assert.Equal(trained.HyperParameters, loaded.HyperParameters);
        using CandidatePosterior before = trained.OverCandidates(TestBackend.Host, 40);
        using CandidatePosterior after = loaded.OverCandidates(TestBackend.Host, 40);
        before.Append(measured[33], [.. targets[..32], targets[33]]);
        after.Append(measured[33], [.. targets[..32], targets[33]]);
        Assert.Equal(before.Mean.ToArray(), after.Mean.ToArray());
        Assert.Equal(before.Variance.ToArray(), after.Variance.ToArray());
        Assert.Equal(trainer.Train(measured, targets, trained, TestContext.Current.CancellationToken).Hash,
            trainer.Train(measured, targets, loaded, TestContext.Current.CancellationToken).Hash);
    }

    [Fact]
    public void DamageIsNoticedWhereverItIs()
    {
        CandidateInputs inputs = SurrogateCases.Inputs();
        using var trainer = new SurrogateTrainer(TestBackend.Host, inputs, new SurrogateOptions { Member = "gp-descriptors-rbf" });
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        SurrogateFile.Save(trainer.Train([3, 50, 100], [1, 2, 4], null, TestContext.Current.CancellationToken), path);
        byte[] good = File.ReadAllBytes(path);
        for (int at = 0; at < good.Length; at += 7)
        {
            byte[] bad = (byte[])good.Clone();
            bad[at] ^= 0x10;
            File.WriteAllBytes(path, bad);
            Assert.Throws<InvalidDataException>(() => SurrogateFile.Load(path, trainer));
            File.WriteAllBytes(path, good[..at]);
            Assert.Throws<InvalidDataException>(() => SurrogateFile.Load(path, trainer));
        }
        File.Delete(path);
        Assert.False(File.Exists(path + ".part"));
    }

    [Fact]
    public void ContentThatDoesNotFitIsRefused()
    {
        CandidateInputs inputs = SurrogateCases.Inputs();
        using var trainer = new SurrogateTrainer(TestBackend.Host, inputs, new SurrogateOptions { Member = "gp-descriptors-rbf" });
        TrainedSurrogate trained = trainer.Train([3, 50, 100], [1, 2, 4], null, TestContext.Current.CancellationToken);
        SurrogateContent content = SurrogateContent.Of((FittedSurrogate)trained);
        content.Doubles.Remove("part0.parameters");
        Assert.Contains("part0.parameters", Assert.Throws<InvalidDataException>(() => content.Build(trainer.Features)).Message,
            StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => new SurrogateContent { Description = "{" }.Build(trainer.Features));
        foreach (int stray in new[] { -1, inputs.Count })
        {
            content = SurrogateContent.Of((FittedSurrogate)trained);
            content.Integers["trainedOn"][1] = stray;
            Assert.Contains($"candidate {stray}", Assert.Throws<InvalidDataException>(() => content.Build(trainer.Features)).Message,
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("gp-curve", NoveltyKind.NearestNeighbours)]
    [InlineData("gp-curve-matern52", NoveltyKind.Mean)]
    public void ACurveSurrogatePredictsAsBeforeAfterLoading(string member, NoveltyKind novelty)
    {
        CandidateInputs inputs = SurrogateCases.Inputs();
        int[] measured = SurrogateCases.Measured(inputs, 22);
        var trainer = new CurveTrainer(TestBackend.Host, inputs, new CurveOptions { Member = member, Novelty = novelty, Neighbours = 3, Rank = 4 });
        TrainedSurrogate trained = trainer.Train(measured.AsSpan(0, 20), Curves(20), TestContext.Current.CancellationToken);
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        SurrogateFile.Save(trained, path);
        // How curves become novelty comes from the file, not from the trainer.
        TrainedSurrogate loaded = SurrogateFile.Load(path, new CurveTrainer(TestBackend.Host, inputs, new CurveOptions()));
        using var others = new SurrogateTrainer(TestBackend.Host, inputs, new SurrogateOptions());
        Assert.Contains("CurveTrainer", Assert.Throws<InvalidDataException>(() => SurrogateFile.Load(path, others)).Message, StringComparison.Ordinal);
        File.Delete(path);
        Assert.Equal(trained.Hash, loaded.Hash);
        Assert.Equal(trained.Member, loaded.Member);
        Assert.Equal(trained.TrainedOn, loaded.TrainedOn);
        Assert.Equal(trained.LeaveOneOutDensity, loaded.LeaveOneOutDensity);
        Assert.Equal(trained.LeaveOneOutError, loaded.LeaveOneOutError);
        Assert.Equal(trained.Margin, loaded.Margin);
        Assert.Equal(trained.Coverage, loaded.Coverage);
        Assert.Equal(trained.HyperParameters, loaded.HyperParameters);
        using CandidatePosterior before = trained.OverCandidates(TestBackend.Host, 22), after = loaded.OverCandidates(TestBackend.Host, 22);
        foreach (CandidatePosterior posterior in new[] { before, after })
        {
            posterior.Append(measured[20], new double[21], Curves(22).AsSpan(20 * 9, 9));
            posterior.Standardise(0.5, 2);
        }
        Assert.Equal(before.Mean.ToArray(), after.Mean.ToArray());
        Assert.Equal(before.Variance.ToArray(), after.Variance.ToArray());
        Assert.Contains(after.Variance.ToArray(), value => value > 0);
    }

    [Fact]
    public void ACurveSurrogateThatDoesNotFitIsRefused()
    {
        CandidateInputs inputs = SurrogateCases.Inputs();
        var trainer = new CurveTrainer(TestBackend.Host, inputs, new CurveOptions { Member = "gp-curve-rbf" });
        var trained = (CurveSurrogate)trainer.Train([3, 50, 100], Curves(3), TestContext.Current.CancellationToken);
        Refused(checkpoint => checkpoint.Values<double>("components.mean")[2] = double.NaN, "no fit gives");
        Refused(checkpoint => checkpoint.Values<double>("lengthscale, noise ratio, scale")[0] = 0, "no training gives");
        Refused(checkpoint => checkpoint.Values<int>("trainedOn")[1] = inputs.Count, "not all of which");
        Refused(checkpoint => checkpoint.Values<int>("trainedOn")[1] = -1, "not all of which");
        var other = new Checkpoint();
        other.Add(CurveSurrogateContent.DescriptionName, "{");
        Assert.Contains("description", Assert.Throws<InvalidDataException>(() => CurveSurrogateContent.Build(other, trainer.Features)).Message,
            StringComparison.Ordinal);

        void Refused(Action<Checkpoint> damage, string because)
        {
            string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
            SurrogateFile.Save(trained, path);
            Checkpoint checkpoint = CheckpointFile.Load(path);
            damage(checkpoint);
            CheckpointFile.Save(checkpoint, path);
            string message = Assert.Throws<InvalidDataException>(() => SurrogateFile.Load(path, trainer)).Message;
            File.Delete(path);
            Assert.Contains(because, message, StringComparison.Ordinal);
        }
    }

    // n curves of nine samples, all different.
    private static double[] Curves(int n) => [.. Enumerable.Range(0, n * 9).Select(k => Math.Sin(1 + (0.37 * (k / 9)) + (k % 9 * (0.2 + (0.05 * (k / 9 % 4))))))];
}
