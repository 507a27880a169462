namespace FastCore.Microscopy.Files;

/// <summary>
/// Measurements in NumPy's files. An array of two axes is an image (rows, columns), one of three an image of spectra (rows, columns, samples). Archives
/// may name what they hold: <c>image</c> (m), <c>channels</c> (channels, rows, columns) with <c>channel_names</c> and <c>channel_units</c> (lines of a
/// text), <c>pixel_pitch</c> (m), <c>curves</c> (rows, columns, samples) in ampere with <c>bias</c> (V) and <c>duration</c> (s), or <c>spectra</c>
/// (rows, columns, channels, samples) with <c>spectra_names</c>, <c>spectra_units</c>, <c>axis</c>, <c>axis_name</c> and <c>axis_unit</c>.
/// </summary>
public static class NumpyMeasuredFile
{
    /// <summary>Reads a .npy or .npz file.</summary>
    /// <exception cref="InvalidDataException">Neither, or shapes that do not fit together; the message names file and array.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MeasuredFile Read(string path)
    {
        byte[] bytes = FileFormats.Bytes(path);
        return NpyArray.Recognises(bytes) ? ParseArray(bytes, path) : ParseArchive(bytes, path);
    }

    /// <summary>Writes one image as .npy in single precision; an existing file is replaced only when the new one is complete.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public static void WriteArray(string path, MeasuredChannel channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        WholeFile.Write(path, partial =>
        {
            using FileStream stream = File.Create(partial);
            Array(channel).Write(stream);
        });
    }

    /// <summary>Writes everything as .npz; an existing file is replaced only when the new one is complete.</summary>
    /// <exception cref="InvalidDataException">Images of different sizes, or several sets of spectra that an archive of this kind cannot hold.</exception>
    /// <exception cref="IOException">It could not be written.</exception>
    public static void WriteArchive(string path, MeasuredFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var arrays = new Dictionary<string, NpyArray>(StringComparer.Ordinal);
        if (file.Channels.Count > 0)
        {
            MeasuredChannel first = file.Topography();
            if (file.Channels.Any(c => (c.Rows, c.Columns) != (first.Rows, first.Columns)))
                throw new InvalidDataException($"{file.Path}: the images have different sizes, which one archive cannot hold; write a .gwy or .h5 file instead.");
            arrays["image"] = Array(first);
            if (first.LateralUnit == "m")
                arrays["pixel_pitch"] = NpyArray.Of([first.Width / first.Columns]);
            arrays["channels"] = NpyArray.Of([.. file.Channels.SelectMany(c => c.Values).Select(v => (double)v)], file.Channels.Count, first.Rows, first.Columns).As("<f4");
            arrays["channel_names"] = Lines(file.Channels.Select(c => c.Name));
            arrays["channel_units"] = Lines(file.Channels.Select(c => c.Unit));
        }
        if (file.Spectra.Count > 0)
        {
            SpectrumSet set = file.Spectra[0];
            if (file.Spectra.Any(s => (s.Rows, s.Columns) != (set.Rows, set.Columns) || !s.Axis.AsSpan().SequenceEqual(set.Axis)))
                throw new InvalidDataException($"{file.Path}: the sets of spectra have different axes or points, which one archive cannot hold; write a .gwy or .h5 file instead.");
            int current = set.CurrentChannel();
            if (set.IsCurrentOverBias)
            {
                arrays["curves"] = NpyArray.Of([.. Enumerable.Range(0, set.Count).SelectMany(p => set.Curve(p, current).ToArray())], set.Rows, set.Columns, set.Samples);
                arrays["bias"] = NpyArray.Of(set.Axis, set.Samples);
            }
            int channels = file.Spectra.Sum(s => s.ChannelNames.Count);
            if (channels > 1 || !set.IsCurrentOverBias)
            {
                var values = new double[(long)set.Count * channels * set.Samples];
                int at = 0;
                for (int p = 0; p < set.Count; p++)
                {
                    foreach (SpectrumSet one in file.Spectra)
                    {
                        int length = one.ChannelNames.Count * one.Samples;
                        one.Values.AsSpan(p * length, length).CopyTo(values.AsSpan(at));
                        at += length;
                    }
                }
                arrays["spectra"] = NpyArray.Of(values, set.Rows, set.Columns, channels, set.Samples);
                arrays["spectra_names"] = Lines(file.Spectra.SelectMany(s => s.ChannelNames));
                arrays["spectra_units"] = Lines(file.Spectra.SelectMany(s => s.ChannelUnits));
                arrays["axis"] = NpyArray.Of(set.Axis, set.Samples);
                arrays["axis_name"] = NpyArray.OfText(set.AxisName);
                arrays["axis_unit"] = NpyArray.OfText(set.AxisUnit);
            }
            if (set.DurationSeconds is { } duration)
                arrays["duration"] = NpyArray.Of([duration]);
            if (set.PitchMetres is { } pitch)
                arrays.TryAdd("pixel_pitch", NpyArray.Of([pitch]));
        }
        foreach (Photovoltaics.JvCurve curve in file.JvCurves)
        {
            arrays[Key(arrays, curve.Name, "jv")] = NpyArray.Of([.. curve.VoltageVolts, .. curve.Current], 2, curve.VoltageVolts.Length);
        }
        foreach (Photovoltaics.DecayCurve decay in file.Decays)
            arrays[Key(arrays, decay.Name, "decay")] = NpyArray.Of([.. decay.TimeSeconds, .. decay.Counts], 2, decay.Counts.Length);
        if (arrays.Count == 0)
            throw new InvalidDataException($"{file.Path}: there is nothing to write, only {file.Contents()}.");
        WholeFile.Write(path, partial => NpzFile.Write(partial, arrays));
    }

    private static string Key(Dictionary<string, NpyArray> arrays, string name, string otherwise)
    {
        string key = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_'));
        key = key.Length == 0 ? otherwise : key;
        string free = key;
        for (int i = 2; arrays.ContainsKey(free); i++)
            free = $"{key}_{i}";
        return free;
    }

    private static NpyArray Array(MeasuredChannel channel) =>
        NpyArray.Of(System.Array.ConvertAll(channel.Values, value => (double)value), channel.Rows, channel.Columns).As("<f4");

    private static NpyArray Lines(IEnumerable<string> lines) => NpyArray.OfText(string.Join('\n', lines.Select(line => line.ReplaceLineEndings(" "))));

    internal static MeasuredFile ParseArray(byte[] bytes, string path)
    {
        int[] shape = NpyArray.ReadShape(bytes, path);
        if (shape.Length == 2 && shape[0] > 0 && shape[1] > 0)
        {
            return new MeasuredFile
            {
                Path = path,
                Format = "NumPy array",
                Channels = [Image("Height", "m", NpyArray.ReadSingles(bytes, path, out _), shape[0], shape[1], null)],
                Remarks = ["The file has no unit and no scale: values are taken in m, pixels as 10 nm."],
            };
        }
        NpyArray array = NpyArray.Read(bytes, path);
        if (array.Text is not null || shape.Length is 0 or > 3 || array.Values.Length == 0)
            throw new InvalidDataException($"{path}: an array of shape ({string.Join(", ", shape)}) is no image (two axes), no image of spectra (three axes) and no curve.");
        int rows = shape.Length == 3 ? shape[0] : 1;
        int columns = shape.Length == 3 ? shape[1] : 1;
        return new MeasuredFile
        {
            Path = path,
            Format = "NumPy array",
            Spectra = [new SpectrumSet("array", "Sample", "", Counted(shape[^1]), ["array"], [""], array.Values, rows, columns)],
            Remarks = ["The file has no unit and no axis: samples are counted."],
        };
    }

    private static double[] Counted(int count)
    {
        var axis = new double[count];
        for (int i = 0; i < count; i++)
            axis[i] = i;
        return axis;
    }

    private static MeasuredChannel Image(string name, string unit, float[] values, int rows, int columns, double? pitch) =>
        new(name, unit, rows, columns, values, (pitch ?? 1) * columns, (pitch ?? 1) * rows) { LateralUnit = pitch is null ? "px" : "m" };

    internal static MeasuredFile ParseArchive(byte[] bytes, string path)
    {
        var remarks = new List<string>();
        Dictionary<string, NpyArray> arrays = NpzFile.Read(new MemoryStream(bytes, false), bytes.Length, path, remarks, "image", "channels");
        if (arrays.Count == 0)
        {
            throw new InvalidDataException($"{path}: a zip archive without NumPy arrays that can be read{(remarks.Count > 0 ? ": " + remarks[0] : ".")} Files of other programs in "
                + "zip form (JPK, Excel) are not read; export them as text, .gwy or .npz.");
        }
        double? pitch = Scalar(arrays, "pixel_pitch");
        var channels = new List<MeasuredChannel>();
        var used = new HashSet<string>(["pixel_pitch", "duration", "channel_names", "channel_units", "axis_name", "axis_unit"], StringComparer.Ordinal);
        if (arrays.TryGetValue("channels", out NpyArray? stack) && stack.Shape.Length == 3 && stack.Count > 0)
        {
            used.UnionWith(["channels", "image"]);
            string[] names = LinesOf(arrays, "channel_names");
            string[] units = LinesOf(arrays, "channel_units");
            for (int c = 0; c < stack.Shape[0]; c++)
            {
                channels.Add(Image(c < names.Length ? names[c] : $"Channel {c}", c < units.Length ? units[c] : "", stack.Plane(c), stack.Shape[1], stack.Shape[2], pitch));
            }
        }
        else if (arrays.TryGetValue("image", out NpyArray? image) && image.Text is null)
        {
            used.Add("image");
            if (image.Shape.Length != 2 || image.Count == 0)
                throw new InvalidDataException($"{path}: 'image' has the shape ({string.Join(", ", image.Shape)}); (rows, columns) is needed.");
            channels.Add(Image("Height", "m", image.Plane(0), image.Shape[0], image.Shape[1], pitch));
        }
        var spectra = new List<SpectrumSet>();
        if (Spectra(arrays, path, pitch, used) is { } set)
            spectra.Add(set);
        foreach ((string key, NpyArray array) in arrays.Where(pair => !used.Contains(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (channels.Count == 0 && spectra.Count == 0 && array.Shape.Length == 2 && array.Values.Length > 0 && arrays.Count == 1)
                channels.Add(Image(key, "", System.Array.ConvertAll(array.Values, v => (float)v), array.Shape[0], array.Shape[1], pitch));
            else
                remarks.Add($"Left out: '{(key.Length > 60 ? key[..60] : key)}' ({(array.Text is null ? string.Join(", ", array.Shape) : "text")}).");
        }
        return new MeasuredFile { Path = path, Format = "NumPy archive", Channels = channels, Spectra = spectra, Remarks = remarks };
    }

    private static SpectrumSet? Spectra(Dictionary<string, NpyArray> arrays, string path, double? pitch, HashSet<string> used)
    {
        double? duration = Scalar(arrays, "duration");
        if (arrays.TryGetValue("spectra", out NpyArray? all) && arrays.TryGetValue("axis", out NpyArray? axis) && all.Shape.Length == 4 && all.Values.Length > 0)
        {
            if (axis.Values.Length != all.Shape[3])
                throw new InvalidDataException($"{path}: 'axis' has {axis.Values.Length} values; 'spectra' of shape ({string.Join(", ", all.Shape)}) need {all.Shape[3]}.");
            used.UnionWith(["spectra", "axis", "spectra_names", "spectra_units", "curves", "bias"]);
            string[] names = LinesOf(arrays, "spectra_names");
            string[] units = LinesOf(arrays, "spectra_units");
            return new SpectrumSet("spectra", LinesOf(arrays, "axis_name") is [var n, ..] ? n : "Axis", LinesOf(arrays, "axis_unit") is [var u, ..] ? u : "", axis.Values,
                [.. Enumerable.Range(0, all.Shape[2]).Select(c => c < names.Length ? names[c] : $"Channel {c}")],
                [.. Enumerable.Range(0, all.Shape[2]).Select(c => c < units.Length ? units[c] : "")], all.Values, all.Shape[0], all.Shape[1])
            { PitchMetres = pitch, DurationSeconds = duration };
        }
        if (arrays.TryGetValue("curves", out NpyArray? curves) && arrays.TryGetValue("bias", out NpyArray? bias))
        {
            used.UnionWith(["curves", "bias"]);
            int samples = bias.Values.Length;
            bool grid = curves.Shape.Length == 3;
            if (samples == 0 || curves.Shape.Length is not (2 or 3) || curves.Shape[^1] != samples || curves.Values.Length == 0)
            {
                throw new InvalidDataException($"{path}: 'curves' has the shape ({string.Join(", ", curves.Shape)}) and 'bias' {samples} samples; (rows, columns, samples) or "
                    + "(points, samples) is needed.");
            }
            (int rows, int columns) = grid ? (curves.Shape[0], curves.Shape[1]) : (1, curves.Shape[0]);
            // Points in a list are those of the image, where there are as many.
            if (!grid && arrays.TryGetValue("image", out NpyArray? image) && image.Shape.Length == 2 && image.Count == columns)
                (rows, columns) = (image.Shape[0], image.Shape[1]);
            return new SpectrumSet("curves", "Bias", "V", bias.Values, ["Current"], ["A"], curves.Values, rows, columns) { PitchMetres = pitch, DurationSeconds = duration };
        }
        if (arrays.TryGetValue("iv_curves", out NpyArray? published) && published.Shape.Length == 2 && published.Values.Length > 0)
        {
            used.Add("iv_curves");
            return new SpectrumSet("iv_curves", "Sample", "", Counted(published.Shape[1]), ["Current"], ["A"], published.Values, 1, published.Shape[0]);
        }
        return null;
    }

    private static double? Scalar(Dictionary<string, NpyArray> arrays, string key) =>
        arrays.TryGetValue(key, out NpyArray? array) && array.Values.Length == 1 && array.Values[0] is var value && double.IsFinite(value) && value > 0 ? value : null;

    private static string[] LinesOf(Dictionary<string, NpyArray> arrays, string key) =>
        arrays.TryGetValue(key, out NpyArray? array) && array.Text is { } text ? text.Split('\n') : [];
}
