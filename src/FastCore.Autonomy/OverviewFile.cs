using FastCore.Autonomy.Plan;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;

namespace FastCore.Autonomy;

/// <summary>
/// The overview of a run from an image file: another microscope's picture of the controller's frame, in any format that <see cref="MeasuredFile"/> reads.
/// Places are told from each other by it; where they lie is the controller's frame.
/// </summary>
internal static class OverviewFile
{
    // Rounded extents, and programs that count n - 1 steps instead of n pixels.
    private const double LargestMismatch = 0.02;

    /// <summary>The image that a plan names; null where it names none.</summary>
    /// <exception cref="PlanException">There is no such file or channel, or it cannot be read.</exception>
    public static MeasuredChannel? Read(OverviewPlan plan) =>
        plan.File is { } file ? Read(file, plan.Channel, "overview", "as overview", measured => measured.Topography()) : null;

    /// <summary>An image of a file that a section of the plan names by its keys file and channel.</summary>
    /// <param name="file">The file.</param>
    /// <param name="channel">Its channel; null for the usual one.</param>
    /// <param name="section">Path of the section.</param>
    /// <param name="purpose">What the image is taken for: "as overview".</param>
    /// <param name="usual">The channel where none is named.</param>
    /// <exception cref="PlanException">There is no such file or channel, or it cannot be read.</exception>
    public static MeasuredChannel Read(string file, string? channel, string section, string purpose, Func<MeasuredFile, MeasuredChannel> usual)
    {
        string key = section + ".file";
        if (!File.Exists(file))
            throw new PlanException(key, $"The plan's key '{key}' is \"{file}\"; there is no such file.");
        try
        {
            MeasuredFile measured = MeasuredFile.Open(file);
            return channel is { } name ? measured.Channel(name) : usual(measured);
        }
        catch (InvalidDataException exception)
        {
            throw new PlanException(channel is null ? key : section + ".channel",
                $"The plan's key '{key}' is \"{file}\", which cannot be taken {purpose}: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// The image on the pixels of the controller's frame. One that is finer is averaged over each pixel; one that is coarser would only pretend to tell
    /// neighbours apart.
    /// </summary>
    /// <exception cref="PlanException">The image has fewer pixels than the frame, other proportions, or states another extent.</exception>
    /// <param name="image">The image.</param>
    /// <param name="frame">The controller's frame.</param>
    /// <param name="file">Its file, for messages.</param>
    /// <param name="key">Key of the plan that names it.</param>
    public static ScanImage Fit(MeasuredChannel image, ScanFrame frame, string file, string key = "overview.file")
    {
        double width = frame.Columns * frame.PixelPitch.Value, height = frame.Rows * frame.PixelPitch.Value;
        bool scaled = image.LateralUnit == "m" && image.Width > 0 && image.Height > 0;
        string sizes = $"the image '{image.Name}' has {image.Rows} x {image.Columns} pixels{(scaled ? $" on {image.Height:g4} x {image.Width:g4} m" : "")}; the controller's "
            + $"frame has {frame.Rows} x {frame.Columns} on {height:g4} x {width:g4} m";
        if (scaled && !(Near(image.Width, width) && Near(image.Height, height)))
            throw Refuse("crop it to what the controller scans, or scan what it shows");
        if (!scaled && !Near((double)image.Rows * frame.Columns, (double)image.Columns * frame.Rows))
            throw Refuse("crop it to the proportions of the frame");
        if (image.Rows < frame.Rows || image.Columns < frame.Columns)
            throw Refuse("at least as many pixels as the frame has are needed: take a finer image");
        var taken = new ScanImage(image.Name, image.Unit, new ScanFrame(image.Rows, image.Columns, frame.PixelPitch), image.Values);
        double down = (double)image.Rows / frame.Rows, across = (double)image.Columns / frame.Columns;
        // Equal edges: the centre of the frame's first pixel lies half a pixel of the frame from them.
        return Resample.Onto(taken, new AffineMap(down, 0, (down - 1) / 2, 0, across, (across - 1) / 2), frame);

        PlanException Refuse(string remedy) => new(key, $"The plan's key '{key}' is \"{file}\": {sizes}; {remedy}.");
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) <= LargestMismatch * b;
}
