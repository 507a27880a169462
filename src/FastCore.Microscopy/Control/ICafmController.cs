using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Microscopy.Control;

/// <summary>
/// A conductive AFM as the autonomous run sees it. Every implementation checks <see cref="Limits"/> before it sends anything,
/// and every method throws <see cref="InstrumentException"/> when the instrument cannot comply.
/// </summary>
public interface ICafmController : IDisposable
{
    /// <summary>What is at the other end, for journals and reports: "simulated film, seed 7".</summary>
    string Identity { get; }

    /// <summary>What may be asked of the instrument at most.</summary>
    SafetyLimits Limits { get; }

    /// <summary>The instrument's clock: real time on hardware, virtual where sweeps are simulated.</summary>
    TimeProvider Clock { get; }

    /// <summary>The waveform that this instrument can measure; null when any waveform within the limits is possible.</summary>
    BiasWaveform? FixedWaveform { get; }

    /// <summary>Scans (or opens) the overview image, levelled by nobody: heights as the instrument gives them.</summary>
    ScanImage AcquireOverview(CancellationToken cancellationToken);

    /// <summary>Brings the tip to <paramref name="target"/> without contact and returns the position read back.</summary>
    StagePosition MoveTo(StagePosition target, CancellationToken cancellationToken);

    /// <summary>Makes contact at the setpoint.</summary>
    void Approach(CancellationToken cancellationToken);

    /// <summary>
    /// Runs one current-voltage sweep in contact. <paramref name="currentAmperes"/> has <see cref="BiasWaveform.Count"/> elements. A cancelled or
    /// failed sweep leaves it undefined.
    /// </summary>
    void Sweep(BiasWaveform waveform, Span<double> currentAmperes, CancellationToken cancellationToken);

    /// <summary>Lifts the tip off the sample. Takes no cancellation: it is what cancellation ends in. Safe to call at any time.</summary>
    void Retract();
}
