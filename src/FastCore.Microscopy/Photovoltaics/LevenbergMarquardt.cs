namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// Levenberg (1944) and Marquardt (1963) within bounds: (H + lambda diag H) step = -g with half the expected Hessian H and half the gradient g; a parameter at a
/// bound stays there while the gradient pushes it outwards. Memory is taken once; a minimisation allocates nothing.
/// </summary>
internal sealed class LevenbergMarquardt(int count)
{
    private readonly double[] gradient = new double[count];
    private readonly double[] curvature = new double[count * count];
    private readonly double[] nextGradient = new double[count];
    private readonly double[] nextCurvature = new double[count * count];
    private readonly double[] factor = new double[count * count];
    private readonly double[] step = new double[count];
    private readonly double[] trial = new double[count];

    /// <summary>Half the expected Hessian at the last minimum, count x count, row-major.</summary>
    internal ReadOnlySpan<double> Curvature => curvature;

    /// <summary>Half the gradient at the last minimum.</summary>
    internal ReadOnlySpan<double> Gradient => gradient;

    /// <summary>Moves <paramref name="parameters"/> to a minimum and returns its cost; not finite where the start has none.</summary>
    /// <param name="function">What is minimised.</param>
    /// <param name="parameters">Start, then the minimum.</param>
    /// <param name="lower">Lower bounds.</param>
    /// <param name="upper">Upper bounds.</param>
    /// <param name="iterations">Largest number of accepted and refused steps.</param>
    /// <param name="tolerance">A step that is expected to lower the cost by less than this share of 1 + cost ends the search.</param>
    internal double Minimise(ICostFunction function, Span<double> parameters, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, int iterations, double tolerance)
    {
        for (int i = 0; i < count; i++)
            parameters[i] = Math.Clamp(parameters[i], lower[i], upper[i]);
        double cost = function.Evaluate(parameters, gradient, curvature);
        double damping = 1e-3;
        for (int iteration = 0; iteration < iterations && double.IsFinite(cost); iteration++)
        {
            if (!Solve(parameters, lower, upper, damping))
            {
                damping = Math.Max(damping * 10, 1e-9);
                if (damping > 1e12)
                    break;
                continue;
            }
            double expected = 0;
            for (int i = 0; i < count; i++)
            {
                trial[i] = Math.Clamp(parameters[i] + step[i], lower[i], upper[i]);
                step[i] = trial[i] - parameters[i];
                expected -= 2 * gradient[i] * step[i];
            }
            for (int i = 0; i < count; i++)
            {
                for (int j = 0; j < count; j++)
                    expected -= step[i] * curvature[(i * count) + j] * step[j];
            }
            double next = function.Evaluate(trial, nextGradient, nextCurvature);
            if (double.IsFinite(next) && next <= cost)
            {
                double ratio = expected > 0 ? (cost - next) / expected : 0;
                bool done = expected <= tolerance * (1 + Math.Abs(cost)) && cost - next <= tolerance * (1 + Math.Abs(cost));
                cost = next;
                trial.CopyTo(parameters);
                nextGradient.CopyTo(gradient, 0);
                nextCurvature.CopyTo(curvature, 0);
                damping = ratio > .75 ? Math.Max(damping * .1, 1e-12) : ratio < .25 ? damping * 4 : damping;
                if (done)
                    break;
            }
            else
            {
                // Nothing is left to gain but rounding. In between a short step may only be a flat valley.
                if (expected <= tolerance * (1 + Math.Abs(cost)) && (damping > 1 || damping < 1e-8))
                    break;
                damping = Math.Max(damping * 10, 1e-6);
                if (damping > 1e14)
                    break;
            }
        }
        return cost;
    }

    /// <summary>
    /// Variances of the parameters at the last minimum: the diagonal of the inverse curvature. Parameters at a bound, and all where the curvature is singular,
    /// have none (NaN).
    /// </summary>
    /// <param name="parameters">The minimum.</param>
    /// <param name="lower">Lower bounds.</param>
    /// <param name="upper">Upper bounds.</param>
    /// <param name="covariance">count x count, row-major.</param>
    internal void Covariance(ReadOnlySpan<double> parameters, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, Span<double> covariance)
    {
        for (int c = 0; c < count; c++)
        {
            bool free = !AtBound(parameters, lower, upper, c);
            // One column of the inverse: the step that a unit of negative gradient asks for.
            bool solved = free && Solve(parameters, lower, upper, 0, c);
            for (int i = 0; i < count; i++)
                covariance[(i * count) + c] = solved ? step[i] : double.NaN;
        }
    }

    private static bool AtBound(ReadOnlySpan<double> parameters, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, int i) =>
        parameters[i] <= lower[i] || parameters[i] >= upper[i];

    // Cholesky on the free parameters, each scaled by its own curvature. With a column the right side is that unit vector.
    private bool Solve(ReadOnlySpan<double> parameters, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, double damping, int column = -1)
    {
        for (int i = 0; i < count; i++)
        {
            bool free = column >= 0 ? !AtBound(parameters, lower, upper, i)
                : !((parameters[i] <= lower[i] && gradient[i] > 0) || (parameters[i] >= upper[i] && gradient[i] < 0));
            double scale = curvature[(i * count) + i];
            free &= scale > 0;
            // The diagonal of the factor is 0 where a parameter is held.
            factor[(i * count) + i] = free ? 1 : 0;
            step[i] = free ? Math.Sqrt(scale) : 1;
        }
        for (int i = 0; i < count; i++)
        {
            if (factor[(i * count) + i] == 0)
                continue;
            for (int j = 0; j <= i; j++)
            {
                if (factor[(j * count) + j] == 0)
                    continue;
                double sum = i == j ? 1 + damping : curvature[(i * count) + j] / (step[i] * step[j]);
                for (int k = 0; k < j; k++)
                {
                    if (factor[(k * count) + k] != 0)
                        sum -= factor[(i * count) + k] * factor[(j * count) + k];
                }
                if (i == j)
                {
                    if (!(sum > 1e-14))
                        return false;
                    factor[(i * count) + i] = Math.Sqrt(sum);
                }
                else
                {
                    factor[(i * count) + j] = sum / factor[(j * count) + j];
                }
            }
        }
        for (int i = 0; i < count; i++)
        {
            if (factor[(i * count) + i] == 0)
                continue;
            double sum = (column < 0 ? -gradient[i] : i == column ? 1 : 0) / step[i];
            for (int k = 0; k < i; k++)
            {
                if (factor[(k * count) + k] != 0)
                    sum -= factor[(i * count) + k] * trial[k];
            }
            trial[i] = sum / factor[(i * count) + i];
        }
        for (int i = count - 1; i >= 0; i--)
        {
            if (factor[(i * count) + i] == 0)
            {
                step[i] = 0;
                continue;
            }
            double sum = trial[i];
            for (int k = i + 1; k < count; k++)
            {
                if (factor[(k * count) + k] != 0)
                    sum -= factor[(k * count) + i] * trial[k];
            }
            trial[i] = sum / factor[(i * count) + i];
            step[i] = trial[i] / step[i];
        }
        return true;
    }
}
