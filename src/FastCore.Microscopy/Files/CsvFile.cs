using System.Globalization;
using System.Text;
using FastCore.Microscopy.Photovoltaics;

namespace FastCore.Microscopy.Files;

/// <summary>
/// Writes measurements as comma-separated text with one title line, units in brackets, and a point as decimal sign. Images: row, column, then the
/// channels. Grids of spectra: row, column, axis, then the channels; a single spectrum: axis, then the channels. J-V curves and decays: name, then
/// their columns.
/// </summary>
public static class CsvFile
{
    /// <summary>Writes the spectra, or without spectra the images, or the J-V curves, or the decays; an existing file is replaced only when the new one is
    /// complete.</summary>
    /// <exception cref="InvalidDataException">Nothing of these, or images of different sizes or spectra on different axes.</exception>
    /// <exception cref="IOException">It could not be written.</exception>
    public static void Write(string path, MeasuredFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Action<TextWriter> write = file switch
        {
            { Spectra.Count: > 0 } => writer => Spectra(writer, file),
            { Channels.Count: > 0 } => writer => Images(writer, file),
            { JvCurves.Count: > 0 } => writer => Curves(writer, file.JvCurves),
            { Decays.Count: > 0 } => writer => Decays(writer, file.Decays),
            _ => throw new InvalidDataException($"{file.Path}: there is nothing to write, only {file.Contents()}."),
        };
        WholeFile.Write(path, partial =>
        {
            using var writer = new StreamWriter(partial, false, new UTF8Encoding(false));
            writer.NewLine = "\n";
            write(writer);
        });
    }

    private static void Images(TextWriter writer, MeasuredFile file)
    {
        MeasuredChannel first = file.Channels[0];
        if (file.Channels.Any(c => (c.Rows, c.Columns) != (first.Rows, first.Columns)))
            throw new InvalidDataException($"{file.Path}: the images have different sizes, which one table cannot hold; choose one of them with --channel.");
        Titles(writer, ["row", "column", .. file.Channels.Select(c => Title(c.Name, c.Unit))]);
        for (int i = 0; i < first.Values.Length; i++)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{i / first.Columns},{i % first.Columns}"));
            foreach (MeasuredChannel channel in file.Channels)
                writer.Write(string.Create(CultureInfo.InvariantCulture, $",{channel.Values[i]:R}"));
            writer.WriteLine();
        }
    }

    private static void Spectra(TextWriter writer, MeasuredFile file)
    {
        SpectrumSet first = file.Spectra[0];
        if (file.Spectra.Any(s => (s.Rows, s.Columns) != (first.Rows, first.Columns) || !s.Axis.AsSpan().SequenceEqual(first.Axis)))
            throw new InvalidDataException($"{file.Path}: the sets of spectra have different axes or points, which one table cannot hold; write a .gwy or .h5 file instead.");
        bool grid = first.Count > 1;
        Titles(writer, [.. grid ? ["row", "column"] : Array.Empty<string>(), Title(first.AxisName, first.AxisUnit),
            .. file.Spectra.SelectMany(s => s.ChannelNames.Zip(s.ChannelUnits, Title))]);
        for (int p = 0; p < first.Count; p++)
        {
            for (int k = 0; k < first.Samples; k++)
            {
                if (grid)
                    writer.Write(string.Create(CultureInfo.InvariantCulture, $"{p / first.Columns},{p % first.Columns},"));
                writer.Write(first.Axis[k].ToString("R", CultureInfo.InvariantCulture));
                foreach (SpectrumSet set in file.Spectra)
                {
                    for (int c = 0; c < set.ChannelNames.Count; c++)
                        writer.Write(string.Create(CultureInfo.InvariantCulture, $",{set.Curve(p, c)[k]:R}"));
                }
                writer.WriteLine();
            }
        }
    }

    private static void Curves(TextWriter writer, IReadOnlyList<JvCurve> curves)
    {
        Titles(writer, ["curve", "Voltage (V)", curves[0].IsCurrent ? "Current (A)" : "Current density (A/m2)"]);
        foreach (JvCurve curve in curves)
        {
            for (int k = 0; k < curve.VoltageVolts.Length; k++)
            {
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{Quoted(curve.Name)},{curve.VoltageVolts[k]:R},{curve.Current[k]:R}"));
            }
        }
    }

    private static void Decays(TextWriter writer, IReadOnlyList<DecayCurve> decays)
    {
        Titles(writer, ["decay", "Time (s)", "Counts"]);
        foreach (DecayCurve decay in decays)
        {
            for (int k = 0; k < decay.Counts.Length; k++)
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Quoted(decay.Name)},{decay.TimeSeconds[k]:R},{decay.Counts[k]:R}"));
        }
    }

    private static void Titles(TextWriter writer, IEnumerable<string> titles) => writer.WriteLine(string.Join(',', titles.Select(Quoted)));

    private static string Title(string name, string unit) => unit.Length == 0 ? name : $"{name} ({unit})";

    private static string Quoted(string text)
    {
        text = text.ReplaceLineEndings(" ");
        return text.AsSpan().IndexOfAny(',', '"') < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
