using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Control;

/// <summary>A clock that stands still until it is advanced; its day is fixed, so that two runs of one seed have equal times.</summary>
public sealed class VirtualClock : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long ticks;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => Interlocked.Read(ref ticks);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Start.AddTicks(GetTimestamp());

    /// <summary>Lets time pass.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative or non-finite duration.</exception>
    public void Advance(Seconds duration)
    {
        if (!(duration.Value >= 0) || !double.IsFinite(duration.Value))
            throw new ArgumentOutOfRangeException(nameof(duration), duration.Value, "Time only goes forward, by a finite number of seconds.");
        Interlocked.Add(ref ticks, (long)Math.Round(duration.Value * TimeSpan.TicksPerSecond));
    }
}
