namespace FastCore.Autonomy.Learned;

/// <summary>One measured place as the targets see it.</summary>
/// <param name="Candidate">Index of the candidate.</param>
/// <param name="CurrentAmperes">The curve.</param>
/// <param name="CleanedAmperes">The curve without offset and displacement.</param>
/// <param name="NoiseAmperes">Its noise.</param>
/// <param name="Accepted">Whether it passed the quality gate.</param>
internal sealed record MeasuredPoint(int Candidate, double[] CurrentAmperes, double[] CleanedAmperes, double NoiseAmperes, bool Accepted);

/// <summary>All that was measured so far: spectra of the accepted curves, structure of every place.</summary>
internal sealed class RunMemory(SpectralMemory spectra, StructuralMemory structure)
{
    public SpectralMemory Spectra { get; } = spectra;

    public StructuralMemory Structure { get; } = structure;

    /// <summary>A rejected curve keeps its structural point and gives no spectral one (SPEC 1.4).</summary>
    public void Add(MeasuredPoint point)
    {
        if (point.Accepted)
            Spectra.Add(point.CurrentAmperes);
        Structure.Add(point.Candidate);
    }
}
