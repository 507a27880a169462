using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Photovoltaics;
using FastCore.Reporting.Charts;

namespace FastCore.Host.Commands;

/// <summary><c>fastcore info</c>: what a measured file holds, in units.</summary>
internal static class InfoCommand
{
    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("FILE")
        {
            Description = "Igor .ibw; Gwyddion .gwy, .gsf; Nanonis .sxm, .dat, .3ds; HDF5 (NSID, USID); NumPy .npy, .npz; PNG, TIFF; EBSD .ctf, .ang, .cpr with .crc; J-V and decay text. "
                + "The format is told by the first bytes, not by the name.",
        };
        var notes = new Option<bool>("--notes") { Description = "Print the file's notes, too." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("info", "Say what a measured file holds: images, spectra, curves, notes.") { file, notes, json };
        command.SetAction(parse => context.Guard(() =>
        {
            MeasuredFile measured = Existing(parse.GetValue(file)!);
            if (parse.GetValue(json))
                context.Terminal.Out.WriteLine(JsonSerializer.Serialize(Summary(measured, parse.GetValue(notes)), SummaryJson.Options));
            else
                Print(context.Terminal.Out, measured, parse.GetValue(notes));
            return ExitCode.Done;
        }));
        return command;
    }

    /// <summary>Opens a file that must be there.</summary>
    internal static MeasuredFile Existing(string path)
    {
        if (Directory.Exists(path))
            throw new BadInputException($"'{path}' is a folder; name a measured file.");
        return File.Exists(path) ? MeasuredFile.Open(path) : throw new BadInputException($"There is no file '{path}'.");
    }

    private static void Print(TextWriter output, MeasuredFile file, bool notes)
    {
        output.WriteLine($"{file.Path}: {file.Format}, {file.Contents()}");
        int widest = Math.Max(file.Channels.Select(c => c.Name.Length).DefaultIfEmpty(0).Max(), 8);
        foreach (MeasuredChannel channel in file.Channels)
        {
            (double least, double most, int missing) = Range(channel.Values);
            string gaps = missing == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {missing} pixels missing");
            output.WriteLine($"  image    {channel.Name.PadRight(widest)}  {channel.Rows} x {channel.Columns} px, {Extent(channel)}, {Span(least, most, channel.Unit)}{gaps}");
        }
        foreach (SpectrumSet set in file.Spectra)
        {
            string points = set.Rows > 1 ? $"{set.Rows} x {set.Columns} points" : set.Count == 1 ? "1 point" : $"{set.Count} points";
            string duration = set.DurationSeconds is { } seconds ? $", {SiFormat.Duration(seconds)} each" : "";
            output.WriteLine($"  spectra  {set.Name}: {points}, {set.Samples} samples, {set.AxisName} {Span(set.Axis[0], set.Axis[^1], set.AxisUnit)}{duration}");
            for (int c = 0; c < set.ChannelNames.Count; c++)
            {
                (double least, double most, int missing) = Range(Enumerable.Range(0, set.Count).SelectMany(p => set.Curve(p, c).ToArray()));
                string gaps = missing == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {missing} values missing");
                output.WriteLine($"             {set.ChannelNames[c]}: {Span(least, most, set.ChannelUnits[c])}{gaps}");
            }
        }
        foreach (JvCurve curve in file.JvCurves)
        {
            (double least, double most, _) = Range(curve.Current);
            output.WriteLine($"  J-V      {curve.Name}: {curve.VoltageVolts.Length} samples, {(curve.IsForward ? "forward" : "reverse")}, "
                + $"{Span(curve.VoltageVolts[0], curve.VoltageVolts[^1], "V")}, {Span(least, most, curve.CurrentUnit)}"
                + (curve.AreaSquareMetres is { } area ? $", {SiFormat.Significant(area * 1e4, 3)} cm2" : ""));
        }
        foreach (DecayCurve decay in file.Decays)
        {
            output.WriteLine($"  decay    {decay.Name}: {decay.Counts.Length} bins, {Span(decay.TimeSeconds[0], decay.TimeSeconds[^1], "s")}, "
                + $"{SiFormat.Significant(decay.Counts.Sum(), 6)} counts{(decay.IsRaw ? "" : ", background subtracted or scaled")}");
        }
        foreach (string remark in file.Remarks)
            output.WriteLine($"  note     {remark}");
        if (file.Metadata.Count > 0 && !notes)
            output.WriteLine($"  {file.Metadata.Count} entries of notes; --notes prints them.");
        if (notes)
        {
            foreach ((string key, string value) in file.Metadata)
                output.WriteLine($"  {key} = {value.ReplaceLineEndings(" ")}");
        }
    }

    private static string Extent(MeasuredChannel channel) => channel.LateralUnit == "px" ? "no scale"
        : $"{SiFormat.Quantity(channel.Width, channel.LateralUnit)} x {SiFormat.Quantity(channel.Height, channel.LateralUnit)}";

    private static string Span(double from, double to, string unit) => $"{SiFormat.Quantity(from, unit)} to {SiFormat.Quantity(to, unit)}";

    private static (double Least, double Most, int Missing) Range(IEnumerable<float> values) => Range(values.Select(v => (double)v));

    private static (double Least, double Most, int Missing) Range(IEnumerable<double> values)
    {
        double least = double.PositiveInfinity;
        double most = double.NegativeInfinity;
        int missing = 0;
        foreach (double value in values)
        {
            if (double.IsFinite(value))
                (least, most) = (Math.Min(least, value), Math.Max(most, value));
            else
                missing++;
        }
        return least <= most ? (least, most, missing) : (double.NaN, double.NaN, missing);
    }

    private static object Summary(MeasuredFile file, bool notes) => new
    {
        file.Path,
        file.Format,
        Images = file.Channels.Select(c => new
        {
            c.Name,
            c.Unit,
            c.Rows,
            c.Columns,
            c.Width,
            c.Height,
            c.LateralUnit,
            Minimum = Range(c.Values).Least,
            Maximum = Range(c.Values).Most,
            Range(c.Values).Missing,
        }),
        Spectra = file.Spectra.Select(s => new { s.Name, s.Rows, s.Columns, s.Samples, s.AxisName, s.AxisUnit, First = s.Axis[0], Last = s.Axis[^1], s.ChannelNames, s.ChannelUnits }),
        JvCurves = file.JvCurves.Select(c => new { c.Name, Samples = c.VoltageVolts.Length, c.IsForward, c.IsCurrent, c.AreaSquareMetres, c.IrradianceWattsPerSquareMetre, c.Reported }),
        Decays = file.Decays.Select(d => new { d.Name, Bins = d.Counts.Length, Counts = d.Counts.Sum(), d.IsRaw }),
        file.Remarks,
        Notes = notes ? file.Metadata : null,
    };
}
