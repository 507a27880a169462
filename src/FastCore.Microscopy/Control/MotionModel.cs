using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Control;

/// <summary>How long the instrument takes to go somewhere: T = t_lift + |r|/v + t_settle + t_sweep (SPEC 1.6).</summary>
public sealed record MotionModel
{
    /// <summary>Lateral speed of the lifted tip in metre per second.</summary>
    public double SpeedMetresPerSecond { get; init; } = 2e-6;

    /// <summary>Lifting and lowering together; half of it is spent in each.</summary>
    public Seconds Lift { get; init; } = new(.1);

    /// <summary>Rest after a move.</summary>
    public Seconds Settle { get; init; } = new(.2);

    /// <summary>Time of a move of the lifted tip, settling included.</summary>
    public Seconds TravelTime(StagePosition from, StagePosition to) => new((from.DistanceTo(to).Value / SpeedMetresPerSecond) + Settle.Value);

    /// <summary>T of SPEC 1.6: retract, travel, approach and one sweep.</summary>
    public Seconds VisitTime(StagePosition from, StagePosition to, Seconds sweep) => new(Lift.Value + TravelTime(from, to).Value + sweep.Value);
}
