namespace FastCore.Autonomy.Analysis;

/// <summary>How a quantity differs between classes of places.</summary>
/// <param name="Quantity">Name of the quantity.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Classes">Median and quartiles in each class, in the order of the classes' names.</param>
/// <param name="Statistic">Kruskal and Wallis's H over the classes with enough values; NaN where there is no test.</param>
/// <param name="PValue">Its p-value.</param>
/// <param name="AdjustedPValue">The p-value for all quantities together (Holm 1979); NaN where there is no test.</param>
/// <param name="Pairs">Every pair of classes with at least <see cref="RunAnalysis.FewestValues"/> values each.</param>
public sealed record ClassComparison(
    string Quantity, string Unit, IReadOnlyList<ClassSpread> Classes, double Statistic, double PValue, double AdjustedPValue, IReadOnlyList<ClassPair> Pairs)
{
    /// <summary>Whether the classes differ at 5 % with all quantities taken together.</summary>
    public bool Stands => AdjustedPValue <= 0.05;
}

/// <summary>Two classes beside each other.</summary>
/// <param name="First">Index of the one class.</param>
/// <param name="Second">Index of the other.</param>
/// <param name="CliffsDelta">Share of pairs of values in which the second class has the larger one, less the share in which the first has it.</param>
/// <param name="PValue">Of the rank test of these two alone.</param>
/// <param name="AdjustedPValue">The same for all pairs of this quantity (Holm 1979).</param>
public sealed record ClassPair(int First, int Second, double CliffsDelta, double PValue, double AdjustedPValue);

/// <summary>A quantity in one class; NaN of an empty class.</summary>
/// <param name="Count">Values.</param>
/// <param name="Median">Median.</param>
/// <param name="LowerQuartile">Lower quartile.</param>
/// <param name="UpperQuartile">Upper quartile.</param>
public sealed record ClassSpread(int Count, double Median, double LowerQuartile, double UpperQuartile);
