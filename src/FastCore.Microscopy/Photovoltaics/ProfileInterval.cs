namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// 95 % intervals by profile likelihood: the values of a quantity g at which the cost, minimised over everything else, exceeds its minimum by 3.841 (chi-squared,
/// 1 degree of freedom). The constraint is a strong spring on g: what it settles at is a point of the profile whatever its stiffness.
/// </summary>
internal sealed class ProfileInterval : ICostFunction
{
    /// <summary>95 % of chi-squared with one degree of freedom.</summary>
    internal const double Threshold = 3.841458820694124;

    private const double Stiffness = 100;

    private readonly ICostFunction inner;
    private readonly LevenbergMarquardt search;
    private readonly double[] place;
    private readonly double[] slope;
    private Quantity quantity = null!;
    private double spring;
    private double target;

    internal ProfileInterval(ICostFunction inner)
    {
        this.inner = inner;
        search = new LevenbergMarquardt(inner.Count);
        place = new double[inner.Count];
        slope = new double[inner.Count];
    }

    /// <summary>A quantity and its gradient.</summary>
    internal delegate double Quantity(ReadOnlySpan<double> parameters, Span<double> gradient);

    public int Count => inner.Count;

    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> curvature)
    {
        double cost = inner.Evaluate(parameters, gradient, curvature), away = quantity(parameters, slope) - target;
        for (int i = 0; i < gradient.Length; i++)
        {
            gradient[i] += spring * away * slope[i];
            for (int j = 0; j < gradient.Length; j++)
                curvature[(i * gradient.Length) + j] += spring * slope[i] * slope[j];
        }
        return cost + (spring * away * away);
    }

    /// <summary>One end of the interval; null where the profile does not rise far enough within the bounds.</summary>
    /// <param name="of">The quantity.</param>
    /// <param name="best">The minimum.</param>
    /// <param name="least">Its cost.</param>
    /// <param name="covariance">Inverse curvature there.</param>
    /// <param name="lower">Lower bounds.</param>
    /// <param name="upper">Upper bounds.</param>
    /// <param name="side">1 for the upper end, -1 for the lower.</param>
    /// <param name="scale">Variance of unit weight: 1, or the reduced chi-squared where weights are estimates.</param>
    internal double? End(Quantity of, ReadOnlySpan<double> best, double least, ReadOnlySpan<double> covariance, ReadOnlySpan<double> lower,
        ReadOnlySpan<double> upper, int side, double scale)
    {
        quantity = of;
        int n = inner.Count;
        double centre = of(best, slope), variance = 0;
        Span<double> direction = stackalloc double[n];
        for (int i = 0; i < n; i++)
        {
            direction[i] = 0;
            for (int j = 0; j < n; j++)
            {
                // What stands at a bound has no variance of its own.
                double entry = covariance[(i * n) + j];
                direction[i] += double.IsFinite(entry) ? entry * slope[j] : 0;
            }
            variance += slope[i] * direction[i];
        }
        double deviation = variance > 0 && double.IsFinite(variance) ? Math.Min(Math.Sqrt(variance * scale), 1) : 1;
        spring = Stiffness * scale / (deviation * deviation);
        double wanted = Math.Sqrt(Threshold * scale), step = side * 1.96 * deviation, previous = centre, previousRise = 0;
        for (int i = 0; i < n; i++)
            place[i] = best[i] + (variance > 0 && double.IsFinite(variance) ? direction[i] / variance * step : 0);
        for (int iteration = 0; iteration < 10; iteration++)
        {
            target = centre + step;
            double total = search.Minimise(this, place, lower, upper, 30, 1e-8);
            if (!double.IsFinite(total))
                return null;
            double reached = of(place, slope), away = reached - target;
            double rise = Math.Sqrt(Math.Max(total - (spring * away * away) - least, 0));
            if (Math.Abs(rise - wanted) < .005 * wanted)
                return reached;
            // The root of the rise is nearly linear in the quantity.
            double change = Math.Abs(rise - previousRise) > 1e-3 * wanted ? (wanted - rise) * (reached - previous) / (rise - previousRise) : step;
            if (!double.IsFinite(change) || change * side > 3 * Math.Abs(step) || (change * side < 0 && rise < wanted))
                change = side * Math.Abs(step);
            (previous, previousRise) = (reached, rise);
            // From the target: the spring always stays a little short of it.
            step += change;
            if (step * side <= 0)
                step = .5 * (reached - centre);
            // e^7: three decades are no interval.
            if (step * side > 7)
                return null;
        }
        return null;
    }
}
