namespace FastCore.Autonomy.Learned;

/// <summary>Leave-one-out structural novelty of every measured place.</summary>
internal sealed class StructuralNoveltyTarget : LearnedTarget
{
    public override bool Takes(RunMemory memory, MeasuredPoint point) => true;

    public override double ValueOfNewcomer(RunMemory memory, MeasuredPoint point) => memory.Structure.OverCandidates[point.Candidate];

    public override void Values(RunMemory memory, Span<double> values) => memory.Structure.Scores(values);
}
