using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;
using FastCore.Microscopy.Usb;
using FastCore.Microscopy.Usb.Device;
using Xunit;

namespace FastCore.Microscopy.Tests.Usb;

public class UsbCafmControllerTests
{
    [Fact]
    public void Measures_what_the_simulated_instrument_measures()
    {
        using VirtualUsbController usb = UsbStand.Open();
        using var simulated = new SimulatedController(UsbStand.SmallFilm, null, null, 3, UsbStand.Waveform);
        Assert.Equal(simulated.Identity, usb.Identity);
        ScanImage image = usb.AcquireOverview(UsbStand.Token), direct = simulated.AcquireOverview(UsbStand.Token);
        Assert.Equal(direct.Values, image.Values);
        Assert.Equal(direct.Frame, image.Frame);
        foreach ((int row, int column) in new[] { (3, 4), (20, 9), (31, 31), (3, 4) })
        {
            // Both ends of the link know whole picometres.
            StagePosition place = UsbStand.Place(row, column);
            var rounded = new StagePosition(new Metres(Math.Round(place.X.Value * 1e12) / 1e12), new Metres(Math.Round(place.Y.Value * 1e12) / 1e12));
            StagePosition read = usb.MoveTo(place, UsbStand.Token), directRead = simulated.MoveTo(rounded, UsbStand.Token);
            Assert.Equal(directRead.X.Value, read.X.Value, .6e-12);
            Assert.Equal(directRead.Y.Value, read.Y.Value, .6e-12);
            double[] current = new double[251], directCurrent = new double[251];
            usb.Approach(UsbStand.Token);
            simulated.Approach(UsbStand.Token);
            usb.Sweep(UsbStand.Waveform, current, UsbStand.Token);
            simulated.Sweep(UsbStand.Waveform, directCurrent, UsbStand.Token);
            Assert.Equal(directCurrent.Select(c => (double)(float)c), current);
            usb.Retract();
            simulated.Retract();
        }
        Assert.Equal(0, usb.Session.Statistics.Retries);
        Assert.Equal(DeviceState.Lifted, usb.Device.State);
    }

    [Fact]
    public void Lines_and_tables_are_swept_too()
    {
        using VirtualUsbController usb = UsbStand.Open();
        var table = BiasWaveform.FromSamples([0, .3, .9, 1.2, .5, -.1], new Seconds(.5));
        foreach (BiasWaveform waveform in new[] { BiasWaveform.Line(new Volts(-.5), new Volts(1), 101, new Seconds(.4)), table })
        {
            using var simulated = new SimulatedController(UsbStand.SmallFilm, null, null, 3, UsbStand.Waveform);
            using VirtualUsbController fresh = UsbStand.Open();
            double[] current = new double[waveform.Count], direct = new double[waveform.Count];
            simulated.Approach(UsbStand.Token);
            fresh.Approach(UsbStand.Token);
            simulated.Sweep(waveform, direct, UsbStand.Token);
            fresh.Sweep(waveform, current, UsbStand.Token);
            Assert.Equal(direct.Select(c => (double)(float)c), current);
        }
    }

    [Fact]
    public void A_visit_allocates_nothing()
    {
        using VirtualUsbController usb = UsbStand.Open();
        var current = new double[251];
        // The device remembers the ions of each pixel: both are visited before.
        StagePosition first = UsbStand.Place(5, 5), second = UsbStand.Place(25, 20);
        for (int k = 0; k < 3; k++)
        {
            Visit(usb, first, current);
            Visit(usb, second, current);
        }
        long commands = usb.Session.Statistics.Commands;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int k = 0; k < 5; k++)
        {
            Visit(usb, first, current);
            Visit(usb, second, current);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(usb.Session.Statistics.Commands - commands >= 40);
    }

    [Fact]
    public void Limits_are_checked_before_anything_is_sent()
    {
        using VirtualUsbController usb = UsbStand.Open();
        usb.Approach(UsbStand.Token);
        long frames = usb.Session.Trace.Count;
        Violates(() => usb.MoveTo(new StagePosition(new Metres(9e-6), new Metres(0)), UsbStand.Token));
        Violates(() => usb.MoveTo(new StagePosition(new Metres(double.NaN), new Metres(0)), UsbStand.Token));
        Violates(() => Sweep(usb, BiasWaveform.Triangle(new Volts(2.5), 251, new Seconds(1))));
        Violates(() => Sweep(usb, BiasWaveform.Triangle(new Volts(1.5), 3, new Seconds(1e-3))));
        Violates(() => Sweep(usb, BiasWaveform.Triangle(new Volts(1.5), 251, new Seconds(61))));
        Violates(() => usb.Tighten(usb.Limits with { MaximumBias = new Volts(3) }));
        Violates(() => usb.Tighten(usb.Limits with { MaximumContactTime = new Seconds(90) }));
        Assert.Equal(frames, usb.Session.Trace.Count);
    }

    [Fact]
    public void The_device_refuses_what_a_careless_host_sends()
    {
        using VirtualUsbController usb = UsbStand.Open();
        Span<byte> move = stackalloc byte[20];
        Assert.Equal(NakReason.WrongLimits, usb.Session.Command(Opcode.MoveTip, move, out _));
        BitConverter.TryWriteBytes(move, usb.Session.LimitsHash);
        BitConverter.TryWriteBytes(move[4..], 9_000_000);
        BitConverter.TryWriteBytes(move[16..], 1000u);
        Assert.Equal(NakReason.LimitViolation, usb.Session.Command(Opcode.MoveTip, move, out _));
        BitConverter.TryWriteBytes(move[4..], 100_000);
        BitConverter.TryWriteBytes(move[16..], 30_000u); // beyond 20 um/s
        Assert.Equal(NakReason.LimitViolation, usb.Session.Command(Opcode.MoveTip, move, out _));
        Span<byte> approach = stackalloc byte[8];
        BitConverter.TryWriteBytes(approach, usb.Session.LimitsHash);
        BitConverter.TryWriteBytes(approach[4..], 6_000_000); // beyond 5 um of way down
        Assert.Equal(NakReason.LimitViolation, usb.Session.Command(Opcode.Approach, approach, out _));
        Assert.Equal(NakReason.UnknownCommand, usb.Session.Command((Opcode)0x0777, default, out _));
        Assert.Equal(NakReason.BadPayload, usb.Session.Command(Opcode.SetWatchdog, [1], out _));
        usb.Approach(UsbStand.Token);
        var sweep = new byte[64];
        BitConverter.TryWriteBytes(sweep, usb.Session.LimitsHash);
        int length = SweepPayload.Write(BiasWaveform.Triangle(new Volts(2.5), 251, new Seconds(1)), sweep.AsSpan(4));
        Assert.Equal(NakReason.LimitViolation, usb.Session.Command(Opcode.RunSweep, sweep.AsSpan(0, 4 + length), out _));
        Assert.Equal(2, usb.Device.OperationsBegun + 1 - (usb.Device.State == DeviceState.Contact ? 0 : 1));
    }

    [Fact]
    public void Limits_are_tightened_in_the_device_and_never_loosened()
    {
        using VirtualUsbController usb = UsbStand.Open();
        SafetyLimits wide = usb.Limits;
        usb.Tighten(wide with { MaximumBias = new Volts(1), MaximumX = new Metres(.3e-6) });
        Assert.Equal(new Volts(1), usb.Limits.MaximumBias);
        Violates(() => usb.MoveTo(UsbStand.Place(3, 30), UsbStand.Token));
        Violates(() => usb.Tighten(wide));
        var asked = new byte[DeviceLimits.Length + 8];
        DeviceLimits.From(wide).Write(asked);
        Assert.Equal(NakReason.LimitViolation, usb.Session.Command(Opcode.SetLimits, asked, out _));
        usb.Approach(UsbStand.Token);
        Violates(() => Sweep(usb, UsbStand.Waveform));
    }

    // The instrument behind the device would go to 2 V, and the host is not asked.
    [Fact]
    public void A_tightened_bias_is_kept_by_the_device()
    {
        using VirtualUsbController usb = UsbStand.Open();
        usb.Tighten(usb.Limits with { MaximumBias = new Volts(1) });
        usb.Approach(UsbStand.Token);
        var sweep = new byte[64];
        BitConverter.TryWriteBytes(sweep, usb.Session.LimitsHash);
        int length = SweepPayload.Write(UsbStand.Waveform, sweep.AsSpan(4));
        Assert.Equal(NakReason.LimitViolation, usb.Session.Command(Opcode.RunSweep, sweep.AsSpan(0, 4 + length), out _));
        length = SweepPayload.Write(BiasWaveform.Triangle(new Volts(1), 251, new Seconds(1)), sweep.AsSpan(4));
        Assert.Equal(NakReason.None, usb.Session.Command(Opcode.RunSweep, sweep.AsSpan(0, 4 + length), out _));
    }

    [Fact]
    public void Loosening_takes_the_physical_key()
    {
        using VirtualUsbController usb = UsbStand.Open(new VirtualAfmOptions { UnlockKey = 42 });
        SafetyLimits wide = usb.Limits;
        usb.Tighten(wide with { MaximumBias = new Volts(1) });
        var asked = new byte[DeviceLimits.Length + 8];
        DeviceLimits.From(wide).Write(asked);
        asked[DeviceLimits.Length] = 41;
        Assert.Equal(NakReason.LimitViolation, usb.Session.Command(Opcode.SetLimits, asked, out _));
        asked[DeviceLimits.Length] = 42;
        Assert.Equal(NakReason.None, usb.Session.Command(Opcode.SetLimits, asked, out _));
    }

    [Fact]
    public void The_device_trips_on_current_by_itself()
    {
        SafetyLimits limits = SafetyLimits.ForFrame(UsbStand.SmallFilm.Frame) with { CurrentCompliance = new Amperes(50e-12) };
        using VirtualUsbController usb = UsbStand.Open(null, limits, new InstrumentOptions { Contact = ContactOptions.Ideal });
        usb.Approach(UsbStand.Token);
        long before = usb.Device.NowNanoseconds;
        var stopped = Assert.Throws<InstrumentException>(() => Sweep(usb, UsbStand.Waveform));
        Assert.Equal(InstrumentError.OverCurrent, stopped.Error);
        Assert.InRange(usb.Device.NowNanoseconds - before, 50_000_000, 600_000_000);
        Assert.Equal((DeviceState.Contact, 0), (usb.Device.State, usb.Device.BiasMicrovolts));
        usb.Retract();
        Assert.Equal(DeviceState.Lifted, usb.Device.State);
    }

    [Fact]
    public void The_reflex_stops_a_sweep_below_the_trip_without_the_controller()
    {
        using VirtualUsbController usb = UsbStand.Open(physics: new InstrumentOptions { Contact = ContactOptions.Ideal });
        usb.ReflexThreshold = new Amperes(50e-12);
        usb.Approach(UsbStand.Token);
        long before = usb.Device.NowNanoseconds;
        var stopped = Assert.Throws<InstrumentException>(() => Sweep(usb, UsbStand.Waveform));
        Assert.Equal(InstrumentError.OverCurrent, stopped.Error);
        Assert.Equal(1, usb.Session.ReflexCount);
        Assert.InRange(usb.Device.NowNanoseconds - before, 50_000_000, 600_000_000);
        Assert.Equal((DeviceState.Contact, 0), (usb.Device.State, usb.Device.BiasMicrovolts));
        // Disarmed behind the sweep, armed again for the next.
        Assert.Throws<InstrumentException>(() => Sweep(usb, UsbStand.Waveform));
        Assert.Equal(2, usb.Session.ReflexCount);
    }

    [Fact]
    public void Silence_ends_in_retract_by_the_watchdog()
    {
        using VirtualUsbController usb = UsbStand.Open();
        usb.Approach(UsbStand.Token);
        UsbStand.Pass(usb, .09);
        Assert.Equal(DeviceState.Contact, usb.Device.State);
        UsbStand.Pass(usb, .02);
        Assert.Equal((DeviceState.Lifted, TipState.Lifted), (usb.Device.State, usb.Device.Physics.State));
        Assert.Equal(1, usb.Device.WatchdogTrips);
        var refused = Assert.Throws<InstrumentException>(() => Sweep(usb, UsbStand.Waveform));
        Assert.Equal(InstrumentError.Refused, refused.Error);
        UsbStand.Pass(usb, 10); // lifted is the safe state: the watchdog sleeps
        Assert.Equal(1, usb.Device.WatchdogTrips);
        UsbStand.Visit(usb, 4, 4);
    }

    [Fact]
    public void A_device_that_was_told_no_time_retracts_after_100_ms()
    {
        var clock = new VirtualClock();
        var device = new VirtualAfm(UsbStand.Physics(), null, clock);
        using var session = new FcpSession(new InProcessTransport(device, clock));
        session.Open();
        var approach = new byte[8];
        BitConverter.TryWriteBytes(approach, session.Information.LimitsHash);
        BitConverter.TryWriteBytes(approach.AsSpan(4), 1_000_000);
        Assert.Equal(NakReason.None, session.Command(Opcode.Approach, approach, out _));
        clock.Advance(new Seconds(.09));
        device.Process();
        Assert.Equal((DeviceState.Contact, 0), (device.State, device.WatchdogTrips));
        clock.Advance(new Seconds(.02));
        device.Process();
        Assert.Equal((DeviceState.Lifted, 1), (device.State, device.WatchdogTrips));
    }

    [Fact]
    public void Contact_time_is_limited_by_the_device()
    {
        SafetyLimits limits = SafetyLimits.ForFrame(UsbStand.SmallFilm.Frame) with { MaximumContactTime = new Seconds(2) };
        using VirtualUsbController usb = UsbStand.Open(null, limits);
        usb.Approach(UsbStand.Token);
        for (int k = 0; k < 250; k++)
        {
            UsbStand.Pass(usb, .01);
            usb.Session.KeepAlive();
        }
        Assert.Equal(DeviceState.Lifted, usb.Device.State);
        Assert.Equal(0, usb.Device.WatchdogTrips);
    }

    [Fact]
    public void Cancelling_stops_and_leaves_the_tip_to_retract()
    {
        using VirtualUsbController usb = UsbStand.Open();
        usb.Approach(UsbStand.Token);
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => usb.Sweep(UsbStand.Waveform, new double[251], source.Token));
        usb.Retract();
        Assert.Equal(DeviceState.Lifted, usb.Device.State);
        usb.Dispose();
        usb.Retract();
        Assert.Throws<ObjectDisposedException>(() => usb.MoveTo(UsbStand.Place(1, 1), UsbStand.Token));
    }

    [Fact]
    public void Instrument_faults_come_through_as_what_they_are()
    {
        using VirtualUsbController crash = UsbStand.Open(physics: new InstrumentOptions
        {
            Faults = [new ScriptedFault(1, SimulatedFault.Crash,
            "Approach")]
        });
        Assert.Equal(InstrumentError.TipCrash, Assert.Throws<InstrumentException>(() => crash.Approach(UsbStand.Token)).Error);
        Assert.Equal(TipState.Lifted, crash.Device.Physics.State);
        using VirtualUsbController refuse = UsbStand.Open(physics: new InstrumentOptions
        {
            Faults = [new ScriptedFault(1, SimulatedFault.Refuse,
            "Sweep")]
        });
        refuse.Approach(UsbStand.Token);
        Assert.Equal(InstrumentError.Refused, Assert.Throws<InstrumentException>(() => Sweep(refuse, UsbStand.Waveform)).Error);
        Sweep(refuse, UsbStand.Waveform);
    }

    [Fact]
    public void A_path_is_gone_along_by_the_device_and_stopped_on_its_way()
    {
        using VirtualUsbController usb = UsbStand.Open(physics: new InstrumentOptions { PositionNoise = new Metres(0) });
        StagePosition[] path = [UsbStand.Place(3, 3), UsbStand.Place(3, 28), UsbStand.Place(28, 28)];
        usb.MoveTo(path[0], UsbStand.Token);
        long begin = usb.Device.NowNanoseconds;
        StagePosition read = usb.MovePath(path, UsbStand.Token);
        Assert.InRange(read.DistanceTo(path[2]).Value, 0, 1e-9);
        Assert.Equal((2, 2), (usb.Device.OperationsBegun, usb.Device.Physics.MoveCount));
        double way = path[0].DistanceTo(path[1]).Value + path[1].DistanceTo(path[2]).Value;
        double expected = (way / usb.Device.Physics.Motion.SpeedMetresPerSecond) + usb.Device.Physics.Motion.Settle.Value;
        Assert.Equal(expected, (usb.Device.NowNanoseconds - begin) * 1e-9, .02);

        // One place outside: nothing moves, whoever looks at it.
        long frames = usb.Session.Trace.Count;
        Violates(() => usb.MovePath([path[0], new StagePosition(new Metres(9e-6), new Metres(0)), path[1]], UsbStand.Token));
        Assert.Throws<ArgumentException>(() => usb.MovePath(default, UsbStand.Token));
        Assert.Throws<ArgumentException>(() => usb.MovePath(new StagePosition[257], UsbStand.Token));
        Assert.Equal(frames, usb.Session.Trace.Count);
        var careless = new byte[4 + 8 + 16];
        BitConverter.TryWriteBytes(careless, usb.Session.LimitsHash);
        BitConverter.TryWriteBytes(careless.AsSpan(4), 1000u);
        BitConverter.TryWriteBytes(careless.AsSpan(8), 2u);
        BitConverter.TryWriteBytes(careless.AsSpan(20), 9_000_000);
        Assert.Equal(NakReason.LimitViolation, usb.Session.Command(Opcode.MovePath, careless, out _));
        BitConverter.TryWriteBytes(careless.AsSpan(8), 3u);
        Assert.Equal(NakReason.BadPayload, usb.Session.Command(Opcode.MovePath, careless, out _));
        Assert.Equal(2, usb.Device.OperationsBegun);

        // Stopped between the way-points: it holds on the first leg.
        BitConverter.TryWriteBytes(careless.AsSpan(8), 2u);
        Place(careless.AsSpan(12), UsbStand.Place(28, 3));
        Place(careless.AsSpan(20), UsbStand.Place(3, 3));
        BitConverter.TryWriteBytes(careless.AsSpan(4), 500u); // 0.5 um/s: each leg takes about a second
        Assert.Equal(NakReason.None, usb.Session.Command(Opcode.MovePath, careless, out _));
        for (int k = 0; k < 20; k++)
        {
            UsbStand.Pass(usb, .01);
            usb.Session.KeepAlive();
        }
        usb.Session.Urgent(Opcode.StopMotion);
        StagePosition held = usb.Device.Physics.Position;
        Assert.Equal(path[2].Y.Value, held.Y.Value, 1e-9);
        Assert.InRange(held.X.Value, UsbStand.Place(28, 5).X.Value, UsbStand.Place(28, 27).X.Value);
        Assert.Equal(DeviceState.Lifted, usb.Device.State);

        static void Place(Span<byte> to, StagePosition place)
        {
            BitConverter.TryWriteBytes(to, FcpProtocol.ToPicometres(place.X.Value));
            BitConverter.TryWriteBytes(to[4..], FcpProtocol.ToPicometres(place.Y.Value));
        }
    }

    [Fact]
    public void Each_limit_counts_when_limits_are_compared()
    {
        var limits = new DeviceLimits(-10, 10, -20, 20, 30, 40, 50, 60, 7e-9f, 80);
        Assert.True(limits.IsWithin(limits));
        DeviceLimits[] tighter = [limits with { MinimumX = -9 }, limits with { MaximumX = 9 }, limits with { MinimumY = -19 }, limits with { MaximumY = 19 },
            limits with { ApproachTravel = 29 }, limits with { SlewPicometresPerMillisecond = 39 }, limits with { BiasMicrovolts = 49 },
            limits with { BiasSlewMillivoltsPerSecond = 59 }, limits with { CurrentTrip = 6e-9f }, limits with { ContactMilliseconds = 79 }];
        foreach (DeviceLimits one in tighter)
        {
            Assert.True(one.IsWithin(limits), one.ToString());
            Assert.False(limits.IsWithin(one), one.ToString());
            Assert.NotEqual(limits.Hash, one.Hash);
        }
        Assert.False((limits with { CurrentTrip = float.NaN }).IsWithin(limits));
    }

    [Theory]
    [InlineData(WatchdogPolicy.Retract, DeviceState.Lifted)]
    [InlineData(WatchdogPolicy.RampBiasToZero, DeviceState.Contact)]
    [InlineData(WatchdogPolicy.Hold, DeviceState.Contact)]
    public void The_watchdog_acts_by_its_policy(WatchdogPolicy policy, DeviceState expected)
    {
        using VirtualUsbController usb = UsbStand.Open();
        Assert.Equal(NakReason.None, usb.Session.Command(Opcode.SetWatchdog, [50, 0, (byte)policy], out _));
        usb.Approach(UsbStand.Token);
        var sweep = new byte[64];
        BitConverter.TryWriteBytes(sweep, usb.Session.LimitsHash);
        int length = SweepPayload.Write(UsbStand.Waveform, sweep.AsSpan(4));
        Assert.Equal(NakReason.None, usb.Session.Command(Opcode.RunSweep, sweep.AsSpan(0, 4 + length), out _));
        UsbStand.Pass(usb, .045);
        Assert.Equal((DeviceState.Sweeping, 0), (usb.Device.State, usb.Device.WatchdogTrips));
        UsbStand.Pass(usb, .01);
        Assert.Equal((expected, 1, 0), (usb.Device.State, usb.Device.WatchdogTrips, usb.Device.BiasMicrovolts));
    }

    private static void Sweep(UsbCafmController usb, BiasWaveform waveform) => usb.Sweep(waveform, new double[waveform.Count], UsbStand.Token);

    private static void Violates(Action action) =>
        Assert.Equal(InstrumentError.LimitViolation, Assert.Throws<InstrumentException>(action).Error);

    private static void Visit(UsbCafmController usb, StagePosition place, double[] current)
    {
        usb.MoveTo(place, CancellationToken.None);
        usb.Approach(CancellationToken.None);
        usb.Sweep(UsbStand.Waveform, current, CancellationToken.None);
        usb.Retract();
    }
}
