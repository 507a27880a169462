using System.CommandLine;

namespace FastCore.Host.Commands;

/// <summary><c>fastcore vae predict</c>: the curves that a latent map expects over an image.</summary>
internal static class VaePredictCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string> folder = VaeCommand.Folder();
        var image = new Option<string>("--image")
        {
            Description = "Folder of a run, .npz with 'image', .npy or .3ds.",
            HelpName = "FILE",
            Required = true
        };
        Option<long?> stride = CommonOptions.Number("--stride", "Pixels between predicted curves (as few as give at most 4096 curves otherwise).", 1,
            100_000);
        Option<string?> executor = CommonOptions.Executor();
        var command = new Command("predict", "Predict the curves of an image from its structure.") { folder, image, stride, executor };
        command.SetAction(parse => context.Guard(() =>
        {
            foreach (string file in VaeEngine.Predict(parse.GetValue(folder)!, parse.GetValue(image)!, parse.GetValue(stride),
                parse.GetValue(executor), context.Terminal))
                context.Terminal.Out.WriteLine(file);
            return ExitCode.Done;
        }));
        return command;
    }
}
