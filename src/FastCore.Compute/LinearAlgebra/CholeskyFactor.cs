using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>Lower Cholesky factor of a symmetric positive definite matrix, in place (Golub and Van Loan 2013, alg. 4.2.1 and 4.2.3).</summary>
/// <remarks>
/// a is n x n; only its lower triangle is read, the upper one becomes 0. Host: recursive halves; blocks up to 128 are factored transposed, where
/// the column that is eliminated is contiguous, four pivots and two rows per pass. Device: one group of 256 threads, column by column; large
/// factors belong on the host. Residual |L L^T - A| below 4e-15 |A| in double, 2e-6 |A| in float at n = 500.
/// </remarks>
public static unsafe class CholeskyFactor
{
    private const int Base = 128;

    // Rows of a power of two would all lie in the same few sets of the first-level cache.
    private const int Pitch = Base + 8;
    private const int Square = 16;
    private const int SolveBase = 64;
    private const int Pivots = 4;
    private const int GroupSize = 256;

    private static readonly LoadedKernel<Action<AcceleratorStream, KernelConfig, ArrayView<float>, Tensor, ArrayView<float>>> Kernel =
        new(static device => device.LoadKernel<ArrayView<float>, Tensor, ArrayView<float>>(DeviceKernel));

    /// <summary>The definition, accumulated in double. False: a pivot is not positive or not finite, and a holds no factor.</summary>
    public static bool Reference<T>(MatrixSpan<T> a)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(CholeskyFactor), nameof(a), a.Rows, a.Columns, a.Rows, a.Rows);
        for (int i = 0; i < a.Rows; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = double.CreateChecked(a[i, j]);
                for (int k = 0; k < j; k++)
                    sum -= double.CreateChecked(a[i, k]) * double.CreateChecked(a[j, k]);
                if (j < i)
                    a[i, j] = T.CreateChecked(sum / double.CreateChecked(a[j, j]));
                else if (sum > 0 && double.IsFinite(sum))
                    a[i, i] = T.CreateChecked(Math.Sqrt(sum));
                else
                    return false;
            }
            a.Row(i)[(i + 1)..].Clear();
        }
        return true;
    }

    /// <summary>The same with SIMD. False: a pivot is not positive or not finite, and a holds no factor.</summary>
    public static bool Host<T>(MatrixSpan<T> a)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.Require(nameof(CholeskyFactor), nameof(a), a.Rows, a.Columns, a.Rows, a.Rows);
        if (a.Rows == 0)
            return true;
        fixed (T* start = a.Values)
        {
            T* square = ScratchMatrix<T, Scratch>.Get(Base * Pitch);
            if (!Recursive(start, a.Stride, a.Rows, square))
                return false;
        }
        for (int i = 0; i < a.Rows; i++)
            a.Row(i)[(i + 1)..].Clear();
        return true;
    }

    internal static void DeviceKernel(ArrayView<float> arena, Tensor a, ArrayView<float> status)
    {
        ArrayView<float> pivot = SharedMemory.Allocate<float>(1);
        int thread = Group.IdxX;
        int n = a.Rows;
        float good = 1;
        for (int j = 0; j < n; j++)
        {
            if (thread == 0)
                pivot[0] = arena[a.Offset + (j * a.Stride) + j];
            Group.Barrier();
            float value = pivot[0];
            Group.Barrier();
            // A comparison with NaN is false; the upper bound refuses infinity. All threads see the same pivot, so barriers stay uniform.
            bool usable = value > 0 && value < float.MaxValue;
            if (!usable)
                good = 0;
            float root = usable ? XMath.Sqrt(value) : 1;
            for (int i = j + thread; i < n; i += GroupSize)
                arena[a.Offset + (i * a.Stride) + j] = i == j ? root : arena[a.Offset + (i * a.Stride) + j] / root;
            Group.Barrier();
            int rest = n - j - 1;
            for (int entry = thread; entry < rest * rest; entry += GroupSize)
            {
                int i = j + 1 + (entry / rest);
                int k = j + 1 + (entry - (entry / rest * rest));
                if (k <= i)
                {
                    arena[a.Offset + (i * a.Stride) + k] -=
                        arena[a.Offset + (i * a.Stride) + j] * arena[a.Offset + (k * a.Stride) + j];
                }
            }
            for (int k = j + 1 + thread; k < n; k += GroupSize)
                arena[a.Offset + (j * a.Stride) + k] = 0;
            Group.Barrier();
        }
        if (thread == 0)
            status[0] = good;
    }

    internal static bool Launch(DeviceQueue queue, Tensor a)
    {
        Shape.Require(nameof(CholeskyFactor), nameof(a), a.Rows, a.Columns, a.Rows, a.Rows);
        if (a.Rows == 0)
            return true;
        Kernel.On(queue)(queue.Stream, new KernelConfig(1, GroupSize), queue.Arena, a, queue.Scratch(1));
        Span<float> status = stackalloc float[1];
        queue.DownloadScratch(status);
        return status[0] > 0;
    }

    private static bool Recursive<T>(T* a, nint stride, int n, T* square)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (n <= Base)
            return Block(a, stride, n, square);
        int half = ((n / 2) + SolveBase - 1) / SolveBase * SolveBase;
        if (!Recursive(a, stride, half, square))
            return false;
        T* below = a + (half * stride);
        SolveRight(a, stride, below, stride, n - half, half, square);
        MatrixMultiply.Multiply(new PackedMultiply<T>.Strided(below, stride, 1), new PackedMultiply<T>.Strided(below, 1, stride),
            below + half, stride, n - half, n - half, half, -T.One, T.One, lowerOnly: true);
        return Recursive(below + half, stride, n - half, square);
    }

    // x := x L^-T for rows x below a factored block.
    private static void SolveRight<T>(T* lower, nint stride, T* x, nint strideX, int rows, int n, T* square)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (n > SolveBase)
        {
            int half = ((n / 2) + SolveBase - 1) / SolveBase * SolveBase;
            T* corner = lower + (half * stride);
            SolveRight(lower, stride, x, strideX, rows, half, square);
            MatrixMultiply.Multiply(new PackedMultiply<T>.Strided(x, strideX, 1), new PackedMultiply<T>.Strided(corner, 1, stride),
                x + half, strideX, rows, n - half, half, -T.One, T.One);
            SolveRight(corner + half, stride, x + half, strideX, rows, n - half, square);
            return;
        }
        // Transposed, a row of x is a column: 64 of them are solved together along contiguous memory.
        T* turned = square + (SolveBase * SolveBase);
        for (int row = 0; row < rows; row += SolveBase)
        {
            int count = Math.Min(SolveBase, rows - row);
            T* block = x + (row * strideX);
            for (int i = 0; i < count; i++)
            {
                for (int j = 0; j < n; j++)
                    turned[(j * SolveBase) + i] = block[(i * strideX) + j];
            }
            TriangularSolve.Solve(lower, stride, false, turned, SolveBase, n, count);
            for (int i = 0; i < count; i++)
            {
                for (int j = 0; j < n; j++)
                    block[(i * strideX) + j] = turned[(j * SolveBase) + i];
            }
        }
    }

    private static bool Block<T>(T* a, nint stride, int n, T* upper)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Transposed, so that rows of L^T are contiguous; what stands left of the diagonal is never read.
        PackedMultiply<T>.Turn(a, stride, 1, upper, Pitch, n, n);
        for (int k = 0; k < n; k += Pivots)
        {
            int last = Math.Min(k + Pivots, n);
            if (!(Vector512.IsHardwareAccelerated && last - k == Pivots ? FourPivots512(upper + (k * Pitch), k, n) : FewPivots(upper, k, last, n)))
                return false;
            // Only after the last group of all is it shorter than four, and then no rows are left.
            if (Vector512.IsHardwareAccelerated)
                Eliminate512(upper + (k * Pitch), upper, last, n);
            else
                Eliminate(upper + (k * Pitch), upper, last, n);
        }
        // Squares of the lower triangle; those on the diagonal end above it, where the caller clears.
        for (int j = 0; j < n; j += Square)
            PackedMultiply<T>.Turn(upper + (j * Pitch) + j, Pitch, 1, a + (j * stride) + j, (int)stride, Math.Min(Square, n - j), n - j);
        return true;
    }

    private static bool FewPivots<T>(T* upper, int first, int last, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int p = first; p < last; p++)
        {
            T* pivotRow = upper + (p * Pitch);
            for (int q = first; q < p; q++)
                VectorLoops.AddScaled(-upper[(q * Pitch) + p], upper + (q * Pitch) + p, pivotRow + p, n - p);
            T pivot = pivotRow[p];
            if (!(pivot > T.Zero) || !T.IsFinite(pivot))
                return false;
            T root = T.Sqrt(pivot);
            VectorLoops.Scale(T.One / root, pivotRow + p, n - p);
            pivotRow[p] = root;
        }
        return true;
    }

    // The four rows from k on in one pass: the square on the diagonal by itself, then every column beside it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool FourPivots512<T>(T* row0, int k, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* row1 = row0 + Pitch, row2 = row1 + Pitch, row3 = row2 + Pitch;
        T d0 = row0[k];
        T r0 = T.Sqrt(d0), i0 = T.One / r0;
        T u01 = row0[k + 1] * i0, u02 = row0[k + 2] * i0, u03 = row0[k + 3] * i0;
        T d1 = row1[k + 1] - (u01 * u01);
        T r1 = T.Sqrt(d1), i1 = T.One / r1;
        T u12 = (row1[k + 2] - (u01 * u02)) * i1, u13 = (row1[k + 3] - (u01 * u03)) * i1;
        T d2 = row2[k + 2] - (u02 * u02) - (u12 * u12);
        T r2 = T.Sqrt(d2), i2 = T.One / r2;
        T u23 = (row2[k + 3] - (u02 * u03) - (u12 * u13)) * i2;
        T d3 = row3[k + 3] - (u03 * u03) - (u13 * u13) - (u23 * u23);
        T r3 = T.Sqrt(d3), i3 = T.One / r3;
        if (!(d0 > T.Zero && d1 > T.Zero && d2 > T.Zero && d3 > T.Zero && T.IsFinite(d0) && T.IsFinite(d1) && T.IsFinite(d2) && T.IsFinite(d3)))
            return false;
        int width = Vector512<T>.Count;
        Vector512<T> p0 = Vector512.Create(i0), p1 = Vector512.Create(i1), p2 = Vector512.Create(i2), p3 = Vector512.Create(i3);
        Vector512<T> f01 = Vector512.Create(-u01), f02 = Vector512.Create(-u02), f03 = Vector512.Create(-u03);
        Vector512<T> f12 = Vector512.Create(-u12), f13 = Vector512.Create(-u13), f23 = Vector512.Create(-u23);
        // Whole vectors: what stands right of n, and left of the diagonal in the first of them, is never read.
        for (int j = (k + Pivots) / width * width; j < n; j += width)
        {
            Vector512<T> x0 = Vector512.Load(row0 + j) * p0;
            Vector512<T> x1 = RegisterTile512.Fma(f01, x0, Vector512.Load(row1 + j)) * p1;
            Vector512<T> x2 = RegisterTile512.Fma(f12, x1, RegisterTile512.Fma(f02, x0, Vector512.Load(row2 + j))) * p2;
            Vector512<T> x3 = RegisterTile512.Fma(f23, x2, RegisterTile512.Fma(f13, x1, RegisterTile512.Fma(f03, x0, Vector512.Load(row3 + j)))) * p3;
            x0.Store(row0 + j);
            x1.Store(row1 + j);
            x2.Store(row2 + j);
            x3.Store(row3 + j);
        }
        row0[k] = r0;
        row0[k + 1] = u01;
        row0[k + 2] = u02;
        row0[k + 3] = u03;
        row1[k + 1] = r1;
        row1[k + 2] = u12;
        row1[k + 3] = u13;
        row2[k + 2] = r2;
        row2[k + 3] = u23;
        row3[k + 3] = r3;
        return true;
    }

    // Rows from first on lose their multiples of the four pivot rows.
    private static void Eliminate<T>(T* pivots, T* upper, int first, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* factors = stackalloc T[Pivots];
        for (int i = first; i < n; i++)
        {
            for (int q = 0; q < Pivots; q++)
                factors[q] = -pivots[(q * Pitch) + i];
            VectorLoops.AddFourRows(factors, pivots + i, Pitch, upper + (i * Pitch) + i, n - i);
        }
    }

    // Two rows share the loads of the pivot rows. Whole vectors: what stands left of the diagonal and right of n is never read.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eliminate512<T>(T* pivots, T* upper, int first, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = Vector512<T>.Count;
        T* second = pivots + Pitch, third = second + Pitch, fourth = third + Pitch;
        int i = first;
        for (; i <= n - 2; i += 2)
        {
            var a0 = Vector512.Create(-pivots[i]);
            var a1 = Vector512.Create(-second[i]);
            var a2 = Vector512.Create(-third[i]);
            var a3 = Vector512.Create(-fourth[i]);
            var b0 = Vector512.Create(-pivots[i + 1]);
            var b1 = Vector512.Create(-second[i + 1]);
            var b2 = Vector512.Create(-third[i + 1]);
            var b3 = Vector512.Create(-fourth[i + 1]);
            T* row = upper + (i * Pitch), next = row + Pitch;
            for (int j = i / width * width; j < n; j += width)
            {
                Vector512<T> x = Vector512.Load(pivots + j);
                Vector512<T> s = RegisterTile512.Fma(a0, x, Vector512.Load(row + j)), t = RegisterTile512.Fma(b0, x, Vector512.Load(next + j));
                x = Vector512.Load(second + j);
                s = RegisterTile512.Fma(a1, x, s);
                t = RegisterTile512.Fma(b1, x, t);
                x = Vector512.Load(third + j);
                s = RegisterTile512.Fma(a2, x, s);
                t = RegisterTile512.Fma(b2, x, t);
                x = Vector512.Load(fourth + j);
                RegisterTile512.Fma(a3, x, s).Store(row + j);
                RegisterTile512.Fma(b3, x, t).Store(next + j);
            }
        }
        if (i < n)
            upper[(i * Pitch) + i] -= (pivots[i] * pivots[i]) + (second[i] * second[i]) + (third[i] * third[i]) + (fourth[i] * fourth[i]);
    }

    private sealed class Scratch;
}
