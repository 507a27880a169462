using System.Text;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Units;
using FastCore.Microscopy.Usb;
using FastCore.Microscopy.Usb.Device;
using Xunit;

namespace FastCore.Microscopy.Tests.Usb;

/// <summary>
/// Every fault on every endpoint in every phase of a step: either the step goes on and gives the same curve, or it fails with one sentence and the tip
/// ends lifted. The table: dotnet test tests/FastCore.Microscopy.Tests --filter FaultMatrix --logger "console;verbosity=detailed".
/// </summary>
public class FaultMatrixTests
{
    private static readonly string[] Phases = ["overview", "move", "approach", "sweep", "retract"];
    private static readonly byte[] Endpoints = [FcpProtocol.CommandEndpoint, FcpProtocol.ReplyEndpoint, FcpProtocol.StreamEndpoint,
        FcpProtocol.EventEndpoint];

    [Fact]
    public void Every_fault_in_every_phase_ends_recovered_or_with_the_tip_lifted()
    {
        (double[] clean, long[,] begins) = Clean();
        var table = new StringBuilder();
        int recovered = 0, faulted = 0;
        foreach (UsbFaultKind kind in Enum.GetValues<UsbFaultKind>())
        {
            foreach (byte endpoint in Endpoints)
            {
                table.Append($"{kind,-10} 0x{endpoint:X2}");
                for (int phase = 0; phase < Phases.Length; phase++)
                {
                    int column = Array.IndexOf(Endpoints, endpoint);
                    long first = begins[phase, column], last = phase + 1 <= Phases.Length ? begins[phase + 1, column] : first;
                    if (last <= first)
                    {
                        table.Append($" {"-",-22}");
                        continue;
                    }
                    foreach (long transfer in new[] { first + 1, (first + last + 1) / 2 + 1, last }.Where(t => t > first && t <= last).Distinct())
                    {
                        string outcome = Try(new UsbFault(endpoint, transfer, kind), clean);
                        if (outcome.StartsWith("recovered", StringComparison.Ordinal))
                            recovered++;
                        else
                            faulted++;
                        if (transfer == last || kind == UsbFaultKind.Unplug)
                            table.Append($" {Phases[phase]}: {outcome,-12}");
                    }
                }
                table.AppendLine();
            }
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{recovered} recovered, {faulted} faulted with the tip lifted\n{table}");
        Assert.True(recovered > faulted, $"{recovered} recovered, {faulted} faulted\n{table}");
        Assert.True(faulted >= 15, "An unplugged cable must be felt in every phase.");
    }

    // Random faults on all endpoints, several per cent of all transfers, over many steps: no wrong curve, ever.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_faults_never_give_a_wrong_curve(long seed)
    {
        using VirtualUsbController clean = UsbStand.Open(physics: Still);
        using VirtualUsbController usb = UsbStand.Open(new VirtualAfmOptions { FaultProbability = .01, FaultSeed = seed }, physics: Still);
        int good = 0, faults = 0;
        for (int k = 0; k < 30; k++)
        {
            double[] expected = UsbStand.Visit(clean, k, 31 - k);
            try
            {
                double[] current = UsbStand.Visit(usb, k, 31 - k);
                good++;
                Assert.Equal(expected, current);
            }
            catch (InstrumentException exception)
            {
                faults++;
                if (exception.Error == InstrumentError.LinkLost)
                    return;
                usb.Retract();
                Assert.Equal(DeviceState.Lifted, usb.Device.State);
            }
        }
        Assert.True(good > 15, $"{good} good, {faults} failed");
        Assert.True(usb.Session.Statistics.Retries > 0);
    }

    // No noise: a sweep that is repeated after a fault is the same.
    private static InstrumentOptions Still => new()
    {
        Amplifier = Simulation.AmplifierIdeal,
        Contact = Microscopy.Simulation.ContactOptions.Ideal,
        PositionNoise = new Metres(0),
    };

    private static class Simulation
    {
        public static Microscopy.Simulation.AmplifierOptions AmplifierIdeal => Microscopy.Simulation.AmplifierOptions.Ideal;
    }

    private static (double[] Curve, long[,] Begins) Clean()
    {
        using VirtualUsbController usb = UsbStand.Open(physics: Still);
        var begins = new long[Phases.Length + 1, Endpoints.Length];
        var current = new double[251];
        for (int phase = 0; phase < Phases.Length; phase++)
        {
            Note(phase);
            Step(usb, phase, current);
        }
        Note(Phases.Length);
        return (current, begins);

        void Note(int phase)
        {
            for (int e = 0; e < Endpoints.Length; e++)
                begins[phase, e] = usb.Device.TransfersOf(Endpoints[e]);
        }
    }

    private static void Step(VirtualUsbController usb, int phase, double[] current)
    {
        switch (phase)
        {
            case 0:
                usb.AcquireOverview(UsbStand.Token);
                break;
            case 1:
                usb.MoveTo(UsbStand.Place(7, 9), UsbStand.Token);
                break;
            case 2:
                usb.Approach(UsbStand.Token);
                break;
            case 3:
                usb.Sweep(UsbStand.Waveform, current, UsbStand.Token);
                break;
            default:
                usb.Retract();
                break;
        }
    }

    private static string Try(UsbFault fault, double[] clean)
    {
        using VirtualUsbController usb = UsbStand.Open(new VirtualAfmOptions { Faults = [fault] }, physics: Still);
        var current = new double[251];
        string name = $"{fault.Kind} at transfer {fault.Transfer} of 0x{fault.Endpoint:X2}";
        string outcome = "recovered";
        try
        {
            for (int phase = 0; phase < Phases.Length; phase++)
                Step(usb, phase, current);
            Assert.True(clean.AsSpan().SequenceEqual(current), $"{name}: another curve.");
        }
        catch (InstrumentException exception)
        {
            outcome = exception.Error.ToString();
            Assert.True(exception.Error is InstrumentError.LinkLost or InstrumentError.Timeout or InstrumentError.Refused, $"{name}: {exception}");
            Assert.NotEmpty(exception.Message);
            usb.Retract();
        }
        UsbStand.Pass(usb, .2);
        Assert.True(usb.Device is { State: DeviceState.Lifted, BiasMicrovolts: 0 } && usb.Device.Physics.State == TipState.Lifted,
            $"{name}: the tip ends {usb.Device.State}.");
        if (fault.Kind == UsbFaultKind.Unplug)
        {
            Assert.True(!usb.Device.IsPlugged, name);
            outcome = usb.Session.IsFaulted ? "LinkLost" : outcome;
        }
        return outcome;
    }
}
