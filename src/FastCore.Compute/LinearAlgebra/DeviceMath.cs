using ILGPU;
using ILGPU.Algorithms;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>
/// What device kernels share: functions that the hardware gives too roughly, and the sum over a group. Infinite or NaN arguments give what the
/// host gives; the hardware's minimum and maximum would swallow a NaN, so bounds are written as comparisons.
/// </summary>
internal static class DeviceMath
{
    /// <summary>Threads of a group that sums one row.</summary>
    internal const int GroupSize = 64;

    // pi/2 in three parts; the products of the first two with any k below 2^13 are exact (Cody and Waite 1980).
    private const float HalfPi1 = 1.5703125f;
    private const float HalfPi2 = 4.837512969970703e-4f;
    private const float HalfPi3 = 7.549789948768648e-8f;

    /// <summary>tanh x = 1 - 2 / (e^2x + 1), absolute error below 3e-7; the hardware's own is good to 1e-5 only.</summary>
    internal static float Tanh(float x)
    {
        float bounded = x > 9.1f ? 9.1f : x < -9.1f ? -9.1f : x;
        return 1 - (2 / (XMath.Exp(2 * bounded) + 1));
    }

    /// <summary>1 / (1 + e^-x), from e^-|x|, so that nothing overflows.</summary>
    internal static float Sigmoid(float x)
    {
        float small = XMath.Exp(x > 0 ? -x : x);
        return (x > 0 ? 1 : small) / (1 + small);
    }

    /// <summary>
    /// Cosine (shift 1) or sine (shift 0) for |x| up to 10,000, absolute error below 1.5e-7: the nearest multiple k of pi/2 is taken off, then
    /// the polynomials of Cephes (Moshier 1989) for |r| up to pi/4. The library's functions keep an array in local memory.
    /// </summary>
    internal static float Sine(float x, float shift)
    {
        float k = XMath.Floor((x * 0.63661977f) + 0.5f);
        float r = x - (k * HalfPi1) - (k * HalfPi2) - (k * HalfPi3);
        float square = r * r;
        float sine = r + (r * square * (-1.6666654611e-1f + (square * (8.3321608736e-3f - (1.9515295891e-4f * square)))));
        float cosine = 1 - (0.5f * square)
            + (square * square * (4.166664568298827e-2f + (square * (-1.388731625493765e-3f + (2.443315711809948e-5f * square)))));
        float turn = k + shift;
        float quadrant = turn - (4 * XMath.Floor(turn * 0.25f));
        float odd = quadrant - (2 * XMath.Floor(quadrant * 0.5f));
        float value = odd > 0.5f ? cosine : sine;
        return quadrant > 1.5f ? -value : value;
    }

    /// <summary>Sum over the threads of a group of <see cref="GroupSize"/>, always in the same order; all threads call it and all get it.</summary>
    internal static float GroupSum(float value)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupSize);
        int thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        for (int half = GroupSize / 2; half > 0; half >>= 1)
        {
            if (thread < half)
                shared[thread] += shared[thread + half];
            Group.Barrier();
        }
        float sum = shared[0];
        Group.Barrier();
        return sum;
    }
}
