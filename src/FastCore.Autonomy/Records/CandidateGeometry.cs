using FastCore.Microscopy.Imaging;

namespace FastCore.Autonomy.Records;

/// <summary>Where the candidates of a run lie in the overview image: a regular grid of patch centres.</summary>
/// <param name="FirstRow">Overview row of the first candidates.</param>
/// <param name="FirstColumn">Overview column of the first candidates.</param>
/// <param name="Stride">Overview pixels from one candidate to the next, along both axes.</param>
/// <param name="Rows">Candidate rows.</param>
/// <param name="Columns">Candidate columns.</param>
/// <param name="PatchSize">Side of the patch around each candidate, in pixels.</param>
public sealed record CandidateGeometry(int FirstRow, int FirstColumn, int Stride, int Rows, int Columns, int PatchSize)
{
    /// <summary>Number of candidates M.</summary>
    public int Count => Rows * Columns;

    /// <summary>Overview pixel of a candidate; candidates are numbered row by row.</summary>
    public PixelIndex PixelOf(int candidate) => new(FirstRow + (candidate / Columns * Stride), FirstColumn + (candidate % Columns * Stride));

    /// <summary>The candidate whose centre is a pixel; -1 where there is none.</summary>
    public int CandidateAt(PixelIndex pixel)
    {
        int row = pixel.Row - FirstRow, column = pixel.Column - FirstColumn;
        bool onGrid = row >= 0 && column >= 0 && row % Stride == 0 && column % Stride == 0 && row / Stride < Rows && column / Stride < Columns;
        return onGrid ? (row / Stride * Columns) + (column / Stride) : -1;
    }
}
