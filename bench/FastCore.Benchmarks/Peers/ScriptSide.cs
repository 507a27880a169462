using System.Diagnostics;
using System.Text.Json;

namespace FastCore.Benchmarks.Peers;

/// <summary>
/// A script of bench/peers in a Python process of its own, which stays between the rounds. It has the environment of this process, and freed memory is kept (MALLOC_*_THRESHOLD_), because fresh pages for temporaries cost numpy up to five times as much.
/// </summary>
internal sealed class ScriptSide : IPeerSide
{
    private const string Interpreter = "/usr/bin/python3";
    private readonly Process process;

    private ScriptSide(Process process, string name, double value)
    {
        this.process = process;
        Name = name;
        Value = value;
    }

    public string Name { get; }

    public double Value { get; }

    /// <summary>Starts the script; null and a reason where Python, numpy or scipy is missing.</summary>
    public static ScriptSide? Start(string folder, string script, string arguments, int threads, out string reason)
    {
        reason = "";
        if (!File.Exists(Interpreter))
        {
            reason = $"{Interpreter} is not here: install python3-numpy and python3-scipy";
            return null;
        }
        var start = new ProcessStartInfo(Interpreter, $"{script} {arguments}")
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OPENBLAS_NUM_THREADS"] = threads.ToString();
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = "2000000000";
        start.Environment["MALLOC_TRIM_THRESHOLD_"] = "2000000000";
        Process process = Process.Start(start)!;
        string? first = process.StandardOutput.ReadLine();
        if (first is null)
        {
            reason = process.StandardError.ReadToEnd().Trim().Split('\n')[^1];
            process.Dispose();
            return null;
        }
        using JsonDocument greeting = JsonDocument.Parse(first);
        string version = greeting.RootElement.GetProperty("version").GetString()!;
        JsonElement value = greeting.RootElement.GetProperty("value");
        return new ScriptSide(process, version, value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble());
    }

    public void Measure(int samples, int calls, List<double> wall, List<double> processor)
    {
        process.StandardInput.WriteLine($"{samples} {calls}");
        process.StandardInput.Flush();
        string line = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException(process.StandardError.ReadToEnd());
        using JsonDocument times = JsonDocument.Parse(line);
        wall.AddRange(times.RootElement.GetProperty("wall").EnumerateArray().Select(value => value.GetDouble()));
        processor.AddRange(times.RootElement.GetProperty("cpu").EnumerateArray().Select(value => value.GetDouble()));
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}
