namespace FastCore.Learning.Statistics;

/// <summary>A = L L^T of small symmetric positive definite matrices, row-major, in double.</summary>
internal static class SmallCholesky
{
    /// <summary>Replaces the lower triangle of <paramref name="matrix"/> (size x size) by L; false where it is not positive definite.</summary>
    public static bool TryFactor(Span<double> matrix, int size)
    {
        for (int j = 0; j < size; j++)
        {
            for (int i = j; i < size; i++)
            {
                double sum = matrix[(i * size) + j];
                for (int k = 0; k < j; k++)
                    sum -= matrix[(i * size) + k] * matrix[(j * size) + k];
                if (i > j)
                {
                    matrix[(i * size) + j] = sum / matrix[(j * size) + j];
                    continue;
                }
                if (!(sum > 0))
                    return false;
                matrix[(j * size) + j] = Math.Sqrt(sum);
            }
        }
        return true;
    }

    /// <summary>Replaces <paramref name="vector"/> by L^-1 vector.</summary>
    public static void SolveLower(ReadOnlySpan<double> factor, int size, Span<double> vector)
    {
        for (int i = 0; i < size; i++)
        {
            double sum = vector[i];
            for (int k = 0; k < i; k++)
                sum -= factor[(i * size) + k] * vector[k];
            vector[i] = sum / factor[(i * size) + i];
        }
    }

    /// <summary>Replaces <paramref name="vector"/> by L^-T vector.</summary>
    public static void SolveUpper(ReadOnlySpan<double> factor, int size, Span<double> vector)
    {
        for (int i = size - 1; i >= 0; i--)
        {
            double sum = vector[i];
            for (int k = i + 1; k < size; k++)
                sum -= factor[(k * size) + i] * vector[k];
            vector[i] = sum / factor[(i * size) + i];
        }
    }

    /// <summary>Replaces <paramref name="vector"/> by A^-1 vector.</summary>
    public static void Solve(ReadOnlySpan<double> factor, int size, Span<double> vector)
    {
        SolveLower(factor, size, vector);
        SolveUpper(factor, size, vector);
    }

    /// <summary>ln det A.</summary>
    public static double LogDeterminant(ReadOnlySpan<double> factor, int size)
    {
        double sum = 0;
        for (int i = 0; i < size; i++)
            sum += 2 * Math.Log(factor[(i * size) + i]);
        return sum;
    }
}
