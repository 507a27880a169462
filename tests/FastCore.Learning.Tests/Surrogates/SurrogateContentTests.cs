using FastCore.Compute.Execution;
using FastCore.Learning.Surrogates;
using Xunit;

namespace FastCore.Learning.Tests.Surrogates;

public sealed class SurrogateContentTests
{
    [Theory]
    [InlineData("auto")]
    [InlineData("gp-sum")]
    [InlineData("gp-descriptors-ard-rbf")]
    [InlineData("dkl-descriptors")]
    [InlineData("dkl-fcbn")]
    public void ASurrogatePredictsAndTrainsOnAsBeforeAfterItsContentIsRebuilt(string member)
    {
        CandidateInputs inputs = SurrogateCases.Inputs();
        int[] measured = SurrogateCases.Measured(inputs, 36);
        double[] targets = SurrogateCases.Targets(inputs, measured);
        using var trainer = new SurrogateTrainer(TestBackend.Host, inputs, new SurrogateOptions { Member = member, ColdEpochs = 20, WarmEpochs = 10 });
        TrainedSurrogate trained = trainer.Train(measured.AsSpan(0, 32), targets.AsSpan(0, 32), null, TestContext.Current.CancellationToken);
        FittedSurrogate loaded = SurrogateContent.Of((FittedSurrogate)trained).Build(trainer.Features);
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
    public void ContentThatDoesNotFitIsRefused()
    {
        CandidateInputs inputs = SurrogateCases.Inputs();
        using var trainer = new SurrogateTrainer(TestBackend.Host, inputs, new SurrogateOptions { Member = "gp-descriptors-rbf" });
        TrainedSurrogate trained = trainer.Train([3, 50, 100], [1, 2, 4], null, TestContext.Current.CancellationToken);
        SurrogateContent content = SurrogateContent.Of((FittedSurrogate)trained);
        content.Doubles.Remove("part0.parameters");
        Assert.Contains("part0.parameters", Assert.Throws<InvalidDataException>(() => content.Build(trainer.Features)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => new SurrogateContent { Description = "{" }.Build(trainer.Features));
    }
}
