using System.Diagnostics;
using System.Text.Json;
using FastCore.Autonomy;
using FastCore.Autonomy.Records;
using Xunit;

namespace FastCore.Host.Tests;

/// <summary>The built executable as users and scripts see it.</summary>
public sealed class ProcessTests
{
    [Fact]
    public void Doctor_says_what_is_here()
    {
        using var folder = new TemporaryFolder();
        (int code, string output, string error) = Finish(Cli.Start(folder.Path, "doctor"));
        Assert.Equal((0, ""), (code, error));
        foreach (string word in (string[])["processor", "memory", "disk", "executor host", "executor cuda", "C compiler", "USB controller"])
            Assert.Contains(word, output, StringComparison.Ordinal);
        (code, output, error) = Finish(Cli.Start(folder.Path, "doctor", "--json"));
        Assert.Equal((0, ""), (code, error));
        Assert.True(JsonDocument.Parse(output).RootElement.GetArrayLength() > 6);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Bad_input_ends_with_code_2_and_one_sentence()
    {
        using var folder = new TemporaryFolder();
        (int code, string output, string error) = Finish(Cli.Start(folder.Path, "run", "--policy", "telepathy"));
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("there is no policy 'telepathy'", error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Help_names_every_command()
    {
        using var folder = new TemporaryFolder();
        (int code, string output, _) = Finish(Cli.Start(folder.Path, "--help"));
        Assert.Equal(0, code);
        foreach (string command in (string[])["run", "resume", "replay", "compare", "report", "doctor"])
            Assert.Contains(command, output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupt_lifts_the_tip_and_writes_the_report()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with kill, which Windows does not have");
        using var folder = new TemporaryFolder();
        string plan = folder.Write("plan.json", """
            { "budget": 5000, "seedPoints": 1000, "policy": "random", "sweep": { "samples": 21, "durationSeconds": 0.01 },
              "controller": { "realtime": true, "film": { "rows": 64, "columns": 64, "widthMetres": 1.2e-6 } } }
            """);
        using Process process = Cli.Start(folder.Path, "run", plan, "--out", "out");
        string journal = folder[Path.Combine("out", "journal.fcj")];
        for (int wait = 0; wait < 400 && !process.HasExited && !(File.Exists(journal) && new FileInfo(journal).Length > 0); wait++)
            Thread.Sleep(50);
        Assert.True(File.Exists(journal), "the run did not begin");
        using (Process kill = Process.Start("kill", [InterruptIsIgnored() ? "-TERM" : "-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            kill.WaitForExit();
        (int code, _, string error) = Finish(process);
        Assert.Equal(130, code);
        Assert.Contains("Stopping", error, StringComparison.Ordinal);
        Assert.True(File.Exists(folder[Path.Combine("out", "report.html")]));
        Assert.Equal("cancelled", JsonDocument.Parse(File.ReadAllText(folder[Path.Combine("out", "summary.json")])).RootElement.GetProperty("status")
            .GetString());
    }

    [Theory]
    [InlineData(90)]
    [InlineData(12)]
    public void A_disk_that_takes_no_more_ends_with_code_1_one_sentence_and_every_curve_kept(int blocks)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a shell's limit of file sizes stands for the full disk, and Windows has none");
        using var folder = new TemporaryFolder();
        folder.Write("plan.json", """
            { "budget": 30, "policy": "random", "controller": { "film": { "rows": 48, "columns": 48, "widthMetres": 9.4e-7 } } }
            """);
        // Blocks are 512 bytes; the overview takes 9 kB, a step 2.5 kB, and 90 blocks are filled after about ten steps. The signal is ignored so that
        // the write itself fails; the runtime's own memory files must not be limited with it.
        var start = new ProcessStartInfo("sh") { WorkingDirectory = folder.Path, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"trap '' XFSZ; ulimit -f {blocks}; exec '{Cli.Executable}' run plan.json --out out");
        using Process process = Process.Start(start)!;
        (int code, _, string error) = Finish(process);
        Assert.Equal(1, code);
        Assert.Contains("fastcore resume out", error, StringComparison.Ordinal);
        Assert.Contains("free space", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Unexpected", error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(Directory.EnumerateFiles(folder["out"], "*.partial"));
        RunRecord kept = RunFolder.Open(folder["out"]);
        Assert.InRange(kept.Steps.Count, blocks > 20 ? 5 : 0, 20);
        // With room again, the run goes on from there.
        Cli.Result resumed = Cli.Run("resume", folder["out"], "--json");
        Assert.Equal(0, resumed.Code);
        Assert.Equal(30, JsonDocument.Parse(resumed.Out).RootElement.GetProperty("measured").GetInt32());
        Assert.Equal(kept.Steps.Select(step => step.Candidate),
            RunFolder.Open(folder["out"]).Steps.Take(kept.Steps.Count).Select(step => step.Candidate));
    }

    // A shell starts background jobs with SIGINT ignored, children inherit that, and .NET respects it: SIGTERM takes the same way.
    private static bool InterruptIsIgnored()
    {
        const string status = "/proc/self/status";
        string? line = File.Exists(status) ? File.ReadLines(status).FirstOrDefault(l => l.StartsWith("SigIgn:", StringComparison.Ordinal)) : null;
        return line is not null && (Convert.ToUInt64(line["SigIgn:".Length..].Trim(), 16) & 2) != 0;
    }

    private static (int Code, string Out, string Error) Finish(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(1)))
        {
            process.Kill();
            Assert.Fail("The process did not end within a minute.");
        }
        return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }
}
