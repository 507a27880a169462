using System.CommandLine;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Grains;
using FastCore.Microscopy.Photovoltaics;
using FastCore.Reporting.Analysis;

namespace FastCore.Host.Commands;

/// <summary><c>fastcore analyze</c>: what measured files, or the folder of a run, show.</summary>
internal static class AnalyzeCommand
{
    public static Command Create(CommandContext context)
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Measured files of any format that 'fastcore info' reads, or the folder of a run.",
            Arity = ArgumentArity.OneOrMore,
        };
        var kind = new Option<AnalysisKind>("--kind")
        {
            Description = "What the files are; told by their content otherwise. auto, topography, sem, ebsd, iv, trpl or jv.",
            HelpName = "KIND",
        };
        var channel = new Option<string?>("--channel") { Description = "Name of the image to find grains in.", HelpName = "NAME" };
        var lines = new Option<LinePolarity>("--lines") { Description = "Boundaries of an electron image are dark or bright; automatic otherwise.", HelpName = "POLARITY" };
        var pixel = new Option<double?>("--pixel") { Description = "Size of a pixel in nm, for images without a scale.", HelpName = "NM" };
        var area = new Option<double?>("--area") { Description = "Active area of the solar cells in cm2, where the file states none.", HelpName = "CM2" };
        var diode = new Option<bool>("--diode") { Description = "Fit one diode to every J-V sweep." };
        var convention = new Option<JvConvention>("--convention") { Description = "Whose definition of the J-V figures: fitted, interpolated, threeSamples or smallestCurrent.", HelpName = "NAME" };
        var response = new Option<string?>("--irf") { Description = "Measured instrument response of the decays.", HelpName = "FILE" };
        var output = new Option<string?>("--out") { Description = "Folder for report.html and analysis.json; analysis-NAME below runs/ otherwise.", HelpName = "DIR" };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("analyze", "Find grains, I-V quantities, lifetimes, solar-cell figures; compare classes of a run.")
        {
            files, kind, channel, lines, pixel, area, diode, convention, response, output, json,
        };
        command.SetAction(parse => context.Guard(() =>
        {
            var request = new AnalysisRequest
            {
                Kind = parse.GetValue(kind),
                Channel = parse.GetValue(channel),
                Lines = parse.GetValue(lines),
                PixelNanometres = Positive(parse.GetValue(pixel), "--pixel", "nm"),
                Cells = new JvOptions
                {
                    AreaSquareMetres = Positive(parse.GetValue(area), "--area", "cm2") * 1e-4,
                    FitDiode = parse.GetValue(diode),
                    Convention = parse.GetValue(convention),
                },
                Response = parse.GetValue(response),
            };
            string[] inputs = parse.GetValue(files)!;
            string folder = OutputFolder.Choose(parse.GetValue(output), "analysis-" + Path.GetFileNameWithoutExtension(inputs[0].TrimEnd('/', '\\')));
            List<AnalysisPart> parts = [.. inputs.SelectMany(request.Analyze)];
            Directory.CreateDirectory(folder);
            string text = AnalysisJson.Write(parts);
            WholeFile.WriteText(Path.Combine(folder, "analysis.json"), text);
            WholeFile.WriteText(Path.Combine(folder, "report.html"), AnalysisReport.Render(parts));
            if (parse.GetValue(json))
            {
                context.Terminal.Out.WriteLine(text);
                return ExitCode.Done;
            }
            foreach (AnalysisPart part in parts)
                context.Terminal.Out.WriteLine(AnalysisJson.Sentence(part));
            context.Terminal.Out.WriteLine(Path.Combine(folder, "report.html"));
            return ExitCode.Done;
        }));
        return command;
    }

    private static double? Positive(double? value, string option, string unit) => value is null || (value > 0 && double.IsFinite(value.Value)) ? value
        : throw new BadInputException($"{option} is {value}; a positive number of {unit} was expected.");
}
