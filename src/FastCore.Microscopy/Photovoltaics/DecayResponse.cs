namespace FastCore.Microscopy.Photovoltaics;

/// <summary>What a decay was convolved with before it was recorded.</summary>
public enum DecayResponse
{
    /// <summary>A measured response where one is given; else a Gaussian where the curve shows its rise; else the tail.</summary>
    Automatic,

    /// <summary>Nothing: the decay after the response is over, from the peak plus two of its standard deviations on.</summary>
    Tail,

    /// <summary>A Gaussian whose time and width are fitted.</summary>
    Gaussian,

    /// <summary>A measured response, shifted in time by a fitted amount.</summary>
    Measured,
}
