using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.Covariance;

/// <summary>One point joins a posterior over M candidates (SPEC 2.5).</summary>
public static class PosteriorAppend
{
    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(int n, ReadOnlyMatrixSpan<T> crossCovariance, ReadOnlyMatrixSpan<T> factorRow, ReadOnlyMatrixSpan<T> beta,
        T constantMean, MatrixSpan<T> whitened, MatrixSpan<T> mean, MatrixSpan<T> variance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        int candidates = whitened.Columns;
        Shape.RequireRoom(nameof(PosteriorAppend), nameof(whitened), whitened.Rows, candidates, n + 1, candidates);
        Shape.Require(nameof(PosteriorAppend), nameof(crossCovariance), crossCovariance.Rows, crossCovariance.Columns, 1, candidates);
        Shape.Require(nameof(PosteriorAppend), nameof(factorRow), factorRow.Rows, factorRow.Columns, 1, n + 1);
        Shape.Require(nameof(PosteriorAppend), nameof(beta), beta.Rows, beta.Columns, 1, n + 1);
        Shape.Require(nameof(PosteriorAppend), nameof(mean), mean.Rows, mean.Columns, 1, candidates);
        Shape.Require(nameof(PosteriorAppend), nameof(variance), variance.Rows, variance.Columns, 1, candidates);
        for (int j = 0; j < candidates; j++)
        {
            double residual = double.CreateChecked(crossCovariance[0, j]);
            double sum = double.CreateChecked(constantMean);
            for (int i = 0; i < n; i++)
            {
                double v = double.CreateChecked(whitened[i, j]);
                residual -= double.CreateChecked(factorRow[0, i]) * v;
                sum += double.CreateChecked(beta[0, i]) * v;
            }
            double w = residual / double.CreateChecked(factorRow[0, n]);
            whitened[n, j] = T.CreateChecked(w);
            mean[0, j] = T.CreateChecked(sum + (double.CreateChecked(beta[0, n]) * w));
            variance[0, j] = T.CreateChecked(Math.Max(double.CreateChecked(variance[0, j]) - (w * w), 1e-10));
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(int n, ReadOnlyMatrixSpan<T> crossCovariance, ReadOnlyMatrixSpan<T> factorRow, ReadOnlyMatrixSpan<T> beta,
        T constantMean, MatrixSpan<T> whitened, MatrixSpan<T> mean, MatrixSpan<T> variance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(n, crossCovariance, factorRow, beta, constantMean, whitened, mean, variance);

    internal static void Launch(DeviceQueue queue, int n, Tensor crossCovariance, Tensor factorRow, Tensor beta,
        float constantMean, Tensor whitened, Tensor mean, Tensor variance) =>
        throw new NotSupportedException("PosteriorAppend is not available on devices.");
}
