using FastCore.Autonomy.Plan;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;
using FastCore.Microscopy.Usb;
using FastCore.Microscopy.Usb.Device;
using FastCore.Microscopy.Usb.UsbIp;

namespace FastCore.Autonomy;

/// <summary>Opens the instrument that a plan names: a simulated film, a measured grid that is played back, or a device behind a link.</summary>
public static class InstrumentFactory
{
    /// <summary>Opens a fresh instrument; the caller disposes of it.</summary>
    /// <exception cref="PlanException">The film or the file is impossible.</exception>
    /// <exception cref="InstrumentException">The device behind a link does not answer, or is not there.</exception>
    public static ICafmController Open(ExperimentPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan = plan.Checked();
        return plan.Controller.Kind switch
        {
            ControllerKind.Grid => OpenGrid(plan.Controller),
            ControllerKind.Simulate => OpenFilm(plan, false),
            ControllerKind.Virtual => OpenVirtual(plan),
            ControllerKind.Usbip => Mirrored(new UsbCafmController(UsbIpTransport.Connect(plan.Controller.Address!)), plan.Limits),
            _ => Mirrored(new UsbCafmController(UsbTransport.Open(plan.Controller.Address)), plan.Limits),
        };
    }

    // A simulated instrument behind a virtual device.
    private static UsbCafmController OpenVirtual(ExperimentPlan plan)
    {
        SimulatedController physics = OpenFilm(plan, behindDevice: true);
        return Mirrored(VirtualUsbController.Open(physics, null, SafetyLimits.ForFrame(physics.OverviewFrame), plan.Controller.Realtime), plan.Limits);
    }

    // Mirrors those of the plan's limits in the device that are tighter; a wider one is refused by the run, with its name.
    private static UsbCafmController Mirrored(UsbCafmController controller, LimitsPlan limits)
    {
        SafetyLimits own = controller.Limits;
        controller.Tighten(own with
        {
            MinimumX = new Metres(Math.Max(own.MinimumX.Value, limits.MinimumXMetres ?? double.NegativeInfinity)),
            MaximumX = new Metres(Math.Min(own.MaximumX.Value, limits.MaximumXMetres ?? double.PositiveInfinity)),
            MinimumY = new Metres(Math.Max(own.MinimumY.Value, limits.MinimumYMetres ?? double.NegativeInfinity)),
            MaximumY = new Metres(Math.Min(own.MaximumY.Value, limits.MaximumYMetres ?? double.PositiveInfinity)),
            MaximumBias = new Volts(Math.Min(own.MaximumBias.Value, limits.MaximumBiasVolts ?? double.PositiveInfinity)),
            CurrentCompliance = new Amperes(Math.Min(own.CurrentCompliance.Value, limits.CurrentComplianceAmperes ?? double.PositiveInfinity)),
        });
        return controller;
    }

    /// <summary>The film of a simulated run's plan: the same to the bit at every call.</summary>
    internal static Film CreateFilm(ExperimentPlan plan)
    {
        FilmPlan film = plan.Controller.Film;
        var options = new FilmOptions
        {
            Rows = film.Rows,
            Columns = film.Columns,
            Width = new Metres(film.WidthMetres),
            GrainDiameter = new Metres(film.GrainMetres),
            AsymmetricShare = film.AsymmetricShare,
            BoundaryReach = new Metres(film.BoundaryReachMetres),
            JunctionReach = new Metres(film.JunctionReachMetres),
        };
        return Film.Create(options, film.Seed ?? plan.Seed);
    }

    /// <summary>The simulated instrument of a plan; behind a device time and compliance are the device's.</summary>
    /// <exception cref="PlanException">No such film is possible.</exception>
    public static SimulatedController OpenFilm(ExperimentPlan plan, bool behindDevice)
    {
        ArgumentNullException.ThrowIfNull(plan);
        FilmPlan film = plan.Controller.Film;
        var instrument = new InstrumentOptions
        {
            Contact = new ContactOptions
            {
                OpenProbability = film.OpenProbability,
                JumpProbability = film.JumpProbability,
                WearMetresPerMetre = film.WearMetresPerMetre,
                ResistanceWearMetres = film.ResistanceWearMetres ?? double.PositiveInfinity,
            },
            Traps = new TrapOptions
            {
                CapturePerVoltSecond = film.TrapCapturePerVoltSecond,
                EmissionPerSecond = film.TrapEmissionPerSecond,
                ShiftVolts = film.TrapShiftVolts,
            },
            // Behind a device time is the device's.
            RealTime = plan.Controller.Realtime && !behindDevice,
        };
        try
        {
            Film made = CreateFilm(plan);
            return new SimulatedController(made, new ScanOptions(), instrument, plan.Seed,
                BiasWaveform.Triangle(new Volts(plan.Sweep.PeakVolts), plan.Sweep.Samples, new Seconds(plan.Sweep.DurationSeconds)),
                behindDevice ? VirtualUsbController.BehindDevice(SafetyLimits.ForFrame(made.Frame)) : null);
        }
        catch (ArgumentException exception)
        {
            throw new PlanException("controller.film", $"The plan's key 'controller.film' asks for an impossible film: {exception.Message}",
                exception);
        }
    }

    private static GridDataController OpenGrid(ControllerPlan controller)
    {
        string file = controller.File!;
        if (!File.Exists(file))
            throw new PlanException("controller.file", $"The plan's key 'controller.file' is \"{file}\"; there is no such file.");
        try
        {
            return new GridDataController(GridData.Open(file), new InstrumentOptions { RealTime = controller.Realtime });
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or FormatException or ArgumentException or OverflowException)
        {
            throw new PlanException("controller.file", $"The plan's key 'controller.file' is \"{file}\", which cannot be played back: "
                + $"{exception.Message}", exception);
        }
    }
}
