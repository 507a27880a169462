using FastCore.Compute.Execution;

namespace FastCore.Learning.Descriptors;

/// <summary>Removes from an image what the scanner added to the sample (SPEC 4).</summary>
public static class Levelling
{
    /// <summary>The image minus its least-squares plane.</summary>
    /// <param name="image">rows x columns values, row-major.</param>
    /// <param name="rows">Rows of the image.</param>
    /// <param name="columns">Columns of the image.</param>
    public static float[] Plane(ReadOnlySpan<float> image, int rows, int columns) => Run(image, rows, columns, 1);

    /// <summary>The image minus its least-squares surface of second order: plane, bow and twist.</summary>
    public static float[] Quadratic(ReadOnlySpan<float> image, int rows, int columns) => Run(image, rows, columns, 2);

    /// <summary>Each line minus its median: removes jumps between lines, and the true slope along the slow axis with them.</summary>
    public static float[] LineMedian(ReadOnlySpan<float> image, int rows, int columns) => Run(image, rows, columns, 0);

    /// <summary>
    /// Takes the steps between lines away, medians of differences from line to line, and replaces lines that jump about: a structure that fills part of
    /// a line moves nothing, unlike with <see cref="LineMedian"/>. Level the plane first.
    /// </summary>
    /// <param name="image">rows x columns values, row-major.</param>
    /// <param name="rows">Rows of the image.</param>
    /// <param name="columns">Columns of the image.</param>
    /// <param name="leaveOut">true for pixels that do not count (particles, grains), row-major; empty for none.</param>
    /// <param name="limit">Roughness over that of the median line from which a line is replaced; at least 1, infinite for none.</param>
    /// <param name="replaced">Lines that were replaced, ascending.</param>
    /// <exception cref="ArgumentException">Wrong lengths, or a limit below 1.</exception>
    public static float[] StepLines(ReadOnlySpan<float> image, int rows, int columns, ReadOnlySpan<bool> leaveOut, float limit, out int[] replaced)
    {
        Check(image, rows, columns);
        if (!leaveOut.IsEmpty && leaveOut.Length != image.Length)
            throw new ArgumentException($"A mask of {leaveOut.Length} pixels is not {rows} x {columns}.", nameof(leaveOut));
        var layout = new ArenaLayout();
        Tensor picture = layout.Allocate("image", rows, columns), flags = layout.Allocate("replaced", rows, 1);
        Tensor mask = layout.Allocate("mask", leaveOut.IsEmpty ? 0 : rows, columns);
        using var executor = new HostExecutor<float>(layout);
        executor.Upload(image, picture);
        var covered = new float[leaveOut.Length];
        for (int i = 0; i < covered.Length; i++)
            covered[i] = leaveOut[i] ? 1 : 0;
        executor.Upload(covered, mask);
        executor.StepLineCorrection(picture, leaveOut.IsEmpty ? null : mask, limit, picture, flags);
        var levelled = new float[image.Length];
        executor.Download(picture, levelled);
        var bad = new float[rows];
        executor.Download(flags, bad);
        replaced = [.. Enumerable.Range(0, rows).Where(i => bad[i] != 0)];
        return levelled;
    }

    private static void Check(ReadOnlySpan<float> image, int rows, int columns)
    {
        if (rows < 1 || columns < 1 || image.Length != rows * columns)
            throw new ArgumentException($"An image of {image.Length} values is not {rows} x {columns}.", nameof(image));
    }

    // Order 0: line medians. On the host, so that the same image is levelled alike to the bit whatever runs the models.
    private static float[] Run(ReadOnlySpan<float> image, int rows, int columns, int order)
    {
        Check(image, rows, columns);
        var layout = new ArenaLayout();
        Tensor picture = layout.Allocate("image", rows, columns);
        using var executor = new HostExecutor<float>(layout);
        executor.Upload(image, picture);
        if (order == 0)
            executor.LineMedian(picture, picture);
        else
            executor.LevelPolynomial(picture, order, picture);
        var levelled = new float[image.Length];
        executor.Download(picture, levelled);
        return levelled;
    }
}
