using System.CommandLine;

namespace FastCore.Host.Commands;

/// <summary><c>fastcore vae</c>: structure and curves in one latent map.</summary>
internal static class VaeCommand
{
    public static Command Create(CommandContext context) => new("vae",
        "Structure and curves in one latent map: train it, lay it over an image, predict curves.")
    {
        VaeTrainCommand.Create(context),
        VaeMapCommand.Create(context),
        VaePredictCommand.Create(context),
    };

    public static Argument<string> Folder() => new("DIR") { Description = "Folder that 'fastcore vae train' wrote." };
}
