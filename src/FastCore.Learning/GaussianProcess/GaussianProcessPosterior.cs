using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Learning.GaussianProcess;

/// <summary>
/// Predictions of a Gaussian process at any points: v = L^-1 k(X, x*), mean m + v^T beta, latent variance max(s - v^T v, 1e-10)
/// (Rasmussen and Williams 2006, Alg. 2.1; SPEC 2.4).
/// </summary>
/// <typeparam name="T">Element type of the algebra.</typeparam>
public sealed class GaussianProcessPosterior<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ExecutionBackend backend;
    private readonly IReadOnlyList<CovarianceTerm> terms;
    private readonly HyperParameters parameters;
    private readonly double[][] inputs;
    private readonly double[] targets;

    /// <summary>Copies what is needed.</summary>
    /// <param name="backend">What runs the algebra.</param>
    /// <param name="terms">Summands of the covariance.</param>
    /// <param name="parameters">Hyper-parameters.</param>
    /// <param name="inputs">For each term its inputs, d x n.</param>
    /// <param name="targets">The n targets.</param>
    public GaussianProcessPosterior(ExecutionBackend backend, IReadOnlyList<CovarianceTerm> terms, HyperParameters parameters,
        IReadOnlyList<double[]> inputs, ReadOnlySpan<double> targets)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        this.backend = backend;
        this.terms = terms;
        this.parameters = parameters.Clone();
        this.inputs = [.. inputs];
        this.targets = targets.ToArray();
    }

    /// <summary>Mean and latent variance (noise not included) at <paramref name="count"/> points.</summary>
    /// <param name="points">For each term its inputs, d x count.</param>
    /// <param name="count">Number of points.</param>
    /// <param name="mean">Receives the means.</param>
    /// <param name="variance">Receives the latent variances.</param>
    /// <exception cref="InvalidOperationException">The covariance of the training points is not positive definite even with jitter.</exception>
    public void Predict(IReadOnlyList<double[]> points, int count, Span<double> mean, Span<double> variance)
    {
        ArgumentNullException.ThrowIfNull(points);
        int n = targets.Length;
        var factorValues = new double[n * n];
        using (var process = new GaussianProcess<T>(backend, n, terms))
        {
            for (int t = 0; t < terms.Count; t++)
                process.SetInputs(t, inputs[t]);
            process.SetTargets(targets);
            if (!process.TryEvaluate(parameters, [], out _))
                throw new InvalidOperationException("The covariance of the training points is not positive definite even with jitter: train anew.");
            process.CopyFactor(factorValues);
        }
        var layout = new ArenaLayout();
        Tensor factor = layout.Allocate("L", n, n);
        Tensor beta = layout.Allocate("beta", n, 1);
        Tensor cross = layout.Allocate("cross covariance", n, count);
        Tensor term = layout.Allocate("term", n, count);
        Tensor result = layout.Allocate("result", 1, count);
        var x = new Tensor[terms.Count];
        var y = new Tensor[terms.Count];
        var l = new Tensor[terms.Count];
        for (int t = 0; t < terms.Count; t++)
        {
            x[t] = layout.Allocate($"x {t}", terms[t].Dimensions, n);
            y[t] = layout.Allocate($"y {t}", terms[t].Dimensions, count);
            l[t] = layout.Allocate($"l {t}", terms[t].Dimensions, 1);
        }
        using IExecutor<T> executor = ExecutorFactory.Create<T>(backend, layout);
        for (int t = 0; t < terms.Count; t++)
        {
            executor.Upload(Convert(inputs[t]), x[t]);
            executor.Upload(Convert(points[t]), y[t]);
            double[] scales = parameters.Lengthscales[t];
            executor.Upload(Convert([.. Enumerable.Range(0, terms[t].Dimensions).Select(d => scales[terms[t].Ard ? d : 0])]), l[t]);
            executor.ScaledSquaredDistance(x[t], y[t], l[t], term);
            executor.Covariance(terms[t].Function, term, T.CreateTruncating(parameters.OutputScales[t]), term);
            if (t == 0)
                executor.Copy(term, cross);
            else
                executor.AddScaled(T.One, term, cross);
        }
        executor.Upload(Convert(factorValues), factor);
        executor.Upload(Convert([.. targets.Select(value => value - parameters.Mean)]), beta);
        executor.TriangularSolve(factor, beta, false);
        executor.TriangularSolve(factor, cross, false);
        var values = new T[count];
        executor.MatrixMultiply(beta, cross, result, true, false, T.One, T.Zero);
        executor.Download(result, values);
        for (int i = 0; i < count; i++)
            mean[i] = parameters.Mean + double.CreateTruncating(values[i]);
        executor.ColumnSquaredNorm(cross, result);
        executor.Download(result, values);
        for (int i = 0; i < count; i++)
            variance[i] = Math.Max(parameters.PriorVariance - double.CreateTruncating(values[i]), 1e-10);
    }

    private static T[] Convert(double[] values)
    {
        var result = new T[values.Length];
        for (int i = 0; i < values.Length; i++)
            result[i] = T.CreateTruncating(values[i]);
        return result;
    }
}
