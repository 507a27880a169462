using System.Runtime.CompilerServices;

namespace FastCore;

/// <summary>
/// Random numbers as a pure function of (seed, stream, counter): Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as
/// 1, 2, 3", SC11). Every purpose has its own stream, so that a change in one place never shifts the numbers of another, and any
/// value can be computed again without the ones before it. The file is compiled into each project that draws numbers.
/// </summary>
internal struct RandomStream
{
    private readonly uint key0;
    private readonly uint key1;
    private readonly ulong stream;
    private ulong counter;
    private (uint A, uint B, uint C, uint D) block;
    private int left;
    private double spare;
    private bool hasSpare;

    /// <summary>The stream number <paramref name="stream"/> of <paramref name="seed"/>, from its start.</summary>
    public RandomStream(long seed, ulong stream)
    {
        key0 = (uint)seed;
        key1 = (uint)((ulong)seed >> 32);
        this.stream = stream;
    }

    /// <summary>A stream named by its purpose, for example "film.grains".</summary>
    public static RandomStream Named(long seed, string purpose) => new(seed, Hash(purpose));

    /// <summary>The stream of an element of a purpose, for example sweep number 17.</summary>
    public static RandomStream Named(long seed, string purpose, long index) => new(seed, Hash(purpose) ^ Mix((ulong)index + 0x9E3779B97F4A7C15UL));

    /// <summary>32 random bits.</summary>
    public uint NextBits()
    {
        if (left == 0)
        {
            block = Philox((uint)counter, (uint)(counter >> 32), (uint)stream, (uint)(stream >> 32), key0, key1);
            counter++;
            left = 4;
        }
        left--;
        return left switch { 3 => block.A, 2 => block.B, 1 => block.C, _ => block.D };
    }

    /// <summary>Uniform in [0, 1) with 53 bits.</summary>
    public double NextDouble()
    {
        ulong high = NextBits();
        return ((high << 21) ^ (NextBits() >> 11)) * (1.0 / (1UL << 53));
    }

    /// <summary>Uniform integer in [0, <paramref name="bound"/>), without bias.</summary>
    public int NextInt(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        uint limit = (uint)(0x1_0000_0000UL / (uint)bound * (uint)bound - 1);
        uint bits;
        do
        {
            bits = NextBits();
        }
        while (bits > limit);
        return (int)(bits % (uint)bound);
    }

    /// <summary>Standard normal (Box and Muller 1958).</summary>
    public double NextNormal()
    {
        if (hasSpare)
        {
            hasSpare = false;
            return spare;
        }
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        (double sine, double cosine) = Math.SinCos(2 * Math.PI * NextDouble());
        spare = radius * sine;
        hasSpare = true;
        return radius * cosine;
    }

    /// <summary>The bijection itself: four words of counter under two words of key, ten rounds.</summary>
    internal static (uint A, uint B, uint C, uint D) Philox(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53UL * c0;
            ulong p1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return (c0, c1, c2, c3);
    }

    // FNV-1a over the characters, then a SplitMix64 finaliser: names that differ in one letter get unrelated streams.
    private static ulong Hash(string purpose)
    {
        ulong hash = 0xCBF29CE484222325UL;
        foreach (char letter in purpose)
            hash = (hash ^ letter) * 0x100000001B3UL;
        return Mix(hash);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
