using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Control;

/// <summary>
/// Plays back a grid of measured curves as if it were measured point by point: a move goes to the nearest grid point, a sweep looks its curve up. The
/// truth is the complete grid.
/// </summary>
public sealed class GridDataController : VirtualCafm, IGroundTruth
{
    private readonly GridData grid;

    /// <summary>Opens a grid. Only its motion times, faults and real time are taken from <paramref name="options"/>.</summary>
    public GridDataController(GridData grid, InstrumentOptions? options = null, SafetyLimits? limits = null)
        : base(Name(grid), limits ?? OwnLimits(grid), grid.Image.Frame.ToStage(default), options ?? new InstrumentOptions(), 0)
    {
        this.grid = grid;
    }

    /// <inheritdoc/>
    public override BiasWaveform? FixedWaveform => grid.Waveform;

    /// <inheritdoc/>
    public override IGroundTruth Truth => this;

    /// <inheritdoc/>
    public override ScanFrame OverviewFrame => grid.Image.Frame;

    /// <summary>None: the image was taken together with the curves, and opening it costs no time.</summary>
    public override Seconds OverviewDuration => new(0);

    /// <summary>No structural classes are known of a measured grid.</summary>
    public IReadOnlyList<string> ClassNames => [];

    /// <inheritdoc/>
    public int ClassAt(PixelIndex pixel) => -1;

    /// <inheritdoc/>
    public void CurveAt(PixelIndex pixel, Span<double> currentAmperes) => grid.Curve(pixel).CopyTo(currentAmperes);

    private protected override ScanImage ReadOverview(out Seconds duration)
    {
        duration = OverviewDuration;
        return grid.Image;
    }

    private protected override void CheckWaveform(BiasWaveform waveform)
    {
        if (!waveform.BiasVolts.SequenceEqual(grid.Waveform.BiasVolts))
        {
            throw new InstrumentException(InstrumentError.LimitViolation, "Sweep",
                $"The grid was measured with {grid.Waveform.Count} samples from {grid.Waveform.BiasVolts[0]:0.###} to "
                + $"{grid.Waveform.BiasVolts[^1]:0.###} V and holds no other sweep; use the controller's FixedWaveform.");
        }
    }

    private protected override (StagePosition Actual, StagePosition ReadBack) Arrive(StagePosition target, ref RandomStream random)
    {
        StagePosition place = grid.Image.Frame.ToStage(Nearest(target));
        return (place, place);
    }

    private protected override void ReadSweep(BiasWaveform waveform, long number, Span<double> currentAmperes) =>
        grid.Curve(Nearest(Position)).CopyTo(currentAmperes);

    private PixelIndex Nearest(StagePosition position)
    {
        PixelIndex pixel = grid.Image.Frame.ToPixel(position);
        return new PixelIndex(Math.Clamp(pixel.Row, 0, grid.Image.Frame.Rows - 1), Math.Clamp(pixel.Column, 0, grid.Image.Frame.Columns - 1));
    }

    private static string Name(GridData grid)
    {
        ArgumentNullException.ThrowIfNull(grid);
        return $"measured grid {Path.GetFileName(grid.Source)}, {grid.Image.Frame.Rows} x {grid.Image.Frame.Columns} points";
    }

    // What was measured once does no harm when it is read again: the recorded bias and currents are always allowed.
    private static SafetyLimits OwnLimits(GridData grid)
    {
        SafetyLimits frame = SafetyLimits.ForFrame(grid.Image.Frame);
        return frame with
        {
            MaximumBias = new Volts(Math.Max(frame.MaximumBias.Value, grid.Waveform.Peak.Value)),
            CurrentCompliance = new Amperes(Math.Max(frame.CurrentCompliance.Value, grid.LargestCurrent.Value)),
        };
    }
}
