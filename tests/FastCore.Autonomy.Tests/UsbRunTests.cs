using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Tests.Stand;
using FastCore.Compute.Execution;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;
using FastCore.Microscopy.Usb;
using FastCore.Microscopy.Usb.Device;

namespace FastCore.Autonomy.Tests;

/// <summary>Whole runs through the link.</summary>
public sealed class UsbRunTests : IDisposable
{
    private const string Film = """{"rows": 64, "columns": 64, "widthMetres": 1.25e-6}""";
    private readonly StandRun stand = new();
    private readonly ExecutionBackend backend = ExecutionBackends.Open("host");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        backend.Dispose();
        stand.Dispose();
    }

    [Fact]
    public void A_run_through_the_link_decides_as_one_without()
    {
        using ICafmController link = InstrumentFactory.Open(PlanOf("virtual", 60));
        RunRecord linked = AutonomousRun.Start(PlanOf("virtual", 60), stand.Folder, link, backend, null, Token);
        Assert.Equal((RunStatus.Done, 60), (linked.Summary.Status, linked.Summary.Measured));
        Assert.NotNull(linked.Summary.Coverage);
        using ICafmController film = InstrumentFactory.Open(PlanOf("simulate", 60));
        using var rounded = new WireRounded(film);
        RunRecord direct = AutonomousRun.Start(PlanOf("simulate", 60), stand.Other("direct"), rounded, backend, null, Token);
        Assert.Equal(direct.Steps.Select(step => (step.Candidate, step.IsSeed)), linked.Steps.Select(step => (step.Candidate, step.IsSeed)));
        Assert.Equal(direct.Steps.SelectMany(step => step.CurrentAmperes), linked.Steps.SelectMany(step => step.CurrentAmperes));
        Assert.True(AutonomousRun.Replay(stand.Folder, backend, null, Token).Identical);
    }

    [Theory]
    [InlineData(0x01, 120, 0, 0)] // before the first curve
    [InlineData(0x01, 200, 1, 13)] // while a command is sent
    [InlineData(0x01, 400, 1, 13)]
    [InlineData(0x82, 250, 1, 13)] // while samples come
    [InlineData(0x83, 20, 1, 13)] // while an operation ends
    [InlineData(0x83, 40, 1, 13)]
    public void A_lost_link_ends_faulted_with_every_curve_and_is_resumed(byte endpoint, long afterOverview, int least, int most)
    {
        ExperimentPlan plan = PlanOf("virtual", 14);
        RunRecord whole;
        using (ICafmController clean = InstrumentFactory.Open(plan))
            whole = AutonomousRun.Start(plan, stand.Other("whole"), clean, backend, null, Token);
        VirtualUsbController cut = Open(plan, endpoint, afterOverview);
        RunRecord faulted;
        using (cut)
        {
            faulted = AutonomousRun.Start(plan, stand.Folder, cut, backend, null, Token);
            Assert.False(cut.Device.IsPlugged);
        }
        Assert.Equal(RunStatus.Faulted, faulted.Summary.Status);
        Assert.Contains("link", faulted.Summary.Reason, StringComparison.Ordinal);
        Assert.InRange(faulted.Summary.Measured, least, most);
        Assert.Equal(whole.Steps.Take(faulted.Steps.Count).SelectMany(step => step.CurrentAmperes),
            faulted.Steps.SelectMany(step => step.CurrentAmperes));
        // Nobody speaks to the device any more: it lifts the tip by itself.
        ((VirtualClock)cut.Clock).Advance(new Seconds(.2));
        cut.Device.Process();
        Assert.Equal((DeviceState.Lifted, TipState.Lifted), (cut.Device.State, cut.Device.Physics.State));
        using ICafmController fresh = InstrumentFactory.Open(plan);
        RunRecord resumed = AutonomousRun.Resume(stand.Folder, fresh, backend, null, Token);
        Assert.Equal((RunStatus.Done, 14), (resumed.Summary.Status, resumed.Summary.Measured));
        Assert.Equal(whole.Steps.Select(step => step.Candidate), resumed.Steps.Select(step => step.Candidate));
        Assert.Equal(whole.Steps.SelectMany(step => step.CurrentAmperes), resumed.Steps.SelectMany(step => step.CurrentAmperes));
    }

    [Fact]
    public void The_limits_of_a_plan_are_mirrored_in_the_device()
    {
        ExperimentPlan plan = ExperimentPlan.Parse($$"""
            {"controller": {"kind": "virtual", "film": {{Film}} }, "limits": {"maximumXMetres": 1e-6, "currentComplianceAmperes": 2e-9} }
            """);
        using var link = (VirtualUsbController)InstrumentFactory.Open(plan);
        Assert.Equal((1e-6, 2e-9f), (link.Limits.MaximumX.Value, (float)link.Limits.CurrentCompliance.Value));
        Assert.Equal(NakReason.None, link.Session.Command(Opcode.GetLimits, default, out _));
        Assert.Equal(DeviceLimits.From(link.Limits).Hash, link.Session.LimitsHash);
    }

    [Theory]
    [InlineData("""{"controller": {"kind": "virtual", "address": "x"}}""")]
    [InlineData("""{"controller": {"kind": "usbip"}}""")]
    [InlineData("""{"controller": {"kind": "virtual", "file": "x.3ds"}}""")]
    public void An_address_belongs_to_a_link(string json) => Assert.Throws<PlanException>(() => ExperimentPlan.Parse(json));

    private static ExperimentPlan PlanOf(string kind, int budget) => ExperimentPlan.Parse($$"""
        {"budget": {{budget}}, "controller": {"kind": "{{kind}}", "film": {{Film}} } }
        """);

    private static VirtualUsbController Open(ExperimentPlan plan, byte endpoint, long afterOverview)
    {
        // The same film as the factory's, behind a device with a fault: how many transfers the overview takes is asked of a clean one.
        long before;
        using (var clean = (VirtualUsbController)InstrumentFactory.Open(plan))
        {
            clean.AcquireOverview(Token);
            before = clean.Device.TransfersOf(endpoint);
        }
        using var model = (VirtualUsbController)InstrumentFactory.Open(plan);
        return VirtualUsbController.Open(model.Device.Physics, new VirtualAfmOptions
        {
            Faults = [new UsbFault(endpoint, before + afterOverview,
            UsbFaultKind.Unplug)]
        }, SafetyLimits.ForFrame(model.Device.Physics.OverviewFrame));
    }

    /// <summary>What the wire does to numbers: whole picometres, currents in single precision.</summary>
    private sealed class WireRounded(ICafmController inner) : ICafmController, IKnowsGroundTruth
    {
        public string Identity => inner.Identity;

        public SafetyLimits Limits => inner.Limits;

        public TimeProvider Clock => inner.Clock;

        public BiasWaveform? FixedWaveform => inner.FixedWaveform;

        public IGroundTruth Truth => ((IKnowsGroundTruth)inner).Truth;

        public ScanImage AcquireOverview(CancellationToken cancellationToken) => inner.AcquireOverview(cancellationToken);

        public StagePosition MoveTo(StagePosition target, CancellationToken cancellationToken) =>
            Rounded(inner.MoveTo(Rounded(target), cancellationToken));

        public void Approach(CancellationToken cancellationToken) => inner.Approach(cancellationToken);

        public void Sweep(BiasWaveform waveform, Span<double> currentAmperes, CancellationToken cancellationToken)
        {
            inner.Sweep(waveform, currentAmperes, cancellationToken);
            foreach (ref double current in currentAmperes)
                current = (float)current;
        }

        public void Retract() => inner.Retract();

        public void Dispose() => inner.Dispose();

        private static StagePosition Rounded(StagePosition place) => new(new Metres(FcpProtocol.FromPicometres(FcpProtocol.ToPicometres(
            place.X.Value))), new Metres(FcpProtocol.FromPicometres(FcpProtocol.ToPicometres(place.Y.Value))));
    }
}
