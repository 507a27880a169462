using System.Numerics;
using FastCore.Learning.Checkpoints;

namespace FastCore.Learning.Scaling;

/// <summary>What a fitted scaler does with a value outside the range that it was fitted to.</summary>
public enum OutOfRange
{
    /// <summary>It goes on beyond 0 or 1 along the same line; the inverse gives the value back.</summary>
    Extend,

    /// <summary>It becomes 0 or 1; the inverse gives the end of the range.</summary>
    Clamp,

    /// <summary>It is refused.</summary>
    Refuse,
}

/// <summary>
/// A fitted scaler to 0 .. 1: s = (x - low) / (high - low), exactly 0 at low and exactly 1 at high, x = low (1 - s) + high s. Low and high belong to
/// each of d features, or to a whole table (d = 1). A feature that does not vary, high - low up to the smallest range or to 1e-12 of its magnitude,
/// becomes 0 and comes back as low. NaN and infinities are refused.
/// </summary>
public sealed class MinMaxScaler
{
    private readonly bool[] constant;

    /// <summary>Restores a scaler from its state.</summary>
    /// <exception cref="ArgumentException">Unlike lengths, none, values that are not finite, or a low above its high.</exception>
    public MinMaxScaler(double[] low, double[] high, OutOfRange outOfRange, double smallestRange = 0)
    {
        ArgumentNullException.ThrowIfNull(low);
        ArgumentNullException.ThrowIfNull(high);
        if (low.Length == 0 || low.Length != high.Length)
            throw new ArgumentException("A scaler needs one low and one high for each feature.", nameof(high));
        if (!Enum.IsDefined(outOfRange))
            throw new ArgumentOutOfRangeException(nameof(outOfRange), outOfRange, "No such policy.");
        if (!(smallestRange >= 0 && double.IsFinite(smallestRange)))
            throw new ArgumentOutOfRangeException(nameof(smallestRange), smallestRange, "A finite range, not negative, is needed.");
        constant = new bool[low.Length];
        for (int j = 0; j < low.Length; j++)
        {
            double range = high[j] - low[j];
            // Written so that NaN is refused, and a range that overflows.
            if (!(range >= 0 && double.IsFinite(range)))
                throw new ArgumentException($"Feature {j} ranges from {low[j]} to {high[j]}; finite ones, ascending, are needed.", nameof(high));
            constant[j] = range <= Math.Max(smallestRange, 1e-12 * Math.Max(Math.Abs(low[j]), Math.Abs(high[j])));
        }
        Low = low;
        High = high;
        OutOfRange = outOfRange;
        SmallestRange = smallestRange;
    }

    /// <summary>Smallest value of each feature.</summary>
    public double[] Low { get; }

    /// <summary>Largest value of each feature.</summary>
    public double[] High { get; }

    /// <summary>Number of features d; 1 for a whole table.</summary>
    public int Dimension => Low.Length;

    /// <summary>What happens to values outside.</summary>
    public OutOfRange OutOfRange { get; }

    /// <summary>Range up to which a feature is constant.</summary>
    public double SmallestRange { get; }

    /// <summary>Fits low and high of each feature to n vectors, row-major.</summary>
    /// <exception cref="ArgumentException">No vector, lengths that do not fit, values that are not finite, or a range beyond double.</exception>
    public static MinMaxScaler FitFeatures(ReadOnlySpan<double> vectors, int dimension, OutOfRange outOfRange, double smallestRange = 0)
    {
        if (dimension < 1 || vectors.Length == 0 || vectors.Length % dimension != 0)
            throw new ArgumentException($"{vectors.Length} values are no vectors of {dimension} features.", nameof(vectors));
        var low = new double[dimension];
        var high = new double[dimension];
        Array.Fill(low, double.PositiveInfinity);
        Array.Fill(high, double.NegativeInfinity);
        for (int k = 0; k < vectors.Length; k++)
        {
            int j = k % dimension;
            if (!double.IsFinite(vectors[k]))
                throw new ArgumentException($"Feature {j} of vector {k / dimension} is {vectors[k]}; leave it out.", nameof(vectors));
            low[j] = Math.Min(low[j], vectors[k]);
            high[j] = Math.Max(high[j], vectors[k]);
        }
        return new MinMaxScaler(low, high, outOfRange, smallestRange);
    }

    /// <summary>Fits one low and one high to all values of a table: the table keeps its proportions (SPEC 3).</summary>
    /// <exception cref="ArgumentException">No value, values that are not finite, or a range beyond double.</exception>
    public static MinMaxScaler FitTable(ReadOnlySpan<double> table, OutOfRange outOfRange, double smallestRange = 0) =>
        FitFeatures(table, 1, outOfRange, smallestRange);

    /// <summary>Scales vectors, row-major; the spans may be the same. Where a value is refused, those before it are scaled already.</summary>
    /// <exception cref="ArgumentException">Lengths that do not fit, NaN, an infinity, or a value outside the range where that is refused.</exception>
    public void Transform(ReadOnlySpan<double> vectors, Span<double> scaled)
    {
        Check(vectors, scaled);
        for (int k = 0; k < vectors.Length; k++)
        {
            int j = k % Low.Length;
            double value = vectors[k], low = Low[j], high = High[j];
            if (OutOfRange == OutOfRange.Refuse && (value < low || value > high))
            {
                throw new ArgumentException($"Feature {j} of vector {k / Low.Length} is {value}; the scaler was fitted to {low} .. {high}: fit it to "
                    + "these values too, or let it clamp or extend.", nameof(vectors));
            }
            if (OutOfRange == OutOfRange.Clamp)
                value = Math.Clamp(value, low, high);
            scaled[k] = constant[j] ? 0 : (value - low) / (high - low);
        }
    }

    /// <summary>Undoes <see cref="Transform"/>; the spans may be the same. Values beyond 0 .. 1 go on along the same line.</summary>
    /// <exception cref="ArgumentException">Lengths that do not fit, NaN or an infinity.</exception>
    public void Inverse(ReadOnlySpan<double> scaled, Span<double> vectors)
    {
        Check(scaled, vectors);
        for (int k = 0; k < scaled.Length; k++)
        {
            int j = k % Low.Length;
            vectors[k] = constant[j] ? Low[j] : (Low[j] * (1 - scaled[k])) + (High[j] * scaled[k]);
        }
    }

    /// <summary>
    /// Scales every vector by its own range to 0 .. 1, as patches are (SPEC 3); one whose range is below <paramref name="smallestRange"/> becomes 0.
    /// The spans may be the same.
    /// </summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="vectors">Vectors, row-major.</param>
    /// <param name="dimension">Values of each.</param>
    /// <param name="scaled">As many values.</param>
    /// <param name="smallestRange">1e-12 for patches.</param>
    /// <exception cref="ArgumentException">Lengths that do not fit, NaN, an infinity, or a range beyond the type.</exception>
    public static void ScaleEach<T>(ReadOnlySpan<T> vectors, int dimension, Span<T> scaled, double smallestRange = 1e-12)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (dimension < 1 || vectors.Length % dimension != 0 || scaled.Length != vectors.Length)
        {
            throw new ArgumentException($"{vectors.Length} values and {scaled.Length} scaled ones are no vectors of {dimension} values.",
                nameof(scaled));
        }
        T smallest = T.CreateChecked(smallestRange);
        for (int start = 0; start < vectors.Length; start += dimension)
        {
            T low = vectors[start], high = low;
            for (int k = start; k < start + dimension; k++)
            {
                // Min and Max hand NaN on, so that it shows in the range.
                low = T.Min(low, vectors[k]);
                high = T.Max(high, vectors[k]);
            }
            T range = high - low;
            if (!T.IsFinite(range))
                throw new ArgumentException($"Vector {start / dimension} ranges from {low} to {high}; finite values are needed.", nameof(vectors));
            for (int k = start; k < start + dimension; k++)
                scaled[k] = range < smallest || range == T.Zero ? T.Zero : (vectors[k] - low) / range;
        }
    }

    /// <summary>Writes the scaler into a checkpoint as <paramref name="name"/>.low, .high, .smallestRange and .outOfRange.</summary>
    /// <exception cref="ArgumentException">A scaler of that name is there already.</exception>
    public void Save(Checkpoint checkpoint, string name)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        checkpoint.Add(name + ".low", Low);
        checkpoint.Add(name + ".high", High);
        checkpoint.Add(name + ".smallestRange", [SmallestRange]);
        checkpoint.Add(name + ".outOfRange", OutOfRange.ToString());
    }

    /// <summary>Restores a scaler that <see cref="Save"/> wrote; it scales to the same bit.</summary>
    /// <exception cref="InvalidDataException">There is none of that name, or its values make no scaler.</exception>
    public static MinMaxScaler Load(Checkpoint checkpoint, string name)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        string policy = checkpoint.Text(name + ".outOfRange");
        double[] low = checkpoint.Values<double>(name + ".low", -1);
        double[] high = checkpoint.Values<double>(name + ".high", low.Length);
        double smallestRange = checkpoint.Values<double>(name + ".smallestRange", 1)[0];
        // Enum.TryParse takes numbers too.
        OutOfRange[] known = [.. Enum.GetValues<OutOfRange>().Where(value => value.ToString() == policy)];
        if (known.Length == 0)
            throw checkpoint.Refusal($"the scaler '{name}' treats values outside by '{policy}', which is unknown");
        try
        {
            return new MinMaxScaler(low, high, known[0], smallestRange);
        }
        catch (ArgumentException problem)
        {
            throw checkpoint.Refusal($"the values of the scaler '{name}' make none", problem);
        }
    }

    private void Check(ReadOnlySpan<double> from, Span<double> to)
    {
        if (from.Length % Low.Length != 0 || to.Length != from.Length)
            throw new ArgumentException($"{from.Length} values and {to.Length} results are no vectors of {Low.Length} features.", nameof(to));
        for (int k = 0; k < from.Length; k++)
        {
            if (!double.IsFinite(from[k]))
                throw new ArgumentException($"Feature {k % Low.Length} of vector {k / Low.Length} is {from[k]}; leave it out.", nameof(from));
        }
    }
}
