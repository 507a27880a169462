namespace FastCore.Autonomy.Records;

/// <summary>A quantity over all candidates, laid out as an image.</summary>
/// <param name="Name">What it is: "predicted mean", "predicted deviation", "acquisition".</param>
/// <param name="Unit">Unit, "" where dimensionless.</param>
/// <param name="FirstRow">Overview row of the map's first row.</param>
/// <param name="FirstColumn">Overview column of the map's first column.</param>
/// <param name="Stride">Overview pixels from one map pixel to the next.</param>
/// <param name="Rows">Rows of the map.</param>
/// <param name="Columns">Columns of the map.</param>
/// <param name="Values">Row-major; NaN where a candidate is excluded.</param>
public sealed record CandidateMap(string Name, string Unit, int FirstRow, int FirstColumn, int Stride, int Rows, int Columns, float[] Values);
