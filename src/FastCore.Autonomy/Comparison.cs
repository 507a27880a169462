using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Compute.Execution;
using FastCore.Microscopy.Control;

namespace FastCore.Autonomy;

/// <summary>Policies against each other on the same samples.</summary>
public static partial class Comparison
{
    /// <summary>Name of the file that <see cref="Run"/> writes.</summary>
    public const string ComparisonFile = "compare.json";

    /// <summary>Runs every policy with every seed and writes <c>compare.json</c>; each run has a folder POLICY-SEED below <paramref name="folder"/>.</summary>
    /// <param name="plan">Everything but policy and seed.</param>
    /// <param name="policies">Names of the policies.</param>
    /// <param name="seeds">Seeds; a seed names film and run.</param>
    /// <param name="folder">New or empty folder.</param>
    /// <param name="openController">Opens a fresh instrument for a plan; the run disposes of it.</param>
    /// <param name="backend">What runs the models.</param>
    /// <param name="runEnded">Called after each run; null for nobody.</param>
    /// <param name="cancellationToken">Ends the comparison after the present step; the runs so far are kept.</param>
    public static ComparisonRecord Run(ExperimentPlan plan, IReadOnlyList<string> policies, IReadOnlyList<long> seeds, string folder,
        Func<ExperimentPlan, ICafmController> openController, ExecutionBackend backend, Action<ComparisonEntry>? runEnded = null,
        CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
