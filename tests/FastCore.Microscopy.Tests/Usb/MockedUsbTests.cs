using System.Diagnostics;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;
using FastCore.Microscopy.Usb;
using FastCore.Microscopy.Usb.Device;
using FastCore.Microscopy.Usb.LibUsb;
using FastCore.Microscopy.Usb.UsbIp;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Microscopy.Tests.Usb;

/// <summary>
/// The real libusb of this machine with a device that afm-usbmock plugs in. They run inside that program, which <see cref="UsbMockTests"/> starts; each
/// test brings its own device to the socket that the program watches.
/// </summary>
public class MockedUsbTests
{
    private static readonly BiasWaveform Quick = BiasWaveform.Triangle(new Volts(1.5), 51, new Seconds(.05));
    private static readonly InstrumentOptions Fast = new()
    {
        Motion = new MotionModel { SpeedMetresPerSecond = 20e-6, Lift = new Seconds(.004), Settle = new Seconds(.004) },
        Contact = ContactOptions.Ideal,
    };

    public static TheoryData<string> Transports => ["libusb", "pump"];

    [Theory]
    [MemberData(nameof(Transports))]
    public void A_visit_gives_the_curve_of_the_device_in_process(string kind)
    {
        using UsbIpServer server = Plug();
        double[] curve;
        ScanImage overview;
        using (UsbCafmController usb = Open(kind))
        {
            Assert.Equal("VIRTUAL0", usb.Serial);
            overview = usb.AcquireOverview(UsbStand.Token);
            curve = Visit(usb);
        }
        using var local = VirtualUsbController.Open(Physics(), null, SafetyLimits.ForFrame(UsbStand.SmallFilm.Frame));
        Assert.Equal(local.AcquireOverview(UsbStand.Token).Values, overview.Values);
        Assert.Equal(Visit(local), curve);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public void A_command_allocates_nothing(string kind)
    {
        using UsbIpServer server = Plug();
        using UsbCafmController usb = Open(kind);
        for (int k = 0; k < 50; k++)
            usb.Session.Command(Opcode.GetLimits, default, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int k = 0; k < 200; k++)
            usb.Session.Command(Opcode.GetLimits, default, out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public void A_stalled_endpoint_is_cleared_and_the_command_executed_once(string kind)
    {
        foreach (byte endpoint in new[] { FcpProtocol.CommandEndpoint, FcpProtocol.ReplyEndpoint, FcpProtocol.StreamEndpoint, FcpProtocol.EventEndpoint })
        {
            long transfer = endpoint is FcpProtocol.StreamEndpoint or FcpProtocol.EventEndpoint ? 2 : 6;
            using UsbIpServer server = Plug(new UsbFault(endpoint, transfer, UsbFaultKind.Stall));
            using UsbCafmController usb = Open(kind);
            Visit(usb);
            Assert.Equal((1, 0), (usb.Session.Statistics.Stalls, usb.Session.Statistics.Resynchronisations));
            server.WithDevice(device => Assert.Equal(1, device.Physics.MoveCount));
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public void Silence_ends_in_a_timeout_with_the_tip_lifted(string kind)
    {
        // Five in a row: three tries of a command and more, wherever a busy machine has repeated one before.
        using UsbIpServer server = Plug([.. Enumerable.Range(12, 5).Select(k => new UsbFault(FcpProtocol.CommandEndpoint, k, UsbFaultKind.Drop))]);
        using UsbCafmController usb = Open(kind);
        usb.Approach(UsbStand.Token);
        Assert.Equal(InstrumentError.Timeout, Assert.Throws<InstrumentException>(() =>
        {
            for (int k = 0; k < 12; k++)
                usb.Session.Command(Opcode.GetLimits, default, out _);
        }).Error);
        Assert.Equal(1, usb.Session.Statistics.Resynchronisations);
        server.WithDevice(device => Assert.Equal(DeviceState.Lifted, device.State));
        usb.Retract();
        Visit(usb);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public void A_send_that_the_device_does_not_take_is_cancelled(string kind)
    {
        using UsbIpServer server = Plug(new UsbFault(FcpProtocol.CommandEndpoint, 5, UsbFaultKind.Busy) { Duration = new Seconds(.12) });
        using UsbCafmController usb = Open(kind);
        usb.Session.Command(Opcode.GetLimits, default, out _);
        Visit(usb);
        Assert.True(usb.Session.Statistics.Retries >= 1);
        server.WithDevice(device => Assert.Equal(1, device.Physics.MoveCount));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public void A_cable_pulled_in_a_sweep_loses_the_link_and_a_new_session_finds_the_device_started_anew(string kind)
    {
        using UsbIpServer server = Plug(new UsbFault(FcpProtocol.StreamEndpoint, 3, UsbFaultKind.Unplug));
        using UsbCafmController usb = Open(kind);
        usb.Approach(UsbStand.Token);
        Assert.Equal(InstrumentError.LinkLost, Assert.Throws<InstrumentException>(() => usb.Sweep(Quick, new double[51], UsbStand.Token)).Error);
        Assert.Equal(InstrumentError.LinkLost, Assert.Throws<InstrumentException>(() => usb.Approach(UsbStand.Token)).Error);
        using UsbCafmController again = Open(kind);
        Assert.Equal(2u, again.Session.Information.BootCounter);
        Assert.Equal(InstrumentError.LinkLost, Assert.Throws<InstrumentException>(() => usb.Approach(UsbStand.Token)).Error);
        Visit(again);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public void A_closed_controller_can_be_opened_again(string kind)
    {
        using UsbIpServer server = Plug();
        for (int k = 0; k < 5; k++)
        {
            using UsbCafmController usb = Open(kind);
            Assert.Equal(1u, usb.Session.Information.BootCounter);
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public void The_reflex_stops_a_sweep_below_the_trip(string kind)
    {
        using UsbIpServer server = Plug();
        using UsbCafmController usb = Open(kind);
        usb.ReflexThreshold = new Amperes(50e-12);
        usb.Approach(UsbStand.Token);
        Assert.Equal(InstrumentError.OverCurrent, Assert.Throws<InstrumentException>(() => usb.Sweep(Quick, new double[51], UsbStand.Token)).Error);
        Assert.Equal(1, usb.Session.ReflexCount);
        server.WithDevice(device => Assert.Equal((DeviceState.Contact, 0), (device.State, device.BiasMicrovolts)));
        usb.Retract();
        usb.ReflexThreshold = new Amperes(double.PositiveInfinity);
        Visit(usb);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public void A_serial_number_that_nobody_has_is_named(string kind)
    {
        using UsbIpServer server = Plug();
        Open(kind).Dispose();
        InstrumentException lost = Assert.Throws<InstrumentException>(() => OpenTransport(kind, "ANOTHER").Dispose());
        Assert.Equal(InstrumentError.LinkLost, lost.Error);
        Assert.Contains("ANOTHER", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_pump_keeps_the_watchdog_quiet_while_its_caller_lives()
    {
        using UsbIpServer server = Plug();
        using var usb = new UsbCafmController(Wait(() => PumpTransport.Open()), 500);
        usb.Approach(UsbStand.Token);
        // Without a heartbeat of the session: only the pump's, for as long as its functions are called.
        long end = usb.Session.NowNanoseconds + 1_500_000_000;
        while (usb.Session.NowNanoseconds < end)
            usb.Session.TryEvent(new Seconds(5e-3), out _);
        server.WithDevice(device => Assert.Equal((DeviceState.Contact, 0), (device.State, device.WatchdogTrips)));
        Assert.Equal(0, usb.Session.Statistics.StaleFrames);
        // A caller that says nothing is dead, however well its pump is.
        Assert.True(SpinWait.SpinUntil(() => Lifted(server), TimeSpan.FromSeconds(30)));
        Visit(usb);
    }

    private static bool Lifted(UsbIpServer server)
    {
        bool lifted = false;
        server.WithDevice(device => lifted = device.State == DeviceState.Lifted && device.WatchdogTrips == 1);
        return lifted;
    }

    private static UsbIpServer Plug(params UsbFault[] faults)
    {
        Assert.SkipUnless(UsbMock.Socket is not null, "Runs inside afm-usbmock, which UsbMockTests starts.");
        var device = new VirtualAfm(Physics(), new VirtualAfmOptions { Faults = faults }, TimeProvider.System,
            SafetyLimits.ForFrame(UsbStand.SmallFilm.Frame));
        // A child that was killed leaves its socket behind.
        File.Delete(UsbMock.Socket!);
        return new UsbIpServer(device, "unix:" + UsbMock.Socket);
    }

    private static SimulatedController Physics() => new(UsbStand.SmallFilm, new ScanOptions { LineRateHertz = 1000 }, Fast, 3, Quick,
        VirtualUsbController.BehindDevice(SafetyLimits.ForFrame(UsbStand.SmallFilm.Frame)));

    // Without the pump's own heartbeats: they would be counted among the transfers that faults are scripted for.
    private static IUsbTransport OpenTransport(string kind, string? serial = null) => kind == "pump" ? PumpTransport.Open(serial, heartbeat: false)
        : LibUsbTransport.Open(serial);

    // Hotplug takes its time. A busy test machine may pause for longer than the usual 100 ms of the watchdog.
    private static UsbCafmController Open(string kind) => Wait(() => new UsbCafmController(OpenTransport(kind), 2000));

    private static T Wait<T>(Func<T> open)
    {
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return open();
            }
            catch (InstrumentException) when (Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(20))
            {
                Thread.Sleep(20);
            }
        }
    }

    private static double[] Visit(UsbCafmController usb)
    {
        var current = new double[51];
        usb.MoveTo(UsbStand.Place(7, 9), UsbStand.Token);
        usb.Approach(UsbStand.Token);
        usb.Sweep(Quick, current, UsbStand.Token);
        usb.Retract();
        return current;
    }
}
