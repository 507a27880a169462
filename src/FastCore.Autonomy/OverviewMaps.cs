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
    public static MeasuredChannel[] Read(OverviewPlan plan)
    {
        var found = new MeasuredChannel[plan.Maps.Count];
        for (int k = 0; k < found.Length; k++)
        {
            MapPlan map = plan.Maps[k];
            if (!File.Exists(map.File))
                throw new PlanException(Key(k, "file"), $"The plan's key '{Key(k, "file")}' is \"{map.File}\"; there is no such file.");
            try
            {
                MeasuredFile measured = MeasuredFile.Open(map.File);
                found[k] = map.Channel is { } name ? measured.Channel(name)
                    : measured.Channels.Count > 0 ? measured.Channels[0] : throw new InvalidDataException($"it holds {measured.Contents()} and no image.");
            }
            catch (InvalidDataException exception)
            {
                throw Refuse(map, k, exception.Message, exception);
            }
        }
        return found;
    }

    /// <summary>The images on the overview's frame, and the rectangle that all of them reach.</summary>
    /// <exception cref="PlanException">An image shows another place, or cannot be laid on the overview for sure.</exception>
    public static (IReadOnlyList<ScanImage> Maps, PixelRectangle Common) Lay(ScanImage overview, MeasuredChannel[] images, OverviewPlan plan)
    {
        if (images.Length == 0)
            return ([], new PixelRectangle(0, 0, overview.Frame.Rows, overview.Frame.Columns));
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

    private static string Key(int map, string key) => $"overview.maps[{map}].{key}";

    private static PlanException Refuse(MapPlan map, int number, string reason, Exception? cause = null)
    {
        return new PlanException(Key(number, "file"), $"The plan's key '{Key(number, "file")}' is \"{map.File}\", which cannot be taken as a map: {reason}", cause);
    }
}
