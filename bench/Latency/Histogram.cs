using System.Globalization;

namespace FastCore.Latency;

/// <summary>Times of one kind, kept whole, so that the largest are exact.</summary>
internal sealed class Histogram(int capacity)
{
    private readonly double[] microseconds = new double[capacity];

    public int Count { get; private set; }

    public void Add(double value)
    {
        if (Count < microseconds.Length)
            microseconds[Count++] = value;
    }

    /// <summary>p50, p99, p99.9 and maximum as columns of a table.</summary>
    public string Row()
    {
        double[] sorted = microseconds[..Count];
        Array.Sort(sorted);
        return string.Join(" | ", new[] { .5, .99, .999, 1 }.Select(share => Text(Count == 0 ? double.NaN : sorted[(int)Math.Ceiling(share * Count) - 1])));
    }

    private static string Text(double value) => value.ToString(value < 1 ? "0.0000" : "0.0", CultureInfo.InvariantCulture);
}
