using System.Globalization;

namespace FastCore.Microscopy.Files;

/// <summary>
/// Measurements in HDF5: NSID (pyNSID: datasets with data_type and DIMENSION_LIST, axes [x, y(, spectrum)]), USID (pyUSID: positions x spectra with
/// indices and values by reference), and otherwise every plain table. Datasets are found by their attributes, not by their paths.
/// </summary>
public static class Hdf5MeasuredFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">Damaged, or of a newer kind of HDF5 (superblock 2 and 3); the message names file and offset and says what
    /// to do.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MeasuredFile Read(string path) => Parse(FileFormats.Bytes(path), path);

    internal static bool Recognises(ReadOnlySpan<byte> bytes) => Hdf5File.Recognises(bytes);

    internal static MeasuredFile Parse(byte[] bytes, string path)
    {
        var file = new Hdf5File(bytes, path);
        var found = new Contents(file);
        string format = "HDF5";
        foreach (Hdf5Object dataset in file.Objects.Where(o => o.IsDataset && o.Type.Kind is not null))
        {
            if (dataset.Attributes.ContainsKey("data_type") && dataset.Attributes.ContainsKey("DIMENSION_LIST"))
            {
                format = "NSID (HDF5)";
                Nsid(found, dataset);
            }
            else if (dataset.Attributes.ContainsKey("Position_Values") && dataset.Attributes.ContainsKey("Spectroscopic_Values"))
            {
                format = "USID (HDF5)";
                Usid(found, dataset);
            }
        }
        if (format == "HDF5")
            Tables(found);
        foreach (Hdf5Object noted in file.Objects.Where(o => !o.IsDataset))
        {
            foreach ((string key, Hdf5Attribute value) in noted.Attributes)
            {
                // Every channel repeats the same notes; the first one counts.
                if (value.Count is > 0 and <= 64 && !found.Metadata.ContainsKey(key))
                    found.Metadata.Add(key, value.Text());
            }
        }
        return new MeasuredFile
        {
            Path = path,
            Format = format,
            Channels = found.Channels,
            Spectra = found.Spectra,
            Metadata = found.Metadata,
            Remarks = found.Remarks,
        };
    }

    private sealed class Contents(Hdf5File file)
    {
        public Hdf5File File => file;

        public List<MeasuredChannel> Channels { get; } = [];

        public List<SpectrumSet> Spectra { get; } = [];

        public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

        public List<string> Remarks { get; } = [];

        public InvalidDataException Refuse(Hdf5Object dataset, string problem) =>
            ByteReader.Refusal(file.Path, dataset.Find(0x01, 4, "the shape"), $"{ByteReader.Quote(dataset.Path)}: {problem}");
    }

    private sealed record Dimension(string Name, string Kind, string Unit, double[] Values)
    {
        public double Pitch => Values.Length > 1 ? (Values[^1] - Values[0]) / (Values.Length - 1) : 0;
    }

    private static string Attribute(Hdf5Object dataset, string name) =>
        dataset.Attributes.TryGetValue(name, out Hdf5Attribute? value) && value.Count > 0 ? value.Text() : "";

    private static void Nsid(Contents found, Hdf5Object dataset)
    {
        string name = Attribute(dataset, "quantity") is { Length: > 0 } quantity && quantity is not ("generic" or "Unknown") ? quantity : dataset.Name;
        string unit = Unit(found, name, Attribute(dataset, "units"));
        Hdf5Object?[] scales = dataset.Attributes["DIMENSION_LIST"].References();
        if (scales.Length != dataset.Shape.Length)
            throw found.Refuse(dataset, $"DIMENSION_LIST has {scales.Length} entries for {dataset.Shape.Length} axes; the file is damaged.");
        var dimensions = new Dimension[scales.Length];
        for (int d = 0; d < scales.Length; d++)
        {
            if (scales[d] is not { IsDataset: true } scale || scale.Shape.Length != 1 || scale.Shape[0] != dataset.Shape[d])
                throw found.Refuse(dataset, $"axis {d} has no dimension scale of {dataset.Shape[d]} values; the file is damaged.");
            dimensions[d] = new Dimension(scale.Name, Attribute(scale, "dimension_type").ToUpperInvariant(), Attribute(scale, "units"), scale.Doubles());
        }
        int[] space = Axes(dimensions, "SPATIAL");
        int[] spectral = Axes(dimensions, "SPECTRAL");
        if (dataset.Count == 0)
            found.Remarks.Add($"{name}: empty.");
        else if (space.Length == 2 && dimensions.Length == 2)
            found.Channels.Add(Image(found, dataset, name, unit, dimensions[0], dimensions[1]));
        else if (space.Length == 2 && spectral.Length == 1 && dimensions.Length == 3 && space[0] == 0 && space[1] == 1)
            found.Spectra.Add(SpectralImage(found, dataset, name, unit, dimensions));
        else if (spectral.Length == 1 && dimensions.Length == 1)
            found.Spectra.Add(new SpectrumSet(name, AxisName(dimensions[0]), dimensions[0].Unit, dimensions[0].Values, [name], [unit], dataset.Doubles(), 1, 1));
        else
            found.Remarks.Add($"{name}: left out: {Attribute(dataset, "data_type")} of {string.Join(" x ", dataset.Shape)} is no image, spectral image or spectrum.");
    }

    private static int[] Axes(Dimension[] dimensions, string kind) => [.. Enumerable.Range(0, dimensions.Length).Where(d => dimensions[d].Kind.StartsWith(kind, StringComparison.Ordinal))];

    private static string AxisName(Dimension dimension) => dimension.Unit switch { "V" => "Bias", "s" => "Time", _ => dimension.Name };

    private static string Unit(Contents found, string name, string stated)
    {
        if (ChannelUnits.OfName(name) is not { } known || known == stated)
            return stated;
        found.Remarks.Add($"{name}: the unit {known} follows from the name; the file says '{stated}'.");
        return known;
    }

    // Stored [x, y]; rows run along y.
    private static MeasuredChannel Image(Contents found, Hdf5Object dataset, string name, string unit, Dimension x, Dimension y)
    {
        int columns = x.Values.Length;
        int rows = y.Values.Length;
        float[] values = dataset.SinglesTransposed();
        bool scaled = Math.Abs(x.Pitch) > 0 && Math.Abs(y.Pitch) > 0 && double.IsFinite(x.Pitch * y.Pitch);
        // Converters write the channel's unit on its axes, too; a scan is measured in metre whatever the channel.
        if (scaled && x.Unit != "m")
            found.Remarks.Add($"{name}: its axes are taken in m; the file says '{x.Unit}'.");
        return new MeasuredChannel(name, unit, rows, columns, values, scaled ? Math.Abs(x.Pitch) * columns : columns, scaled ? Math.Abs(y.Pitch) * rows : rows)
        {
            OffsetX = scaled ? x.Values[0] : 0,
            OffsetY = scaled ? y.Values[0] : 0,
            LateralUnit = scaled ? "m" : "px",
        };
    }

    private static SpectrumSet SpectralImage(Contents found, Hdf5Object dataset, string name, string unit, Dimension[] d)
    {
        int columns = d[0].Values.Length;
        int rows = d[1].Values.Length;
        found.File.Budget.Take(4L * rows * columns, 0, "the points");
        var order = new int[rows * columns];
        for (int p = 0; p < order.Length; p++)
            order[p] = (p % rows * columns) + (p / rows);
        double[] values = dataset.Doubles(order);
        double duration = dataset.Attributes.TryGetValue("duration", out Hdf5Attribute? attribute) && attribute.Numbers() is [var seconds] ? seconds : 0;
        return new SpectrumSet(name, AxisName(d[2]), d[2].Unit, d[2].Values, [name], [unit], values, rows, columns)
        {
            PitchMetres = d[0].Pitch > 0 && double.IsFinite(d[0].Pitch) ? d[0].Pitch : null,
            DurationSeconds = duration > 0 ? duration : null,
        };
    }

    private static void Usid(Contents found, Hdf5Object dataset)
    {
        string name = Attribute(dataset, "quantity") is { Length: > 0 } quantity ? quantity : dataset.Name;
        string unit = Unit(found, name, Attribute(dataset, "units"));
        Hdf5Object? Linked(string attribute) => dataset.Attributes.TryGetValue(attribute, out Hdf5Attribute? link) && link.References() is [{ IsDataset: true } target] ? target : null;
        if (Linked("Position_Values") is not { } places || Linked("Spectroscopic_Values") is not { } spectroscopic || dataset.Shape.Length != 2
            || places.Shape.Length != 2 || spectroscopic.Shape.Length != 2 || places.Shape[0] != dataset.Shape[0] || spectroscopic.Shape[1] != dataset.Shape[1]
            || dataset.Count == 0)
        {
            throw found.Refuse(dataset, "a USID dataset needs two axes, Position_Values of one row per position and Spectroscopic_Values of one column "
                + "per sample; the file is damaged.");
        }
        int points = (int)dataset.Shape[0];
        int samples = (int)dataset.Shape[1];
        double[] positions = places.Doubles();
        int dimensions = (int)places.Shape[1];
        (int rows, int columns, int[] order) = Grid(found, Linked("Position_Indices"), points, dimensions);
        double pitch = dimensions >= 1 ? Pitch(positions, dimensions, 0) : 0;
        string lateral = places.Attributes.TryGetValue("units", out Hdf5Attribute? units) && units.Count > 0 ? units.Texts()[0] : "m";
        pitch *= lateral switch { "um" or "µm" => 1e-6, "nm" => 1e-9, _ => 1 };
        if (samples == 1 && rows > 1)
        {
            float[] stored = dataset.Singles();
            var image = new float[points];
            for (int p = 0; p < points; p++)
                image[order[p]] = stored[p];
            double rowPitch = dimensions >= 2 ? Pitch(positions, dimensions, 1) * (pitch > 0 ? pitch / Pitch(positions, dimensions, 0) : 1) : pitch;
            found.Channels.Add(new MeasuredChannel(name, unit, rows, columns, image, pitch > 0 ? pitch * columns : columns, pitch > 0 ? rowPitch * rows : rows)
            {
                LateralUnit = pitch > 0 ? "m" : "px",
            });
            return;
        }
        // Of several spectroscopic axes the last one that changes with every sample is what was swept.
        double[] axes = spectroscopic.Doubles();
        int rowsOfAxes = (int)spectroscopic.Shape[0];
        int axis = 0;
        for (int a = rowsOfAxes - 1; a > 0; a--)
        {
            if (samples > 1 && axes[a * samples] != axes[(a * samples) + 1])
                axis = a;
        }
        if (rowsOfAxes == 0)
            throw found.Refuse(dataset, "Spectroscopic_Values has no row; the file is damaged.");
        double[] values = dataset.Doubles(order);
        string axisUnit = At(spectroscopic, "units", axis);
        string axisName = At(spectroscopic, "labels", axis);
        found.Spectra.Add(new SpectrumSet(name, axisUnit == "V" ? "Bias" : axisName.Length > 0 ? axisName : "Axis", axisUnit,
            axes[(axis * samples)..((axis + 1) * samples)], [name], [unit], values, rows, columns)
        { PitchMetres = pitch > 0 ? pitch : null });
    }

    private static string At(Hdf5Object dataset, string attribute, int index) =>
        dataset.Attributes.TryGetValue(attribute, out Hdf5Attribute? value) && index < value.Count ? value.Texts()[index] : "";

    // Position indices of two axes that visit every place of a grid once: rows along the second one. Anything else is a list of points.
    private static (int Rows, int Columns, int[] Order) Grid(Contents found, Hdf5Object? indices, int points, int dimensions)
    {
        var order = new int[points];
        for (int p = 0; p < points; p++)
            order[p] = p;
        if (indices is null || dimensions != 2 || indices.Shape.Length != 2 || indices.Shape[0] != points || indices.Shape[1] != 2)
            return (1, points, order);
        double[] index = indices.Doubles();
        double columns = 0;
        double rows = 0;
        for (int p = 0; p < points; p++)
        {
            columns = Math.Max(columns, index[2 * p] + 1);
            rows = Math.Max(rows, index[(2 * p) + 1] + 1);
        }
        if (columns * rows != points)
            return (1, points, order);
        var taken = new bool[points];
        for (int p = 0; p < points; p++)
        {
            double place = (index[(2 * p) + 1] * columns) + index[2 * p];
            if (!(place >= 0 && place < points) || index[2 * p] < 0 || taken[(int)place])
            {
                found.Remarks.Add("The position indices do not fill a grid: the points are taken as a list.");
                for (int q = 0; q < points; q++)
                    order[q] = q;
                return (1, points, order);
            }
            order[p] = (int)place;
            taken[order[p]] = true;
        }
        return ((int)rows, (int)columns, order);
    }

    private static double Pitch(double[] positions, int dimensions, int axis)
    {
        double least = double.PositiveInfinity;
        double first = positions[axis];
        for (int p = axis; p < positions.Length; p += dimensions)
        {
            double step = Math.Abs(positions[p] - first);
            if (step > 0 && step < least)
                least = step;
        }
        return double.IsFinite(least) ? least : 0;
    }

    // No known convention: two axes are an image, columns of equal length in one group are curves.
    private static void Tables(Contents found)
    {
        foreach (IGrouping<string, Hdf5Object> group in found.File.Objects.Where(o => o.IsDataset && o.Type.Kind is not null && o.Count > 0).GroupBy(o => o.Parent))
        {
            foreach (Hdf5Object image in group.Where(o => o.Shape.Length == 2))
            {
                found.Channels.Add(new MeasuredChannel(image.Path, Attribute(image, "units"), (int)image.Shape[0], (int)image.Shape[1], image.Singles(),
                    image.Shape[1], image.Shape[0])
                { LateralUnit = "px" });
            }
            foreach (IGrouping<long, Hdf5Object> columns in group.Where(o => o.Shape.Length == 1).GroupBy(o => o.Shape[0]))
            {
                Hdf5Object[] members = [.. columns];
                Hdf5Object? time = Array.Find(members, o => o.Name.Equals("time", StringComparison.OrdinalIgnoreCase));
                Hdf5Object[] others = [.. members.Where(o => o != time)];
                if (others.Length == 0)
                    continue;
                int samples = (int)columns.Key;
                found.File.Budget.Take(8L * samples * (others.Length + 1), 0, "the columns");
                double[] axis = time?.Doubles() ?? [.. Enumerable.Range(0, samples).Select(i => (double)i)];
                var values = new double[others.Length * samples];
                for (int c = 0; c < others.Length; c++)
                    others[c].Doubles().CopyTo(values, c * samples);
                found.Spectra.Add(new SpectrumSet(group.Key.Length > 0 ? group.Key : "root", time is null ? "Sample" : "Time", time is null ? "" : "s", axis,
                    [.. others.Select(o => o.Name)], [.. others.Select(o => Attribute(o, "units"))], values, 1, 1));
            }
        }
        int rest = found.File.Objects.Count(o => o.IsDataset && (o.Type.Kind is null || o.Shape.Length is 0 or > 2));
        if (rest > 0)
            found.Remarks.Add(string.Create(CultureInfo.InvariantCulture, $"{rest} datasets that are neither tables nor columns of numbers are left out."));
    }
}
