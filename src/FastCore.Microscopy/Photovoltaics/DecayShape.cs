namespace FastCore.Microscopy.Photovoltaics;

/// <summary>The form of a decay.</summary>
public enum DecayShape
{
    /// <summary>A sum of exponentials.</summary>
    Exponentials,

    /// <summary>exp(-(t/tau)^beta).</summary>
    Stretched,
}
