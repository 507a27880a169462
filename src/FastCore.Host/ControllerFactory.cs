using FastCore.Autonomy;
using FastCore.Autonomy.Plan;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;
using FastCore.Microscopy.Usb.Device;

namespace FastCore.Host;

/// <summary>Opens the instrument that a plan names.</summary>
internal static class ControllerFactory
{
    /// <exception cref="BadInputException">The file is missing or unreadable, or no such film is possible.</exception>
    public static ICafmController Open(ExperimentPlan plan)
    {
        try
        {
            return plan.Controller.Kind switch
            {
                ControllerKind.Grid => OpenGrid(plan),
                ControllerKind.Simulate => OpenFilm(plan, false),
                ControllerKind.Virtual => InstrumentFactory.OpenVirtual(OpenFilm(plan, true), plan),
                _ => InstrumentFactory.OpenLink(plan),
            };
        }
        catch (Exception exception) when (
            exception is ArgumentException or InvalidDataException or EndOfStreamException or FormatException or OverflowException)
        {
            throw new BadInputException(exception.Message, exception);
        }
    }

    private static GridDataController OpenGrid(ExperimentPlan plan)
    {
        string file = plan.Controller.File ?? throw new BadInputException("controller.file: a grid needs the name of its file, for example "
            + "--controller grid:film.3ds.");
        if (!File.Exists(file))
            throw new BadInputException($"There is no data file '{file}'; --controller grid:FILE needs a Nanonis .3ds or a NumPy .npz file.");
        GridData grid = string.Equals(Path.GetExtension(file), ".npz", StringComparison.OrdinalIgnoreCase) ? GridData.ReadNpz(file)
            : GridData.ReadNanonis(file);
        return new GridDataController(grid, new InstrumentOptions { RealTime = plan.Controller.Realtime });
    }

    /// <summary>The simulated instrument of a plan; behind a device time and compliance are the device's.</summary>
    internal static SimulatedController OpenFilm(ExperimentPlan plan, bool behindDevice)
    {
        FilmPlan asked = plan.Controller.Film;
        var options = new FilmOptions
        {
            Rows = asked.Rows,
            Columns = asked.Columns,
            Width = new Metres(asked.WidthMetres),
            GrainDiameter = new Metres(asked.GrainMetres),
            AsymmetricShare = asked.AsymmetricShare,
            BoundaryReach = new Metres(asked.BoundaryReachMetres),
            JunctionReach = new Metres(asked.JunctionReachMetres),
        };
        options.Validate();
        long seed = asked.Seed ?? plan.Seed;
        var instrument = new InstrumentOptions
        {
            RealTime = plan.Controller.Realtime && !behindDevice,
            Contact = new ContactOptions { OpenProbability = asked.OpenProbability, JumpProbability = asked.JumpProbability },
        };
        BiasWaveform waveform = BiasWaveform.Triangle(new Volts(plan.Sweep.PeakVolts), plan.Sweep.Samples, new Seconds(plan.Sweep.DurationSeconds));
        var film = Film.Create(options, seed);
        return new SimulatedController(film, null, instrument, plan.Seed, waveform,
            behindDevice ? VirtualUsbController.BehindDevice(SafetyLimits.ForFrame(film.Frame)) : null);
    }
}
