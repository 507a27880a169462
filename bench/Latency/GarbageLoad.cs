namespace FastCore.Latency;

/// <summary>A thread that rebuilds a large live graph and has it collected in full again and again, which stops every managed thread.</summary>
internal sealed class GarbageLoad : IDisposable
{
    private readonly Thread? thread;
    private readonly int before = GC.CollectionCount(2);
    private readonly TimeSpan paused = GC.GetTotalPauseDuration();
    private volatile bool stop;

    public GarbageLoad(bool loaded)
    {
        if (!loaded)
            return;
        thread = new Thread(Litter) { IsBackground = true };
        thread.Start();
    }

    public string Summary => thread is null ? "none"
        : $"{GC.CollectionCount(2) - before} full, {(GC.GetTotalPauseDuration() - paused).TotalMilliseconds:0} ms of pauses";

    public void Dispose()
    {
        stop = true;
        thread?.Join();
        GC.Collect();
    }

    private void Litter()
    {
        var live = new List<object>();
        for (int k = 0; !stop; k++)
        {
            for (int i = 0; i < 20_000; i++)
                live.Add(new byte[32]);
            if (live.Count > 1_000_000)
                live.RemoveRange(0, 500_000);
            if (k % 10 == 0)
                GC.Collect(2, GCCollectionMode.Forced, blocking: true);
            Thread.Yield();
        }
    }
}
