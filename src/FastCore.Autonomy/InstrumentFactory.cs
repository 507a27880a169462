using FastCore.Autonomy.Plan;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Autonomy;

/// <summary>Opens the instrument that a plan names: a simulated film, or a measured grid that is played back.</summary>
public static class InstrumentFactory
{
    /// <summary>Opens a fresh instrument; the caller disposes of it.</summary>
    /// <exception cref="PlanException">The film or the file is impossible.</exception>
    public static ICafmController Open(ExperimentPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan = plan.Checked();
        return plan.Controller.Kind == ControllerKind.Grid ? OpenGrid(plan.Controller) : OpenFilm(plan);
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

    private static SimulatedController OpenFilm(ExperimentPlan plan)
    {
        FilmPlan film = plan.Controller.Film;
        long seed = film.Seed ?? plan.Seed;
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
            RealTime = plan.Controller.Realtime,
        };
        try
        {
            return new SimulatedController(CreateFilm(plan), new ScanOptions(), instrument, seed,
                BiasWaveform.Triangle(new Volts(plan.Sweep.PeakVolts), plan.Sweep.Samples, new Seconds(plan.Sweep.DurationSeconds)));
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
            GridData grid = Path.GetExtension(file).Equals(".npz", StringComparison.OrdinalIgnoreCase) ? GridData.ReadNpz(file)
                : GridData.ReadNanonis(file);
            return new GridDataController(grid, new InstrumentOptions { RealTime = controller.Realtime });
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or FormatException or ArgumentException)
        {
            throw new PlanException("controller.file", $"The plan's key 'controller.file' is \"{file}\", which cannot be played back: "
                + $"{exception.Message}", exception);
        }
    }
}
