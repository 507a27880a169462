using FastCore.Compute.Execution;
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
}
