namespace FastCore.Learning.DualVae;

/// <summary>Codes of patches or spectra: a normal distribution for each, of independent dimensions.</summary>
/// <param name="Count">Number of codes n.</param>
/// <param name="Angles">1 where the first column is an angle (radians), else 0.</param>
/// <param name="Shifts">2 where the next columns are shifts, else 0.</param>
/// <param name="Content">Content dimensions, the last columns: the space that patch and spectrum share.</param>
/// <param name="Means">n x columns, row-major.</param>
/// <param name="LogSigmas">n x columns: natural logarithms of the standard deviations.</param>
public sealed record DualVaeCodes(int Count, int Angles, int Shifts, int Content, double[] Means, double[] LogSigmas)
{
    /// <summary>Columns of a code.</summary>
    public int Columns => Angles + Shifts + Content;

    /// <summary>Content means of all, n x content, copied.</summary>
    public double[] ContentMeans()
    {
        var contents = new double[Count * Content];
        for (int i = 0; i < Count; i++)
            Means.AsSpan((i * Columns) + Columns - Content, Content).CopyTo(contents.AsSpan(i * Content));
        return contents;
    }

    /// <summary>One column of the means: <see cref="ColumnNames"/> says of what.</summary>
    public double[] Column(int column)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(column);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(column, Columns);
        var values = new double[Count];
        for (int i = 0; i < Count; i++)
            values[i] = Means[(i * Columns) + column];
        return values;
    }

    /// <summary>Names of the columns: angle, shift x, shift y, content 1, ...</summary>
    public IReadOnlyList<string> ColumnNames => Names(Angles, Shifts, Content);

    internal static string[] Names(int angles, int shifts, int content) =>
        [.. angles > 0 ? new[] { "angle" } : [], .. shifts > 0 ? new[] { "shift x", "shift y" } : [],
            .. Enumerable.Range(1, content).Select(k => $"content {k}")];
}

/// <summary>What one modality is predicted to be from the other: mean and standard deviation over samples of the code.</summary>
/// <param name="Count">Number of predictions n.</param>
/// <param name="Mean">n x values; spectra in the unit that they came in, patches in 0 .. 1 unless they were scaled as a table.</param>
/// <param name="Deviation">n x values, the same unit: the spread of the code alone, without noise of the measurement.</param>
public sealed record DualVaePrediction(int Count, double[] Mean, double[] Deviation);

/// <summary>Both decoders over a grid of contents.</summary>
/// <param name="Rows">Rows of the grid.</param>
/// <param name="Columns">Columns of the grid.</param>
/// <param name="RowValues">Content of each row in <paramref name="RowDimension"/>, descending.</param>
/// <param name="ColumnValues">Content of each column in <paramref name="ColumnDimension"/>, ascending.</param>
/// <param name="RowDimension">Content dimension that runs down the rows; -1 where there is but one.</param>
/// <param name="ColumnDimension">Content dimension that runs along the columns.</param>
/// <param name="Patches">Cells x values, unturned.</param>
/// <param name="Spectra">Cells x values.</param>
public sealed record DualVaeManifold(int Rows, int Columns, double[] RowValues, double[] ColumnValues, int RowDimension, int ColumnDimension,
    double[] Patches, double[] Spectra);

/// <summary>Both decoders along one content dimension.</summary>
/// <param name="Dimension">Content dimension, from 0.</param>
/// <param name="Values">Its values.</param>
/// <param name="Patches">Values x patch values, unturned.</param>
/// <param name="Spectra">Values x spectrum values.</param>
public sealed record DualVaeTraversal(int Dimension, double[] Values, double[] Patches, double[] Spectra);

/// <summary>Codes of the patches around the pixels of an image.</summary>
/// <param name="Rows">Rows of the map.</param>
/// <param name="Columns">Columns of the map.</param>
/// <param name="FirstRow">Pixel row of the image that the first row belongs to.</param>
/// <param name="FirstColumn">Pixel column of the image that the first column belongs to.</param>
/// <param name="Codes">One code for each pixel, row by row.</param>
public sealed record DualVaeMap(int Rows, int Columns, int FirstRow, int FirstColumn, DualVaeCodes Codes)
{
    /// <summary>Content dimension <paramref name="dimension"/> (from 0) as an image, rows x columns.</summary>
    public double[] Content(int dimension) => Codes.Column(Codes.Angles + Codes.Shifts + dimension);
}
