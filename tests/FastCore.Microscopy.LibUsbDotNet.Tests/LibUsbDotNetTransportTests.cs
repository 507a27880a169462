using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;
using FastCore.Microscopy.Usb;
using FastCore.Microscopy.Usb.Device;
using Xunit;

namespace FastCore.Microscopy.Tests.Usb;

/// <summary>The adapter with a device of the stand-in's types behind which the virtual device stands.</summary>
public class LibUsbDotNetTransportTests
{
    private static readonly BiasWaveform Quick = BiasWaveform.Triangle(new Volts(1.5), 51, new Seconds(.05));
    private static readonly Film Film = Film.Create(new FilmOptions { Rows = 16, Columns = 16, Width = new Metres(.3e-6) }, 7);
    private static readonly InstrumentOptions Fast = new()
    {
        Motion = new MotionModel { SpeedMetresPerSecond = 20e-6, Lift = new Seconds(.004), Settle = new Seconds(.004) },
        Contact = ContactOptions.Ideal,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_visit_gives_the_curve_of_the_device_in_process()
    {
        double[] curve;
        ScanImage overview;
        using (UsbCafmController usb = Open(out FakeUsbDevice device))
        {
            Assert.Equal("VIRTUAL0", usb.Serial);
            overview = usb.AcquireOverview(Token);
            curve = Visit(usb);
            Assert.True(device.IsClaimed);
        }
        using var local = VirtualUsbController.Open(Physics(), null, SafetyLimits.ForFrame(Film.Frame));
        Assert.Equal(local.AcquireOverview(Token).Values, overview.Values);
        Assert.Equal(Visit(local), curve);
    }

    [Fact]
    public void A_closed_controller_lets_go_of_its_device()
    {
        UsbCafmController usb = Open(out FakeUsbDevice device);
        usb.Dispose();
        usb.Dispose();
        Assert.Equal((false, 1), (device.IsClaimed, device.Disposals));
    }

    [Fact]
    public void A_command_allocates_nothing()
    {
        using UsbCafmController usb = Open(out _);
        for (int k = 0; k < 50; k++)
            usb.Session.Command(Opcode.GetLimits, default, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int k = 0; k < 200; k++)
            usb.Session.Command(Opcode.GetLimits, default, out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(FcpProtocol.CommandEndpoint, 6)]
    [InlineData(FcpProtocol.ReplyEndpoint, 6)]
    [InlineData(FcpProtocol.StreamEndpoint, 2)]
    [InlineData(FcpProtocol.EventEndpoint, 2)]
    public void A_stalled_endpoint_is_cleared_and_the_command_executed_once(byte endpoint, long transfer)
    {
        using UsbCafmController usb = Open(out FakeUsbDevice device, new UsbFault(endpoint, transfer, UsbFaultKind.Stall));
        Visit(usb);
        Assert.Equal((1, 0), (usb.Session.Statistics.Stalls, usb.Session.Statistics.Resynchronisations));
        Assert.Equal(1, device.Virtual.Physics.MoveCount);
    }

    [Fact]
    public void A_cable_pulled_in_a_sweep_loses_the_link()
    {
        using UsbCafmController usb = Open(out FakeUsbDevice device, new UsbFault(FcpProtocol.StreamEndpoint, 3, UsbFaultKind.Unplug));
        usb.Approach(Token);
        Assert.Equal(InstrumentError.LinkLost, Assert.Throws<InstrumentException>(() => usb.Sweep(Quick, new double[51], Token)).Error);
        Assert.Equal(InstrumentError.LinkLost, Assert.Throws<InstrumentException>(() => usb.Approach(Token)).Error);
        Assert.False(device.Virtual.IsPlugged);
    }

    [Fact]
    public void The_reflex_stops_a_sweep_below_the_trip()
    {
        using UsbCafmController usb = Open(out FakeUsbDevice device);
        usb.ReflexThreshold = new Amperes(50e-12);
        usb.Approach(Token);
        Assert.Equal(InstrumentError.OverCurrent, Assert.Throws<InstrumentException>(() => usb.Sweep(Quick, new double[51], Token)).Error);
        Assert.Equal((1, 0), (usb.Session.ReflexCount, device.Virtual.BiasMicrovolts));
    }

    [Fact]
    public void A_frame_of_whole_packets_is_ended_by_an_empty_one()
    {
        var device = new FakeUsbDevice(Device());
        using var transport = new LibUsbDotNetTransport(device, "");
        foreach (int length in new[] { 32, 512, 513, 1024 })
            Assert.Equal(UsbStatus.Ok, transport.Send(new byte[length], new Seconds(.1)));
        Assert.Equal([32, 512, 0, 513, 1024, 0], device.Written);
    }

    [Fact]
    public void A_device_that_somebody_else_has_is_said_in_a_sentence()
    {
        var device = new FakeUsbDevice(Device());
        using var first = new LibUsbDotNetTransport(device, "");
        InstrumentException lost = Assert.Throws<InstrumentException>(() => new LibUsbDotNetTransport(device, "").Dispose());
        Assert.Equal((InstrumentError.LinkLost, -6), (lost.Error, lost.NativeCode));
        Assert.Contains("close the program", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_build_without_the_package_says_how_to_make_one()
    {
        InstrumentException lost = Assert.Throws<InstrumentException>(() => LibUsbDotNetTransport.Open().Dispose());
        Assert.Equal(InstrumentError.LinkLost, lost.Error);
        Assert.Contains("-p:LibUsbDotNetPackage=VERSION", lost.Message, StringComparison.Ordinal);
    }

    private static SimulatedController Physics() => new(Film, new ScanOptions { LineRateHertz = 1000 }, Fast, 3, Quick,
        VirtualUsbController.BehindDevice(SafetyLimits.ForFrame(Film.Frame)));

    private static VirtualAfm Device(params UsbFault[] faults) => new(Physics(), new VirtualAfmOptions { Faults = faults }, TimeProvider.System,
        SafetyLimits.ForFrame(Film.Frame));

    // A busy test machine may pause for longer than the usual 100 ms of the watchdog.
    private static UsbCafmController Open(out FakeUsbDevice device, params UsbFault[] faults)
    {
        device = new FakeUsbDevice(Device(faults));
        return new UsbCafmController(new LibUsbDotNetTransport(device, device.Virtual.Options.Serial), 2000);
    }

    private static double[] Visit(UsbCafmController usb)
    {
        var current = new double[51];
        usb.MoveTo(Film.Frame.ToStage(new PixelIndex(7, 9)), Token);
        usb.Approach(Token);
        usb.Sweep(Quick, current, Token);
        usb.Retract();
        return current;
    }
}
