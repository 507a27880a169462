using System.Numerics;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Imaging;

/// <summary>
/// Steps between scan lines taken away, bad lines replaced (SPEC 4): line i loses the sum of steps d_k up to it, d_k the median over the columns of
/// h_k - h_(k-1), masked pixels left out; unlike <see cref="LineMedian"/> a structure that fills part of a line moves nothing. The roughness of a step
/// is t_k = median |h_k - h_(k-1) - d_k|, that of a line the lesser of both its steps; a line is bad where it exceeds limit times the median over all
/// lines. Steps then lead from each good line to the good line before it, and bad lines become the straight line between the good ones around them.
/// </summary>
/// <remarks>
/// image, mask and levelled are H x W, any stride; pixels whose mask is not 0 (particles, grains) do not count but move with their line; mask may be
/// absent. replaced, H x 1, receives 1 for a bad line and 0 for others; it may be absent. limit is at least 1, infinite to replace nothing. A step
/// without a pair of pixels is 0 and smooth. The first good line keeps its height; at the ends bad lines repeat the good line next to them. A true
/// slope along the slow axis goes with the steps: level the plane first. In place allowed; values are finite. Host: <see cref="Medians"/> of compacted
/// differences, lines shared out to the threads, sums in double. Device: one thread per line, compensated sums (Kahan 1965). Tolerance 4 eps of the
/// largest height, times the lines summed over on a device.
/// </remarks>
public static unsafe class StepLineCorrection
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, ArrayView<float>>> StepKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, ArrayView<float>>(DeviceKernelSteps));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, Tensor, float, ArrayView<float>>> BadKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, Tensor, float, ArrayView<float>>(DeviceKernelBad));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, ArrayView<float>>> GapKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, ArrayView<float>>(DeviceKernelGaps));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, Tensor, ArrayView<float>>> SumKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, Tensor, ArrayView<float>>(DeviceKernelSums));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, ArrayView<float>, Tensor>> LevelKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, ArrayView<float>, Tensor>(DeviceKernelLevel));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, Tensor, Tensor>> ReplaceKernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<float>, Tensor, Tensor>(DeviceKernelReplace));

    /// <summary>The definition: by sorting, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> image, ReadOnlyMatrixSpan<T> mask, T limit, MatrixSpan<T> levelled, MatrixSpan<T> replaced)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, mask.Rows, mask.Columns, double.CreateChecked(limit), levelled.Rows, levelled.Columns, replaced.Rows,
            replaced.Columns);
        int rows = image.Rows;
        if (rows == 0)
            return;
        double[] plane = GaussianFilter.Plane(image);
        double[] covered = mask.Rows > 0 ? GaussianFilter.Plane(mask) : new double[plane.Length];
        double[] Differences(int upper, int lower, int columns) =>
        [
            .. from j in Enumerable.Range(0, columns)
            where covered[(upper * columns) + j] == 0 && covered[(lower * columns) + j] == 0
            select plane[(lower * columns) + j] - plane[(upper * columns) + j],
        ];
        static double Median(IEnumerable<double> values)
        {
            double[] sorted = [.. values.Order()];
            return sorted.Length == 0 ? 0 : Medians.Middle(sorted[(sorted.Length - 1) / 2], sorted[sorted.Length / 2]);
        }
        var roughness = new double[rows + 1];
        roughness[0] = roughness[rows] = double.PositiveInfinity;
        for (int i = 1; i < rows; i++)
        {
            double[] differences = Differences(i - 1, i, image.Columns);
            double step = Median(differences);
            roughness[i] = Median(differences.Select(value => Math.Abs(value - step)));
        }
        double[] lines = [.. Enumerable.Range(0, rows).Select(i => rows == 1 ? 0 : Math.Min(roughness[i], roughness[i + 1]))];
        double most = double.CreateChecked(limit) * Median(lines);
        int[] good = [.. Enumerable.Range(0, rows).Where(i => !(lines[i] > most))];
        double offset = 0;
        for (int k = 0; k < good.Length; k++)
        {
            if (k > 0)
                offset += Median(Differences(good[k - 1], good[k], image.Columns));
            for (int j = 0; j < image.Columns; j++)
                levelled[good[k], j] = T.CreateChecked(plane[(good[k] * image.Columns) + j] - offset);
        }
        for (int i = 0; i < rows; i++)
        {
            bool bad = lines[i] > most;
            if (replaced.Rows > 0)
                replaced[i, 0] = bad ? T.One : T.Zero;
            if (!bad)
                continue;
            int row = i, before = good.LastOrDefault(k => k < row, good[0]), behind = good.FirstOrDefault(k => k > row, good[^1]);
            double share = behind == before ? 0 : Math.Clamp((double)(i - before) / (behind - before), 0, 1);
            for (int j = 0; j < image.Columns; j++)
            {
                double above = double.CreateChecked(levelled[before, j]), below = double.CreateChecked(levelled[behind, j]);
                levelled[i, j] = T.CreateChecked(above + (share * (below - above)));
            }
        }
    }

    /// <summary>The same with SIMD.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> image, ReadOnlyMatrixSpan<T> mask, T limit, MatrixSpan<T> levelled, MatrixSpan<T> replaced)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(image.Rows, image.Columns, mask.Rows, mask.Columns, double.CreateTruncating(limit), levelled.Rows, levelled.Columns, replaced.Rows,
            replaced.Columns);
        int rows = image.Rows, columns = image.Columns;
        if (rows == 0)
            return;
        T* lines = ScratchMatrix<T, Lines>.Get((4 * rows) + 1);
        fixed (T* from = image.Values, covered = mask.Values, to = levelled.Values, flags = replaced.Values)
        {
            var picture = new ImagePointer<T>(from, rows, columns, image.Stride);
            var cover = new ImagePointer<T>(mask.Rows > 0 ? covered : null, rows, columns, mask.Stride);
            var steps = new Steps<T>(picture, cover, lines);
            RowBlocks<Steps<T>>.Run(steps, rows, ImageRows.BlockHeight, (long)rows * columns * 16);
            steps.FindBad(limit);
            steps.AddUp();
            var level = new Level<T>(picture, lines, to, levelled.Stride);
            RowBlocks<Level<T>>.Run(level, rows, ImageRows.BlockHeight, (long)rows * columns * 2);
            level.Replace(replaced.Rows > 0 ? flags : null, replaced.Stride);
        }
    }

    // Scratch: steps, roughness of steps (one more), heights taken off, flags of bad lines, then room for one line each.
    internal static void DeviceKernelSteps(Index1D index, ArrayView<float> arena, Tensor image, Tensor mask, ArrayView<float> scratch)
    {
        int line = index + 1, room = (4 * image.Rows) + 1 + (index * image.Columns);
        int count = Differences(arena, image, mask, index, line, scratch, room);
        float step = 0, roughness = 0;
        if (count > 0)
        {
            step = Medians.OnDevice(scratch, room, count);
            for (int j = 0; j < count; j++)
                scratch[room + j] = XMath.Abs(scratch[room + j] - step);
            roughness = Medians.OnDevice(scratch, room, count);
        }
        scratch[line] = step;
        scratch[image.Rows + line] = roughness;
    }

    internal static void DeviceKernelBad(Index1D one, Tensor image, float limit, ArrayView<float> scratch)
    {
        int rows = image.Rows, room = (4 * rows) + 1;
        for (int i = 0; i < rows; i++)
        {
            float above = i > 0 ? scratch[rows + i] : float.MaxValue, below = i < rows - 1 ? scratch[rows + i + 1] : float.MaxValue;
            float line = above < below ? above : below;
            scratch[(3 * rows) + 1 + i] = rows == 1 ? 0f : line;
        }
        float most = limit * Medians.OnDevice(scratch, (3 * rows) + 1, rows);
        // 1f, not 1: ILGPU stores the bits of a chosen integer on OpenCL.
        for (int i = 0; i < rows; i++)
            scratch[(3 * rows) + 1 + i] = scratch[(3 * rows) + 1 + i] > most ? 1f : 0f;
    }

    internal static void DeviceKernelGaps(Index1D index, ArrayView<float> arena, Tensor image, Tensor mask, ArrayView<float> scratch)
    {
        int rows = image.Rows, line = index + 1, flags = (3 * rows) + 1, before = index;
        if (scratch[flags + line] != 0 || scratch[flags + before] == 0)
            return;
        while (before >= 0 && scratch[flags + before] != 0)
            before--;
        float step = 0;
        if (before >= 0)
        {
            int room = (4 * rows) + 1 + (index * image.Columns);
            int count = Differences(arena, image, mask, before, line, scratch, room);
            step = count > 0 ? Medians.OnDevice(scratch, room, count) : 0f;
        }
        scratch[line] = step;
    }

    internal static void DeviceKernelSums(Index1D one, Tensor image, ArrayView<float> scratch)
    {
        int rows = image.Rows;
        float sum = 0, lost = 0;
        for (int i = 0; i < rows; i++)
        {
            if (i > 0 && scratch[(3 * rows) + 1 + i] == 0)
            {
                float add = scratch[i] - lost, next = sum + add;
                lost = next - sum - add;
                sum = next;
            }
            scratch[(2 * rows) + 1 + i] = sum;
        }
    }

    internal static void DeviceKernelLevel(Index1D index, ArrayView<float> arena, Tensor image, ArrayView<float> scratch, Tensor levelled)
    {
        int row = index / image.Columns, column = index - (row * image.Columns);
        if (scratch[(3 * image.Rows) + 1 + row] == 0)
        {
            float height = arena[image.Offset + (row * image.Stride) + column];
            arena[levelled.Offset + (row * levelled.Stride) + column] = height - scratch[(2 * image.Rows) + 1 + row];
        }
    }

    internal static void DeviceKernelReplace(Index1D index, ArrayView<float> arena, ArrayView<float> scratch, Tensor levelled, Tensor replaced)
    {
        int rows = levelled.Rows, row = index / levelled.Columns, column = index - (row * levelled.Columns), flags = (3 * rows) + 1;
        float bad = scratch[flags + row];
        if (replaced.Rows > 0 && column == 0)
            arena[replaced.Offset + (row * replaced.Stride)] = bad;
        if (bad == 0)
            return;
        int before = row, behind = row;
        while (before >= 0 && scratch[flags + before] != 0)
            before--;
        while (behind < rows && scratch[flags + behind] != 0)
            behind++;
        before = before < 0 ? behind : before;
        behind = behind == rows ? before : behind;
        float above = arena[levelled.Offset + (before * levelled.Stride) + column], below = arena[levelled.Offset + (behind * levelled.Stride) + column];
        float share = behind == before ? 0f : (float)(row - before) / (behind - before);
        arena[levelled.Offset + (row * levelled.Stride) + column] = above + (share * (below - above));
    }

    internal static void Launch(DeviceQueue queue, Tensor image, Tensor? mask, float limit, Tensor levelled, Tensor? replaced)
    {
        Tensor cover = mask ?? default, flags = replaced ?? default;
        Check(image.Rows, image.Columns, cover.Rows, cover.Columns, limit, levelled.Rows, levelled.Columns, flags.Rows, flags.Columns);
        int rows = image.Rows;
        if (image.Count == 0)
        {
            if (flags.Count > 0)
                LinearAlgebra.Fill.Launch(queue, 0, flags);
            return;
        }
        ArrayView<float> scratch = queue.Scratch((4 * rows) + 1 + image.Count);
        if (rows > 1)
            StepKernel.On(queue)(queue.Stream, rows - 1, queue.Arena, image, cover, scratch);
        BadKernel.On(queue)(queue.Stream, 1, image, limit, scratch);
        if (rows > 1)
            GapKernel.On(queue)(queue.Stream, rows - 1, queue.Arena, image, cover, scratch);
        SumKernel.On(queue)(queue.Stream, 1, image, scratch);
        LevelKernel.On(queue)(queue.Stream, image.Count, queue.Arena, image, scratch, levelled);
        ReplaceKernel.On(queue)(queue.Stream, image.Count, queue.Arena, scratch, levelled, flags);
    }

    private static int Differences(ArrayView<float> arena, Tensor image, Tensor mask, int upper, int lower, ArrayView<float> scratch, int room)
    {
        int a = image.Offset + (upper * image.Stride), b = image.Offset + (lower * image.Stride), count = 0;
        int maskA = mask.Offset + (upper * mask.Stride), maskB = mask.Offset + (lower * mask.Stride);
        for (int j = 0; j < image.Columns; j++)
        {
            bool counts = true;
            if (mask.Rows > 0)
                counts = arena[maskA + j] == 0 && arena[maskB + j] == 0;
            if (counts)
            {
                scratch[room + count] = arena[b + j] - arena[a + j];
                count++;
            }
        }
        return count;
    }

    private static void Check(int rows, int columns, int maskRows, int maskColumns, double limit, int levelledRows, int levelledColumns, int replacedRows,
        int replacedColumns)
    {
        if (!(limit >= 1))
            throw new ArgumentOutOfRangeException(nameof(limit), limit, $"{nameof(StepLineCorrection)}: limit must be at least 1.");
        if (maskRows != 0 || maskColumns != 0)
            Shape.Require(nameof(StepLineCorrection), "mask", maskRows, maskColumns, rows, columns);
        Shape.Require(nameof(StepLineCorrection), "levelled", levelledRows, levelledColumns, rows, columns);
        if (replacedRows != 0 || replacedColumns != 0)
            Shape.Require(nameof(StepLineCorrection), "replaced", replacedRows, replacedColumns, rows, 1);
    }

    private sealed class Lines;

    // lines: steps, roughness of steps (one more), heights taken off, flags of bad lines.
    private readonly struct Steps<T>(ImagePointer<T> image, ImagePointer<T> mask, T* lines) : IRowJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private T* Roughness => lines + image.Rows;

        private T* Offsets => lines + (2 * image.Rows) + 1;

        private T* Flags => lines + (3 * image.Rows) + 1;

        public void Run(int first, int end)
        {
            T* differences = ScratchMatrix<T, Steps<T>>.Get(2 * image.Columns), keys = differences + image.Columns;
            for (int i = Math.Max(1, first); i < end; i++)
            {
                int count = Differences(i - 1, i, differences);
                lines[i] = Roughness[i] = T.Zero;
                if (count == 0)
                    continue;
                lines[i] = Medians.Of(differences, keys, count);
                var all = new Span<T>(differences, count);
                System.Numerics.Tensors.TensorPrimitives.Subtract(all, lines[i], all);
                System.Numerics.Tensors.TensorPrimitives.Abs(all, all);
                Roughness[i] = Medians.Of(differences, differences, count);
            }
        }

        internal void FindBad(T limit)
        {
            int rows = image.Rows;
            Roughness[0] = Roughness[rows] = rows == 1 ? T.Zero : T.PositiveInfinity;
            for (int i = 0; i < rows; i++)
                Flags[i] = T.Min(Roughness[i], Roughness[i + 1]);
            // The heights to take off come later: their place is room for the keys.
            T most = limit * Medians.Of(Flags, Offsets, rows);
            for (int i = 0; i < rows; i++)
                Flags[i] = Flags[i] > most ? T.One : T.Zero;
        }

        internal void AddUp()
        {
            T* differences = ScratchMatrix<T, Steps<T>>.Get(2 * image.Columns);
            int before = -1;
            double sum = 0;
            for (int i = 0; i < image.Rows; i++)
            {
                if (Flags[i] == T.Zero)
                {
                    if (before >= 0 && before < i - 1)
                    {
                        int count = Differences(before, i, differences);
                        lines[i] = count == 0 ? T.Zero : Medians.Of(differences, differences, count);
                    }
                    sum += before >= 0 ? double.CreateTruncating(lines[i]) : 0;
                    before = i;
                }
                Offsets[i] = T.CreateTruncating(sum);
            }
        }

        private int Differences(int upper, int lower, T* to)
        {
            int columns = image.Columns, count = 0;
            T* a = image.Row(upper), b = image.Row(lower);
            if (mask.Start == null)
            {
                System.Numerics.Tensors.TensorPrimitives.Subtract(new ReadOnlySpan<T>(b, columns), new ReadOnlySpan<T>(a, columns), new Span<T>(to, columns));
                return columns;
            }
            T* coveredA = mask.Row(upper), coveredB = mask.Row(lower);
            for (int j = 0; j < columns; j++)
            {
                // Written always, kept where both are free.
                to[count] = b[j] - a[j];
                count += coveredA[j] == T.Zero && coveredB[j] == T.Zero ? 1 : 0;
            }
            return count;
        }
    }

    private readonly struct Level<T>(ImagePointer<T> image, T* lines, T* levelled, nint stride) : IRowJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int first, int end)
        {
            int rows = image.Rows, columns = image.Columns;
            for (int i = first; i < end; i++)
            {
                T offset = lines[(2 * rows) + 1 + i];
                if (lines[(3 * rows) + 1 + i] == T.Zero)
                    System.Numerics.Tensors.TensorPrimitives.Subtract(new ReadOnlySpan<T>(image.Row(i), columns), offset, Line(i));
            }
        }

        internal void Replace(T* replaced, nint between)
        {
            int rows = image.Rows;
            T* flags = lines + (3 * rows) + 1;
            for (int i = 0; i < rows; i++)
            {
                if (replaced != null)
                    replaced[i * between] = flags[i];
                if (flags[i] == T.Zero)
                    continue;
                int before = i, behind = i;
                while (before >= 0 && flags[before] != T.Zero)
                    before--;
                while (behind < rows && flags[behind] != T.Zero)
                    behind++;
                before = before < 0 ? behind : before;
                behind = behind == rows ? before : behind;
                T share = behind == before ? T.Zero : T.CreateTruncating(i - before) / T.CreateTruncating(behind - before);
                Span<T> above = Line(before), below = Line(behind), own = Line(i);
                for (int j = 0; j < own.Length; j++)
                    own[j] = above[j] + (share * (below[j] - above[j]));
            }
        }

        private Span<T> Line(int row) => new(levelled + (row * stride), image.Columns);
    }
}
