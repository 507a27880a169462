namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// Expected counts of each bin as a function of a few parameters. The first is the background per bin, as its logarithm or as it is; then those of the response,
/// then those of the decay.
/// </summary>
internal abstract class DecayModel(int count, int responseParameters, int bins, bool logBackground)
{
    internal int Count => count;

    internal int Bins => bins;

    /// <summary>Index of the first parameter of the decay itself.</summary>
    internal int First => 1 + responseParameters;

    /// <summary>Whether parameter 0 is ln b; a decay with its background subtracted has a b of either sign.</summary>
    internal bool LogBackground => logBackground;

    /// <summary>Expected counts and their derivatives.</summary>
    /// <param name="parameters">Count parameters.</param>
    /// <param name="expected">Bins values.</param>
    /// <param name="jacobian">Bins x Count, row-major; empty where no derivatives are wanted.</param>
    internal void Evaluate(ReadOnlySpan<double> parameters, Span<double> expected, Span<double> jacobian)
    {
        double background = logBackground ? Math.Exp(parameters[0]) : parameters[0];
        double slope = logBackground ? background : 1;
        expected[..bins].Fill(background);
        jacobian.Clear();
        for (int i = 0; i < jacobian.Length; i += count)
            jacobian[i] = slope;
        Add(parameters, expected, jacobian);
    }

    /// <summary>Adds the decay to the background.</summary>
    protected abstract void Add(ReadOnlySpan<double> parameters, Span<double> expected, Span<double> jacobian);
}
