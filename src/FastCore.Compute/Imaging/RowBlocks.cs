using FastCore.Compute.Execution;

namespace FastCore.Compute.Imaging;

/// <summary>What an operation does to some rows of an image; rows may be computed in any order on any thread.</summary>
internal interface IRowJob
{
    /// <summary>Computes rows <paramref name="first"/> .. <paramref name="end"/> - 1.</summary>
    void Run(int first, int end);
}

/// <summary>Shares the rows of an image out to the threads in blocks of equal height. One object per calling thread and kind of job is kept.</summary>
/// <typeparam name="TJob">The job with its pointers.</typeparam>
internal sealed class RowBlocks<TJob> : HostWork
    where TJob : struct, IRowJob
{
    // Below this many pixels times operations, waking a second thread costs more than it brings.
    private const long ParallelFrom = 200_000;

    [ThreadStatic]
    private static RowBlocks<TJob>? mine;
    private TJob job;
    private int rows;
    private int height;

    /// <summary>Runs <paramref name="job"/> over all rows; <paramref name="work"/> estimates the operations of the whole.</summary>
    internal static void Run(TJob job, int rows, int height, long work)
    {
        RowBlocks<TJob> blocks = mine ??= new RowBlocks<TJob>();
        blocks.job = job;
        blocks.rows = rows;
        blocks.height = height;
        int count = (rows + height - 1) / height;
        if (work >= ParallelFrom)
        {
            HostThreads.Run(blocks, count);
            return;
        }
        for (int block = 0; block < count; block++)
            blocks.Run(block);
    }

    /// <inheritdoc/>
    internal override void Run(int block) => job.Run(block * height, Math.Min(rows, (block + 1) * height));
}
