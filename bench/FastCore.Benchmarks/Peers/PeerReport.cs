using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace FastCore.Benchmarks.Peers;

/// <summary>bench/RESULTS.md.</summary>
internal static class PeerReport
{
    internal static string Write(IReadOnlyList<PeerRow> rows, IReadOnlyList<PeakRow> peaks, bool quick)
    {
        var text = new StringBuilder();
        text.Append("# FastCore beside OpenBLAS, numpy and scipy\n\nWritten by `dotnet run -c Release --project bench/FastCore.Benchmarks -- peers");
        text.Append(quick ? " --quick" : "").Append("`; [README.md](README.md) says what the columns mean.\n\n");
        text.Append(Invariant($"{Processor()}, {Environment.ProcessorCount} cores; {RuntimeInformation.FrameworkDescription}; "));
        text.Append(string.Join("; ", rows.SelectMany(row => row.Peers).Select(peer => peer.Name).Distinct())).Append(".\n").Append(Load());
        text.Append("\n| threads | peak float | peak double | reading memory |\n|---|---|---|---|\n");
        foreach (PeakRow peak in peaks)
        {
            text.Append(Invariant(
                $"| {peak.Threads} | {peak.SingleFlops * 1e-9:f0} GF/s | {peak.DoubleFlops * 1e-9:f0} GF/s | {peak.BytesPerSecond * 1e-9:f1} GB/s |\n"));
        }
        foreach (IGrouping<string, PeerRow> group in rows.GroupBy(row => row.Group))
        {
            text.Append($"\n## {group.Key}\n\n");
            text.Append("| work | threads | FastCore | processor | attained | of peak | peer | peer's time | processor | FastCore is |\n");
            text.Append("|---|---|---|---|---|---|---|---|---|---|\n");
            foreach (PeerRow row in group)
                Append(text, row, peaks.First(peak => peak.Threads == row.Threads));
        }
        AppendLosses(text, rows);
        return text.ToString();
    }

    private static void Append(StringBuilder text, PeerRow row, PeakRow peak)
    {
        double work = row.Operations > 0 ? row.Operations : row.Bytes;
        double roof = row.Operations > 0 ? (row.Single ? peak.SingleFlops : peak.DoubleFlops) : peak.BytesPerSecond;
        string unit = row.Operations > 0 ? "GF/s" : "GB/s";
        double rate = work / row.Own.Median;
        string own = Invariant(
            $"| {row.Work} | {row.Threads} | {Time(row.Own)} | {Duration(row.Own.Processor)} | {rate * 1e-9:f1} {unit} | {100 * rate / roof:f0} % |");
        if (row.Peers.Length == 0)
            text.Append($"{own} none: {row.Note} | | | |\n");
        foreach (PeerTiming peer in row.Peers)
        {
            text.Append(own).Append($" {ShortName(peer.Name)} | {Time(peer)} | {Duration(peer.Processor)} | {Verdict(row.Own, peer)} |\n");
            own = "| | | | | | |";
        }
        if (row.Peers.Length > 0 && row.Note.Length > 0)
            text.Append($"{own} absent: {row.Note} | | | |\n");
    }

    private static void AppendLosses(StringBuilder text, IReadOnlyList<PeerRow> rows)
    {
        text.Append("\n## Where FastCore is slower\n\n");
        bool none = true;
        foreach (PeerRow row in rows)
        {
            foreach (PeerTiming peer in row.Peers.Where(peer => peer.Median < row.Own.Median))
            {
                none = false;
                text.Append($"* {row.Work}, {row.Threads} {(row.Threads == 1 ? "thread" : "threads")}, against {ShortName(peer.Name)}: ");
                text.Append(Verdict(row.Own, peer)).Append('\n');
            }
        }
        if (none)
            text.Append("Nowhere in this run.\n");
        string[] apart = [.. rows.SelectMany(row => row.Peers
            .Where(peer => !double.IsNaN(peer.Value) && Apart(row.Own.Value, peer.Value)).Select(peer => $"{row.Work} ({ShortName(peer.Name)})"))];
        text.Append(apart.Length == 0
            ? "\nEvery pair computed the same value (one number of each result within 1e-4); scikit-image defines its filters otherwise.\n"
            : $"\nNot the same value: {string.Join(", ", apart.Distinct())}.\n");
    }

    private static bool Apart(double one, double other) => !(Math.Abs(one - other) <= 1e-4 * Math.Max(Math.Abs(one), 0.01));

    private static string Verdict(PeerTiming own, PeerTiming peer)
    {
        double ratio = peer.Median / own.Median, processor = peer.Processor / own.Processor;
        string word = ratio >= 1 ? Invariant($"{ratio:f2} x faster") : Invariant($"**{1 / ratio:f2} x slower**");
        return Invariant($"{word} (processor time: {processor:f2} x)");
    }

    private static string ShortName(string name) => name.Split(',')[0];

    private static string Time(PeerTiming timing) => $"{Duration(timing.Median)} [{Duration(timing.Lower)}, {Duration(timing.Upper)}]";

    private static string Duration(double seconds) =>
        seconds < 1e-3 ? Invariant($"{1e6 * seconds:g3} us") : seconds < 1 ? Invariant($"{1e3 * seconds:g3} ms") : Invariant($"{seconds:g3} s");

    private static string Processor()
    {
        const string file = "/proc/cpuinfo";
        string? model = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return model is null ? RuntimeInformation.ProcessArchitecture.ToString() : model.Split(':', 2)[1].Trim();
    }

    private static string Load()
    {
        const string file = "/proc/loadavg";
        return !File.Exists(file) ? "" : $"""

            Load average over the last five minutes of the run: {File.ReadAllText(file).Split(' ')[1]}. Where it is above the number of cores, other
            programs took turns with both sides: wall-clock times are then long and uneven, and the ratio of processor times is the fairer one.

            """;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
