using Spectre.Console;
using Spectre.Console.Rendering;

namespace FastCore.Host;

/// <summary>A few lines that are redrawn in place. What the process has to say meanwhile is drawn among them, not across them.</summary>
/// <param name="terminal">Where they are drawn.</param>
/// <param name="first">What stands there before the first picture.</param>
internal sealed class LivePicture(Terminal terminal, string first)
{
    private const int Labels = 12;
    private readonly Lock drawing = new();
    private LiveDisplayContext? display;
    private Func<int, IRenderable>? current;
    private string notice = "";
    private int columns = 80;
    private long shown;

    /// <summary>Runs <paramref name="work"/> with the picture on screen; it is gone afterwards, what was said stays.</summary>
    public T Around<T>(Func<T> work)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Out) });
        // The terminal echoes ^C where the cursor stands, at the end of the last line; without room there it would begin a new one, and the next
        // picture would be drawn one line too low.
        console.Profile.Width = Math.Max(console.Profile.Width - 2, 20);
        columns = console.Profile.Width;
        T result = default!;
        Action<string> before = terminal.Notify;
        try
        {
            console.Live(new Text(first)).AutoClear(true).Start(context =>
            {
                display = context;
                terminal.Notify = Say;
                context.Refresh();
                result = work();
            });
        }
        finally
        {
            terminal.Notify = before;
        }
        if (notice.Length > 0)
            before(notice);
        return result;
    }

    /// <summary>Draws a picture of so many columns, unless one was drawn within a twentieth of a second and this is not the last.</summary>
    public void Update(Func<int, IRenderable> draw, bool last)
    {
        lock (drawing)
        {
            current = draw;
            // Drawing must not slow what is drawn.
            if (TimeProvider.System.GetElapsedTime(shown).TotalMilliseconds < 50 && !last)
                return;
            shown = TimeProvider.System.GetTimestamp();
            display?.UpdateTarget(WithNotice(draw));
        }
    }

    /// <summary>A bar of <paramref name="done"/> out of <paramref name="all"/> with the numbers behind it.</summary>
    public static IRenderable Bar(int done, int all, int columns)
    {
        string counter = $" {done}/{all}";
        int width = Math.Clamp(columns - Labels - counter.Length - 1, 4, 40);
        int full = all == 0 ? 0 : (int)Math.Round((double)width * Math.Min(done, all) / all);
        return new Markup($"[green]{new string('━', full)}[/][grey]{new string('━', width - full)}[/]{counter}");
    }

    // Called by the thread of a signal.
    private void Say(string text)
    {
        lock (drawing)
        {
            notice = text;
            display?.UpdateTarget(current is { } draw ? WithNotice(draw) : new Text(notice));
        }
    }

    private IRenderable WithNotice(Func<int, IRenderable> draw) => notice.Length == 0 ? draw(columns) : new Rows(draw(columns), new Text(notice));
}
