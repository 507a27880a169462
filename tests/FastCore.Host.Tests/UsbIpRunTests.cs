using System.Diagnostics;
using FastCore.Autonomy;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Compute.Execution;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Usb;
using FastCore.Microscopy.Usb.Device;
using FastCore.Microscopy.Usb.UsbIp;
using Xunit;

namespace FastCore.Host.Tests;

/// <summary>A run whose controller is in another process, or might be: <c>--controller usbip:ADDRESS</c> and <c>fastcore virtual-device</c>.</summary>
public class UsbIpRunTests
{
    private const string Plan = """
        {"budget": 8, "seed": 5, "controller": {"kind": "virtual"}, "sweep": {"samples": 51, "durationSeconds": 0.05} }
        """;

    [Fact]
    public void A_run_through_a_socket_gives_the_journal_of_the_device_in_process()
    {
        using var folder = new TemporaryFolder();
        string plan = folder.Write("plan.json", Plan);
        using (var server = new UsbIpServer(UsbMockRunTests.Device(TimeProvider.System), "127.0.0.1:0"))
        {
            Cli.Result ended = Cli.Run("run", plan, "--controller", "usbip:" + server.Address, "--out", folder["usbip"], "--quiet");
            Assert.True(ended.Code == 0, ended.Error);
            server.WithDevice(device => Assert.Equal(DeviceState.Lifted, device.State));
        }
        RunRecord linked = RunFolder.Open(folder["usbip"]);
        using ExecutionBackend backend = ExecutionBackends.Open("host");
        using var local = VirtualUsbController.Open(UsbMockRunTests.Physics(), null, SafetyLimits.ForFrame(UsbMockRunTests.Film.Frame));
        RunRecord direct = AutonomousRun.Start(ExperimentPlan.Parse(Plan), folder["virtual"], local, backend, null, TestContext.Current.CancellationToken);
        Assert.Equal((RunStatus.Done, 8), (linked.Summary.Status, linked.Summary.Measured));
        Assert.Equal(direct.Steps.Select(step => step.Candidate), linked.Steps.Select(step => step.Candidate));
        Assert.Equal(direct.Steps.SelectMany(step => step.CurrentAmperes), linked.Steps.SelectMany(step => step.CurrentAmperes));
    }

    [Fact]
    public void Nobody_at_the_address_ends_with_code_3_and_one_sentence()
    {
        using var folder = new TemporaryFolder();
        Cli.Result ended = Cli.Run("run", folder.Write("plan.json", Plan), "--controller", "usbip:127.0.0.1:1", "--out", folder["out"], "--quiet");
        Assert.Equal(ExitCode.InstrumentFault, ended.Code);
        Assert.Contains("virtual-device", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_virtual_device_serves_a_client_and_ends_when_it_is_interrupted()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with kill, which Windows does not have");
        using var folder = new TemporaryFolder();
        string plan = folder.Write("plan.json", """{ "controller": { "film": { "rows": 32, "columns": 32, "widthMetres": 6e-7 } } }""");
        using Process process = Cli.Start(folder.Path, "virtual-device", "127.0.0.1:0", plan);
        string said = process.StandardOutput.ReadLine() ?? "";
        string address = said.Split(" at ")[^1].Split(';')[0];
        using (var usb = new UsbCafmController(UsbIpTransport.Connect(address), 2000))
        {
            Assert.Equal("VIRTUAL0", usb.Serial);
            Assert.Contains(usb.Identity, said, StringComparison.Ordinal);
            usb.Approach(TestContext.Current.CancellationToken);
            Assert.Equal(NakReason.None, usb.Session.Command(Opcode.GetLimits, default, out _));
            usb.Retract();
        }
        using (Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            kill.WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.Equal(0, process.ExitCode);
    }
}
