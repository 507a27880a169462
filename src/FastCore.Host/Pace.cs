namespace FastCore.Host;

/// <summary>How long the rest takes at the pace of the last steps; neither preparation nor steps that are only read from a journal count for
/// long.</summary>
internal sealed class Pace
{
    private const int Window = 16;
    private readonly Queue<(int Measured, double Seconds)> noted = new();

    /// <summary>Takes note of a state at a time; every state is noted, shown or not.</summary>
    public void Note(int measured, double seconds)
    {
        noted.Enqueue((measured, seconds));
        if (noted.Count > Window)
            noted.Dequeue();
    }

    /// <summary>Seconds for what is left of the budget; NaN before two states are known.</summary>
    public double SecondsLeft(int budget)
    {
        if (noted.Count < 2)
            return double.NaN;
        (int first, double from) = noted.Peek();
        (int last, double to) = noted.Last();
        return last <= first ? double.NaN : (to - from) / (last - first) * Math.Max(budget - last, 0);
    }
}
