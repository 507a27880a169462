using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Learning.GaussianProcess;

/// <content>The factor of the kernel matrix, its inverse, and the priors.</content>
public sealed partial class GaussianProcess<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private bool TryFactor(HyperParameters h, out double loss)
    {
        loss = double.NaN;
        factorIsCurrent = inverseIsCurrent = false;
        if (!(h.NoiseVariance >= 0) || !double.IsFinite(h.NoiseVariance) || !double.IsFinite(h.Mean))
            return false;
        for (int t = 0; t < tensors.Length; t++)
        {
            TermTensors own = tensors[t];
            double[] l = h.Lengthscales[t];
            double s = h.OutputScales[t];
            if (!(s > 0) || !double.IsFinite(s))
                return false;
            foreach (double value in l)
            {
                if (!(value > 0) || !double.IsFinite(value))
                    return false;
            }
            if (Terms[t].Ard)
            {
                for (int d = 0; d < l.Length; d++)
                    vector[d] = T.CreateTruncating(l[d]);
                executor.Upload(vector.AsSpan(0, l.Length), own.Lengthscale);
                executor.ScaledSquaredDistance(own.Inputs, own.Inputs, own.Lengthscale, own.Distance);
            }
            else
            {
                Scale(own, l[0]);
            }
            executor.Covariance(Terms[t].Function, own.Distance, T.CreateTruncating(s), own.Covariance);
            if (t == 1)
                executor.Copy(tensors[0].Covariance, kernel);
            if (t > 0)
                executor.AddScaled(T.One, own.Covariance, kernel);
        }
        Jitter = 0;
        double prior = h.PriorVariance;
        while (true)
        {
            executor.Copy(tensors.Length == 1 ? tensors[0].Covariance : kernel, factor);
            executor.AddDiagonal(factor, T.CreateTruncating(h.NoiseVariance + Jitter));
            if (executor.CholeskyFactor(factor))
                break;
            Jitter = Jitter == 0 ? 1e-6 * prior : 10 * Jitter;
            if (!(Jitter <= 1.0001e-2 * prior))
                return false;
        }
        UploadResidual(h.Mean);
        executor.Copy(residual, whitened);
        executor.TriangularSolve(factor, whitened, false);
        executor.Copy(whitened, weights);
        executor.TriangularSolve(factor, weights, true);
        loss = (0.5 * SquaredNorm(whitened)) + LogDeterminantHalf() + (0.5 * n * Math.Log(2 * Math.PI));
        executor.Download(weights, vector.AsSpan(0, n));
        for (int i = 0; i < n; i++)
            alpha[i] = double.CreateTruncating(vector[i]);
        factorIsCurrent = double.IsFinite(loss);
        return factorIsCurrent;
    }

    private void SolveInverse()
    {
        executor.CholeskyInverse(factor, inverse);
        executor.Download(Diagonal(inverse), vector.AsSpan(0, n));
        for (int i = 0; i < n; i++)
            inverseDiagonal[i] = double.CreateTruncating(vector[i]);
        inverseIsCurrent = true;
    }

    private void Scale(TermTensors own, double lengthscale)
    {
        executor.Fill(own.Distance, T.Zero);
        executor.AddScaled(T.CreateTruncating(1 / (lengthscale * lengthscale)), own.Unscaled, own.Distance);
        executor.Fill(own.Lengthscale, T.CreateTruncating(lengthscale));
    }

    private void UploadResidual(double mean)
    {
        for (int i = 0; i < n; i++)
            vector[i] = T.CreateTruncating(targets[i] - mean);
        executor.Upload(vector.AsSpan(0, n), residual);
    }

    private double SquaredNorm(Tensor column)
    {
        executor.Download(column, vector.AsSpan(0, n));
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            double value = double.CreateTruncating(vector[i]);
            sum += value * value;
        }
        return sum;
    }

    private double LogDeterminantHalf()
    {
        executor.Download(Diagonal(factor), vector.AsSpan(0, n));
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += Math.Log(double.CreateTruncating(vector[i]));
        return sum;
    }

    private double Sum(Tensor square)
    {
        executor.ColumnSum(square, columns);
        executor.Download(columns, vector.AsSpan(0, n));
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += double.CreateTruncating(vector[i]);
        return sum;
    }

    private double LogPrior(HyperParameters h)
    {
        double sum = NoisePrior?.LogDensity(h.NoiseVariance) ?? 0;
        for (int t = 0; t < Terms.Count; t++)
        {
            sum += Terms[t].OutputScalePrior?.LogDensity(h.OutputScales[t]) ?? 0;
            if (Terms[t].LengthscalePrior is { } prior)
                sum += h.Lengthscales[t].Sum(prior.LogDensity);
        }
        double z = h.Mean / MeanPriorDeviation;
        return sum - (0.5 * z * z);
    }

    private void AddPrior(LogNormalPrior? prior, ReadOnlySpan<double> values, Span<double> gradient)
    {
        if (prior is not { } p)
            return;
        for (int i = 0; i < values.Length; i++)
            gradient[i] -= p.Slope(values[i]) / n;
    }

    // The diagonal of a matrix is a column whose rows lie one element further apart than the matrix's own.
    private static Tensor Diagonal(Tensor square) => new(square.Offset, square.Rows, 1, square.Stride + 1);

    private sealed class TermTensors(ArenaLayout layout, CovarianceTerm term, int n, int index)
    {
        public Tensor Inputs { get; } = layout.Allocate($"inputs {index}", term.Dimensions, n);

        public Tensor Lengthscale { get; } = layout.Allocate($"lengthscale {index}", term.Dimensions, 1);

        public Tensor Unscaled { get; } = layout.Allocate($"squared distance {index}", term.Ard ? 0 : n, n);

        public Tensor Distance { get; } = layout.Allocate($"scaled squared distance {index}", n, n);

        public Tensor Covariance { get; } = layout.Allocate($"covariance {index}", n, n);

        public Tensor Slope { get; } = layout.Allocate($"slope {index}", n, n);

        public Tensor InputGradient { get; } = layout.Allocate($"input gradient {index}", term.Dimensions, n);

        public Tensor LengthscaleGradient { get; } = layout.Allocate($"lengthscale gradient {index}", term.Dimensions, 1);
    }
}
