using FastCore.Microscopy.Files;
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
    public void The_time_left_follows_the_pace()
    {
        Assert.Equal(30, ProgressView.SecondsLeft(new ProgressState(25, 100, 0, [], ""), 10));
        Assert.True(double.IsNaN(ProgressView.SecondsLeft(new ProgressState(0, 100, 0, [], ""), 10)));
    }

    [Fact]
    public void The_redrawn_view_shows_the_state_and_gives_the_result()
    {
        using var writer = new StringWriter();
        var view = new LiveProgress(writer);
        Assert.Equal(7, view.Around(() =>
        {
            view.Show(new ProgressState(10, 10, 2, ["a[b]"], "gp"));
            return 7;
        }));
        Assert.Throws<BadInputException>(() => view.Around<int>(() => throw new BadInputException("x")));
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
