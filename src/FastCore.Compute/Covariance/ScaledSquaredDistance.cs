using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.Covariance;

/// <summary>distance_ij := sum_d ((x_di - y_dj) / l_d)^2 for points in columns.</summary>
public static class ScaledSquaredDistance
{
    /// <summary>The definition, accumulated in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> y, ReadOnlyMatrixSpan<T> lengthscale, MatrixSpan<T> distance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(x, y, lengthscale, distance);
        for (int i = 0; i < distance.Rows; i++)
        {
            for (int j = 0; j < distance.Columns; j++)
            {
                double sum = 0;
                for (int d = 0; d < x.Rows; d++)
                {
                    double step = (double.CreateChecked(x[d, i]) - double.CreateChecked(y[d, j])) / double.CreateChecked(lengthscale[d, 0]);
                    sum += step * step;
                }
                distance[i, j] = T.CreateChecked(sum);
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> y, ReadOnlyMatrixSpan<T> lengthscale, MatrixSpan<T> distance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Reference(x, y, lengthscale, distance);

    internal static void Launch(DeviceQueue queue, Tensor x, Tensor y, Tensor lengthscale, Tensor distance) =>
        throw new NotSupportedException("ScaledSquaredDistance is not available on devices.");

    /// <summary>The definition of the gradient (SPEC 2.3).</summary>
    public static void GradientReference<T>(ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> lengthscale, ReadOnlyMatrixSpan<T> weight,
        MatrixSpan<T> gradientX, MatrixSpan<T> gradientLengthscale)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckGradient(x, lengthscale, weight, gradientX, gradientLengthscale);
        for (int d = 0; d < x.Rows; d++)
        {
            double l = double.CreateChecked(lengthscale[d, 0]);
            double total = 0;
            for (int i = 0; i < x.Columns; i++)
            {
                double sum = 0;
                for (int j = 0; j < x.Columns; j++)
                {
                    double step = double.CreateChecked(x[d, i]) - double.CreateChecked(x[d, j]);
                    double w = double.CreateChecked(weight[i, j]) * step;
                    sum += w;
                    total += w * step;
                }
                gradientX[d, i] = T.CreateChecked(-2 * sum / (l * l));
            }
            gradientLengthscale[d, 0] = T.CreateChecked(total / (l * l * l));
        }
    }

    /// <summary>The gradient with SIMD.</summary>
    public static void GradientHost<T>(ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> lengthscale, ReadOnlyMatrixSpan<T> weight,
        MatrixSpan<T> gradientX, MatrixSpan<T> gradientLengthscale)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => GradientReference(x, lengthscale, weight, gradientX, gradientLengthscale);

    internal static void LaunchGradient(DeviceQueue queue, Tensor x, Tensor lengthscale, Tensor weight, Tensor gradientX, Tensor gradientLengthscale) =>
        throw new NotSupportedException("ScaledSquaredDistanceGradient is not available on devices.");

    private static void Check<T>(ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> y, ReadOnlyMatrixSpan<T> lengthscale, MatrixSpan<T> distance)
        where T : unmanaged
    {
        Shape.Require(nameof(ScaledSquaredDistance), nameof(y), y.Rows, y.Columns, x.Rows, y.Columns);
        Shape.Require(nameof(ScaledSquaredDistance), nameof(lengthscale), lengthscale.Rows, lengthscale.Columns, x.Rows, 1);
        Shape.Require(nameof(ScaledSquaredDistance), nameof(distance), distance.Rows, distance.Columns, x.Columns, y.Columns);
    }

    private static void CheckGradient<T>(ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> lengthscale, ReadOnlyMatrixSpan<T> weight,
        MatrixSpan<T> gradientX, MatrixSpan<T> gradientLengthscale)
        where T : unmanaged
    {
        Shape.Require(nameof(ScaledSquaredDistance), nameof(lengthscale), lengthscale.Rows, lengthscale.Columns, x.Rows, 1);
        Shape.Require(nameof(ScaledSquaredDistance), nameof(weight), weight.Rows, weight.Columns, x.Columns, x.Columns);
        Shape.Require(nameof(ScaledSquaredDistance), nameof(gradientX), gradientX.Rows, gradientX.Columns, x.Rows, x.Columns);
        Shape.Require(nameof(ScaledSquaredDistance), nameof(gradientLengthscale), gradientLengthscale.Rows, gradientLengthscale.Columns, x.Rows, 1);
    }
}
