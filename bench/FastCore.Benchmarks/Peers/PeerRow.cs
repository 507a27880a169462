namespace FastCore.Benchmarks.Peers;

/// <summary>Times of one side: quartiles of the samples in seconds per call, its processor time, and a value that both sides must reach.</summary>
/// <param name="Name">What ran.</param>
/// <param name="Median">Median of the wall-clock samples.</param>
/// <param name="Lower">First quartile.</param>
/// <param name="Upper">Third quartile.</param>
/// <param name="Processor">Median processor time, all threads of the side together.</param>
/// <param name="Samples">Number of samples.</param>
/// <param name="Value">Result of the work.</param>
internal sealed record PeerTiming(string Name, double Median, double Lower, double Upper, double Processor, int Samples, double Value)
{
    internal static PeerTiming Of(string name, double value, List<double> wall, List<double> processor) =>
        new(name, Quantile(wall, 0.5), Quantile(wall, 0.25), Quantile(wall, 0.75), Quantile(processor, 0.5), wall.Count, value);

    private static double Quantile(List<double> samples, double share)
    {
        double[] sorted = [.. samples.Order()];
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        return sorted[below] + ((at - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
    }
}

/// <summary>One line of the table: the same work on both sides.</summary>
/// <param name="Group">Heading it stands under.</param>
/// <param name="Work">What is computed.</param>
/// <param name="Threads">Threads of each side.</param>
/// <param name="Operations">Floating-point operations of one call; 0 where they do not bound it.</param>
/// <param name="Bytes">Bytes that must come from memory; 0 where they do not bound it.</param>
/// <param name="Single">Single precision.</param>
/// <param name="Own">FastCore.</param>
/// <param name="Peers">The others; empty where nobody else does it.</param>
/// <param name="Note">Why a peer is absent.</param>
internal sealed record PeerRow(
    string Group, string Work, int Threads, double Operations, double Bytes, bool Single, PeerTiming Own, PeerTiming[] Peers, string Note);

/// <summary>What the machine can do, measured in the same process between the comparisons.</summary>
internal sealed record PeakRow(int Threads, double SingleFlops, double DoubleFlops, double BytesPerSecond);
