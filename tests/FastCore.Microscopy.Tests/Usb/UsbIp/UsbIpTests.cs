using System.Net;
using System.Net.Sockets;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;
using FastCore.Microscopy.Usb;
using FastCore.Microscopy.Usb.Device;
using FastCore.Microscopy.Usb.UsbIp;
using Xunit;

namespace FastCore.Microscopy.Tests.Usb.UsbIp;

/// <summary>The same device over a socket, on the real clock, with motions that are fast enough for a test.</summary>
public class UsbIpTests
{
    private static readonly BiasWaveform Quick = BiasWaveform.Triangle(new Volts(1.5), 51, new Seconds(.05));
    private static readonly InstrumentOptions Fast = new()
    {
        Motion = new MotionModel { SpeedMetresPerSecond = 20e-6, Lift = new Seconds(.004), Settle = new Seconds(.004) },
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_visit_over_a_socket_gives_the_curve_of_the_device_in_process(bool unix)
    {
        string path = Path.Combine(Path.GetTempPath(), $"fc-{Environment.ProcessId}.sock");
        Assert.SkipWhen(unix && !OperatingSystem.IsLinux(), "Unix sockets are tested on Linux.");
        using var server = new UsbIpServer(Device(), unix ? "unix:" + path : "127.0.0.1:0");
        double[] remote;
        ScanImage overview;
        // A busy test machine may pause for longer than the usual 100 ms.
        using (var usb = new UsbCafmController(UsbIpTransport.Connect(server.Address), 2000))
        {
            Assert.Equal("VIRTUAL0", usb.Serial);
            overview = usb.AcquireOverview(UsbStand.Token);
            remote = Visit(usb);
        }
        using var local = VirtualUsbController.Open(Physics(), null, SafetyLimits.ForFrame(UsbStand.SmallFilm.Frame));
        Assert.Equal(local.AcquireOverview(UsbStand.Token).Values, overview.Values);
        Assert.Equal(Visit(local), remote);
        Assert.True(server.Transfers > 20);
    }

    [Fact]
    public void An_importer_that_goes_pulls_the_cable_and_the_watchdog_lifts_the_tip()
    {
        VirtualAfm device = Device();
        using var server = new UsbIpServer(device, "127.0.0.1:0");
        UsbIpTransport transport = UsbIpTransport.Connect(server.Address);
        var usb = new UsbCafmController(transport, 2000);
        usb.Approach(UsbStand.Token);
        transport.Dispose();
        Assert.Equal(InstrumentError.LinkLost, Assert.Throws<InstrumentException>(() => usb.Sweep(Quick, new double[51], UsbStand.Token)).Error);
        usb.Dispose();
        Assert.True(SpinWait.SpinUntil(() => Lifted(server), TimeSpan.FromSeconds(30)));
        using var again = new UsbCafmController(UsbIpTransport.Connect(server.Address), 2000);
        Assert.Equal(2u, again.Session.Information.BootCounter);
        Visit(again);
    }

    // OP_REQ_DEVLIST: a head of 12 bytes, the record of the device, four bytes an interface.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_list_of_devices_names_the_classes_of_the_interfaces(bool messages)
    {
        var device = new VirtualAfm(Physics(), new VirtualAfmOptions { Usbtmc = messages });
        using var server = new UsbIpServer(device, "127.0.0.1:0");
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPEndPoint.Parse(server.Address));
        socket.Send([0x01, 0x11, 0x80, 0x05, 0, 0, 0, 0]);
        var reply = new byte[512];
        int length = 0;
        for (int got = -1; got != 0; length += got)
            got = socket.Receive(reply.AsSpan(length));
        Assert.Equal([0x01, 0x11, 0x00, 0x05, 0, 0, 0, 0, 0, 0, 0, 1], reply[..12]);
        byte[] control = [0xFF, 0, 0, 0], message = [0xFE, 3, 0, 0];
        Assert.Equal(messages ? 2 : 1, reply[12 + 311]);
        Assert.Equal(messages ? [.. control, .. message] : control, reply[(12 + 312)..length]);
    }

    [Fact]
    public void Nobody_at_the_address_is_said_in_a_sentence()
    {
        var lost = Assert.Throws<InstrumentException>(() => UsbIpTransport.Connect("127.0.0.1:1"));
        Assert.Equal(InstrumentError.LinkLost, lost.Error);
        Assert.Contains("virtual-device", lost.Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => UsbIpTransport.Connect("host:port"));
    }

    private static bool Lifted(UsbIpServer server)
    {
        bool lifted = false;
        server.WithDevice(device => lifted = device.State == DeviceState.Lifted && device.WatchdogTrips == 1);
        return lifted;
    }

    private static SimulatedController Physics() => new(UsbStand.SmallFilm, new ScanOptions { LineRateHertz = 1000 }, Fast, 3, Quick,
        VirtualUsbController.BehindDevice(SafetyLimits.ForFrame(UsbStand.SmallFilm.Frame)));

    private static VirtualAfm Device() => new(Physics(), null, TimeProvider.System, SafetyLimits.ForFrame(UsbStand.SmallFilm.Frame));

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
