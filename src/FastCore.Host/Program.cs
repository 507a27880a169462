namespace FastCore.Host;

/// <summary>The executable <c>fastcore</c>: one file per command in Commands/.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
#if LIBUSBDOTNET
        FastCore.Microscopy.Usb.UsbTransport.Adapter = FastCore.Microscopy.Usb.LibUsbDotNetTransport.Open;
#endif
        Terminal terminal = Terminal.OfProcess();
        using var interrupt = new Interrupt(terminal);
        return CommandLine.Invoke(args, terminal, interrupt.Token);
    }
}
