using System.CommandLine;
using System.CommandLine.Invocation;
using FastCore.Host.Commands;

namespace FastCore.Host;

/// <summary>Parses the arguments and runs one command. In-process tests come in here.</summary>
internal static class CommandLine
{
    /// <summary>Runs <paramref name="args"/> and returns the exit code (<see cref="ExitCode"/>).</summary>
    public static int Invoke(string[] args, Terminal terminal, CancellationToken token)
    {
        var context = new CommandContext(terminal, token);
        RootCommand root = Create(context);
        ParseResult parse = root.Parse(args);
        if (parse.Action is ParseErrorAction)
        {
            // One sentence is enough: the first error is what the user typed, later ones follow from it.
            string first = args.Length == 0 ? "Name a command." : ErrorMapping.OneLine(parse.Errors[0].Message);
            string name = parse.CommandResult.Command == root ? "fastcore" : "fastcore " + parse.CommandResult.Command.Name;
            terminal.Error.WriteLine($"fastcore: {first} '{name} --help' says what there is.");
            return ExitCode.BadInput;
        }
        return parse.Invoke(new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            // Interrupts are handled by the process (Interrupt), once for all commands.
            ProcessTerminationTimeout = null,
        });
    }

    private static RootCommand Create(CommandContext context) => new("Autonomous conductive-AFM experiments: run, resume, replay, compare, and latent maps of what they found.")
    {
        RunCommand.Create(context),
        ResumeCommand.Create(context),
        ReplayCommand.Create(context),
        CompareCommand.Create(context),
        ReportCommand.Create(context),
        VaeCommand.Create(context),
        VirtualDeviceCommand.Create(context),
        AnalyzeCommand.Create(context),
        InfoCommand.Create(context),
        ConvertCommand.Create(context),
        DoctorCommand.Create(context),
    };
}
