using System.Text.Json;
using FastCore.Autonomy.Analysis;
using FastCore.Microscopy.Grains;
using FastCore.Microscopy.Photovoltaics;
using FastCore.Reporting.Analysis;
using FastCore.Reporting.Charts;

namespace FastCore.Host;

/// <summary>Results of an analysis for scripts, in SI units, and as one sentence for people.</summary>
internal static class AnalysisJson
{
    public static string Write(IReadOnlyList<AnalysisPart> parts) => JsonSerializer.Serialize(parts.Select(Summary), SummaryJson.Options);

    public static string Sentence(AnalysisPart part) => part switch
    {
        GrainPart { Map: var map } grains => $"{grains.Source}: {map.Grains.Count} grains in {grains.Channel}, median diameter {SiFormat.Quantity(map.Sizes.MedianMetres, "m")}, "
            + $"{map.Boundaries.Count} boundaries, {map.Junctions.Count} junctions",
        IvPart iv => $"{iv.Source}: {iv.Curves.Count(curve => curve.Assessment.IsGood)} of {iv.Curves.Count} current-voltage curves pass the quality gate",
        DecayPart { Result: var result } decay => $"{decay.Source}: {result.Name}: {result.Best.Components.Count} {(result.Best.Shape == DecayShape.Stretched ? "stretched " : "")}"
            + $"exponential{(result.Best.Components.Count == 1 ? "" : "s")}, amplitude average {SiFormat.Quantity(result.Best.AmplitudeAverageSeconds.Value, "s")}, "
            + $"intensity average {SiFormat.Quantity(result.Best.IntensityAverageSeconds.Value, "s")}",
        JvPart cells => $"{cells.Source}: {cells.Sweeps.Count} sweeps" + (cells.Sweeps.Max(sweep => sweep.Efficiency) is { } best
            ? $", best efficiency {SiFormat.Significant(100 * best, 4)} %" : ""),
        RunPart { Analysis: var run } => $"{part.Source}: {run.Steps.Count} curves, {run.Comparisons.Count(comparison => comparison.Stands)} of {run.Comparisons.Count} quantities "
            + "differ between classes of places",
        _ => part.Source,
    };

    private static object Summary(AnalysisPart part) => part switch
    {
        GrainPart grains => OfGrains(grains),
        IvPart iv => new
        {
            Kind = "iv",
            iv.Source,
            iv.Name,
            Curves = iv.Curves.Select(curve => new
            {
                curve.Index,
                curve.Assessment.Quality,
                curve.Assessment.NoiseAmperes,
                curve.Quantities,
                curve.Intervals,
                curve.Conduction,
                curve.PowerLaws,
            }),
            iv.Remarks,
        },
        DecayPart decay => new
        {
            Kind = "trpl",
            decay.Source,
            decay.Result.Name,
            Best = OfFit(decay.Result.Best),
            Candidates = decay.Result.Candidates.Select(OfFit),
            decay.Remarks,
        },
        JvPart cells => new
        {
            Kind = "jv",
            cells.Source,
            Sweeps = cells.Sweeps.Select(OfSweep),
            Pairs = cells.Pairs.Select(pair => new { pair.Name, pair.OfEfficiency, pair.AtEightTenths, pair.OfArea }),
            cells.Remarks,
        },
        RunPart run => new
        {
            Kind = "run",
            run.Source,
            Classes = RunAnalysis.ClassNames,
            Places = run.Analysis.Steps.Select((step, k) => new { step.Step, step.Pixel.Row, step.Pixel.Column, Class = run.Analysis.Classes[k] }),
            run.Analysis.Comparisons,
        },
        _ => new { Kind = "unknown", part.Source },
    };

    private static object OfGrains(GrainPart part)
    {
        GrainMap map = part.Map;
        return new
        {
            Kind = "grains",
            part.Source,
            part.Channel,
            FoundIn = map.Source,
            part.HasScale,
            map.Frame.Rows,
            map.Frame.Columns,
            PixelMetres = map.Frame.PixelPitch.Value,
            map.Sizes,
            map.BoundaryLengthMetres,
            map.BoundaryDensityPerMetre,
            map.MeanLinearInterceptMetres,
            map.AstmGrainSizeNumber,
            map.Grains,
            Boundaries = map.Boundaries.Select(boundary => new
            {
                boundary.First,
                boundary.Second,
                boundary.LengthMetres,
                boundary.StartJunction,
                boundary.EndJunction,
                boundary.MisorientationDegrees,
                boundary.IsAsymmetric,
                boundary.FirstFlank,
                boundary.SecondFlank,
                Groove = boundary.Groove is { } groove ? new
                {
                    groove.DepthMetres,
                    groove.StepMetres,
                    groove.FirstSlope,
                    groove.SecondSlope,
                    groove.HeightAsymmetry,
                    groove.SlopeAsymmetry,
                    groove.OpeningRadians,
                    groove.IsAsymmetric,
                    groove.Profiles,
                }
                : null,
            }),
            map.Junctions,
            part.Remarks,
        };
    }

    private static object OfFit(DecayFit fit) => new
    {
        fit.Shape,
        Components = fit.Components.Select(component => new { component.AmplitudeCounts, component.LifetimeSeconds, component.AmplitudeFraction, component.IntensityFraction }),
        fit.StretchingExponent,
        fit.AmplitudeAverageSeconds,
        fit.IntensityAverageSeconds,
        fit.BackgroundCounts,
        fit.Response,
        fit.TimeZeroSeconds,
        fit.ResponseDeviationSeconds,
        fit.ResponseShiftSeconds,
        fit.IsPoisson,
        fit.Deviance,
        fit.ParameterCount,
        fit.InformationCriterion,
        fit.ReducedChiSquared,
        fit.DurbinWatson,
        fit.Quality,
    };

    private static object OfSweep(JvParameters sweep) => new
    {
        sweep.Name,
        Direction = sweep.IsForward ? "forward" : "reverse",
        sweep.Convention,
        sweep.Quality,
        sweep.AreaSquareMetres,
        sweep.IrradianceWattsPerSquareMetre,
        sweep.ShortCircuitAmperesPerSquareMetre,
        sweep.ShortCircuitAmperes,
        sweep.OpenCircuitVolts,
        sweep.FillFactor,
        sweep.Efficiency,
        sweep.MaximumPowerWattsPerSquareMetre,
        sweep.MaximumPowerWatts,
        sweep.MaximumPowerVolts,
        sweep.SeriesOhmSquareMetres,
        sweep.SeriesOhms,
        sweep.ShuntOhmSquareMetres,
        sweep.ShuntOhms,
        Diode = sweep.Diode is { } diode ? new { diode.Model, diode.IsIdentified, diode.Ideality, diode.SeriesOhmSquareMetres, diode.ShuntOhmSquareMetres } : null,
        sweep.DiodeRefusal,
    };
}
