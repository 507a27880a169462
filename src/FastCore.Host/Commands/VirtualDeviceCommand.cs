using System.CommandLine;
using System.Net.Sockets;
using FastCore.Autonomy;
using FastCore.Autonomy.Plan;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Usb.Device;
using FastCore.Microscopy.Usb.UsbIp;

namespace FastCore.Host.Commands;

/// <summary><c>fastcore virtual-device</c>: a simulated controller that other processes, or a Linux kernel, can plug in by USB/IP.</summary>
internal static class VirtualDeviceCommand
{
    public static Command Create(CommandContext context)
    {
        var address = new Argument<string>("ADDRESS") { Description = "Where to listen: HOST:PORT (usbip attach wants port 3240) or unix:PATH." };
        var plan = new Argument<string?>("PLAN.json")
        {
            Description = "Whose film stands behind it; the default film without one.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<long?> seed = CommonOptions.Number("--seed", "Seed of film and instrument.", long.MinValue);
        var command = new Command("virtual-device", "Offer a simulated controller by USB/IP until interrupted.") { address, plan, seed };
        command.SetAction(parse => context.Guard(() =>
        {
            ExperimentPlan asked = Engine.PlanOf(new RunRequest { PlanFile = parse.GetValue(plan), Seed = parse.GetValue(seed) });
            return Execute(context, parse.GetValue(address)!, asked);
        }));
        return command;
    }

    private static int Execute(CommandContext context, string address, ExperimentPlan plan)
    {
        SimulatedController physics = InstrumentFactory.OpenFilm(plan, behindDevice: true);
        var device = new VirtualAfm(physics, new VirtualAfmOptions { Usbtmc = true }, TimeProvider.System, SafetyLimits.ForFrame(physics.OverviewFrame));
        UsbIpServer server;
        try
        {
            server = new UsbIpServer(device, address);
        }
        catch (SocketException exception)
        {
            throw new BadInputException($"Nothing can listen at '{address}': {exception.Message}. Choose another address.", exception);
        }
        using (server)
        {
            context.Terminal.Out.WriteLine($"{physics.Identity} at {server.Address}; 'fastcore run --controller usbip:{server.Address}' uses it, "
                + "'usbip attach -r HOST -b 1-1' plugs it into a Linux kernel. Interrupt to end.");
            context.Token.WaitHandle.WaitOne();
        }
        return ExitCode.Done;
    }
}
