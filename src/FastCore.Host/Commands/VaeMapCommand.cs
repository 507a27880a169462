using System.CommandLine;

namespace FastCore.Host.Commands;

/// <summary><c>fastcore vae map</c>: the latent code of the patch around every pixel of an image.</summary>
internal static class VaeMapCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string> folder = VaeCommand.Folder();
        var image = new Option<string?>("--image") { Description = "Folder of a run, .npz with 'image', .npy or .3ds; the image of the pairs otherwise.", HelpName = "FILE" };
        Option<string?> executor = CommonOptions.Executor();
        var command = new Command("map", "Lay a latent map over an image.") { folder, image, executor };
        command.SetAction(parse => context.Guard(() =>
        {
            foreach (string file in VaeEngine.Map(parse.GetValue(folder)!, parse.GetValue(image), parse.GetValue(executor), context.Terminal))
                context.Terminal.Out.WriteLine(file);
            return ExitCode.Done;
        }));
        return command;
    }
}
