using System.Numerics;
using MathNet.Numerics.IntegralTransforms;

namespace FastCore.Microscopy.Imaging;

/// <summary>Fourier transform of two dimensions, in place; the inverse divides by the number of values.</summary>
internal static class FourierPlane
{
    // The managed provider of MathNet has no transform of two dimensions: rows first, then columns.
    public static void Transform(Complex[] field, int rows, int columns, bool forward)
    {
        var row = new Complex[columns];
        for (int i = 0; i < rows; i++)
        {
            Array.Copy(field, i * columns, row, 0, columns);
            Apply(row, forward);
            row.CopyTo(field, i * columns);
        }
        var column = new Complex[rows];
        for (int j = 0; j < columns; j++)
        {
            for (int i = 0; i < rows; i++)
                column[i] = field[(i * columns) + j];
            Apply(column, forward);
            for (int i = 0; i < rows; i++)
                field[(i * columns) + j] = column[i];
        }
    }

    private static void Apply(Complex[] line, bool forward)
    {
        if (forward)
            Fourier.Forward(line, FourierOptions.AsymmetricScaling);
        else
            Fourier.Inverse(line, FourierOptions.AsymmetricScaling);
    }
}
