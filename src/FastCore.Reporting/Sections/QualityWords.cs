using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Reporting.Sections;

/// <summary>Findings of the quality gate in words.</summary>
internal static class QualityWords
{
    private static readonly (IvQuality Flag, string Word, string Sentence)[] Words =
    [
        (IvQuality.Open, "open", "no contact"),
        (IvQuality.Saturated, "saturated", "amplifier saturated"),
        (IvQuality.Jump, "jumping", "contact jumped"),
        (IvQuality.Lost, "lost", "contact lost on the way back"),
        (IvQuality.Noisy, "noisy", "too noisy"),
        (IvQuality.NotFinite, "not finite", "NaN or infinite samples"),
    ];

    /// <summary>One word per finding: "open and noisy".</summary>
    public static string Short(IvQuality quality) => Join(quality, w => w.Word);

    /// <summary>The reason as a phrase: "no contact".</summary>
    public static string Reason(IvQuality quality) => Join(quality, w => w.Sentence);

    private static string Join(IvQuality quality, Func<(IvQuality Flag, string Word, string Sentence), string> pick)
    {
        if (quality == IvQuality.Good)
            return "accepted";
        string[] words = [.. Words.Where(w => quality.HasFlag(w.Flag)).Select(pick)];
        return words.Length == 0 ? quality.ToString() : string.Join(" and ", words);
    }
}
