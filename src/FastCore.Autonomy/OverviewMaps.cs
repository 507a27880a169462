using FastCore.Autonomy.Journal;
using FastCore.Autonomy.Plan;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Units;

namespace FastCore.Autonomy;

/// <summary>
/// Further images of the area that a run explores, from files, on the pixels of its overview: current maps, electron images, orientation maps. Places are
/// told from each other by all of them; what no image reaches is no candidate.
/// </summary>
internal static class OverviewMaps
{
    /// <summary>The images that a plan names.</summary>
    /// <exception cref="PlanException">There is no such file or channel, or it cannot be read.</exception>
    public static MeasuredChannel[] Read(OverviewPlan plan) => [.. plan.Maps.Select((map, k) => OverviewFile.Read(map.File, map.Channel, Section(k), "as a map",
        measured => measured.Channels.Count > 0 ? measured.Channels[0] : throw new InvalidDataException($"it holds {measured.Contents()} and no image.")))];

    /// <summary>The images on the overview's frame, and the rectangle that all of them reach.</summary>
    /// <exception cref="PlanException">An image shows another place, or cannot be laid on the overview for sure.</exception>
    public static (IReadOnlyList<ScanImage> Maps, PixelRectangle Common) Lay(ScanImage overview, MeasuredChannel[] images, OverviewPlan plan)
    {
        if (images.Length == 0)
            return ([], new PixelRectangle(0, 0, overview.Frame.Rows, overview.Frame.Columns));
        RequireRoom(overview.Frame, images.Length);
        var laid = new (ScanImage Image, AffineMap Map)[images.Length];
        for (int k = 0; k < images.Length; k++)
        {
            MapPlan map = plan.Maps[k];
            if (map.Aligned)
            {
                laid[k] = (OverviewFile.Fit(images[k], overview.Frame, map.File, Key(k, "file")), AffineMap.Identity);
                continue;
            }
            try
            {
                // An image that states no size, a photograph of the area say, is taken to be as wide as the overview.
                ScanImage moving = images[k].LateralUnit == "m" ? images[k].ToScanImage(map.File)
                    : new ScanImage(images[k].Name, images[k].Unit, new ScanFrame(images[k].Rows, images[k].Columns,
                        new Metres(overview.Frame.Columns * overview.Frame.PixelPitch.Value / images[k].Columns)), images[k].Values);
                RegistrationResult result = Registration.Of(overview, moving);
                if (result.Doubt is { } doubt)
                    throw Refuse(map, k, $"it cannot be laid on the overview: {doubt} If it is a channel of the overview's own scan, set '{Key(k, "aligned")}' to true.");
                laid[k] = (moving, result.Map);
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidDataException)
            {
                throw Refuse(map, k, exception.Message, exception);
            }
        }
        try
        {
            var all = RegisteredChannels.Of(overview, laid);
            return ([.. all.Channels.Skip(1)], all.Common);
        }
        catch (ArgumentException exception)
        {
            throw new PlanException("overview.maps", $"The plan's key 'overview.maps': {exception.Message}", exception);
        }
    }

    // All images stand in one record of the journal, which holds no larger one.
    internal static void RequireRoom(ScanFrame frame, int maps)
    {
        long bytes = 4L * (1 + maps) * frame.Rows * frame.Columns;
        // The bias and the record's words are small beside images.
        const long Room = JournalFormat.LargestPayload - (16 << 20);
        if (bytes > Room)
        {
            throw new PlanException("overview.maps", $"The plan's key 'overview.maps' names {maps} images: with the overview of {frame.Rows} x {frame.Columns} pixels they take "
                + $"{bytes >> 20} MiB, and a journal holds {Room >> 20}; leave some out, or scan fewer pixels.");
        }
    }

    private static string Section(int map) => $"overview.maps[{map}]";

    private static string Key(int map, string key) => $"{Section(map)}.{key}";

    private static PlanException Refuse(MapPlan map, int number, string reason, Exception? cause = null) => new(Key(number, "file"),
        $"The plan's key '{Key(number, "file")}' is \"{map.File}\", which cannot be taken as a map: {reason}", cause);
}
