namespace FastCore.Microscopy.Spectroscopy;

/// <summary>What the quality gate found in a curve (SPEC 5.1).</summary>
[Flags]
public enum IvQuality
{
    /// <summary>Nothing to object.</summary>
    Good = 0,

    /// <summary>max |I| below 5 sigma: no contact.</summary>
    Open = 1,

    /// <summary>Three or more samples at 99 % of the amplifier's range.</summary>
    Saturated = 2,

    /// <summary>A step of more than max(10 sigma, a quarter of the range) between neighbouring samples of one branch.</summary>
    Jump = 4,

    /// <summary>The contact was lost: a silent return branch after a conducting first one.</summary>
    Lost = 8,

    /// <summary>sigma above 5 % of the curve's range.</summary>
    Noisy = 16,

    /// <summary>NaN or infinity among the samples.</summary>
    NotFinite = 32,
}
