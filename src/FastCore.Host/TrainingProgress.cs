using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FastCore.Host;

/// <summary>Where a training stands.</summary>
/// <param name="Epoch">Epochs so far.</param>
/// <param name="Epochs">Epochs asked for.</param>
/// <param name="Loss">Loss of the training pairs.</param>
/// <param name="HeldOutLoss">Loss of the held-out pairs; NaN without them.</param>
internal readonly record struct TrainingState(int Epoch, int Epochs, double Loss, double HeldOutLoss);

/// <summary>Shows a training while it goes on: nothing, lines, or a picture that is redrawn.</summary>
internal abstract class TrainingProgress
{
    /// <summary>The view that suits the terminal.</summary>
    public static TrainingProgress For(Terminal terminal, bool quiet, bool json) =>
        quiet ? new Silent() : terminal.Interactive && !json ? new Live(terminal) : new Lines(json ? terminal.Error : terminal.Out);

    /// <summary>Runs <paramref name="work"/> with the view on screen.</summary>
    public virtual T Around<T>(Func<T> work) => work();

    /// <summary>Shows the state after an epoch.</summary>
    public abstract void Show(TrainingState state);

    private static string Losses(TrainingState state) => state.Loss.ToString("0.00", CultureInfo.InvariantCulture)
        + (double.IsFinite(state.HeldOutLoss) ? ", held out " + state.HeldOutLoss.ToString("0.00", CultureInfo.InvariantCulture) : "");

    private sealed class Silent : TrainingProgress
    {
        public override void Show(TrainingState state)
        {
        }
    }

    /// <summary>One line at about every tenth of the epochs: for logs.</summary>
    private sealed class Lines(TextWriter writer) : TrainingProgress
    {
        private readonly long start = TimeProvider.System.GetTimestamp();
        private readonly Pace pace = new();

        public override void Show(TrainingState state)
        {
            pace.Note(state.Epoch, TimeProvider.System.GetElapsedTime(start).TotalSeconds);
            if (state.Epoch % Math.Max(1, state.Epochs / 10) != 0 && state.Epoch != state.Epochs && state.Epoch != 1)
                return;
            string left = ProgressView.Left(pace.SecondsLeft(state.Epochs));
            writer.WriteLine($"{state.Epoch}/{state.Epochs} epochs, loss {Losses(state)}"
                + (left.Length > 0 && state.Epoch < state.Epochs ? $", {left} left" : ""));
        }
    }

    private sealed class Live(Terminal terminal) : TrainingProgress
    {
        private readonly long start = TimeProvider.System.GetTimestamp();
        private readonly Pace pace = new();
        private readonly LivePicture picture = new(terminal, "Reading the pairs ...");

        public override T Around<T>(Func<T> work) => picture.Around(work);

        public override void Show(TrainingState state)
        {
            pace.Note(state.Epoch, TimeProvider.System.GetElapsedTime(start).TotalSeconds);
            double left = pace.SecondsLeft(state.Epochs);
            picture.Update(columns => Draw(state, left, columns), last: state.Epoch >= state.Epochs);
        }
    }

    /// <summary>The picture: a bar as long as <paramref name="columns"/> allow, 40 at most, and what is known below it.</summary>
    internal static IRenderable Draw(TrainingState state, double secondsLeft, int columns)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn();
        grid.AddRow(new Markup("[bold]epochs[/]"), LivePicture.Bar(state.Epoch, state.Epochs, columns));
        grid.AddRow(new Markup("[bold]loss[/]"), new Text(Losses(state)));
        grid.AddRow(new Markup("[bold]time left[/]"), new Text(state.Epoch >= state.Epochs ? "finding out what the codes go with"
            : ProgressView.Left(secondsLeft)));
        return grid;
    }
}
