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

    // Order 0: line medians. On the host, so that the same image is levelled alike to the bit whatever runs the models.
    private static float[] Run(ReadOnlySpan<float> image, int rows, int columns, int order)
    {
        if (rows < 1 || columns < 1 || image.Length != rows * columns)
            throw new ArgumentException($"An image of {image.Length} values is not {rows} x {columns}.", nameof(image));
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
