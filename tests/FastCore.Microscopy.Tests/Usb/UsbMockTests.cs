using FastCore.Microscopy.Control;
using FastCore.Microscopy.Usb.Device;
using FastCore.Microscopy.Usb.UsbIp;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Microscopy.Tests.Usb;

/// <summary>Starts what runs through the real libusb. Alone: a machine that runs all other tests meanwhile answers late.</summary>
[CollectionDefinition(nameof(UsbMockTests), DisableParallelization = true)]
[Collection(nameof(UsbMockTests))]
public class UsbMockTests
{
    [Fact]
    public void The_link_holds_through_the_real_libusb()
    {
        Assert.SkipUnless(UsbMock.Program is not null, UsbMock.SkipReason);
        Passed(UsbMock.RunClass(UsbMock.NewSocket(), typeof(MockedUsbTests)));
    }

    // The device is in this process: the collections that press the reader do not press it.
    [Fact]
    public void A_stream_through_the_pump_has_no_gap()
    {
        Assert.SkipUnless(UsbMock.Program is not null, UsbMock.SkipReason);
        string socket = UsbMock.NewSocket();
        var device = new VirtualAfm(UsbStand.Physics(), null, TimeProvider.System, SafetyLimits.ForFrame(UsbStand.SmallFilm.Frame));
        using var server = new UsbIpServer(device, "unix:" + socket);
        Passed(UsbMock.RunClass(socket, typeof(MockedStreamTests)));
    }

    private static void Passed((int Code, string Text) ended)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(ended.Text);
        Assert.True(ended.Code == 0, ended.Text);
        Assert.Contains("Failed: 0, Skipped: 0", ended.Text, StringComparison.Ordinal);
    }
}
