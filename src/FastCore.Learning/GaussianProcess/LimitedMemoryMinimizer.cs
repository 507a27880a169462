namespace FastCore.Learning.GaussianProcess;

/// <summary>A function to minimise: returns its value and writes its gradient; NaN where it cannot be evaluated.</summary>
internal delegate double Objective(ReadOnlySpan<double> x, Span<double> gradient);

/// <summary>
/// L-BFGS (Nocedal and Wright, Numerical Optimization, Alg. 7.4 and 7.5) with backtracking on the Armijo condition. Made for a handful of
/// hyper-parameters in logarithms: a step is at most <see cref="LongestStep"/> long, and a point that cannot be evaluated halves it.
/// </summary>
internal static class LimitedMemoryMinimizer
{
    private const int Memory = 8;
    private const double LongestStep = 2;

    /// <summary>Minimises from <paramref name="x"/>, which holds the best point afterwards.</summary>
    /// <param name="function">What is minimised.</param>
    /// <param name="x">Start and result.</param>
    /// <param name="iterations">Most line searches.</param>
    /// <param name="tolerance">Ends when two successive steps gain less than this.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>The value reached; NaN if the start cannot be evaluated.</returns>
    public static double Minimize(Objective function, Span<double> x, int iterations, double tolerance, CancellationToken cancellationToken)
    {
        int d = x.Length;
        double[] gradient = new double[d], trial = new double[d], trialGradient = new double[d], direction = new double[d];
        var steps = new double[Memory][];
        var changes = new double[Memory][];
        var curvature = new double[Memory];
        Span<double> weight = stackalloc double[Memory];
        int stored = 0;
        int small = 0;
        double value = function(x, gradient);
        if (!double.IsFinite(value))
            return double.NaN;
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int i = 0; i < d; i++)
                direction[i] = -gradient[i];
            int available = Math.Min(stored, Memory);
            for (int k = 1; k <= available; k++)
            {
                int slot = (stored - k) % Memory;
                weight[slot] = Dot(steps[slot], direction) / curvature[slot];
                AddScaled(-weight[slot], changes[slot], direction);
            }
            double scale = 1;
            if (available > 0)
            {
                int last = (stored - 1) % Memory;
                scale = curvature[last] / Dot(changes[last], changes[last]);
            }
            for (int i = 0; i < d; i++)
                direction[i] *= scale;
            for (int k = available; k >= 1; k--)
            {
                int slot = (stored - k) % Memory;
                AddScaled(weight[slot] - (Dot(changes[slot], direction) / curvature[slot]), steps[slot], direction);
            }
            double slope = Dot(gradient, direction);
            double length = Math.Sqrt(Dot(direction, direction));
            if (length < 1e-9 || !(slope < 0))
                break;
            // The first step has no curvature to go by: half a unit of logarithm is a cautious one.
            double step = Math.Min(available == 0 ? 0.5 / length : 1, LongestStep / length);
            double next = double.NaN;
            bool found = false;
            for (int search = 0; search < 12 && !found; search++)
            {
                for (int i = 0; i < d; i++)
                    trial[i] = x[i] + (step * direction[i]);
                next = function(trial, trialGradient);
                found = double.IsFinite(next) && next <= value + (1e-4 * step * slope);
                if (!found)
                {
                    double parabola = double.IsFinite(next) ? -slope * step * step / (2 * (next - value - (slope * step))) : step / 4;
                    step = Math.Clamp(parabola, step / 10, step / 2);
                }
            }
            if (!found)
                break;
            int write = stored % Memory;
            steps[write] ??= new double[d];
            changes[write] ??= new double[d];
            for (int i = 0; i < d; i++)
            {
                steps[write][i] = trial[i] - x[i];
                changes[write][i] = trialGradient[i] - gradient[i];
            }
            curvature[write] = Dot(steps[write], changes[write]);
            if (curvature[write] > 1e-12)
                stored++;
            trial.CopyTo(x);
            trialGradient.CopyTo(gradient, 0);
            small = value - next < tolerance ? small + 1 : 0;
            value = next;
            if (small == 2)
                break;
        }
        return value;
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    private static void AddScaled(double alpha, ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < x.Length; i++)
            y[i] += alpha * x[i];
    }
}
