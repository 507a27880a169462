using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Learning.Surrogates;

namespace FastCore.Autonomy.Policies;

/// <summary>What a policy may look at when it scores the candidates.</summary>
internal readonly ref struct PolicyView
{
    /// <summary>The plan.</summary>
    public required ExperimentPlan Plan { get; init; }

    /// <summary>Number of the step that is being decided.</summary>
    public required int Step { get; init; }

    /// <summary>Where the candidates lie.</summary>
    public required CandidateGeometry Geometry { get; init; }

    /// <summary>Whether each candidate may be chosen.</summary>
    public required ReadOnlySpan<bool> Allowed { get; init; }

    /// <summary>Number of candidates that may be chosen, at least 1.</summary>
    public required int AllowedCount { get; init; }

    /// <summary>Posterior of the spectral surrogate; null for policies without one.</summary>
    public CandidatePosterior? Spectral { get; init; }

    /// <summary>Posterior of the structural surrogate; null for policies without one.</summary>
    public CandidatePosterior? Structural { get; init; }

    /// <summary>Posterior of the constraint's surrogate; null where there is no constraint.</summary>
    public CandidatePosterior? Constraint { get; init; }

    /// <summary>Bounds of the constraint in the unit of its targets, infinite where there is none.</summary>
    public (double Minimum, double Maximum) ConstraintBounds { get; init; }

    /// <summary>Structural novelty of each candidate against the measured places; empty for policies that do not need it.</summary>
    public ReadOnlySpan<float> StructuralNovelty { get; init; }

    /// <summary>Largest target among the points that trained the spectral surrogate.</summary>
    public double BestTarget { get; init; }
}
