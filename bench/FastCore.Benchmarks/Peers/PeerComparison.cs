using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using FastCore.Compute.Execution;

namespace FastCore.Benchmarks.Peers;

/// <summary>
/// `peers`: the same work by FastCore, by OpenBLAS in the same process and by numpy and scipy in one of their own, taking turns. Each number
/// of threads has a process of its own (DOTNET_PROCESSOR_COUNT), because both sides read it once, at their start.
/// </summary>
internal static class PeerComparison
{
    // A sample lasts at least this long, a turn of one side about so long; between turns idle threads stop spinning.
    private const double SampleSeconds = 0.5e-3;
    private const double TurnSeconds = 0.06;
    private const int RestMilliseconds = 35;

    // A side that defines the work otherwise has no value: NaN.
    private static readonly JsonSerializerOptions Lines = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Runs the comparison and writes the report.</summary>
    internal static int Run(string[] arguments)
    {
        bool quick = arguments.Contains("--quick");
        string only = Option(arguments, "--only") ?? "";
        string folder = Folder();
        string output = Option(arguments, "--out") ?? Path.Combine(folder, "..", "RESULTS.md");
        if (Option(arguments, "--measure") is { } count)
        {
            MeasureAll(int.Parse(count), quick, only, folder);
            return 0;
        }
        var rows = new List<PeerRow>();
        var peaks = new List<PeakRow>();
        foreach (int threads in new[] { 1, Environment.ProcessorCount }.Distinct())
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
            if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
                start.ArgumentList.Add(typeof(PeerComparison).Assembly.Location);
            foreach (string argument in new[] { "peers", "--measure", threads.ToString(), "--only", only, quick ? "--quick" : "--full" })
                start.ArgumentList.Add(argument);
            start.Environment["DOTNET_PROCESSOR_COUNT"] = threads.ToString();
            start.Environment.Remove("OPENBLAS_L2_SIZE");
            if (OpenBlas.WiderCore() is { } core)
                start.Environment["OPENBLAS_CORETYPE"] = core;
            using Process process = Process.Start(start)!;
            while (process.StandardOutput.ReadLine() is { } line)
            {
                if (line.StartsWith("row ", StringComparison.Ordinal))
                    rows.Add(Print(JsonSerializer.Deserialize<PeerRow>(line[4..], Lines)!));
                else if (line.StartsWith("peak ", StringComparison.Ordinal))
                    peaks.Add(JsonSerializer.Deserialize<PeakRow>(line[5..])!);
                else
                    Console.WriteLine(line);
            }
            process.WaitForExit();
            if (process.ExitCode != 0)
                return process.ExitCode;
        }
        if (only.Length == 0)
        {
            File.WriteAllText(output, PeerReport.Write(rows, peaks, quick));
            Console.WriteLine($"written: {Path.GetFullPath(output)}");
        }
        return 0;
    }

    private static PeerRow Print(PeerRow row)
    {
        Console.WriteLine($"{row.Threads} {row.Work}: {Side(row.Own)}");
        foreach (PeerTiming peer in row.Peers)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"      {Side(peer)}, ratio {peer.Median / row.Own.Median:f2} (processor {peer.Processor / row.Own.Processor:f2})"));
        }
        return row;

        string Side(PeerTiming side) => string.Create(CultureInfo.InvariantCulture,
            $"{side.Name} {1e3 * side.Median:g4} ms (processor {1e3 * side.Processor:g4}), {Math.Max(row.Operations, row.Bytes) / side.Median * 1e-9:f1} {(row.Operations > 0 ? "GF/s" : "GB/s")}, value {side.Value:g7}");
    }

    private static void MeasureAll(int threads, bool quick, string only, string folder)
    {
        Console.WriteLine("peak " + JsonSerializer.Serialize(MachinePeak.Measure(threads)));
        if (OpenBlas.IsHere)
            OpenBlas.SetThreads(threads);
        foreach (PeerWork.Work work in PeerWork.All())
        {
            if ($"{work.Group} {work.Name}".Contains(only, StringComparison.OrdinalIgnoreCase))
                Console.WriteLine("row " + JsonSerializer.Serialize(Measure(work, threads, quick ? 3 : 9, folder), Lines));
        }
    }

    private static PeerRow Measure(PeerWork.Work work, int threads, int rounds, string folder)
    {
        var notes = new List<string>();
        LocalSide own = work.Own();
        var sides = new List<IPeerSide> { own };
        if (work.Native is not null && OpenBlas.IsHere)
            sides.Add(work.Native());
        else if (work.Native is not null)
            notes.Add(OpenBlas.Missing);
        foreach (string name in work.Script.Split(' '))
        {
            if (ScriptSide.Start(folder, name, work.Arguments, threads, out string reason) is { } script)
                sides.Add(script);
            else
                notes.Add(reason);
        }
        var plans = new List<(int Samples, int Calls)>();
        foreach (IPeerSide side in sides)
            plans.Add(WarmUp(side));
        var wall = sides.ConvertAll(_ => new List<double>());
        var processor = sides.ConvertAll(_ => new List<double>());
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < sides.Count; i++)
            {
                // Every other round in the opposite order.
                int side = round % 2 == 0 ? i : sides.Count - 1 - i;
                Thread.Sleep(RestMilliseconds);
                sides[side].Measure(1, 1, [], []);
                sides[side].Measure(plans[side].Samples, plans[side].Calls, wall[side], processor[side]);
            }
        }
        PeerTiming[] timings = [.. sides.Select((side, i) => PeerTiming.Of(side.Name, side.Value, wall[i], processor[i]))];
        foreach (IPeerSide side in sides)
            side.Dispose();
        return new PeerRow(work.Group, work.Name, threads, work.Operations, work.Bytes, work.Single, timings[0], timings[1..],
            string.Join("; ", notes));
    }

    // Tiered compilation needs some thirty calls and a pause for each of its tiers, however long a call takes; then the length of a call decides how many make a
    // sample.
    private static (int Samples, int Calls) WarmUp(IPeerSide side)
    {
        var wall = new List<double>();
        var start = Stopwatch.StartNew();
        for (int tier = 0; tier < (side is LocalSide ? 3 : 1); tier++)
        {
            wall.Clear();
            start.Restart();
            while (wall.Count < 3 || (wall.Count < 40 && side is LocalSide && start.Elapsed.TotalSeconds < 3)
                || (start.Elapsed.TotalSeconds < 0.4 && wall.Count < 3000))
                side.Measure(1, 1, wall, []);
            Thread.Sleep(150);
        }
        wall.Clear();
        start.Restart();
        while (wall.Count < 3 || (start.Elapsed.TotalSeconds < 0.2 && wall.Count < 3000))
            side.Measure(1, 1, wall, []);
        double one = wall.Order().ElementAt(wall.Count / 2);
        int calls = Math.Clamp((int)Math.Ceiling(SampleSeconds / one), 1, 1000);
        return (Math.Clamp((int)(TurnSeconds / (calls * one)), 1, 40), calls);
    }

    private static string? Option(string[] arguments, string name)
    {
        int at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : null;
    }

    // bench/peers, from the place of this program upwards.
    private static string Folder()
    {
        for (string? at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
        {
            string folder = Path.Combine(at, "bench", "peers");
            if (File.Exists(Path.Combine(folder, "peer.py")))
                return folder;
        }
        throw new DirectoryNotFoundException("bench/peers is not above the program: run it from the checkout.");
    }
}
