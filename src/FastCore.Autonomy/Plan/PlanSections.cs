namespace FastCore.Autonomy.Plan;

/// <summary>What is measured.</summary>
public sealed record ControllerPlan
{
    /// <summary>What stands at the other end.</summary>
    public ControllerKind Kind { get; init; } = ControllerKind.Simulate;

    /// <summary>File of the measured grid; null for a simulated film.</summary>
    public string? File { get; init; }

    /// <summary>Serial number of a USB controller, or address of a USB/IP server; null for the first controller that is found.</summary>
    public string? Address { get; init; }

    /// <summary>Whether simulated commands take the time that they would take.</summary>
    public bool Realtime { get; init; }

    /// <summary>The simulated film.</summary>
    public FilmPlan Film { get; init; } = new();
}

/// <summary>The image by which places are told from each other.</summary>
public sealed record OverviewPlan
{
    /// <summary>An image file of what the controller's frame shows; null for the controller's own scan.</summary>
    public string? File { get; init; }

    /// <summary>Name of its channel; null for the topography, or the first one where there is none.</summary>
    public string? Channel { get; init; }

    /// <summary>Further images of the same area, by which places are told from each other too.</summary>
    public IReadOnlyList<MapPlan> Maps { get; init; } = [];

    /// <summary>Equal if the lists of maps are, too.</summary>
    public bool Equals(OverviewPlan? other) => other is not null && File == other.File && Channel == other.Channel && Maps.SequenceEqual(other.Maps);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(File, Channel, Maps.Count);
}

/// <summary>A further image of the area: a current map, an electron image, another channel of the scan.</summary>
public sealed record MapPlan
{
    /// <summary>The image file.</summary>
    public required string File { get; init; }

    /// <summary>Name of its channel; null for the first one.</summary>
    public string? Channel { get; init; }

    /// <summary>Whether it lies on the overview's frame already, as a channel of the same scan does; else it is registered on the overview.</summary>
    public bool Aligned { get; init; }
}

/// <summary>The simulated film (SPEC 8).</summary>
public sealed record FilmPlan
{
    /// <summary>Seed of the film; null for the plan's.</summary>
    public long? Seed { get; init; }

    /// <summary>Pixel rows.</summary>
    public int Rows { get; init; } = 256;

    /// <summary>Pixel columns.</summary>
    public int Columns { get; init; } = 256;

    /// <summary>Width in metre; pixels are square.</summary>
    public double WidthMetres { get; init; } = 5e-6;

    /// <summary>Mean grain diameter in metre.</summary>
    public double GrainMetres { get; init; } = 300e-9;

    /// <summary>Share of boundaries that are asymmetric.</summary>
    public double AsymmetricShare { get; init; } = 0.15;

    /// <summary>Distance from a boundary line within which a pixel counts as boundary, in metre (narrow classes: 15 nm).</summary>
    public double BoundaryReachMetres { get; init; } = 25e-9;

    /// <summary>Distance from a triple point within which a pixel counts as junction, in metre (narrow classes: 25 nm).</summary>
    public double JunctionReachMetres { get; init; } = 40e-9;

    /// <summary>Probability that a sweep finds no contact.</summary>
    public double OpenProbability { get; init; } = 0.06;

    /// <summary>Probability that a contact starts to conduct only on the way.</summary>
    public double JumpProbability { get; init; } = 0.06;

    /// <summary>Growth of the tip's radius in metre per metre of travel in contact; 0 for none (SPEC 8: 1e-6).</summary>
    public double WearMetresPerMetre { get; init; }

    /// <summary>Travel in contact in metre that multiplies the contact resistance by e; null for none (SPEC 8: 0.05).</summary>
    public double? ResistanceWearMetres { get; init; }

    /// <summary>c of the traps, dn/dt = c max(V, 0) (1 - n) - e n, in 1/(V s); 0 for no traps.</summary>
    public double TrapCapturePerVoltSecond { get; init; }

    /// <summary>e of the traps in 1/s.</summary>
    public double TrapEmissionPerSecond { get; init; }

    /// <summary>Delta of the traps in volt: full ones raise the onset by it.</summary>
    public double TrapShiftVolts { get; init; }
}

/// <summary>The sweep: 0 -> peak -> 0. An instrument with a fixed waveform overrules it.</summary>
public sealed record SweepPlan
{
    /// <summary>Peak bias in volt.</summary>
    public double PeakVolts { get; init; } = 1.5;

    /// <summary>Samples, odd.</summary>
    public int Samples { get; init; } = 251;

    /// <summary>Duration in second.</summary>
    public double DurationSeconds { get; init; } = 1;
}

/// <summary>Spectral features and novelty (SPEC 1.2, 1.3).</summary>
public sealed record SpectralPlan
{
    /// <summary>How currents become dimensionless.</summary>
    public CurrentScale Scale { get; init; } = CurrentScale.Asinh;

    /// <summary>I0 of the asinh scale in ampere.</summary>
    public double ScaleAmperes { get; init; } = 10e-12;

    /// <summary>Novelty score.</summary>
    public NoveltyScore Novelty { get; init; } = NoveltyScore.Knn;

    /// <summary>k of the scores that use neighbours.</summary>
    public int Neighbours { get; init; } = 5;
}

/// <summary>Structural novelty (SPEC 1.3, 1.5).</summary>
public sealed record StructuralPlan
{
    /// <summary>What is compared.</summary>
    public StructuralInput Input { get; init; } = StructuralInput.Descriptors;

    /// <summary>Novelty score of measured places and candidates; knn, min, mean or lof where the input is dihedral.</summary>
    public NoveltyScore Novelty { get; init; } = NoveltyScore.Knn;

    /// <summary>k of the scores that use neighbours.</summary>
    public int Neighbours { get; init; } = 5;

    /// <summary>Computed or predicted for the candidates.</summary>
    public StructuralModel Model { get; init; } = StructuralModel.Exact;
}

/// <summary>How a candidate is scored (SPEC 1.6).</summary>
public sealed record AcquisitionPlan
{
    /// <summary>w_s.</summary>
    public double SpectralWeight { get; init; } = 0.7;

    /// <summary>w_x.</summary>
    public double StructuralWeight { get; init; } = 0.3;

    /// <summary>kappa of mean + kappa * deviation.</summary>
    public double Kappa { get; init; } = 1;

    /// <summary>How the parts are made comparable.</summary>
    public PartNormalisation Normalisation { get; init; } = PartNormalisation.MinMax;

    /// <summary>lambda_t, weight of the time to get there in units of its median.</summary>
    public double TravelWeight { get; init; }

    /// <summary>lambda_w, weight of the tip's path so far and to there in units of limits.tipTravelMetres.</summary>
    public double WearWeight { get; init; }

    /// <summary>q, points that are chosen together.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Named I-V quantity that expected-improvement maximises.</summary>
    public string Target { get; init; } = "maximum-current";

    /// <summary>xi of expected improvement, in standard deviations of the target.</summary>
    public double ImprovementMargin { get; init; } = 0.01;

    /// <summary>How dual novelty combines its parts.</summary>
    public PartCombination Combination { get; init; } = PartCombination.Sum;

    /// <summary>What expected-improvement scores.</summary>
    public ImprovementScore Improvement { get; init; } = ImprovementScore.Ei;

    /// <summary>What expected-improvement must keep to; null for nothing.</summary>
    public ConstraintPlan? Constraint { get; init; }
}

/// <summary>Bounds on a second I-V quantity, at least one of them.</summary>
public sealed record ConstraintPlan
{
    /// <summary>Named I-V quantity.</summary>
    public string Quantity { get; init; } = "";

    /// <summary>Smallest allowed value in the quantity's unit; null for none.</summary>
    public double? Minimum { get; init; }

    /// <summary>Largest allowed value in the quantity's unit; null for none.</summary>
    public double? Maximum { get; init; }
}

/// <summary>Choice and training of surrogates (SPEC 1.7).</summary>
public sealed record SurrogatePlan
{
    /// <summary>"auto" or the name of a member.</summary>
    public string Member { get; init; } = "auto";

    /// <summary>Training cycles from fresh weights.</summary>
    public int ColdEpochs { get; init; } = 300;

    /// <summary>Training cycles from the weights before.</summary>
    public int WarmEpochs { get; init; } = 50;

    /// <summary>Number of points up to which every measurement is followed by a training.</summary>
    public int EveryStepUntil { get; init; } = 40;

    /// <summary>Measurements from one training to the next afterwards.</summary>
    public int Interval { get; init; } = 5;

    /// <summary>A prediction that is off by more of its deviations brings a training forward; 0 never does.</summary>
    public double SurpriseDeviations { get; init; } = 3;

    /// <summary>Measurements from one training with fresh weights to the next; 0 for none after the first.</summary>
    public int RestartInterval { get; init; } = 50;
}

/// <summary>Limits that the run adds to those of the instrument; null where it adds none. A plan can only be tighter.</summary>
public sealed record LimitsPlan
{
    /// <summary>Left edge of the allowed box in metre.</summary>
    public double? MinimumXMetres { get; init; }

    /// <summary>Right edge of the allowed box in metre.</summary>
    public double? MaximumXMetres { get; init; }

    /// <summary>Lower edge of the allowed box in metre.</summary>
    public double? MinimumYMetres { get; init; }

    /// <summary>Upper edge of the allowed box in metre.</summary>
    public double? MaximumYMetres { get; init; }

    /// <summary>Largest magnitude of the bias in volt.</summary>
    public double? MaximumBiasVolts { get; init; }

    /// <summary>Largest magnitude of the current in ampere: a curve that exceeds it ends the run.</summary>
    public double? CurrentComplianceAmperes { get; init; }

    /// <summary>Path that the tip is good for, in metre: the unit of acquisition.wearWeight.</summary>
    public double TipTravelMetres { get; init; } = 1e-3;
}

/// <summary>
/// How often, in each step, a command is sent again that timed out or was refused; crashes, limits, too much current and a lost link end the run at
/// once.
/// </summary>
public sealed record RetryPlan
{
    /// <summary>Retries of a move.</summary>
    public int Moves { get; init; } = 1;

    /// <summary>Retries of approach and sweep together.</summary>
    public int Sweeps { get; init; } = 1;
}

/// <summary>Training of the latent map (Dual-VAE) beside the run; no decision depends on it.</summary>
public sealed record LatentMapPlan
{
    /// <summary>Accepted curves from one training to the next; 0 for none.</summary>
    public int Interval { get; init; }

    /// <summary>Epochs of each.</summary>
    public int Epochs { get; init; } = 200;

    /// <summary>Dimensions that patch and curve share.</summary>
    public int LatentSize { get; init; } = 2;
}

/// <summary>When a run ends before its budget is spent; null or 0 where a rule is off.</summary>
public sealed record StopPlan
{
    /// <summary>Time on the instrument's clock in second.</summary>
    public double? TimeSeconds { get; init; }

    /// <summary>Stops when the largest mean + kappa * deviation stays below this share of its first value.</summary>
    public double NoveltyFraction { get; init; } = 0.1;

    /// <summary>Number of steps for which it must.</summary>
    public int NoveltySteps { get; init; } = 10;
}
