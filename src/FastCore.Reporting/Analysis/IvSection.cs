using FastCore.Microscopy.Spectroscopy;
using FastCore.Reporting.Charts;
using FastCore.Reporting.Sections;

namespace FastCore.Reporting.Analysis;

/// <summary>Current-voltage curves of a probe with their quantities drawn in.</summary>
internal static class IvSection
{
    private const int Most = 12;
    private const string Warning = "Ions that move during the sweep shift slopes and exponents: no mobility and no barrier follows from them alone.";

    private static readonly (string Key, string Name, string Unit, Func<IvQuantities, double?> Read)[] Rows =
    [
        ("hysteresis-index", "hysteresis index", "", q => q.HysteresisIndex), ("peak-opening", "widest opening", "A", q => q.PeakOpeningAmperes),
        ("turn-on", "turn-on", "V", q => q.TurnOnVolts), ("tangent-onset", "tangent onset", "V", q => q.TangentOnsetVolts),
        ("conductance", "conductance at 1 V", "S", q => q.ConductanceAt1V), ("maximum-current", "largest current", "A", q => q.MaximumAmperes),
    ];

    public static void Write(HtmlPage page, IvPart part)
    {
        AnalysedIv[] good = [.. part.Curves.Where(curve => curve.Assessment.IsGood)];
        page.Section($"Current-voltage curves: {part.Name}", $"{good.Length} of {part.Curves.Count} curves pass the quality gate. Lines mark turn-on, the tangent's onset, "
            + "crossings of both branches and the widest opening of the loop."
            + (part.Curves.Count > Most ? $" An even choice of {Most} is drawn." : ""));
        double[] bias = part.Waveform.BiasVolts.ToArray();
        int stride = Math.Max(1, (part.Curves.Count + Most - 1) / Most);
        List<string> panels = [.. part.Curves.Where((_, k) => k % stride == 0).Select(curve => Panel(part, curve, bias))];
        List<string> tables = part.Curves.Count == 1 ? panels : [];
        if (part.Curves.Count > 1)
        {
            page.Grid("grid-3", panels);
            tables.Add(Table(good));
        }
        else if (good is [{ Quantities: { } quantities } single])
            tables.Add(OneCurve(single, quantities));
        if (good.Any(curve => curve.Conduction.Count > 0))
            tables.Add(Conduction(good));
        page.Grid("grid-2", tables);
    }

    // What this curve does not define has no row.
    private static string OneCurve(AnalysedIv curve, IvQuantities quantities) => HtmlPage.Figure("Quantities", HtmlPage.Table(["Quantity", "#Value", "#95 % interval"],
        Rows.Where(row => row.Read(quantities) is not null).Select(row => (IReadOnlyList<string>)[row.Name, Figure(row.Unit, row.Read(quantities)!.Value),
            curve.Intervals.TryGetValue(row.Key, out IvInterval? found) ? $"{Figure(row.Unit, found.Low)} … {Figure(row.Unit, found.High)}" : "–"])));

    // Which law the rising branches follow; of one curve all laws and its power laws.
    private static string Conduction(AnalysedIv[] good)
    {
        AnalysedIv[] known = [.. good.Where(curve => curve.Conduction.Count > 0)];
        if (known is [{ PowerLaws: { } laws } single])
        {
            return HtmlPage.Figure("Laws of the rising branch", HtmlPage.Table(["Law", "#Slope", "#Deviation of ln I", "#AICc"], single.Conduction.Select(fit => (IReadOnlyList<string>)[Name(fit.Law),
                    fit.Law == ConductionLaw.Ohmic ? "–" : AnalysisReport.Number(fit.Slope), AnalysisReport.Number(fit.RmsDeviation), AnalysisReport.Number(fit.Aicc)]))
                + HtmlPage.Table(["Power law", "#From", "#To", "#Exponent", "Known as"], laws.Stretches.Select((law, k) => (IReadOnlyList<string>)[$"{k + 1}",
                    Figure("V", law.FromVolts), Figure("V", law.ToVolts), $"{AnalysisReport.Number(law.Exponent)} ± {AnalysisReport.Number(law.ExponentError)}", Name(law.Kind)])), remark: Warning);
        }
        return HtmlPage.Figure("Laws of the rising branch", HtmlPage.Table(["Best law (AICc)", "#Curves"], known.GroupBy(curve => curve.Conduction[0].Law).OrderByDescending(group => group.Count())
                .Select(group => (IReadOnlyList<string>)[Name(group.Key), $"{group.Count()}"]))
            + HtmlPage.Table(["Highest power law", "#Curves"], known.GroupBy(curve => curve.PowerLaws!.Stretches[^1].Kind).OrderByDescending(group => group.Count())
                .Select(group => (IReadOnlyList<string>)[Name(group.Key), $"{group.Count()}"])), remark: Warning);
    }

    private static string Name(ConductionLaw law) => law switch
    {
        ConductionLaw.Ohmic => "ohmic",
        ConductionLaw.FowlerNordheim => "Fowler-Nordheim tunnelling",
        ConductionLaw.PooleFrenkel => "Poole-Frenkel emission",
        _ => "Schottky emission",
    };

    private static string Name(PowerLawKind kind) => kind switch
    {
        PowerLawKind.Ohmic => "ohmic",
        PowerLawKind.SpaceChargeLimited => "limited by space charge",
        PowerLawKind.TrapFilling => "filling traps",
        _ => "none of the known",
    };

    private static string Figure(string unit, double value) => unit.Length == 0 ? AnalysisReport.Number(value) : AnalysisReport.Text(value, unit);

    private static string Panel(IvPart part, AnalysedIv curve, double[] bias)
    {
        int turn = part.Waveform.Turnaround;
        List<ChartSeries> series = [new LineSeries("there", 0, bias[..(turn + 1)], curve.CurrentAmperes[..(turn + 1)])];
        if (part.Waveform.HasReturnBranch)
            series.Add(new LineSeries("back", 1, bias[turn..], curve.CurrentAmperes[turn..]));
        if (curve.Quantities is { } quantities)
        {
            Rule(quantities.TurnOnVolts, "turn-on", 2);
            Rule(quantities.TangentOnsetVolts, "tangent onset", 3);
            Rule(quantities.PeakOpeningVolts, "widest opening", 4);
            foreach (double crossing in quantities.CrossingVolts.Take(3))
                Rule(crossing, crossing == quantities.CrossingVolts[0] ? "crossing" : "", -1);
        }
        return HtmlPage.Figure(part.Curves.Count == 1 ? part.Name : $"Curve {curve.Index + 1}", new Chart
        {
            Title = $"Current over bias, curve {curve.Index + 1}",
            X = new Axis("Bias", "V"),
            Y = new Axis("Current", "A") { IncludeZero = true },
            Series = series,
        }.ToSvg(), curve.Assessment.IsGood ? curve.Quantities is { } q ? (q.HysteresisIndex is { } index ? $"hysteresis index {AnalysisReport.Number(index)}, " : "")
            + $"largest current {AnalysisReport.Text(q.MaximumAmperes, "A")}" : "" : QualityWords.Reason(curve.Assessment.Quality));

        void Rule(double? at, string name, int color)
        {
            if (at is { } volts && double.IsFinite(volts))
                series.Add(new RuleSeries(name, color, volts, Vertical: true));
        }
    }

    private static string Table(AnalysedIv[] good)
    {
        var lines = new List<IReadOnlyList<string>>();
        foreach ((_, string name, string unit, Func<IvQuantities, double?> read) in Rows)
        {
            double[] values = [.. good.Select(curve => curve.Quantities is { } q ? read(q) : null).OfType<double>().Where(double.IsFinite)];
            if (SeriesPainter.FiveNumbers(values) is [_, double lower, double median, double upper, _])
                lines.Add([name, $"{values.Length}", Figure(unit, median), Figure(unit, lower), Figure(unit, upper)]);
        }
        return HtmlPage.Figure("Quantities of the curves that pass", HtmlPage.Table(["Quantity", "#Curves", "#Median", "#Lower quartile", "#Upper quartile"], lines));
    }
}
