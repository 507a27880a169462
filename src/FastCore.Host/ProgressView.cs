using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FastCore.Host;

/// <summary>Where a run stands.</summary>
/// <param name="Measured">Measurements so far.</param>
/// <param name="Budget">Measurements allowed.</param>
/// <param name="Rejected">Curves that the quality gate rejected.</param>
/// <param name="Classes">True classes seen so far; empty where truth is unknown.</param>
/// <param name="Model">Surrogate in use; empty before the first training.</param>
internal readonly record struct ProgressState(int Measured, int Budget, int Rejected, IReadOnlyCollection<string> Classes, string Model);

/// <summary>Shows a run while it goes on.</summary>
internal abstract class ProgressView
{
    /// <summary>The view that suits the terminal: none, lines, or a picture that is redrawn.</summary>
    public static ProgressView For(Terminal terminal, bool quiet, bool json) =>
        quiet ? new SilentProgress() : terminal.Interactive && !json ? new LiveProgress(terminal)
            : new LineProgress(json ? terminal.Error : terminal.Out);

    /// <summary>Runs <paramref name="work"/> with the view on screen.</summary>
    public virtual T Around<T>(Func<T> work) => work();

    /// <summary>Shows the state after a step.</summary>
    public abstract void Show(ProgressState state);

    internal static string Left(double seconds) => !double.IsFinite(seconds) ? "" : seconds < 1 ? "under 1 s"
        : seconds < 90 ? seconds.ToString("0", CultureInfo.InvariantCulture) + " s" : (seconds / 60).ToString("0.#", CultureInfo.InvariantCulture)
            + " min";
}

/// <summary>Says nothing.</summary>
internal sealed class SilentProgress : ProgressView
{
    /// <inheritdoc/>
    public override void Show(ProgressState state)
    {
    }
}

/// <summary>One line at about every tenth of the budget, and whenever a class is seen first: for logs.</summary>
internal sealed class LineProgress(TextWriter writer) : ProgressView
{
    private readonly long start = TimeProvider.System.GetTimestamp();
    private readonly Pace pace = new();
    private int classes;

    /// <inheritdoc/>
    public override void Show(ProgressState state)
    {
        pace.Note(state.Measured, TimeProvider.System.GetElapsedTime(start).TotalSeconds);
        int stride = Math.Max(1, state.Budget / 10);
        bool found = state.Classes.Count > classes;
        classes = state.Classes.Count;
        if (!found && state.Measured % stride != 0 && state.Measured != state.Budget)
            return;
        string left = Left(pace.SecondsLeft(state.Budget));
        writer.WriteLine($"{state.Measured}/{state.Budget} measured, {state.Rejected} rejected"
            + (state.Classes.Count > 0 ? $", seen: {string.Join(", ", state.Classes)}" : "")
            + (state.Model.Length > 0 ? $", model {state.Model}" : "") + (left.Length > 0 && state.Measured < state.Budget ? $", {left} left" : ""));
    }
}

/// <summary>The picture of a run, redrawn in place.</summary>
internal sealed class LiveProgress(Terminal terminal) : ProgressView
{
    private readonly long start = TimeProvider.System.GetTimestamp();
    private readonly Pace pace = new();
    private readonly LivePicture picture = new(terminal, "Scanning the overview ...");

    /// <inheritdoc/>
    public override T Around<T>(Func<T> work) => picture.Around(work);

    /// <inheritdoc/>
    public override void Show(ProgressState state)
    {
        pace.Note(state.Measured, TimeProvider.System.GetElapsedTime(start).TotalSeconds);
        ProgressState shown = state with { Classes = [.. state.Classes] };
        double left = pace.SecondsLeft(state.Budget);
        picture.Update(columns => Draw(shown, left, "", columns), last: state.Measured >= state.Budget);
    }

    /// <summary>The picture: a bar as long as <paramref name="columns"/> allow, 40 at most, and what is known below it.</summary>
    internal static IRenderable Draw(ProgressState state, double secondsLeft, string notice, int columns)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn();
        grid.AddRow(new Markup("[bold]measured[/]"), LivePicture.Bar(state.Measured, state.Budget, columns));
        grid.AddRow(new Markup("[bold]rejected[/]"), new Text(state.Rejected.ToString(CultureInfo.InvariantCulture)));
        if (state.Classes.Count > 0)
            grid.AddRow(new Markup("[bold]classes[/]"), new Text(string.Join(", ", state.Classes)));
        grid.AddRow(new Markup("[bold]model[/]"), new Text(state.Model.Length > 0 ? state.Model : "none yet: seed points"));
        grid.AddRow(new Markup("[bold]time left[/]"), new Text(Left(secondsLeft)));
        return notice.Length == 0 ? grid : new Rows(grid, new Text(notice));
    }
}
