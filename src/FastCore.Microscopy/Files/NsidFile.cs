namespace FastCore.Microscopy.Files;

/// <summary>Writes measurements as NSID HDF5 (pyNSID): /Measurement_000/Channel_NNN/NAME/NAME with its dimension scales beside it.</summary>
public static class NsidFile
{
    /// <summary>Writes images and spectra; an existing file is replaced only when the new one is complete.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public static void Write(string path, MeasuredFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        using var writer = new Hdf5Writer();
        Hdf5Writer.Node measurement = Hdf5Writer.Group(writer.Root, "Measurement_000");
        int number = 0;
        foreach (MeasuredChannel channel in file.Channels)
        {
            // Stored [x, y].
            var values = new float[channel.Values.Length];
            for (int row = 0; row < channel.Rows; row++)
            {
                for (int column = 0; column < channel.Columns; column++)
                    values[(column * channel.Rows) + row] = channel.Values[(row * channel.Columns) + column];
            }
            Hdf5Writer.Node group = Channel(measurement, ref number, file, number == 0);
            string name = Name(channel.Name);
            Main(group, name, channel.Name, channel.Unit, "IMAGE", values,
            [
                Scale(group, "x", "SPATIAL", channel.LateralUnit, Steps(channel.OffsetX, channel.Width, channel.Columns)),
                Scale(group, "y", "SPATIAL", channel.LateralUnit, Steps(channel.OffsetY, channel.Height, channel.Rows)),
            ]);
        }
        foreach (SpectrumSet set in file.Spectra)
        {
            for (int c = 0; c < set.ChannelNames.Count; c++)
            {
                Hdf5Writer.Node group = Channel(measurement, ref number, file, number == 0);
                string name = Name(set.ChannelNames[c]);
                var values = new double[set.Count * set.Samples];
                for (int p = 0; p < set.Count; p++)
                {
                    int place = ((p % set.Columns) * set.Rows) + (p / set.Columns);
                    set.Curve(p, c).CopyTo(values.AsSpan(place * set.Samples));
                }
                Hdf5Writer.Node spectral = Scale(group, "spectral", "SPECTRAL", set.AxisUnit, set.Axis);
                double pitch = set.PitchMetres ?? 1;
                Hdf5Writer.Node main = set.Count == 1
                    ? Main(group, name, set.ChannelNames[c], set.ChannelUnits[c], "SPECTRUM", values, [spectral])
                    : Main(group, name, set.ChannelNames[c], set.ChannelUnits[c], "SPECTRAL_IMAGE", values,
                    [
                        Scale(group, "x", "SPATIAL", set.PitchMetres is null ? "px" : "m", Steps(0, pitch * set.Columns, set.Columns)),
                        Scale(group, "y", "SPATIAL", set.PitchMetres is null ? "px" : "m", Steps(0, pitch * set.Rows, set.Rows)),
                        spectral,
                    ]);
                if (set.DurationSeconds is { } duration)
                    main.Attributes.Add(("duration", duration));
            }
        }
        byte[] bytes = writer.Write();
        WholeFile.Write(path, partial => File.WriteAllBytes(partial, bytes));
    }

    private static Hdf5Writer.Node Channel(Hdf5Writer.Node measurement, ref int number, MeasuredFile file, bool first)
    {
        Hdf5Writer.Node channel = Hdf5Writer.Group(measurement, $"Channel_{number++:000}");
        if (first && file.Metadata.Count > 0)
        {
            Hdf5Writer.Node notes = Hdf5Writer.Group(channel, "original_metadata");
            foreach ((string key, string value) in file.Metadata.Take(60_000))
            {
                if (key.Length is > 0 and < 200)
                    notes.Attributes.Add((key, value));
            }
        }
        return channel;
    }

    private static Hdf5Writer.Node Main(Hdf5Writer.Node channel, string name, string quantity, string unit, string kind, Array values, Hdf5Writer.Node[] scales)
    {
        Hdf5Writer.Node group = Hdf5Writer.Group(channel, name);
        // The scales were made in the channel's group; they stand beside their data.
        foreach (Hdf5Writer.Node scale in scales)
        {
            channel.Children.Remove(scale);
            group.Children.Add(scale);
        }
        Hdf5Writer.Node main = Hdf5Writer.Dataset(group, name, values, [.. scales.Select(scale => scale.Shape[0])]);
        main.Attributes.AddRange(
        [
            ("data_type", kind), ("quantity", quantity), ("units", unit), ("modality", "generic"), ("source", "FastCore"), ("main_data_name", name),
            ("DIMENSION_LABELS", scales.Select(scale => scale.Name).ToArray()), ("DIMENSION_LIST", scales),
        ]);
        return main;
    }

    private static Hdf5Writer.Node Scale(Hdf5Writer.Node group, string name, string kind, string unit, double[] values)
    {
        Hdf5Writer.Node scale = Hdf5Writer.Dataset(group, name, values, values.Length);
        scale.Attributes.AddRange(
        [
            ("CLASS", "DIMENSION_SCALE\0"u8.ToArray()), ("NAME", System.Text.Encoding.ASCII.GetBytes(name + "\0")), ("name", name), ("units", unit),
            ("quantity", unit switch { "m" => "Length", "V" => "Bias", "s" => "Time", _ => "generic" }), ("dimension_type", kind),
        ]);
        return scale;
    }

    private static double[] Steps(double start, double extent, int count)
    {
        var values = new double[count];
        for (int i = 0; i < count; i++)
            values[i] = start + (extent * i / count);
        return values;
    }

    // A path's separator cannot stand in a name, and the scales' names are taken.
    private static string Name(string name)
    {
        string safe = name.Replace('/', '_').Replace('\0', '_').Trim();
        return safe is "" or "x" or "y" or "spectral" or "." or ".." ? $"Channel_{safe.Replace('.', '_')}" : safe;
    }
}
