using Xunit;

namespace FastCore.Host.Tests;

public sealed class BadInputTests
{
    public static TheoryData<string> Lines =>
    [
        "", "bogus", "run --bogus", "run --seed x", "run --seed -1", "run --seed 1.5", "run --budget 0", "run --budget -3", "run --budget NaN",
            "run a.json b.json",
        "run --policy nonsense", "run --executor abacus", "run --controller telepathy", "run --controller grid:",
            "run --controller grid:/nowhere/film.3ds", "run /nowhere/plan.json",
        "compare", "compare --policies nonsense", "compare --policies ,", "compare --policies random --seeds 0", "resume", "resume /nowhere",
            "replay /nowhere", "report /nowhere", "run --out",
    ];

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_wrong_command_line_gives_one_sentence_and_exit_code_2(string line)
    {
        using var folder = new TemporaryFolder();
        string[] args = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string output = folder["out"];
        if (args.Length > 0 && args[0] is "run" or "compare" && args[^1] != "--out")
            args = [.. args, "--out", output];
        AssertRefused(Cli.Run(args));
        Assert.False(Directory.Exists(output), "a refused command left a folder behind");
    }

    public static TheoryData<string, string> Plans => new()
    {
        { "not JSON", "this is no plan" },
        { "cut off", "{\"seed\": 1," },
        { "empty file", "" },
        { "an array", "[1, 2]" },
        { "null", "null" },
        { "wrong type", "{\"budget\": \"many\"}" },
        { "negative budget", "{\"budget\": -5}" },
        { "unknown key", "{\"bugdet\": 5}" },
        { "NaN", "{\"budget\": NaN}" },
        { "number too large", "{\"seed\": 1e400}" },
        { "unknown policy", "{\"policy\": {\"name\": \"telepathy\"}}" },
    };

    [Theory]
    [MemberData(nameof(Plans))]
    public void A_wrong_plan_gives_one_sentence_and_leaves_no_folder(string name, string text)
    {
        using var folder = new TemporaryFolder();
        string plan = folder.Write("plan.json", text);
        Cli.Result result = Cli.Run("run", plan, "--out", folder["out"]);
        AssertRefused(result);
        Assert.False(Directory.Exists(folder["out"]), $"a refused plan ({name}) left a folder behind");
    }

    [Fact]
    public void A_grid_file_that_is_no_grid_or_cut_off_is_refused()
    {
        using var folder = new TemporaryFolder();
        string junk = folder.Write("film.3ds", "Grid dim=\"30 x 30\"\r\nthis file was cut off");
        AssertRefused(Cli.Run("run", "--controller", "grid:" + junk, "--budget", "5", "--out", folder["out"]));
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public void An_output_folder_that_is_taken_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["out"]);
        File.WriteAllText(Path.Combine(folder["out"], "precious.txt"), "keep me");
        AssertRefused(Cli.Run("run", "--budget", "5", "--out", folder["out"]));
        Assert.Equal(["precious.txt"], Directory.EnumerateFileSystemEntries(folder["out"]).Select(Path.GetFileName));
        AssertRefused(Cli.Run("run", "--budget", "5", "--out", Path.Combine(folder["out"], "precious.txt")));
        AssertRefused(Cli.Run("resume", folder["out"]));
    }

    [Fact]
    public void A_folder_without_a_journal_is_no_run()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["journal.fcj"], "not a journal");
        foreach (string command in (string[])["resume", "replay", "report"])
            AssertRefused(Cli.Run(command, folder.Path));
        Assert.Equal("not a journal", File.ReadAllText(folder["journal.fcj"]));
    }

    internal static void AssertRefused(Cli.Result result)
    {
        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Equal("", result.Out);
        string line = Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("fastcore: ", line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", line, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", line, StringComparison.Ordinal);
        Assert.InRange(line.Length, 20, 500);
    }
}
