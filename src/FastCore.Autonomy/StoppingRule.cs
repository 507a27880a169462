using FastCore.Autonomy.Plan;

namespace FastCore.Autonomy;

/// <summary>When a run ends: budget, time, or nothing new to expect (SPEC 1.7).</summary>
internal sealed class StoppingRule(ExperimentPlan plan)
{
    private double first = double.NaN;
    private int poor;

    /// <summary>Takes note of what the last decision promised: the largest mean + kappa * deviation; NaN where there is none.</summary>
    public void Note(double promise)
    {
        if (double.IsNaN(promise))
            return;
        if (double.IsNaN(first))
            first = promise;
        poor = first > 0 && promise < plan.Stop.NoveltyFraction * first ? poor + 1 : 0;
    }

    /// <summary>Why the run ends before step <paramref name="step"/>; null if it goes on.</summary>
    public string? Reason(int step, double instrumentSeconds, int allowedCandidates)
    {
        if (step >= plan.Budget)
            return $"The budget of {plan.Budget} measurements is spent.";
        if (allowedCandidates == 0)
            return $"All candidates are measured or excluded after {step} measurements.";
        if (instrumentSeconds >= plan.Stop.TimeSeconds)
            return $"The time of {plan.Stop.TimeSeconds} s is over after {step} measurements.";
        if (plan.Stop.NoveltyFraction > 0 && poor >= plan.Stop.NoveltySteps)
            return $"Nothing new is expected: the largest prediction stayed below {plan.Stop.NoveltyFraction} of its first value for {poor} steps.";
        return null;
    }
}
