using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FastCore.Benchmarks.Peers;

/// <summary>
/// The roofs: fused multiply-adds on registers, and reading memory that no cache holds. Best of several tries, because a roof is what is possible.
/// </summary>
internal static unsafe class MachinePeak
{
    private const int Tries = 12;
    private const int Rounds = 200_000;
    private const int Accumulators = 12;
    private const int Words = 32 * 1024 * 1024;

    internal static PeakRow Measure(int threads)
    {
        float* memory = (float*)NativeMemory.AlignedAlloc((nuint)Words * sizeof(float), 64);
        new Span<float>(memory, Words).Fill(1);
        var row = new PeakRow(threads,
            Best(threads, _ => Multiply(1f)) * threads * Rounds * Accumulators * 2 * (Vector512.IsHardwareAccelerated ? 16 : Vector<float>.Count),
            Best(threads, _ => Multiply(1d)) * threads * Rounds * Accumulators * 2 * (Vector512.IsHardwareAccelerated ? 8 : Vector<double>.Count),
            Best(threads, part => Read(memory + ((nint)Words / threads * part), Words / threads)) * Words / threads * threads * sizeof(float));
        NativeMemory.AlignedFree(memory);
        return row;
    }

    // Repetitions per second of the slowest thread in the best try.
    private static double Best(int threads, Action<int> work)
    {
        double best = double.PositiveInfinity;
        using var together = new Barrier(threads);
        var seconds = new double[threads];
        Thread[] all = [.. Enumerable.Range(0, threads).Select(part => new Thread(() => Repeat(part)))];
        foreach (Thread thread in all)
            thread.Start();
        foreach (Thread thread in all)
            thread.Join();
        return 1 / best;

        void Repeat(int part)
        {
            for (int attempt = 0; attempt < Tries; attempt++)
            {
                together.SignalAndWait();
                long start = Stopwatch.GetTimestamp();
                work(part);
                seconds[part] = Stopwatch.GetElapsedTime(start).TotalSeconds;
                together.SignalAndWait();
                if (part == 0)
                    best = Math.Min(best, seconds.Max());
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Multiply<T>(T one)
        where T : unmanaged
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<T> x = Vector512.Create(one), s0 = x, s1 = x, s2 = x, s3 = x, s4 = x, s5 = x, s6 = x, s7 = x, s8 = x, s9 = x, s10 = x, s11 = x;
            for (int i = 0; i < Rounds; i++)
            {
                s0 = Fma(x, s0);
                s1 = Fma(x, s1);
                s2 = Fma(x, s2);
                s3 = Fma(x, s3);
                s4 = Fma(x, s4);
                s5 = Fma(x, s5);
                s6 = Fma(x, s6);
                s7 = Fma(x, s7);
                s8 = Fma(x, s8);
                s9 = Fma(x, s9);
                s10 = Fma(x, s10);
                s11 = Fma(x, s11);
            }
            Keep(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
            return;
        }
        Vector<T> y = new(one), t0 = y, t1 = y, t2 = y, t3 = y, t4 = y, t5 = y, t6 = y, t7 = y, t8 = y, t9 = y, t10 = y, t11 = y;
        for (int i = 0; i < Rounds; i++)
        {
            t0 = Fma(y, t0);
            t1 = Fma(y, t1);
            t2 = Fma(y, t2);
            t3 = Fma(y, t3);
            t4 = Fma(y, t4);
            t5 = Fma(y, t5);
            t6 = Fma(y, t6);
            t7 = Fma(y, t7);
            t8 = Fma(y, t8);
            t9 = Fma(y, t9);
            t10 = Fma(y, t10);
            t11 = Fma(y, t11);
        }
        Keep(t0 + t1 + t2 + t3 + t4 + t5 + t6 + t7 + t8 + t9 + t10 + t11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Read(float* memory, int count)
    {
        int width = Vector<float>.Count;
        Vector<float> s0 = Vector<float>.Zero, s1 = s0, s2 = s0, s3 = s0;
        for (int i = 0; i <= count - (4 * width); i += 4 * width)
        {
            s0 += Vector.Load(memory + i);
            s1 += Vector.Load(memory + i + width);
            s2 += Vector.Load(memory + i + (2 * width));
            s3 += Vector.Load(memory + i + (3 * width));
        }
        Keep(s0 + s1 + s2 + s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Fma<T>(Vector512<T> x, Vector512<T> sum)
        where T : unmanaged =>
        typeof(T) == typeof(float)
            ? Vector512.FusedMultiplyAdd(x.AsSingle(), x.AsSingle(), sum.AsSingle()).As<float, T>()
            : Vector512.FusedMultiplyAdd(x.AsDouble(), x.AsDouble(), sum.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Fma<T>(Vector<T> x, Vector<T> sum)
        where T : unmanaged =>
        typeof(T) == typeof(float)
            ? Vector.FusedMultiplyAdd(x.As<T, float>(), x.As<T, float>(), sum.As<T, float>()).As<float, T>()
            : Vector.FusedMultiplyAdd(x.As<T, double>(), x.As<T, double>(), sum.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep<T>(T value) => _ = value;
}
