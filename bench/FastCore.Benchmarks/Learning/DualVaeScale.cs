using System.Diagnostics;
using System.Globalization;
using FastCore.Compute.Execution;
using FastCore.Learning.DualVae;

namespace FastCore.Benchmarks.Learning;

/// <summary>
/// <c>vae</c>: a step of the Dual-VAE at the paper's size for growing numbers of pairs, and the codes of every whole 16 x 16 patch of a 256 x 256 image.
/// Every row is a process of its own, so that its peak of memory is its own: runtime, data and model included.
/// </summary>
internal static class DualVaeScale
{
    private const int Side = 16;
    private const int Points = 251;
    private const int ImageSide = 256;
    private static readonly (string Name, Func<double[]> Measure)[] Rows =
    [
        ("a step on 210 pairs", () => Steps(210, 8, PatchFeatures.None)),
        ("a step on 210 pairs, with features of grooves", () => Steps(210, 8, PatchFeatures.Groove)),
        ("a step on 1,000 pairs", () => Steps(1000, 4, PatchFeatures.None)),
        ("a step on 2,500 pairs", () => Steps(2500, 3, PatchFeatures.None)),
        ("codes of 58,081 patches of an image", () => Codes(PatchFeatures.None)),
        ("codes of 58,081 patches, with features of grooves", () => Codes(PatchFeatures.Groove)),
    ];

    public static int Run(string[] args)
    {
        if (args is [_, "--row", { } row])
        {
            double[] seconds = Rows[int.Parse(row, CultureInfo.InvariantCulture)].Measure();
            Array.Sort(seconds);
            using var self = Process.GetCurrentProcess();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{1e3 * seconds[seconds.Length / 2]:0} [{1e3 * seconds[0]:0}, {1e3 * seconds[^1]:0}] | {self.PeakWorkingSet64 / 1048576.0:0}"));
            return 0;
        }
        string only = args is [_, "--only", { } text, ..] ? text : "";
        Console.WriteLine($"{Environment.ProcessorCount} threads\n\n| work | ms, median [least, most] | peak memory of the process, MiB |\n|---|---|---|");
        for (int i = 0; i < Rows.Length; i++)
        {
            if (Rows[i].Name.Contains(only, StringComparison.OrdinalIgnoreCase))
                Console.WriteLine($"| {Rows[i].Name} | {Child(i)} |");
        }
        return 0;
    }

    private static string Child(int row)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        // The path is that of dotnet where the benchmarks were started by it.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(DualVaeScale).Assembly.Location);
        foreach (string argument in (ReadOnlySpan<string>)["vae", "--row", row.ToString(CultureInfo.InvariantCulture)])
            start.ArgumentList.Add(argument);
        using Process child = Process.Start(start)!;
        string result = child.StandardOutput.ReadToEnd().Trim();
        child.WaitForExit();
        return child.ExitCode == 0 ? result : $"failed with exit code {child.ExitCode} |";
    }

    // Seconds of each step; the first two, which compile and touch memory, are left out.
    private static double[] Steps(int pairs, int steps, PatchFeatures features)
    {
        using var backend = new HostBackend();
        DualVaeModel model = new DualVaeTrainer(backend).Train(Pairs(pairs), new DualVaeOptions { Epochs = steps + 2, Features = features });
        double[] ends = [.. model.History.Select(epoch => epoch.Seconds)];
        return [.. Enumerable.Range(2, steps).Select(i => ends[i] - ends[i - 1])];
    }

    private static double[] Codes(PatchFeatures features)
    {
        using var backend = new HostBackend();
        DualVaeModel model = new DualVaeTrainer(backend).Train(Pairs(32), new DualVaeOptions { Epochs = 1, Features = features });
        using var inference = new DualVaeInference(backend, model);
        double[] image = Image();
        var seconds = new List<double>();
        for (int round = -2; round < 7; round++)
        {
            long begin = Stopwatch.GetTimestamp();
            DualVaeMap map = inference.Map(image, ImageSide, ImageSide, wholePatches: true);
            if (round >= 0)
                seconds.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
            if (map.Rows * map.Columns != 58_081)
                throw new InvalidOperationException($"{map.Rows} x {map.Columns} codes.");
        }
        return [.. seconds];
    }

    // Grooves in all directions, and curves that depend on how deep they are.
    private static DualVaeDataSet Pairs(int count)
    {
        var random = new Random(1);
        double[] patches = new double[count * Side * Side], spectra = new double[count * Points];
        for (int i = 0; i < count; i++)
        {
            double angle = 6.28 * random.NextDouble(), depth = 0.3 + random.NextDouble(), off = 8 * (random.NextDouble() - 0.5);
            for (int k = 0; k < Side * Side; k++)
            {
                double u = (((k % Side) - 8) * Math.Cos(angle)) + (((k / Side) - 8) * Math.Sin(angle)) - off;
                patches[(i * Side * Side) + k] = (0.1 * random.NextDouble()) - (depth * Math.Exp(-0.2 * u * u));
            }
            for (int k = 0; k < Points; k++)
                spectra[(i * Points) + k] = depth * Math.Pow(1 - Math.Abs((k - 125) / 125.0), 2);
        }
        return new DualVaeDataSet(new DualVaeShape(Side, Side, Points), patches, spectra);
    }

    private static double[] Image() => [.. Enumerable.Range(0, ImageSide * ImageSide).Select(k =>
        Math.Sin(0.11 * (k % ImageSide)) * Math.Cos(0.13 * (k / ImageSide)) + (0.3 * Math.Sin(0.9 * ((k % ImageSide) + (k / ImageSide)))))];
}
