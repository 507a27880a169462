namespace FastCore.Host;

/// <summary>The executable <c>fastcore</c>: one file per command in Commands/.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        using var interrupt = new Interrupt();
        return CommandLine.Invoke(args, Terminal.OfProcess(), interrupt.Token);
    }
}
