using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Units;
using FastCore.Microscopy.Usb;
using FastCore.Microscopy.Usb.Device;
using Xunit;

namespace FastCore.Microscopy.Tests.Usb;

public class FcpSessionTests
{
    [Fact]
    public void A_lost_reply_does_not_execute_twice()
    {
        // The fourth reply is that of the first command behind the opening.
        using VirtualUsbController usb = UsbStand.Open(new VirtualAfmOptions { Faults = [new UsbFault(FcpProtocol.ReplyEndpoint, 4, UsbFaultKind.Drop)] });
        usb.MoveTo(UsbStand.Place(4, 4), UsbStand.Token);
        Assert.Equal((1, 1, 1), (usb.Device.OperationsBegun, usb.Device.RepeatedCommands, usb.Session.Statistics.Retries));
        Assert.Equal(1, usb.Device.Physics.MoveCount);
    }

    [Theory]
    [InlineData(UsbFaultKind.Drop)]
    [InlineData(UsbFaultKind.Corrupt)]
    [InlineData(UsbFaultKind.Truncate)]
    [InlineData(UsbFaultKind.Duplicate)]
    [InlineData(UsbFaultKind.Stall)]
    public void A_command_that_suffers_on_the_way_is_executed_once(UsbFaultKind kind)
    {
        using VirtualUsbController usb = UsbStand.Open(new VirtualAfmOptions { Faults = [new UsbFault(FcpProtocol.CommandEndpoint, 4, kind)] });
        usb.MoveTo(UsbStand.Place(4, 4), UsbStand.Token);
        Assert.Equal((1, 1), (usb.Device.OperationsBegun, usb.Device.Physics.MoveCount));
        Assert.Equal(kind == UsbFaultKind.Duplicate ? 0 : 1, usb.Session.Statistics.Retries);
        Assert.Equal(0, usb.Session.Statistics.Resynchronisations);
    }

    [Fact]
    public void Posted_commands_are_limited_by_credits_and_a_gap_is_closed_in_order()
    {
        using VirtualUsbController usb = UsbStand.Open(new VirtualAfmOptions { Faults = [new UsbFault(FcpProtocol.CommandEndpoint, 5, UsbFaultKind.Drop)] });
        var sequences = new uint[8];
        for (int k = 0; k < 8; k++)
            sequences[k] = usb.Session.Post(Opcode.GetLimits, default);
        Assert.Throws<InvalidOperationException>(() => usb.Session.Post(Opcode.GetLimits, default));
        for (int k = 0; k < 8; k++)
        {
            Assert.Equal(NakReason.None, usb.Session.Await(sequences[k], Opcode.GetLimits, out ReadOnlySpan<byte> reply));
            Assert.Equal(DeviceLimits.From(usb.Limits), DeviceLimits.Read(reply));
        }
        Assert.Equal(sequences[^1], usb.Session.LastSequence);
        usb.MoveTo(UsbStand.Place(4, 4), UsbStand.Token);
    }

    // 20 and 40 ms are waited for in vain.
    [Fact]
    public void The_third_try_of_a_command_is_answered_after_60_ms()
    {
        UsbFault[] silent = [.. Enumerable.Range(4, 2).Select(k => new UsbFault(FcpProtocol.CommandEndpoint, k, UsbFaultKind.Drop))];
        using VirtualUsbController usb = UsbStand.Open(new VirtualAfmOptions { Faults = silent });
        long before = usb.Device.NowNanoseconds;
        Assert.Equal(NakReason.None, usb.Session.Command(Opcode.GetLimits, default, out _));
        Assert.InRange(usb.Device.NowNanoseconds - before, 60_000_000, 61_000_000);
        Assert.Equal((2, 0), (usb.Session.Statistics.Retries, usb.Session.Statistics.Resynchronisations));
    }

    [Fact]
    public void Three_tries_without_an_answer_resynchronise_lift_the_tip_and_may_be_repeated()
    {
        UsbFault[] silent = [.. Enumerable.Range(6, 3).Select(k => new UsbFault(FcpProtocol.CommandEndpoint, k, UsbFaultKind.Drop))];
        using VirtualUsbController usb = UsbStand.Open(new VirtualAfmOptions { Faults = silent });
        uint epoch = Information(usb).Epoch;
        InstrumentException? fault = null;
        try
        {
            UsbStand.Visit(usb, 3, 3);
        }
        catch (InstrumentException exception)
        {
            fault = exception;
        }
        Assert.Equal(InstrumentError.Timeout, fault!.Error);
        Assert.Equal(DeviceState.Lifted, usb.Device.State);
        Assert.Equal((1, epoch + 1), (usb.Session.Statistics.Resynchronisations, Information(usb).Epoch));
        Assert.Contains("MoveTip", usb.Session.FaultTrace, StringComparison.Ordinal);
        usb.Retract();
        UsbStand.Visit(usb, 3, 3);
    }

    [Fact]
    public void A_firmware_of_another_major_version_is_refused_with_what_to_do()
    {
        var refused = Assert.Throws<InstrumentException>(() => UsbStand.Open(new VirtualAfmOptions { Major = 2, Firmware = 0x0213 }));
        Assert.Equal(InstrumentError.Refused, refused.Error);
        Assert.Contains("2.13", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void After_a_replug_nothing_moves_until_a_new_session_is_opened()
    {
        using VirtualUsbController usb = UsbStand.Open();
        usb.MoveTo(UsbStand.Place(3, 3), UsbStand.Token);
        usb.Approach(UsbStand.Token);
        usb.Device.Unplug();
        Assert.Equal(InstrumentError.LinkLost, Assert.Throws<InstrumentException>(() => usb.Sweep(UsbStand.Waveform, new double[251], UsbStand.Token)).Error);
        UsbStand.Pass(usb, .2);
        Assert.Equal((DeviceState.Lifted, 1), (usb.Device.State, usb.Device.WatchdogTrips));
        usb.Device.Replug();
        long begun = usb.Device.OperationsBegun;
        uint boot = usb.Session.Information.BootCounter;
        Assert.Throws<InstrumentException>(() => usb.MoveTo(UsbStand.Place(5, 5), UsbStand.Token));
        Assert.Throws<InstrumentException>(() => usb.Approach(UsbStand.Token));
        usb.Retract();
        Assert.Equal(begun, usb.Device.OperationsBegun);
        using var again = new UsbCafmController(new InProcessTransport(usb.Device, usb.Clock));
        Assert.Equal(boot + 1, again.Session.Information.BootCounter);
        Assert.Equal(begun, usb.Device.OperationsBegun);
        UsbStand.Visit(again, 5, 5);
    }

    [Fact]
    public void A_retract_on_endpoint_0_lifts_the_tip_without_a_command()
    {
        using VirtualUsbController usb = UsbStand.Open();
        usb.Approach(UsbStand.Token);
        Assert.Equal(DeviceState.Contact, usb.Device.State);
        Assert.True(usb.Session.SafeRetract());
        Assert.Equal((DeviceState.Lifted, TipState.Lifted), (usb.Device.State, usb.Device.Physics.State));
    }

    [Fact]
    public void Lost_stream_frames_are_read_again()
    {
        UsbFault[] faults = [new UsbFault(FcpProtocol.StreamEndpoint, 3, UsbFaultKind.Drop), new UsbFault(FcpProtocol.StreamEndpoint, 9,
            UsbFaultKind.Overrun), new UsbFault(FcpProtocol.StreamEndpoint, 20, UsbFaultKind.Corrupt)];
        using VirtualUsbController lossy = UsbStand.Open(new VirtualAfmOptions { Faults = faults });
        using VirtualUsbController clean = UsbStand.Open();
        Assert.Equal(UsbStand.Visit(clean, 9, 9), UsbStand.Visit(lossy, 9, 9));
    }

    [Fact]
    public void The_trace_keeps_the_last_4096_frames()
    {
        var trace = new TraceRing();
        for (uint k = 0; k < 5000; k++)
            trace.Note(k * 1000L, true, new FrameHeader(FrameType.Command, (ushort)Opcode.Heartbeat, k, 1, 0, 0, FrameMarks.None));
        string[] lines = trace.Dump().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4096, lines.Length);
        Assert.Contains("seq 904 ", lines[0], StringComparison.Ordinal);
        Assert.Contains("seq 4999 ", lines[^1], StringComparison.Ordinal);
    }

    // More than eight places without a good frame in a second: the line is not trusted any more.
    [Theory]
    [InlineData(8, 0)]
    [InlineData(9, 1)]
    public void Too_many_corrupt_frames_a_second_resynchronise_the_link(int corrupt, long resynchronisations)
    {
        UsbFault[] faults = [.. Enumerable.Range(3, corrupt).Select(k => new UsbFault(FcpProtocol.StreamEndpoint, k, UsbFaultKind.Truncate))];
        using VirtualUsbController usb = UsbStand.Open(new VirtualAfmOptions { Faults = faults });
        using VirtualUsbController clean = UsbStand.Open();
        if (resynchronisations == 0)
            Assert.Equal(UsbStand.Visit(clean, 9, 9), UsbStand.Visit(usb, 9, 9));
        else
            Assert.Equal(InstrumentError.Timeout, Assert.Throws<InstrumentException>(() => UsbStand.Visit(usb, 9, 9)).Error);
        Assert.Equal((corrupt, resynchronisations), (usb.Session.Statistics.CorruptFrames, usb.Session.Statistics.Resynchronisations));
        Assert.Equal(DeviceState.Lifted, usb.Device.State);
    }

    [Fact]
    public void A_single_lost_sample_is_read_again()
    {
        // One sample a frame: one, two in a row, and the last of all are lost.
        var options = new VirtualAfmOptions
        {
            StreamInterval = new Seconds(1 / 251.0 + 1e-6),
            Faults = [new UsbFault(FcpProtocol.StreamEndpoint, 5, UsbFaultKind.Drop),
            new UsbFault(FcpProtocol.StreamEndpoint, 7, UsbFaultKind.Drop), new UsbFault(FcpProtocol.StreamEndpoint, 8, UsbFaultKind.Drop),
            new UsbFault(FcpProtocol.StreamEndpoint, 251, UsbFaultKind.Drop)]
        };
        using VirtualUsbController lossy = UsbStand.Open(options);
        using VirtualUsbController clean = UsbStand.Open();
        Assert.Equal(UsbStand.Visit(clean, 9, 9), UsbStand.Visit(lossy, 9, 9));
    }

    private static DeviceInformation Information(VirtualUsbController usb)
    {
        var request = new UsbRequest(64) { RequestType = 0xC0, Request = (byte)VendorRequest.GetInformation, Length = 64 };
        Action<UsbRequest>? told = usb.Device.Completed;
        usb.Device.Completed = null;
        usb.Device.Submit(request);
        usb.Device.Completed = told;
        return DeviceInformation.Read(request.Buffer);
    }
}
