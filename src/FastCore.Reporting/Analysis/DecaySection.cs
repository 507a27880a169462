using FastCore.Microscopy.Photovoltaics;
using FastCore.Reporting.Charts;

namespace FastCore.Reporting.Analysis;

/// <summary>A photoluminescence decay: the fit, what it leaves, and the lifetimes with their intervals.</summary>
internal static class DecaySection
{
    private static readonly (DecayQuality Flag, string Sentence)[] Warnings =
    [
        (DecayQuality.LifetimeBeyondWindow, "A lifetime is longer than the time that was measured."),
        (DecayQuality.NotIdentified, "A lifetime has no interval: the data do not determine it."),
        (DecayQuality.GaussianWeights, "The counts are no raw counts; the file's deviations weight them."),
        (DecayQuality.EstimatedWeights, "The counts are no raw counts and have no deviations; their scatter weights them."),
        (DecayQuality.PoorFit, "The reduced chi-squared is too large: no model of the four is what made these data."),
        (DecayQuality.CorrelatedResiduals, "Neighbouring residuals go together: a part of the decay is not described."),
        (DecayQuality.FewCounts, "There are fewer than 500 counts above the background."),
        (DecayQuality.PileUp, "More than 5 % of the pulses gave a photon: lifetimes come out short."),
    ];

    public static void Write(HtmlPage page, DecayPart part)
    {
        DecayFit fit = part.Result.Best;
        page.Section($"Photoluminescence decay: {part.Result.Name}",
            $"{Shape(fit)} is the best of {part.Result.Candidates.Count} models by BIC. Intervals hold 95 % and come from the profile of the likelihood.");
        page.Raw("<div class=\"facts\">" + string.Concat(
            HtmlPage.Fact(AnalysisReport.Text(fit.AmplitudeAverageSeconds.Value, "s"), $"amplitude average Σ Aτ / Σ A, {Interval(fit.AmplitudeAverageSeconds, "s")}"),
            HtmlPage.Fact(AnalysisReport.Text(fit.IntensityAverageSeconds.Value, "s"), $"intensity average Σ Aτ² / Σ Aτ, {Interval(fit.IntensityAverageSeconds, "s")}"),
            HtmlPage.Fact(AnalysisReport.Number(fit.ReducedChiSquared), "reduced chi-squared"),
            HtmlPage.Fact(AnalysisReport.Number(fit.DurbinWatson), "Durbin-Watson (2 is ideal)"),
            HtmlPage.Fact(AnalysisReport.Text(fit.BackgroundCounts.Value, "counts"), "background per bin")) + "</div>");
        double least = Math.Max(0.5, 0.3 * fit.BackgroundCounts.Value), most = fit.Counts.Max();
        double end = End(fit);
        int shown = Array.FindIndex(fit.TimeSeconds, time => time > end) is var beyond and > 0 ? beyond : fit.TimeSeconds.Length;
        List<ChartSeries> series = [new ScatterSeries("counts", 0, fit.TimeSeconds[..shown], fit.Counts[..shown]) { Radius = 1.3 }, new LineSeries("fit", 1, fit.TimeSeconds[..shown], fit.FittedCounts[..shown]) { Width = 1.8 }];
        for (int c = 0; c < fit.Components.Count && fit.Components.Count > 1; c++)
            series.Add(new LineSeries($"τ{c + 1}", 2 + c, fit.TimeSeconds[..shown], fit.Components[c].Counts[..shown]) { Width = 1.2, Dashed = true });
        page.Grid("grid-2",
        [
            HtmlPage.Figure("Decay and fit", new Chart
            {
                Title = "Counts over time with the fitted model",
                X = new Axis("Time", "s") { Minimum = fit.TimeSeconds[0], Maximum = end },
                Y = new Axis("Counts", "number") { Scale = AxisScale.Logarithmic, Minimum = most > 20 * least ? least : null },
                Series = series,
                Width = 520,
                Height = 330,
            }.ToSvg(), fit.Response switch
            {
                DecayResponse.Measured => "convolved with the measured response",
                DecayResponse.Gaussian => $"convolved with a Gaussian response, deviation {AnalysisReport.Text(fit.ResponseDeviationSeconds?.Value, "s")}",
                _ => "the tail after the response",
            }),
            HtmlPage.Figure("Weighted residuals", new Chart
            {
                Title = "Residuals in standard deviations over time",
                X = new Axis("Time", "s") { Minimum = fit.TimeSeconds[0], Maximum = end },
                Y = new Axis("Residual", "σ"),
                Series = [new ScatterSeries("", 0, fit.TimeSeconds[..shown], fit.WeightedResiduals[..shown]) { Radius = 1.2 }, new RuleSeries("", -1, 0)],
                Width = 520,
                Height = 330,
            }.ToSvg(), fit.IsPoisson ? "counts less model over the root of the model" : "counts less model over the deviations"),
        ]);
        page.Raw(HtmlPage.Table(["Component", "#Lifetime", "#95 % interval", "#Share of amplitude", "#Share of photons"], fit.Components.Select((component, c) => (IReadOnlyList<string>)
            [
                fit.StretchingExponent is { } beta ? $"stretched, β = {AnalysisReport.Number(beta.Value)}" : $"τ{c + 1}",
                AnalysisReport.Text(component.LifetimeSeconds.Value, "s"), Interval(component.LifetimeSeconds, "s"),
                $"{AnalysisReport.Number(100 * component.AmplitudeFraction)} %", $"{AnalysisReport.Number(100 * component.IntensityFraction)} %",
            ])));
        page.Raw(HtmlPage.Table(["Model", "#Parameters", "#BIC", "#Reduced chi-squared", "#Amplitude average", "#Intensity average"],
            part.Result.Candidates.OrderBy(candidate => candidate.InformationCriterion).Select(candidate => (IReadOnlyList<string>)
            [
                Shape(candidate), $"{candidate.ParameterCount}", SiFormat.Significant(candidate.InformationCriterion, 6), AnalysisReport.Number(candidate.ReducedChiSquared),
                AnalysisReport.Text(candidate.AmplitudeAverageSeconds.Value, "s"), AnalysisReport.Text(candidate.IntensityAverageSeconds.Value, "s"),
            ])));
        string[] warnings = [.. Warnings.Where(warning => fit.Quality.HasFlag(warning.Flag)).Select(warning => $"<li>{warning.Sentence}</li>")];
        if (warnings.Length > 0)
            page.Raw($"<ul class=\"findings\">{string.Concat(warnings)}</ul>");
    }

    // A third more than the time within which 99 % of the decay's photons came; the rest is background.
    private static double End(DecayFit fit)
    {
        double total = fit.FittedCounts.Sum(count => count - fit.BackgroundCounts.Value), sum = 0, start = fit.TimeSeconds[Array.IndexOf(fit.FittedCounts, fit.FittedCounts.Max())];
        for (int k = 0; k < fit.FittedCounts.Length; k++)
        {
            sum += fit.FittedCounts[k] - fit.BackgroundCounts.Value;
            if (sum >= 0.99 * total)
                return Math.Min(fit.TimeSeconds[^1], start + (1.33 * (fit.TimeSeconds[k] - start)));
        }
        return fit.TimeSeconds[^1];
    }

    /// <summary>The model in words.</summary>
    internal static string Shape(DecayFit fit) => fit.Shape == DecayShape.Stretched ? "A stretched exponential"
        : fit.Components.Count switch { 1 => "One exponential", 2 => "Two exponentials", _ => $"{(fit.Components.Count == 3 ? "Three" : fit.Components.Count)} exponentials" };

    private static string Interval(FittedValue value, string unit) => value is { Lower95: { } low, Upper95: { } high }
        ? $"{AnalysisReport.Text(low, unit)} to {AnalysisReport.Text(high, unit)}" : "no interval";
}
