using FastCore.Autonomy;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Compute.Execution;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;
using FastCore.Microscopy.Usb.Device;
using FastCore.Microscopy.Usb.UsbIp;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Host.Tests;

/// <summary>A whole run of the built program through afm-usbmock and the real libusb.</summary>
[CollectionDefinition(nameof(UsbMockRunTests), DisableParallelization = true)]
[Collection(nameof(UsbMockRunTests))]
public class UsbMockRunTests
{
    private const string Plan = """
        {"budget": 60, "seed": 5, "controller": {"kind": "KIND"}, "sweep": {"samples": 51, "durationSeconds": 0.05} }
        """;

    [Fact]
    public void Sixty_points_through_the_real_libusb_give_the_journal_of_the_device_in_process()
    {
        Assert.SkipUnless(UsbMock.Program is not null, UsbMock.SkipReason);
        using var folder = new TemporaryFolder();
        string socket = UsbMock.NewSocket();
        using (var server = new UsbIpServer(Device(TimeProvider.System), "unix:" + socket))
        {
            string plan = folder.Write("plan.json", Plan.Replace("KIND", "usb", StringComparison.Ordinal));
            (int code, string text) = UsbMock.Run(socket, Cli.Executable, "run", plan, "--controller", "usb", "--out", folder["usb"], "--quiet");
            TestContext.Current.TestOutputHelper?.WriteLine(text);
            Assert.True(code == 0, text);
            Assert.True(server.Transfers > 1000);
        }
        RunRecord linked = RunFolder.Open(folder["usb"]);
        using ExecutionBackend backend = ExecutionBackends.Open("host");
        using var local = VirtualUsbController.Open(Physics(), null, SafetyLimits.ForFrame(Film.Frame));
        RunRecord direct = AutonomousRun.Start(ExperimentPlan.Parse(Plan.Replace("KIND", "virtual", StringComparison.Ordinal)), folder["virtual"], local, backend,
            null, TestContext.Current.CancellationToken);
        Assert.Equal((RunStatus.Done, 60), (linked.Summary.Status, linked.Summary.Measured));
        Assert.Equal(direct.Steps.Select(step => (step.Candidate, step.IsSeed)), linked.Steps.Select(step => (step.Candidate, step.IsSeed)));
        Assert.Equal(direct.Steps.SelectMany(step => step.CurrentAmperes), linked.Steps.SelectMany(step => step.CurrentAmperes));
    }

    internal static readonly Film Film = Film.Create(new FilmOptions { Rows = 64, Columns = 64, Width = new Metres(1.25e-6) }, 5);

    // Motions and lines that are fast enough for a test.
    internal static SimulatedController Physics() => new(Film, new ScanOptions { LineRateHertz = 500 }, new InstrumentOptions
    {
        Motion = new MotionModel { SpeedMetresPerSecond = 20e-6, Lift = new Seconds(.004), Settle = new Seconds(.004) },
    }, 5, BiasWaveform.Triangle(new Volts(1.5), 51, new Seconds(.05)), VirtualUsbController.BehindDevice(SafetyLimits.ForFrame(Film.Frame)));

    internal static VirtualAfm Device(TimeProvider clock) => new(Physics(), new VirtualAfmOptions { WatchdogStretch = 20 }, clock,
        SafetyLimits.ForFrame(Film.Frame));
}
