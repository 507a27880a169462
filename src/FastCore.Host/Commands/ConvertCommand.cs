using System.CommandLine;
using FastCore.Microscopy.Files;

namespace FastCore.Host.Commands;

/// <summary><c>fastcore convert</c>: writes what a measured file holds in another format, which the name of the output chooses.</summary>
internal static class ConvertCommand
{
    public static Command Create(CommandContext context)
    {
        var input = new Argument<string>("IN") { Description = "A measured file of any format that 'fastcore info' reads." };
        var output = new Argument<string>("OUT") { Description = "What to write: .gwy, .gsf (one image), .h5 (NSID), .npz, .npy (one image) or .csv." };
        var channel = new Option<string?>("--channel") { Description = "Only this image; .gsf and .npy take the topography without it.", HelpName = "NAME" };
        var force = new Option<bool>("--force") { Description = "Replace OUT if it exists." };
        var command = new Command("convert", "Write a measured file in another format.") { input, output, channel, force };
        command.SetAction(parse => context.Guard(() =>
        {
            string source = parse.GetValue(input)!;
            string target = parse.GetValue(output)!;
            string extension = Path.GetExtension(target).ToUpperInvariant();
            if (extension is not (".GWY" or ".GSF" or ".H5" or ".HDF5" or ".NPZ" or ".NPY" or ".CSV"))
                throw new BadInputException($"'{target}' names no format that is written; end it with .gwy, .gsf, .h5, .npz, .npy or .csv.");
            if (Directory.Exists(target))
                throw new BadInputException($"'{target}' is a folder; name a file.");
            if (File.Exists(target) && !parse.GetValue(force))
                throw new BadInputException($"'{target}' exists; choose another name, or replace it with --force.");
            if (Path.GetDirectoryName(Path.GetFullPath(target)) is { } folder && !Directory.Exists(folder))
                throw new BadInputException($"There is no folder '{folder}' to write to.");
            MeasuredFile file = InfoCommand.Existing(source);
            if (parse.GetValue(channel) is { } name)
                file = Only(file, file.Channel(name));
            string written = Write(file, target, extension);
            context.Terminal.Out.WriteLine($"{target}: {written}");
            return ExitCode.Done;
        }));
        return command;
    }

    private static string Write(MeasuredFile file, string target, string extension)
    {
        switch (extension)
        {
            case ".GSF":
                GwyddionSimpleField.Write(target, file.Topography());
                return $"image {file.Topography().Name}";
            case ".NPY":
                NumpyMeasuredFile.WriteArray(target, file.Topography());
                return $"image {file.Topography().Name}";
            case ".CSV":
                CsvFile.Write(target, file);
                return file.Spectra.Count > 0 && file.Channels.Count > 0 ? $"the spectra of {file.Contents()}; images go to .gwy, .gsf, .h5 or .npz" : file.Contents();
            case ".NPZ":
                NumpyMeasuredFile.WriteArchive(target, file);
                return file.Contents();
            default:
                if (file.Channels.Count == 0 && file.Spectra.Count == 0)
                    throw new BadInputException($"'{file.Path}' holds {file.Contents()}, which {extension.ToLowerInvariant()} files do not hold; write a .csv or .npz file.");
                if (extension == ".GWY")
                    GwyddionFile.Write(target, file);
                else
                    NsidFile.Write(target, file);
                return file.Contents();
        }
    }

    private static MeasuredFile Only(MeasuredFile file, MeasuredChannel channel) => new()
    {
        Path = file.Path,
        Format = file.Format,
        Channels = [channel],
        Metadata = file.Metadata,
        Remarks = file.Remarks,
    };
}
