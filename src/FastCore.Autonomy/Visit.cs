using FastCore.Autonomy.Journal;
using FastCore.Autonomy.Plan;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Autonomy;

/// <summary>
/// One visit to a place: move, approach, sweep, and the counted retries of the plan's section 'retry'. Before each retry the tip is lifted; what
/// failed is then sent again: the move, or approach and sweep together. The fault after the last retry leaves as it came.
/// </summary>
/// <param name="instrument">The instrument under the plan's limits.</param>
/// <param name="plan">How often.</param>
/// <param name="again">Told of each retry once the tip is lifted and before the command is sent; null for repeated commands of a journal.</param>
internal sealed class Visit(LimitedController instrument, RetryPlan plan, Action<RetriedStatement>? again)
{
    /// <summary>
    /// Whether the same command may succeed if it is sent again: it was not answered in time, or refused (as a sweep is whose contact was lost). A
    /// crash, a limit or too much current may have harmed tip and sample, or would; a lost link does not come back by itself.
    /// </summary>
    public static bool IsTransient(InstrumentError error) => error is InstrumentError.Timeout or InstrumentError.Refused;

    /// <summary>Measures at <paramref name="target"/>; the tip stays in contact. Returns the position read back.</summary>
    public StagePosition Measure(int step, StagePosition target, BiasWaveform waveform, Span<double> currentAmperes,
        CancellationToken cancellationToken)
    {
        StagePosition readBack;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                readBack = instrument.MoveTo(target, cancellationToken);
                break;
            }
            catch (InstrumentException fault) when (attempt <= plan.Moves && IsTransient(fault.Error))
            {
                Retry(step, attempt, fault);
            }
        }
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                instrument.Approach(cancellationToken);
                instrument.Sweep(waveform, currentAmperes, cancellationToken);
                return readBack;
            }
            catch (InstrumentException fault) when (attempt <= plan.Sweeps && IsTransient(fault.Error))
            {
                Retry(step, attempt, fault);
            }
        }
    }

    private void Retry(int step, int attempt, InstrumentException fault)
    {
        instrument.Retract();
        again?.Invoke(new RetriedStatement(step, attempt, fault.Operation, fault.Error, fault.Message));
    }
}
