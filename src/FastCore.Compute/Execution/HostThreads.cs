using System.Diagnostics.CodeAnalysis;
using System.Runtime.Intrinsics;

namespace FastCore.Compute.Execution;

/// <summary>
/// The cores of this machine. Threads claim blocks of work one by one and nobody waits at a barrier: the caller waits only for blocks that
/// somebody has begun, so a descheduled worker costs at most its block. Results do not depend on who computed what. Callers claim from the
/// front, every other worker from the back: neighbouring blocks share memory, so two threads that meet in the middle exchange least.
/// </summary>
internal static class HostThreads
{
    private const int CountBits = 20;
    private const long CountMask = (1L << CountBits) - 1;
    private const int SpinsBeforeParking = 40;
    private static readonly Worker[] Workers = Start();

    // Generation (24 bits), end of the unclaimed blocks (20) and their first (20) in one word: a worker that comes late can claim nothing of a
    // job that it has not seen, because the compare-exchange covers all three.
    private static long claims;
    private static HostWork? work;
    private static int done;
    private static int busy;

    /// <summary>Whether jobs of the calling thread are its own alone.</summary>
    [ThreadStatic]
    internal static bool Alone;

    /// <summary>Threads that take part in a large operation, the caller included.</summary>
    internal static int Count => Workers.Length + 1;

    /// <summary>Widest vectors that operations use here.</summary>
    internal static string Vectors =>
        Vector512.IsHardwareAccelerated ? "512-bit vectors" : Vector256.IsHardwareAccelerated ? "256-bit vectors" : "no wide vectors";

    /// <summary>Whether a worker looks for work at this moment: it begins at once, where a sleeping one must be woken first.</summary>
    internal static bool SomebodyIsAwake
    {
        get
        {
            foreach (Worker worker in Workers)
            {
                if (worker.IsAwake)
                    return true;
            }
            return false;
        }
    }

    /// <summary>In words, for logs.</summary>
    internal static string Description => $"host, {Vectors}, {Count} {(Count == 1 ? "thread" : "threads")}";

    /// <summary>
    /// Runs all blocks, with the other threads if they are free: two callers at once do not wait for each other, the second works alone.
    /// </summary>
    internal static void Run(HostWork job, int blocks)
    {
        if (blocks <= 1 || blocks > CountMask || Workers.Length == 0 || Alone || Interlocked.CompareExchange(ref busy, 1, 0) != 0)
        {
            for (int block = 0; block < blocks; block++)
                job.Run(block);
            return;
        }
        Volatile.Write(ref done, 0);
        Volatile.Write(ref work, job);
        long generation = (claims >> (2 * CountBits)) + 1;
        Interlocked.Exchange(ref claims, (generation << (2 * CountBits)) | ((long)blocks << CountBits));
        foreach (Worker worker in Workers)
            worker.WakeIfParked();
        Claim(fromBack: false);
        var spin = default(SpinWait);
        while (Volatile.Read(ref done) < blocks)
            spin.SpinOnce(-1);
        Volatile.Write(ref busy, 0);
    }

    /// <summary>Does blocks until none is left; false if there was none.</summary>
    private static bool Claim(bool fromBack)
    {
        bool any = false;
        while (true)
        {
            long seen = Volatile.Read(ref claims);
            int first = (int)(seen & CountMask);
            int end = (int)((seen >> CountBits) & CountMask);
            if (first >= end)
                return any;
            if (Interlocked.CompareExchange(ref claims, fromBack ? seen - (1L << CountBits) : seen + 1, seen) != seen)
                continue;
            any = true;
            try
            {
                Volatile.Read(ref work)!.Run(fromBack ? end - 1 : first);
            }
            finally
            {
                Interlocked.Increment(ref done);
            }
        }
    }

    private static Worker[] Start()
    {
        var workers = new Worker[Math.Max(0, Environment.ProcessorCount - 1)];
        for (int i = 0; i < workers.Length; i++)
            workers[i] = new Worker(i + 1);
        return workers;
    }

    [SuppressMessage("Design", "CA1001", Justification = "A worker lives as long as the process.")]
    private sealed class Worker
    {
        private readonly AutoResetEvent wake = new(false);
        private int parked;
        private int started;
        private readonly int number;

        internal Worker(int number) => this.number = number;

        internal bool IsAwake => Volatile.Read(ref started) != 0 && Volatile.Read(ref parked) == 0;

        internal void WakeIfParked()
        {
            if (Volatile.Read(ref started) == 0 && Interlocked.Exchange(ref started, 1) == 0)
                new Thread(Loop) { IsBackground = true, Name = $"FastCore host {number}" }.Start();
            else if (Volatile.Read(ref parked) != 0)
                wake.Set();
        }

        private void Loop()
        {
            int idle = 0;
            while (true)
            {
                if (Claim(number % 2 != 0))
                {
                    idle = 0;
                    continue;
                }
                if (++idle < SpinsBeforeParking)
                {
                    Thread.SpinWait(50);
                    continue;
                }
                // Announce first, look again, then sleep: a caller publishes first and looks for sleepers afterwards.
                Interlocked.Exchange(ref parked, 1);
                if (!Claim(number % 2 != 0))
                    wake.WaitOne();
                Volatile.Write(ref parked, 0);
                idle = 0;
            }
        }
    }
}
