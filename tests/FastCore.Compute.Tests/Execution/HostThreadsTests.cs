using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Execution;

public sealed class HostThreadsTests
{
    [Fact]
    public void EveryBlockRunsOnceWhileSeveralThreadsAsk()
    {
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(number => new Thread(() =>
        {
            try
            {
                var work = new Counting(37);
                for (int round = 0; round < 500; round++)
                {
                    Array.Clear(work.Counts);
                    HostThreads.Run(work, 37);
                    Assert.All(work.Counts, count => Assert.Equal(1, count));
                }
            }
            catch (Exception error)
            {
                failure = error;
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.Null(failure);
    }

    [Fact]
    public void ProductsFromTwoThreadsAreThoseOfOne()
    {
        float[] alone = Product();
        float[][] together = new float[4][];
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(number => new Thread(() =>
        {
            for (int round = 0; round < 5; round++)
                together[number] = Product();
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        // Bit by bit: a run must not depend on which thread was free.
        Assert.All(together, result => Assert.Equal(alone, result));
    }

    private static float[] Product()
    {
        var layout = new ArenaLayout();
        Tensor a = layout.Allocate("a", 210, 300);
        Tensor b = layout.Allocate("b", 300, 251);
        Tensor c = layout.Allocate("c", 210, 251);
        using var executor = new HostExecutor<float>(layout);
        var random = new Random(3);
        foreach (Tensor input in new[] { a, b })
        {
            var values = new float[input.Count];
            for (int i = 0; i < values.Length; i++)
                values[i] = random.NextSingle() - 0.5f;
            executor.Upload(values, input);
        }
        executor.MatrixMultiply(a, b, c, false, false, 1, 0);
        var result = new float[c.Count];
        executor.Download(c, result);
        return result;
    }

    private sealed class Counting(int blocks) : HostWork
    {
        public int[] Counts { get; } = new int[blocks];

        internal override void Run(int block) => Interlocked.Increment(ref Counts[block]);
    }
}
