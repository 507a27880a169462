using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Learning.GaussianProcess;

/// <summary>
/// Exact Gaussian-process regression with a constant mean and a sum of stationary covariances (Rasmussen and Williams 2006, Alg. 2.1 and
/// section 5.4; SPEC 2.2-2.4). With K = sum_t k_t + (sigma^2 + jitter) I = L L^T, beta = L^-1 (t - m), alpha = L^-T beta, the loss per point is
/// F = (1/n) [beta^T beta / 2 + sum_i ln L_ii + (n/2) ln 2 pi] - (1/n) log prior, and every gradient follows from
/// G = (1/2n) (K^-1 - alpha alpha^T): dF/ds = sum_ij G_ij k_ij / s, dF/dl_d = sum_ij G_ij h_ij (x_id - x_jd)^2 / l_d^3,
/// dF/dsigma^2 = tr G, dF/dm = -(1/n) sum alpha, dF/dx_id = -2 sum_j G_ij h_ij (x_id - x_jd) / l_d^2.
/// </summary>
/// <remarks>Not thread-safe. All work memory is reserved in the constructor.</remarks>
/// <typeparam name="T">Element type of the algebra; double unless accuracy is being studied.</typeparam>
public sealed partial class GaussianProcess<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IExecutor<T> executor;
    private readonly int n;
    private readonly TermTensors[] tensors;
    private readonly Tensor kernel;
    private readonly Tensor factor;
    private readonly Tensor inverse;
    private readonly Tensor work;
    private readonly Tensor residual;
    private readonly Tensor whitened;
    private readonly Tensor weights;
    private readonly Tensor columns;
    private readonly T[] vector;
    private readonly T[] matrix;
    private readonly double[] targets;
    private readonly double[] alpha;
    private readonly double[] inverseDiagonal;
    private bool inverseIsCurrent;
    private bool factorIsCurrent;

    /// <summary>Reserves work memory for <paramref name="points"/> points.</summary>
    /// <param name="backend">What runs the algebra.</param>
    /// <param name="points">Number of training points n, at least 1.</param>
    /// <param name="terms">Summands of the covariance, at least one.</param>
    public GaussianProcess(ExecutionBackend backend, int points, IReadOnlyList<CovarianceTerm> terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentOutOfRangeException.ThrowIfLessThan(points, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(terms.Count, 1);
        n = points;
        Terms = terms;
        var layout = new ArenaLayout();
        tensors = new TermTensors[terms.Count];
        for (int t = 0; t < tensors.Length; t++)
            tensors[t] = new TermTensors(layout, terms[t], n, t);
        kernel = layout.Allocate("K", n, n);
        factor = layout.Allocate("L", n, n);
        inverse = layout.Allocate("G", n, n);
        work = layout.Allocate("work", n, n);
        residual = layout.Allocate("residual", n, 1);
        whitened = layout.Allocate("beta", n, 1);
        weights = layout.Allocate("alpha", n, 1);
        columns = layout.Allocate("columns", 1, n);
        executor = ExecutorFactory.Create<T>(backend, layout);
        int widest = Math.Max(n, terms.Max(t => t.Dimensions));
        vector = new T[Math.Max(widest, terms.Max(t => t.Dimensions) * n)];
        matrix = new T[n * n];
        targets = new double[n];
        alpha = new double[n];
        inverseDiagonal = new double[n];
    }

    /// <summary>Number of training points.</summary>
    public int PointCount => n;

    /// <summary>Summands of the covariance.</summary>
    public IReadOnlyList<CovarianceTerm> Terms { get; }

    /// <summary>Prior of the noise variance; null for none.</summary>
    public LogNormalPrior? NoisePrior { get; init; }

    /// <summary>Standard deviation of the normal prior of the constant mean around 0; infinite for none.</summary>
    public double MeanPriorDeviation { get; init; } = double.PositiveInfinity;

    /// <summary>Jitter that the last factorisation needed: 0, or 1e-6 to 1e-2 of the prior variance.</summary>
    public double Jitter { get; private set; }

    /// <summary>The targets set last.</summary>
    public ReadOnlySpan<double> Targets => targets;

    /// <summary>Sets the inputs of one term: d x n, points in columns.</summary>
    /// <exception cref="ArgumentException">Wrong length, or a value that is not finite.</exception>
    public void SetInputs(int term, ReadOnlySpan<double> inputs)
    {
        int d = Terms[term].Dimensions;
        if (inputs.Length != d * n)
            throw new ArgumentException($"There are {inputs.Length} input values; {d} dimensions x {n} points are expected.", nameof(inputs));
        for (int i = 0; i < inputs.Length; i++)
        {
            if (!double.IsFinite(inputs[i]))
            {
                throw new ArgumentException($"Input {i / n} of point {i % n} is {inputs[i]}; inputs must be finite: leave the point out.",
                    nameof(inputs));
            }
            vector[i] = T.CreateTruncating(inputs[i]);
        }
        TermTensors own = tensors[term];
        executor.Upload(vector.AsSpan(0, inputs.Length), own.Inputs);
        if (!Terms[term].Ard)
        {
            executor.Fill(own.Lengthscale, T.One);
            executor.ScaledSquaredDistance(own.Inputs, own.Inputs, own.Lengthscale, own.Unscaled);
        }
        factorIsCurrent = inverseIsCurrent = false;
    }

    /// <summary>Sets the n targets.</summary>
    /// <exception cref="ArgumentException">Wrong length, or a value that is not finite.</exception>
    public void SetTargets(ReadOnlySpan<double> values)
    {
        if (values.Length != n)
            throw new ArgumentException($"There are {values.Length} targets; {n} are expected, one per point.", nameof(values));
        for (int i = 0; i < n; i++)
        {
            if (!double.IsFinite(values[i]))
                throw new ArgumentException($"Target {i} is {values[i]}; targets must be finite: leave the point out.", nameof(values));
        }
        values.CopyTo(targets);
        factorIsCurrent = inverseIsCurrent = false;
    }

    /// <summary>Median over pairs of points of the unscaled squared distance in one term's inputs; 1 if there are no two different points.</summary>
    public double MedianSquaredDistance(int term)
    {
        if (n < 2)
            return 1;
        TermTensors own = tensors[term];
        Tensor distance = own.Unscaled;
        if (Terms[term].Ard)
        {
            executor.Fill(own.Lengthscale, T.One);
            executor.ScaledSquaredDistance(own.Inputs, own.Inputs, own.Lengthscale, own.Slope);
            distance = own.Slope;
        }
        executor.Download(distance, matrix);
        var pairs = new double[n * (n - 1) / 2];
        int at = 0;
        for (int i = 1; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                pairs[at++] = double.CreateTruncating(matrix[(i * n) + j]);
        }
        Array.Sort(pairs);
        double median = pairs[pairs.Length / 2];
        if (median <= 0)
            median = pairs[^1];
        return median > 0 ? median : 1;
    }

    /// <summary>Loss per point, and its gradient by the own values of the hyper-parameters.</summary>
    /// <param name="h">Where.</param>
    /// <param name="gradient">Receives <see cref="HyperParameters.Count"/> derivatives; empty to skip them.</param>
    /// <param name="loss">Loss per point.</param>
    /// <returns>False when no jitter up to 1e-2 of the prior variance makes K positive definite, or the loss is not finite.</returns>
    public bool TryEvaluate(HyperParameters h, Span<double> gradient, out double loss)
    {
        ArgumentNullException.ThrowIfNull(h);
        if (!TryFactor(h, out loss))
            return false;
        loss = (loss / n) - (LogPrior(h) / n);
        if (!double.IsFinite(loss))
            return false;
        if (gradient.IsEmpty)
            return true;
        if (gradient.Length != h.Count)
            throw new ArgumentException($"The gradient has room for {gradient.Length} values; {h.Count} are needed.", nameof(gradient));
        SolveInverse();
        T half = T.CreateTruncating(0.5 / n);
        executor.MatrixMultiply(weights, weights, inverse, false, true, -half, half);
        int at = 0;
        for (int t = 0; t < tensors.Length; t++)
        {
            TermTensors own = tensors[t];
            double scaleGradient;
            if (Terms[t].Function == CovarianceFunction.Rbf)
            {
                // h = k (SPEC 2.2): one product serves both.
                executor.Multiply(inverse, own.Covariance, own.Slope);
                scaleGradient = Sum(own.Slope) / h.OutputScales[t];
            }
            else
            {
                executor.Multiply(inverse, own.Covariance, work);
                scaleGradient = Sum(work) / h.OutputScales[t];
                executor.CovarianceSlope(Terms[t].Function, own.Distance, T.CreateTruncating(h.OutputScales[t]), own.Slope);
                executor.Multiply(inverse, own.Slope, own.Slope);
            }
            double[] l = h.Lengthscales[t];
            if (Terms[t].Ard)
            {
                executor.ScaledSquaredDistanceGradient(own.Inputs, own.Lengthscale, own.Slope, own.InputGradient, own.LengthscaleGradient);
                executor.Download(own.LengthscaleGradient, vector.AsSpan(0, l.Length));
                for (int d = 0; d < l.Length; d++)
                    gradient[at + d] = double.CreateTruncating(vector[d]);
            }
            else
            {
                executor.Multiply(own.Slope, own.Unscaled, work);
                gradient[at] = Sum(work) / (l[0] * l[0] * l[0]);
            }
            AddPrior(Terms[t].LengthscalePrior, l, gradient.Slice(at, l.Length));
            at += l.Length;
            gradient[at] = scaleGradient;
            AddPrior(Terms[t].OutputScalePrior, h.OutputScales.AsSpan(t, 1), gradient.Slice(at, 1));
            at++;
        }
        executor.Download(Diagonal(inverse), vector.AsSpan(0, n));
        double trace = 0;
        for (int i = 0; i < n; i++)
            trace += double.CreateTruncating(vector[i]);
        gradient[at] = trace;
        AddPrior(NoisePrior, [h.NoiseVariance], gradient.Slice(at, 1));
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += alpha[i];
        gradient[at + 1] = (-sum / n) + (h.Mean / (MeanPriorDeviation * MeanPriorDeviation * n));
        for (int i = 0; i < gradient.Length; i++)
        {
            if (!double.IsFinite(gradient[i]))
                return false;
        }
        return true;
    }

    /// <summary>dF / d inputs of one term (d x n) at the last evaluation with gradient.</summary>
    public void InputGradient(int term, Span<double> gradient)
    {
        TermTensors own = tensors[term];
        if (!Terms[term].Ard)
            executor.ScaledSquaredDistanceGradient(own.Inputs, own.Lengthscale, own.Slope, own.InputGradient, own.LengthscaleGradient);
        executor.Download(own.InputGradient, vector.AsSpan(0, gradient.Length));
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] = double.CreateTruncating(vector[i]);
    }

    /// <summary>
    /// Leave-one-out predictions of the targets in closed form at the last evaluation: mean t_i - alpha_i / (K^-1)_ii, variance
    /// 1 / (K^-1)_ii (Rasmussen and Williams 2006, eq. 5.12; SPEC 2.4).
    /// </summary>
    /// <exception cref="InvalidOperationException">Nothing was evaluated since inputs or targets changed.</exception>
    public LeaveOneOut LeaveOneOut()
    {
        if (!factorIsCurrent)
            throw new InvalidOperationException("There is no factor: evaluate the loss first.");
        if (!inverseIsCurrent)
            SolveInverse();
        var result = new LeaveOneOut(new double[n], new double[n]);
        for (int i = 0; i < n; i++)
        {
            result.Mean[i] = targets[i] - (alpha[i] / inverseDiagonal[i]);
            result.Variance[i] = 1 / inverseDiagonal[i];
        }
        return result;
    }

    /// <summary>Copies the factor L (n x n, row-major) of the last evaluation.</summary>
    public void CopyFactor(Span<double> destination)
    {
        executor.Download(factor, matrix);
        for (int i = 0; i < n * n; i++)
            destination[i] = double.CreateTruncating(matrix[i]);
    }

    /// <summary>Copies alpha = K^-1 (t - m) of the last evaluation.</summary>
    public void CopyWeights(Span<double> destination) => alpha.CopyTo(destination);

    /// <summary>
    /// Loss (without priors on lengthscales of other terms) of a one-term model with one lengthscale for each noise ratio, the output scale
    /// profiled out in closed form and the mean 0: s = beta^T beta / n for K = s (R + ratio I).
    /// </summary>
    internal void Profile(double lengthscale, ReadOnlySpan<double> ratios, Span<double> losses, Span<double> scales)
    {
        TermTensors own = tensors[0];
        Scale(own, lengthscale);
        executor.Covariance(Terms[0].Function, own.Distance, T.One, kernel);
        UploadResidual(0);
        for (int r = 0; r < ratios.Length; r++)
        {
            losses[r] = double.PositiveInfinity;
            scales[r] = 1;
            executor.Copy(kernel, factor);
            executor.AddDiagonal(factor, T.CreateTruncating(ratios[r]));
            if (!executor.CholeskyFactor(factor))
                continue;
            executor.Copy(residual, whitened);
            executor.TriangularSolve(factor, whitened, false);
            double square = SquaredNorm(whitened);
            double s = Math.Clamp(square / n, 0.05, 20);
            scales[r] = s;
            double loss = (0.5 * square / s) + LogDeterminantHalf() + (0.5 * n * Math.Log(s));
            if (Terms[0].LengthscalePrior is { } lp)
                loss -= lp.LogDensity(lengthscale);
            if (Terms[0].OutputScalePrior is { } sp)
                loss -= sp.LogDensity(s);
            if (NoisePrior is { } np)
                loss -= np.LogDensity((ratios[r] * s) + HyperParameters.NoiseFloor);
            losses[r] = loss / n;
        }
        factorIsCurrent = inverseIsCurrent = false;
    }

    /// <inheritdoc/>
    public void Dispose() => executor.Dispose();
}
