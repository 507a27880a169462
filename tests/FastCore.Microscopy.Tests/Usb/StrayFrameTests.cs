using System.Buffers.Binary;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Units;
using FastCore.Microscopy.Usb;
using FastCore.Microscopy.Usb.Device;
using Xunit;

namespace FastCore.Microscopy.Tests.Usb;

/// <summary>Good frames that are not meant for the host any more: each is put in front of what the device sends.</summary>
public sealed class StrayFrameTests : IDisposable
{
    private readonly StrayTransport transport;
    private readonly FcpSession session;
    private readonly uint epoch;

    public StrayFrameTests()
    {
        var clock = new VirtualClock();
        transport = new StrayTransport(new InProcessTransport(new VirtualAfm(UsbStand.Physics(), null, clock), clock));
        session = new FcpSession(transport);
        session.Open();
        var bytes = new byte[DeviceInformation.Length];
        transport.ControlIn(VendorRequest.GetInformation, 0, bytes, new Seconds(1), out _);
        epoch = DeviceInformation.Read(bytes).Epoch;
    }

    public void Dispose() => session.Dispose();

    // The right sequence number in another epoch, or another one in the right epoch: neither is the reply.
    [Theory]
    [InlineData(0, -1)]
    [InlineData(0, 1)]
    [InlineData(-1, 0)]
    [InlineData(1, 0)]
    public void A_reply_of_another_epoch_or_command_is_dropped(int sequence, int ahead)
    {
        Assert.Equal(NakReason.None, session.Command(Opcode.GetLimits, default, out ReadOnlySpan<byte> reply));
        DeviceLimits limits = DeviceLimits.Read(reply);
        Stray(UsbPipe.Replies, FrameType.Acknowledge, (uint)(session.LastSequence + 1 + sequence), (uint)(epoch + ahead),
            Reply(8, new byte[DeviceLimits.Length]));
        Assert.Equal(NakReason.None, session.Command(Opcode.GetLimits, default, out reply));
        Assert.Equal(limits, DeviceLimits.Read(reply));
        Assert.Equal((1, 0), (session.Statistics.StaleFrames, session.Statistics.Retries));
    }

    [Fact]
    public void Samples_of_another_epoch_are_dropped()
    {
        Stray(UsbPipe.Stream, FrameType.Stream, 0, epoch - 1, new byte[16]);
        Assert.False(session.TryStream(default, out _, out _));
        Assert.Equal(1, session.Statistics.StaleFrames);
        Stray(UsbPipe.Stream, FrameType.Stream, 7, epoch, new byte[16]);
        Assert.True(session.TryStream(default, out FrameHeader header, out _));
        Assert.Equal(7u, header.Sequence);
        session.ReleaseStream();
    }

    [Fact]
    public void Events_of_another_epoch_are_dropped()
    {
        var payload = new byte[DeviceEvent.Length];
        new DeviceEvent(EventCode.Finished, NakReason.None, 5, 0, 0, 0, 0).Write(payload);
        Stray(UsbPipe.Events, FrameType.Event, 0, epoch - 1, payload);
        Assert.False(session.TryEvent(default, out _));
        Assert.Equal(1, session.Statistics.StaleFrames);
        Stray(UsbPipe.Events, FrameType.Event, 1, epoch, payload);
        Assert.True(session.TryEvent(default, out DeviceEvent happened));
        Assert.Equal(5u, happened.Sequence);
    }

    [Fact]
    public void Samples_of_another_command_are_not_taken_for_those_of_the_sweep() => SweepIsThatOfACleanLink(ahead: 0, first: 0, count: 1);

    [Theory]
    [InlineData(int.MaxValue, 1)]
    [InlineData(250, int.MaxValue)]
    [InlineData(-1, 1)]
    [InlineData(251, 1)]
    public void Samples_with_impossible_numbers_are_not_taken(int first, int count) => SweepIsThatOfACleanLink(ahead: 1, first, count);

    // Had it been executed, the next command would carry a sequence number that has been.
    [Fact]
    public void A_command_of_another_epoch_is_not_executed()
    {
        var frame = new byte[FrameCodec.FrameLength(2)];
        FrameCodec.Encode(new FrameHeader(FrameType.Command, (ushort)Opcode.SetFeedback, session.LastSequence + 1, epoch - 1, 0, 0, FrameMarks.None),
            new byte[2], frame);
        Assert.Equal(UsbStatus.Ok, transport.Send(frame, new Seconds(.1)));
        Assert.Equal(NakReason.None, session.Command(Opcode.GetLimits, default, out ReadOnlySpan<byte> reply));
        Assert.Equal(DeviceLimits.Length, reply.Length);
        Assert.Equal((0, 0), (session.Statistics.StaleFrames, session.Statistics.Retries));
    }

    [Fact]
    public void The_device_says_how_many_commands_it_takes()
    {
        Assert.Equal(8, session.Credits);
        Stray(UsbPipe.Replies, FrameType.Acknowledge, session.LastSequence + 1, epoch, Reply(2, []));
        session.Command(Opcode.StreamStop, default, out _);
        Assert.Equal(2, session.Credits);
        session.Post(Opcode.GetLimits, default);
        session.Post(Opcode.GetLimits, default);
        Assert.Throws<InvalidOperationException>(() => session.Post(Opcode.GetLimits, default));
    }

    // With one frame of samples put in: of the sweep itself (ahead 1), or of the command before it (0).
    private void SweepIsThatOfACleanLink(uint ahead, int first, int count)
    {
        using VirtualUsbController clean = UsbStand.Open();
        double[] expected = UsbStand.Visit(clean, 9, 9);
        using var usb = new UsbCafmController(transport);
        usb.MoveTo(UsbStand.Place(9, 9), UsbStand.Token);
        usb.Approach(UsbStand.Token);
        var payload = new byte[12 + 4];
        BinaryPrimitives.WriteUInt32LittleEndian(payload, usb.Session.LastSequence + ahead);
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(4), first);
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(8), count);
        BinaryPrimitives.WriteSingleLittleEndian(payload.AsSpan(12), 1f);
        // Behind the sweep's own: a first sample that came before would be overwritten.
        transport.Behind = 3;
        Stray(UsbPipe.Stream, FrameType.Stream, 0, EpochOfDevice(), payload, code: 1);
        var current = new double[251];
        usb.Sweep(UsbStand.Waveform, current, UsbStand.Token);
        Assert.Equal(expected, current);
        Assert.True(transport.IsEmpty);
    }

    private static byte[] Reply(ushort credits, byte[] reply)
    {
        byte[] payload = [0, 0, 0, 0, .. reply];
        BinaryPrimitives.WriteUInt16LittleEndian(payload, credits);
        return payload;
    }

    private uint EpochOfDevice()
    {
        var bytes = new byte[DeviceInformation.Length];
        transport.ControlIn(VendorRequest.GetInformation, 0, bytes, new Seconds(1), out _);
        return DeviceInformation.Read(bytes).Epoch;
    }

    private void Stray(UsbPipe pipe, FrameType type, uint sequence, uint ofEpoch, byte[] payload, ushort code = 0)
    {
        var frame = new byte[FrameCodec.FrameLength(payload.Length)];
        FrameCodec.Encode(new FrameHeader(type, code, sequence, ofEpoch, 0, 0, FrameMarks.None), payload, frame);
        transport.Stray(pipe, frame);
    }

    private sealed class StrayTransport(IUsbTransport inner) : IUsbTransport
    {
        private readonly byte[]?[] strays = new byte[]?[3];
        private readonly bool[] lent = new bool[3];

        /// <summary>Transfers of the device that go first.</summary>
        public int Behind { get; set; }

        public bool IsEmpty => strays.All(stray => stray is null);

        public TimeProvider Clock => inner.Clock;

        public string Serial => inner.Serial;

        public long ReflexCount => inner.ReflexCount;

        public void Stray(UsbPipe pipe, byte[] transfer) => strays[(int)pipe] = transfer;

        public UsbStatus ControlIn(VendorRequest request, uint value, Span<byte> destination, Seconds timeout, out int length) =>
            inner.ControlIn(request, value, destination, timeout, out length);

        public UsbStatus ControlOut(VendorRequest request, uint value, Seconds timeout) => inner.ControlOut(request, value, timeout);

        public UsbStatus Send(ReadOnlySpan<byte> transfer, Seconds timeout) => inner.Send(transfer, timeout);

        public UsbStatus Receive(UsbPipe pipe, Seconds timeout, out ReadOnlySpan<byte> transfer)
        {
            if (strays[(int)pipe] is not { } stray || Behind > 0)
            {
                UsbStatus status = inner.Receive(pipe, timeout, out transfer);
                Behind -= status == UsbStatus.Ok && strays[(int)pipe] is not null ? 1 : 0;
                return status;
            }
            (strays[(int)pipe], lent[(int)pipe]) = (null, true);
            transfer = stray;
            return UsbStatus.Ok;
        }

        public void Release(UsbPipe pipe)
        {
            if (!lent[(int)pipe])
                inner.Release(pipe);
            lent[(int)pipe] = false;
        }

        public UsbStatus ClearHalt(UsbPipe? pipe) => inner.ClearHalt(pipe);

        public void Discard() => inner.Discard();

        public bool ArmReflex(float threshold, ReadOnlySpan<byte> frame) => inner.ArmReflex(threshold, frame);

        public void Dispose() => inner.Dispose();
    }
}
