using FastCore.Autonomy.Records;

namespace FastCore.Reporting.Sections;

/// <summary>One kind of accepted curve: a true class where truth is known, otherwise a cluster.</summary>
internal sealed record CurveGroup(string Name, int Color, StepRecord[] Steps);

/// <summary>The classes or clusters of a run, with one colour and marker each that all sections share.</summary>
internal sealed class Groups
{
    private readonly Dictionary<int, int> groupOfStep = [];
    private readonly List<string> names = [];

    public Groups(RunReportContent content)
    {
        StepRecord[] accepted = [.. content.Steps.Where(s => s.Accepted && s.CurrentAmperes.Length > 0)];
        HasTruth = content.ClassNames.Count > 0 && content.Steps.Any(s => s.TrueClass >= 0);
        if (HasTruth)
        {
            names.AddRange(content.ClassNames);
            foreach (StepRecord step in content.Steps.Where(s => s.TrueClass >= 0 && s.TrueClass < names.Count))
                groupOfStep[step.Step] = step.TrueClass;
        }
        else
        {
            int count = Math.Min(6, Math.Max(1, accepted.Length / 4));
            int[] cluster = SpectralStatistics.Cluster([.. accepted.Select(s => s.CurrentAmperes)], count);
            // The fullest cluster is the first, so that names mean something.
            int[] order = [.. cluster.GroupBy(c => c).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).Select(g => g.Key)];
            for (int k = 0; k < accepted.Length; k++)
                groupOfStep[accepted[k].Step] = Array.IndexOf(order, cluster[k]);
            for (int k = 0; k < order.Length; k++)
                names.Add($"cluster {k + 1}");
        }
        All = [.. names.Select((name, k) => new CurveGroup(name, k, [.. accepted.Where(s => Of(s) == k)]))];
        Unknown = [.. accepted.Where(s => Of(s) < 0)];
    }

    /// <summary>Whether the groups are true classes.</summary>
    public bool HasTruth { get; }

    /// <summary>All groups, empty ones included.</summary>
    public CurveGroup[] All { get; }

    /// <summary>Accepted curves without a group.</summary>
    public StepRecord[] Unknown { get; }

    /// <summary>Group of a step, -1 for none.</summary>
    public int Of(StepRecord step) => groupOfStep.GetValueOrDefault(step.Step, -1);

    /// <summary>Name of a step's group.</summary>
    public string NameOf(StepRecord step) => Of(step) is >= 0 and var g ? names[g] : "class unknown";
}
