namespace FastCore.Microscopy.Control;

/// <summary>Faults that a simulated instrument can be told to have.</summary>
public enum SimulatedFault
{
    /// <summary>The command is refused once: <see cref="InstrumentError.Refused"/>.</summary>
    Refuse,

    /// <summary>No answer until the time limit: <see cref="InstrumentError.Timeout"/>, once.</summary>
    Stall,

    /// <summary>The link goes and does not come back: <see cref="InstrumentError.LinkLost"/> from then on.</summary>
    Disconnect,

    /// <summary>The tip crashes: <see cref="InstrumentError.TipCrash"/>; every command but Retract is refused until the tip is retracted.</summary>
    Crash,

    /// <summary>The next sweep is stopped by the compliance: <see cref="InstrumentError.OverCurrent"/>.</summary>
    OverCurrent,

    /// <summary>The next sweep sits at the amplifier's limit; no exception.</summary>
    Saturate,
}

/// <summary>A fault that comes up at a given command.</summary>
/// <param name="Number">The command, counted from 1; retracts do not count.</param>
/// <param name="Fault">What happens.</param>
/// <param name="Operation">If given, only commands of this name count: "AcquireOverview", "MoveTo", "Approach" or "Sweep".</param>
public sealed record ScriptedFault(long Number, SimulatedFault Fault, string? Operation = null);
