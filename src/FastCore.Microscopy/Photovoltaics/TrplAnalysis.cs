namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// Lifetimes of photoluminescence decays (SPEC 6): one, two, three exponentials and a stretched one, each by maximum likelihood on the same bins, and the choice
/// between them by BIC.
/// </summary>
public static class TrplAnalysis
{
    /// <summary>Fits a decay.</summary>
    /// <param name="curve">Counts over time; at least 16 bins.</param>
    /// <param name="response">Measured instrument response in bins of the same width; null for none.</param>
    /// <param name="options">The defaults where null.</param>
    /// <exception cref="ArgumentException">A decay, response or option that cannot be used; the message says which, where, and what to do.</exception>
    public static TrplResult Of(DecayCurve curve, InstrumentResponse? response = null, TrplOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(curve);
        options ??= new TrplOptions();
        options.Check();
        if (options.HoldBackground && curve.BackgroundCounts is not >= 0)
            throw new ArgumentException($"{curve.Name}: no background is stated that could be held; let it be fitted.", nameof(options));
        DecayWindow window = DecayWindow.Of(curve, response, options);
        var search = new DecaySearch(curve, window, options);
        var found = new List<(DecayShape Shape, int Terms, double[] Best, double Cost)>();
        for (int terms = 1; terms <= options.MostExponentials; terms++)
            found.Add((DecayShape.Exponentials, terms, search.Exponentials(terms, out double cost), cost));
        if (options.Stretched)
            found.Add((DecayShape.Stretched, 1, search.Stretched(out double cost), cost));
        double Criterion((DecayShape Shape, int Terms, double[] Best, double Cost) fit) => fit.Cost + (search.Free(fit.Best.Length) * Math.Log(window.Counts.Length));
        int best = 0;
        for (int i = 1; i < found.Count; i++)
        {
            if (Criterion(found[i]) < Criterion(found[best]))
                best = i;
        }
        if (!double.IsFinite(found[best].Cost))
            throw new ArgumentException($"{curve.Name}: no model has a finite likelihood on this decay; check that times are in second and counts in photons.",
                nameof(curve));
        DecayFit[] fits = [.. found.Where(fit => double.IsFinite(fit.Cost)).Select((fit, i) => search.Report(fit.Shape, fit.Terms, fit.Best, fit.Cost,
            fit == found[best]))];
        return new TrplResult(curve.Name, fits.MinBy(fit => fit.InformationCriterion)!, fits, window.Measured);
    }
}
