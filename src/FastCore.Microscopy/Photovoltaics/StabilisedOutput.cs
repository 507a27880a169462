namespace FastCore.Microscopy.Photovoltaics;

/// <summary>Output of a cell that is held at, or led to, its maximum power.</summary>
/// <param name="PowerWattsPerSquareMetre">Mean power over the window in W/m2.</param>
/// <param name="DeviationWattsPerSquareMetre">Standard deviation of the samples about their mean.</param>
/// <param name="DriftWattsPerSquareMetrePerSecond">Slope of the line through the window: what is still moving is not stabilised.</param>
/// <param name="Efficiency">Mean power over irradiance, as a fraction.</param>
/// <param name="FromSeconds">First time of the window.</param>
/// <param name="ToSeconds">Last time of the window.</param>
/// <param name="Samples">Samples in the window.</param>
public sealed record StabilisedOutput(
    double PowerWattsPerSquareMetre, double DeviationWattsPerSquareMetre, double DriftWattsPerSquareMetrePerSecond, double Efficiency, double FromSeconds,
        double ToSeconds, int Samples)
{
    /// <summary>The last 30 s of a record (SPEC 7).</summary>
    /// <param name="timeSeconds">Rising times in second.</param>
    /// <param name="powerWattsPerSquareMetre">Power at each time, voltage times photocurrent density.</param>
    /// <param name="irradianceWattsPerSquareMetre">Irradiance in W/m2.</param>
    /// <param name="windowSeconds">Length of the window.</param>
    /// <exception cref="ArgumentException">Unequal lengths, times that do not rise, numbers that are not finite, or a record shorter than the window.</exception>
    public static StabilisedOutput Of(ReadOnlySpan<double> timeSeconds, ReadOnlySpan<double> powerWattsPerSquareMetre,
        double irradianceWattsPerSquareMetre = JvOptions.StandardIrradianceWattsPerSquareMetre, double windowSeconds = 30)
    {
        if (timeSeconds.Length != powerWattsPerSquareMetre.Length)
            throw new ArgumentException($"{timeSeconds.Length} times and {powerWattsPerSquareMetre.Length} powers; each sample needs both.",
                nameof(powerWattsPerSquareMetre));
        if (!(irradianceWattsPerSquareMetre > 0 && double.IsFinite(irradianceWattsPerSquareMetre)))
            throw new ArgumentException("The irradiance must be a positive number of W/m2; 1000 for AM1.5G.", nameof(irradianceWattsPerSquareMetre));
        for (int k = 0; k < timeSeconds.Length; k++)
        {
            if (!double.IsFinite(timeSeconds[k]) || !double.IsFinite(powerWattsPerSquareMetre[k]))
                throw new ArgumentException($"Sample {k} of the record is not finite; cut the record before it.", nameof(powerWattsPerSquareMetre));
            if (k > 0 && !(timeSeconds[k] > timeSeconds[k - 1]))
                throw new ArgumentException($"The time does not rise at sample {k}; sort the record by time.", nameof(timeSeconds));
        }
        if (timeSeconds.Length < 2 || !(timeSeconds[^1] - timeSeconds[0] >= windowSeconds * (1 - 1e-9)))
            throw new ArgumentException($"The record is shorter than {windowSeconds:g6} s; track the cell for longer or give a shorter window.", nameof(timeSeconds));
        int first = timeSeconds.Length - 1;
        while (first > 0 && timeSeconds[^1] - timeSeconds[first - 1] <= windowSeconds * (1 + 1e-9))
            first--;
        ReadOnlySpan<double> time = timeSeconds[first..], power = powerWattsPerSquareMetre[first..];
        double mean = 0, squares = 0;
        foreach (double value in power)
            mean += value / power.Length;
        foreach (double value in power)
            squares += (value - mean) * (value - mean);
        return new StabilisedOutput(mean, power.Length < 2 ? 0 : Math.Sqrt(squares / (power.Length - 1)), LeastSquares.Line(time, power)?.Slope ?? 0,
            mean / irradianceWattsPerSquareMetre, time[0], time[^1], power.Length);
    }
}
