namespace FastCore.Autonomy.LatentMap;

/// <summary>A rank correlation of a code with a quantity.</summary>
/// <param name="Code">Name of the code: "patch 1", "curve 2".</param>
/// <param name="Quantity">Name of the quantity.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Kind">What the quantity is taken from.</param>
/// <param name="Across">Whether a code of the one modality is compared with a quantity of the other, over pairs that were held out of the
/// training.</param>
/// <param name="Coefficient">Spearman's rho; NaN where it is not defined.</param>
/// <param name="Points">Pairs that have both.</param>
/// <param name="PValue">By permutation; NaN where no test is possible.</param>
/// <param name="AdjustedPValue">The same for the whole table (Westfall and Young).</param>
/// <param name="FalseDiscoveryRate">Benjamini and Hochberg's q.</param>
public sealed record CodeCorrelation(string Code, string Quantity, string Unit, QuantityKind Kind, bool Across, double Coefficient, int Points,
    double PValue,
    double AdjustedPValue, double FalseDiscoveryRate)
{
    /// <summary>Whether it stands at 5 % for the whole table.</summary>
    public bool Stands => AdjustedPValue <= 0.05;
}

/// <summary>A bin of pairs along a code.</summary>
/// <param name="Centre">Mean code.</param>
/// <param name="Mean">Mean of the quantity, the other codes' share taken away.</param>
/// <param name="Lower">Lower end of its 95 % interval.</param>
/// <param name="Upper">Upper end.</param>
/// <param name="Count">Number of pairs.</param>
public sealed record CodeBin(double Centre, double Mean, double Lower, double Upper, int Count);

/// <summary>How a quantity follows one code while the other codes of its modality stay where they are.</summary>
/// <param name="Code">Name of the code.</param>
/// <param name="Quantity">Name of the quantity.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Across">Whether only held-out pairs are used.</param>
/// <param name="Codes">Places along the code.</param>
/// <param name="Curve">The quantity there.</param>
/// <param name="Lower">Lower end of the 95 % interval.</param>
/// <param name="Upper">Upper end.</param>
/// <param name="Bins">Means in bins.</param>
/// <param name="Explained">Share of variance that the codes explain at points left out.</param>
/// <param name="Confounded">Other codes of the modality that go with this one so closely that they could not be held still.</param>
public sealed record CodeDependence(string Code, string Quantity, string Unit, bool Across, double[] Codes, double[] Curve, double[] Lower,
    double[] Upper,
    IReadOnlyList<CodeBin> Bins, double Explained, IReadOnlyList<string> Confounded);

/// <summary>How a quantity is spread in one group.</summary>
/// <param name="Count">Pairs that have it.</param>
/// <param name="Median">Median; NaN of nothing.</param>
/// <param name="LowerQuartile">Lower quartile.</param>
/// <param name="UpperQuartile">Upper quartile.</param>
public sealed record GroupSpread(int Count, double Median, double LowerQuartile, double UpperQuartile);

/// <summary>One quantity over groups.</summary>
/// <param name="Quantity">Its name.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Kind">What it is taken from.</param>
/// <param name="Spreads">One for each group.</param>
/// <param name="PValue">Kruskal and Wallis; NaN where no test is possible.</param>
/// <param name="AdjustedPValue">The same by Holm for all quantities of the grouping.</param>
/// <param name="FalseDiscoveryRate">Benjamini and Hochberg's q.</param>
/// <param name="LargestDelta">Cliff's delta of the two groups that differ most, positive where the first is larger; NaN without two groups.</param>
/// <param name="DeltaFirst">Number of the first of them.</param>
/// <param name="DeltaSecond">Number of the second.</param>
public sealed record GroupedQuantity(string Quantity, string Unit, QuantityKind Kind, IReadOnlyList<GroupSpread> Spreads, double PValue,
    double AdjustedPValue,
    double FalseDiscoveryRate, double LargestDelta, int DeltaFirst, int DeltaSecond);

/// <summary>Pairs in groups, and every quantity over the groups.</summary>
/// <param name="Groups">Names of the groups.</param>
/// <param name="Assigned">Group of each pair; -1 for none.</param>
/// <param name="Quantities">The quantities.</param>
public sealed record Grouping(IReadOnlyList<string> Groups, IReadOnlyList<int> Assigned, IReadOnlyList<GroupedQuantity> Quantities)
{
    /// <summary>Pairs in a group.</summary>
    public int CountOf(int group) => Assigned.Count(value => value == group);
}

/// <summary>Clusters of the joint map: both codes of a pair together are one point.</summary>
/// <param name="Criteria">BIC of Gaussian mixtures of 1, 2, ... components; the lowest one is taken.</param>
/// <param name="Components">Components of the mixture that was taken.</param>
/// <param name="ByMixture">Whether the clusters are those of the mixture; k-means where it has a single component.</param>
/// <param name="Clusters">The clusters with class statistics.</param>
/// <param name="KMeansAgreement">Adjusted Rand index of mixture and k-means with as many clusters.</param>
/// <param name="ClassAgreement">Adjusted Rand index of clusters and true classes; NaN without classes.</param>
/// <param name="ClassCounts">Pairs of each cluster (rows) in each true class (columns); empty without classes.</param>
public sealed record ClusterAnalysis(IReadOnlyList<double> Criteria, int Components, bool ByMixture, Grouping Clusters, double KMeansAgreement,
    double ClassAgreement,
    IReadOnlyList<IReadOnlyList<int>> ClassCounts);

/// <summary>What linear models make of the same pairs; all figures are of pairs left out of their fits.</summary>
/// <param name="CurveFromPatch">Error of curves predicted from patches by principal component regression, as a share of that of the mean
/// curve.</param>
/// <param name="PatchFromCurve">Error of patches predicted from curves, as a share of that of the mean patch.</param>
/// <param name="CanonicalCorrelations">Correlations of the canonical codes of patch and curve.</param>
/// <param name="Correlations">Correlations of principal and canonical codes with quantities of the other modality, each method corrected for its own
/// table.</param>
public sealed record LinearBaselines(double CurveFromPatch, double PatchFromCurve, IReadOnlyList<double> CanonicalCorrelations,
    IReadOnlyList<CodeCorrelation> Correlations);

/// <summary>From map to meaning: what the codes of a map go with.</summary>
/// <param name="Permutations">Permutations of each table.</param>
/// <param name="Correlations">All codes with all quantities.</param>
/// <param name="Dependences">Partial dependence of the strongest of them.</param>
/// <param name="Clusters">Clusters of the map; null of too few pairs.</param>
/// <param name="Classes">The same statistics by true class; null where none are known.</param>
/// <param name="Baselines">Linear models.</param>
/// <param name="Direct">Structural quantities with transport quantities, without any code, over all pairs.</param>
public sealed record CodeAnalysisRecord(int Permutations, IReadOnlyList<CodeCorrelation> Correlations, IReadOnlyList<CodeDependence> Dependences,
    ClusterAnalysis? Clusters, Grouping? Classes, LinearBaselines Baselines, IReadOnlyList<CodeCorrelation> Direct);
