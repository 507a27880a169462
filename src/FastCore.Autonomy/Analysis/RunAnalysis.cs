using FastCore.Autonomy.LatentMap;
using FastCore.Autonomy.Records;
using FastCore.Learning.Statistics;
using FastCore.Microscopy.Grains;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Autonomy.Analysis;

/// <summary>
/// What a run says about its sample without a model: grains of the overview, the class of every measured place as the overview shows it, and the
/// current-voltage quantities compared between the classes (SPEC 4 and 5). Nothing here knows the truth of a simulated film.
/// </summary>
public sealed class RunAnalysis
{
    /// <summary>A class with fewer values takes part in no comparison of two classes.</summary>
    public const int FewestValues = 3;

    private RunAnalysis(RunRecord run, GrainMap grains, StepRecord[] steps, StructuralClass[] classes, IReadOnlyList<ClassComparison> comparisons)
    {
        Run = run;
        Grains = grains;
        Steps = steps;
        Classes = classes;
        Comparisons = comparisons;
    }

    /// <summary>The classes by name, in the order of <see cref="StructuralClass"/>.</summary>
    public static IReadOnlyList<string> ClassNames { get; } = ["interior", "boundary", "junction", "asymmetric boundary"];

    /// <summary>The run.</summary>
    public RunRecord Run { get; }

    /// <summary>Grains of the overview.</summary>
    public GrainMap Grains { get; }

    /// <summary>The accepted measurements.</summary>
    public IReadOnlyList<StepRecord> Steps { get; }

    /// <summary>What the place of each accepted measurement is.</summary>
    public IReadOnlyList<StructuralClass> Classes { get; }

    /// <summary>The quantities that any curve has.</summary>
    public IReadOnlyList<ClassComparison> Comparisons { get; }

    /// <summary>Analyses a run.</summary>
    /// <exception cref="InvalidDataException">The run has no overview or no accepted curve.</exception>
    /// <exception cref="ArgumentException">No grains can be found in the overview; the message says why.</exception>
    public static RunAnalysis Of(RunRecord run, GrainOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (run.Overview is not { } overview || run.Waveform is not { } waveform)
            throw new InvalidDataException($"{run.Folder}: the run ended before its overview was scanned; there is nothing to analyse.");
        StepRecord[] steps = [.. run.Steps.Where(step => step.Accepted)];
        if (steps.Length == 0)
            throw new InvalidDataException($"{run.Folder}: none of {run.Steps.Count} curves passed the quality gate; there is nothing to compare.");
        GrainMap grains = GrainsOf(overview, options);
        StructuralClass[] classes = [.. steps.Select(step => grains.ClassOf(step.Pixel))];
        return new RunAnalysis(run, grains, steps, classes, Compare(waveform, steps, classes));
    }

    /// <summary>Grains of an overview: by its heights, or, where it shows something else, by lines that stand for boundaries.</summary>
    /// <exception cref="ArgumentException">No grains can be found; the message says why.</exception>
    public static GrainMap GrainsOf(ScanImage overview, GrainOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(overview);
        return overview.Unit == "m" ? TopographyGrains.Of(overview, options) : ElectronImageGrains.Of(overview, options);
    }

    /// <summary>Compares quantities of curves between classes.</summary>
    /// <param name="quantities">Name, unit and a value per curve; NaN where a curve has none.</param>
    /// <param name="classes">Class of each curve.</param>
    public static IReadOnlyList<ClassComparison> Compare(IReadOnlyList<PointQuantity> quantities, IReadOnlyList<StructuralClass> classes)
    {
        ArgumentNullException.ThrowIfNull(quantities);
        ArgumentNullException.ThrowIfNull(classes);
        var found = new List<(PointQuantity Quantity, double[][] Groups, RankTest Test)>();
        foreach (PointQuantity quantity in quantities)
        {
            double[][] groups = [.. Enumerable.Range(0, ClassNames.Count).Select(c =>
                quantity.Values.Where((value, i) => (int)classes[i] == c && double.IsFinite(value)).ToArray())];
            found.Add((quantity, groups, GroupStatistics.KruskalWallis([.. groups.Where(group => group.Length >= FewestValues)])));
        }
        double[] adjusted = MultipleTests.Holm([.. found.Select(entry => entry.Test.PValue)]);
        return [.. found.Select((entry, q) => new ClassComparison(entry.Quantity.Name, entry.Quantity.Unit, [.. entry.Groups.Select(Describe)],
            entry.Test.Statistic, entry.Test.PValue, adjusted[q], Pairs(entry.Groups)))];
    }

    private static IReadOnlyList<ClassComparison> Compare(BiasWaveform waveform, StepRecord[] steps, StructuralClass[] classes) =>
        Compare(CurveQuantities.Of(waveform, [.. steps.SelectMany(step => step.CurrentAmperes)], steps.Length), classes);

    private static ClassSpread Describe(double[] values)
    {
        Spread spread = GroupStatistics.Describe(values);
        return new ClassSpread(spread.Count, spread.Median, spread.LowerQuartile, spread.UpperQuartile);
    }

    private static ClassPair[] Pairs(double[][] groups)
    {
        var pairs = new List<ClassPair>();
        for (int a = 0; a < groups.Length; a++)
        {
            for (int b = a + 1; b < groups.Length; b++)
            {
                if (groups[a].Length >= FewestValues && groups[b].Length >= FewestValues)
                {
                    pairs.Add(new ClassPair(a, b, GroupStatistics.CliffsDelta(groups[b], groups[a]),
                        GroupStatistics.KruskalWallis([groups[a], groups[b]]).PValue, double.NaN));
                }
            }
        }
        double[] adjusted = MultipleTests.Holm([.. pairs.Select(pair => pair.PValue)]);
        return [.. pairs.Select((pair, k) => pair with { AdjustedPValue = adjusted[k] })];
    }
}
