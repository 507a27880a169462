namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// How the figures of a J-V curve are defined. Programs of laboratories differ; each definition here but the first gives what such a program writes, so that
/// values of a file and of this library can be compared. J is photocurrent, positive at 0 V.
/// </summary>
public enum JvConvention
{
    /// <summary>
    /// SPEC 7. Jsc and Rsh = -dv/dJ: line through the samples at |v| of 50 mV or less. Voc: linear between the two samples around J = 0. Rs = -dv/dJ at Voc from
    /// the parabola through the 5 samples nearest to it. Maximum power: vertex of the parabola through the 5 samples around the largest J v.
    /// </summary>
    Fitted,

    /// <summary>
    /// HZB's Keithley program (tables .jv.txt). Jsc: linear between the two samples around 0 V. Rsh: line through the samples at |v| below 0.1 V. Voc and Rs:
    /// line through the two samples around J = 0. Maximum power: the sample of largest J v. (That program writes Rs and Rsh in kOhm cm2 under the title Ohmcm2.)
    /// </summary>
    Interpolated,

    /// <summary>
    /// HZB's newer program (JSON). Jsc: line through the sample nearest to 0 V and its two neighbours. Voc: the same about the sample of least |J|. Rsh and Rs:
    /// slopes of the three samples at the lowest and at the highest voltage. Maximum power: the sample of largest J v.
    /// </summary>
    ThreeSamples,

    /// <summary>
    /// The plotter of the University of Turku. Jsc and Rsh: line through the samples at |v| below 0.3 times the voltage of least |J|. Voc and Rs: line through
    /// the sample of least |J| and the one measured before it, which may lie on one side of zero only. Maximum power: the sample of largest J v.
    /// </summary>
    SmallestCurrent,
}
