using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Autonomy.Records;

/// <summary>Everything that one step of a run left behind: what the journal holds and the report draws.</summary>
public sealed record StepRecord
{
    /// <summary>Number of the step, from 0. Seed points come first.</summary>
    public required int Step { get; init; }

    /// <summary>Index of the chosen candidate.</summary>
    public required int Candidate { get; init; }

    /// <summary>Pixel of the chosen candidate.</summary>
    public required PixelIndex Pixel { get; init; }

    /// <summary>Position asked for.</summary>
    public required StagePosition Commanded { get; init; }

    /// <summary>Position that the instrument read back.</summary>
    public required StagePosition ReadBack { get; init; }

    /// <summary>Whether the point was a seed, chosen before any model existed.</summary>
    public required bool IsSeed { get; init; }

    /// <summary>The measured current in ampere, one value per sample of the waveform.</summary>
    public required double[] CurrentAmperes { get; init; }

    /// <summary>Findings of the quality gate.</summary>
    public required IvQuality Quality { get; init; }

    /// <summary>Whether the curve trains the spectral model: it passed the gate.</summary>
    public bool Accepted => Quality == IvQuality.Good;

    /// <summary>Spectral novelty at the time of measuring, dimensionless; NaN for rejected curves.</summary>
    public required double SpectralNovelty { get; init; }

    /// <summary>Structural novelty at the time of measuring, dimensionless.</summary>
    public required double StructuralNovelty { get; init; }

    /// <summary>Predicted spectral target at the point before measuring (standardised); NaN for seeds.</summary>
    public required double PredictedMean { get; init; }

    /// <summary>Standard deviation of the predicted target, noise of a measurement included; NaN for seeds.</summary>
    public required double PredictedDeviation { get; init; }

    /// <summary>
    /// The target that the point turned out to have, on the scale of the points before it: what <see cref="PredictedMean"/> is compared with.
    /// NaN for rejected curves, and for policies that learn nothing.
    /// </summary>
    public double ObservedTarget { get; init; } = double.NaN;

    /// <summary>Value of the acquisition at the point; NaN for seeds.</summary>
    public required double Acquisition { get; init; }

    /// <summary>Number of the model (see <see cref="ModelRecord.Number"/>) that chose the point; -1 for seeds.</summary>
    public required int Model { get; init; }

    /// <summary>True structural class of the point, -1 where unknown.</summary>
    public required int TrueClass { get; init; }

    /// <summary>Time spent on the decision, in milliseconds of real time.</summary>
    public required double DecisionMilliseconds { get; init; }

    /// <summary>Time that the tip waited for computing, in milliseconds.</summary>
    public required double DeadTimeMilliseconds { get; init; }

    /// <summary>Instrument's clock at the end of the sweep, in seconds since the start of the run.</summary>
    public required double InstrumentSeconds { get; init; }
}
