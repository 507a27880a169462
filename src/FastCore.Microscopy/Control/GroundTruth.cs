using FastCore.Microscopy.Imaging;

namespace FastCore.Microscopy.Control;

/// <summary>What is known of a sample beyond what is measured: for simulated films and for grids that were measured completely.</summary>
public interface IGroundTruth
{
    /// <summary>Names of the structural classes; empty where none are known.</summary>
    IReadOnlyList<string> ClassNames { get; }

    /// <summary>Index into <see cref="ClassNames"/> of a pixel; -1 where unknown.</summary>
    int ClassAt(PixelIndex pixel);

    /// <summary>
    /// The current that an undisturbed sweep of the run's waveform would give at a pixel, without noise, open or jumping contacts; NaN
    /// where unknown.
    /// </summary>
    void CurveAt(PixelIndex pixel, Span<double> currentAmperes);
}

/// <summary>A controller whose sample is known.</summary>
public interface IKnowsGroundTruth
{
    /// <summary>The truth about the sample.</summary>
    IGroundTruth Truth { get; }
}
