namespace FastCore.Autonomy.Learned;

/// <summary>Leave-one-out novelty of the accepted curves.</summary>
internal sealed class SpectralNoveltyTarget : LearnedTarget
{
    public override bool Takes(RunMemory memory, MeasuredPoint point) => point.Accepted;

    public override double ValueOfNewcomer(RunMemory memory, MeasuredPoint point) => memory.Spectra.NoveltyOf(point.CurrentAmperes);

    public override void Values(RunMemory memory, Span<double> values) => memory.Spectra.Scores(values);
}
