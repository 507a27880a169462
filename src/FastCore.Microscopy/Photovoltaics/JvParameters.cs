namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// The figures of one J-V curve (SPEC 7), photocurrent positive. What a curve does not define is null, never NaN; <see cref="Quality"/> says why.
/// </summary>
public sealed record JvParameters
{
    /// <summary>Name of the curve.</summary>
    public required string Name { get; init; }

    /// <summary>Whether the voltage rose; by the name where it says so, otherwise by the samples.</summary>
    public required bool IsForward { get; init; }

    /// <summary>Definitions that were used.</summary>
    public required JvConvention Convention { get; init; }

    /// <summary>What is wrong with the curve.</summary>
    public required JvQuality Quality { get; init; }

    /// <summary>Active area in m2.</summary>
    public double? AreaSquareMetres { get; init; }

    /// <summary>Irradiance in W/m2.</summary>
    public required double IrradianceWattsPerSquareMetre { get; init; }

    /// <summary>Samples in volt, rising.</summary>
    public required double[] VoltageVolts { get; init; }

    /// <summary>Current at <see cref="VoltageVolts"/>, photocurrent positive, in <see cref="CurrentUnit"/>.</summary>
    public required double[] Current { get; init; }

    /// <summary>Whether <see cref="Current"/> is a density; a current in ampere without an area cannot become one.</summary>
    public required bool IsDensity { get; init; }

    /// <summary>"A/m2" or "A".</summary>
    public string CurrentUnit => IsDensity ? "A/m2" : "A";

    /// <summary>Factor between the file's current and <see cref="Current"/>'s sign: -1 where the file counts photocurrent negative.</summary>
    public required int CurrentSign { get; init; }

    /// <summary>-1 where the cell was connected the other way round, so that its voltage was turned; else 1.</summary>
    public required int VoltageSign { get; init; }

    /// <summary>sigma of the current in the unit of <see cref="Current"/>: 1.4826 MAD of second differences / sqrt 6.</summary>
    public double Noise { get; init; }

    /// <summary>Jsc in A/m2.</summary>
    public double? ShortCircuitAmperesPerSquareMetre { get; init; }

    /// <summary>Isc in A.</summary>
    public double? ShortCircuitAmperes { get; init; }

    /// <summary>Voc in V.</summary>
    public double? OpenCircuitVolts { get; init; }

    /// <summary>FF = P_max / (Voc Jsc), 0 to 1.</summary>
    public double? FillFactor { get; init; }

    /// <summary>P_max in W/m2.</summary>
    public double? MaximumPowerWattsPerSquareMetre { get; init; }

    /// <summary>P_max in W.</summary>
    public double? MaximumPowerWatts { get; init; }

    /// <summary>Voltage at maximum power in V.</summary>
    public double? MaximumPowerVolts { get; init; }

    /// <summary>Current at maximum power in A/m2.</summary>
    public double? MaximumPowerAmperesPerSquareMetre { get; init; }

    /// <summary>PCE = P_max / P_in as a fraction: .2038 is 20.38 %.</summary>
    public double? Efficiency { get; init; }

    /// <summary>-dv/dJ at Voc in ohm m2. It holds the diode's own n k T / (q Jsc) besides the series resistance; the diode model parts the two.</summary>
    public double? SeriesOhmSquareMetres { get; init; }

    /// <summary>-dv/dI at Voc in ohm.</summary>
    public double? SeriesOhms { get; init; }

    /// <summary>-dv/dJ at 0 V in ohm m2; null where the current does not fall with the voltage there.</summary>
    public double? ShuntOhmSquareMetres { get; init; }

    /// <summary>-dv/dI at 0 V in ohm.</summary>
    public double? ShuntOhms { get; init; }

    /// <summary>The single-diode model; null where it was not asked for or not possible.</summary>
    public SingleDiodeFit? Diode { get; init; }

    /// <summary>Why <see cref="Diode"/> is null though it was asked for.</summary>
    public string? DiodeRefusal { get; init; }
}
