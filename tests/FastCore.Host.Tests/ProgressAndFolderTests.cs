using FastCore.Microscopy.Files;
using Spectre.Console;
using Xunit;

namespace FastCore.Host.Tests;

public sealed class ProgressAndFolderTests
{
    [Fact]
    public void Lines_come_at_tenths_of_the_budget_and_at_first_finds()
    {
        using var writer = new StringWriter();
        var view = new LineProgress(writer);
        for (int k = 1; k <= 100; k++)
            view.Show(new ProgressState(k, 100, k / 20, k < 37 ? [] : ["junction"], k > 10 ? "gp-descriptors" : ""));
        string[] lines = writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(11, lines.Length);
        Assert.StartsWith("37/100 measured, 1 rejected, seen: junction, model gp-descriptors", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("100/100", lines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("left", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_time_left_follows_the_pace_of_the_last_steps()
    {
        var pace = new Pace();
        Assert.True(double.IsNaN(pace.SecondsLeft(100)));
        // A minute of scanning before the first step says nothing of the steps.
        pace.Note(1, 60);
        Assert.True(double.IsNaN(pace.SecondsLeft(100)));
        pace.Note(2, 60.5);
        Assert.Equal(49, pace.SecondsLeft(100), 1e-9);
        for (int k = 3; k <= 40; k++)
            pace.Note(k, 60.5 + (2 * (k - 2)));
        Assert.Equal(120, pace.SecondsLeft(100), 1e-9);
        Assert.Equal(0, pace.SecondsLeft(40));
    }

    [Fact]
    public void The_redrawn_view_shows_the_state_and_gives_the_result()
    {
        using var writer = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(writer, error, true);
        var view = new LiveProgress(terminal);
        Assert.Equal(7, view.Around(() =>
        {
            view.Show(new ProgressState(10, 10, 2, ["a[b]"], "gp"));
            terminal.Notify("Stopping.");
            Assert.Empty(error.ToString());
            return 7;
        }));
        // Said once more on the error stream when the picture is gone.
        Assert.Equal("Stopping." + Environment.NewLine, error.ToString());
        Assert.Throws<BadInputException>(() => view.Around<int>(() => throw new BadInputException("x")));
    }

    [Theory]
    [InlineData(100, 40)]
    [InlineData(60, 38)]
    [InlineData(30, 8)]
    [InlineData(10, 4)]
    public void The_bar_fits_the_terminal(int columns, int bar)
    {
        using var writer = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
        console.Profile.Width = Math.Max(columns, 40);
        console.Write(LiveProgress.Draw(new ProgressState(105, 2100, 2, [], "gp"), 30, "Stopping.", columns));
        string text = writer.ToString();
        Assert.Equal(bar, text.Count(letter => letter == '\u2501'));
        Assert.Contains("Stopping.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_get_numbers_and_nothing_is_created()
    {
        using var folder = new TemporaryFolder();
        string name = Path.GetFileName(folder.Path);
        Assert.Equal(Path.Combine("runs", name), OutputFolder.Choose(null, name));
        Assert.False(Directory.Exists(Path.Combine("runs", name)));
        Directory.CreateDirectory(Path.Combine("runs", name));
        try
        {
            Assert.Equal(Path.Combine("runs", name + "-2"), OutputFolder.Choose(null, name));
        }
        finally
        {
            Directory.Delete(Path.Combine("runs", name));
        }
        Assert.Equal(folder["new"], OutputFolder.Choose(folder["new"], name));
        Assert.Equal(folder.Path, OutputFolder.Choose(folder.Path, name));
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file()
    {
        using var folder = new TemporaryFolder();
        WholeFile.WriteText(folder["a.html"], "old");
        Directory.CreateDirectory(folder["a.html.partial"]);
        Assert.ThrowsAny<Exception>(() => WholeFile.WriteText(folder["a.html"], "new"));
        Assert.Equal("old", File.ReadAllText(folder["a.html"]));
    }
}
