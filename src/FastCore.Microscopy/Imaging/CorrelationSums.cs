namespace FastCore.Microscopy.Imaging;

/// <summary>Running sums of Pearson's correlation coefficient; pairs with a value that is not finite do not count.</summary>
internal struct CorrelationSums
{
    private double x, y, xx, yy, xy;

    /// <summary>Pairs so far.</summary>
    public int Count { get; private set; }

    /// <summary>The coefficient; null while one side is constant.</summary>
    public readonly double? Coefficient
    {
        get
        {
            double square = (xx - (x * x / Math.Max(1, Count))) * (yy - (y * y / Math.Max(1, Count)));
            return Count > 0 && square > 0 ? (xy - (x * y / Count)) / Math.Sqrt(square) : null;
        }
    }

    /// <summary>Takes a pair in.</summary>
    public void Add(double first, double second)
    {
        if (!double.IsFinite(first + second))
            return;
        Count++;
        x += first;
        y += second;
        xx += first * first;
        yy += second * second;
        xy += first * second;
    }
}
