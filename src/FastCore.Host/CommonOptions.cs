using System.CommandLine;

namespace FastCore.Host;

/// <summary>Options that several commands share, so that they mean the same everywhere.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "One JSON object on stdout for scripts; everything else goes to stderr." };

    public static Option<bool> Quiet() => new("--quiet", "-q") { Description = "No progress." };

    public static Option<string?> Out(string what) => new("--out", "-o") { Description = what, HelpName = "DIR" };

    public static Option<string?> Controller() => new("--controller")
    {
        Description = "What is measured: a simulated film (virtual: behind a USB device in this process), a measured grid that is played back, or a controller.",
        HelpName = "simulate | virtual | grid:FILE | usb[:SERIAL] | usbip:ADDRESS",
    };

    public static Option<string?> Executor() => new("--executor")
    {
        Description = "What computes the models.",
        HelpName = "auto | host | reference | cuda | opencl | emulator",
    };

    /// <summary>Whole numbers from <paramref name="least"/> on; anything else is bad input with the option's name.</summary>
    public static Option<long?> Number(string name, string description, long least, long most = long.MaxValue)
    {
        var option = new Option<long?>(name) { Description = description, HelpName = "N" };
        option.CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (long.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture,
                out long value) && value >= least && value <= most)
                return value;
            result.AddError(most == long.MaxValue
                ? $"{name} '{text}' must be a whole number, at least {least}."
                : $"{name} '{text}' must be a whole number from {least} to {most}.");
            return null;
        };
        return option;
    }

    public static Argument<string> Folder() => new("DIR") { Description = "Folder of a run." };
}
