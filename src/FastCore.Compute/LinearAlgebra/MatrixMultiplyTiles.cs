using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.LinearAlgebra;

/// <summary>
/// The device kernels of <see cref="MatrixMultiply"/>: groups of 16 x 16 threads over tiles of 64 x 64 with 4 x 4 entries per thread, and, on CUDA
/// where the product is large enough, of 128 x 128 with 8 x 8 entries per thread that read shared memory in fours.
/// </summary>
/// <remarks>
/// ILGPU neither unrolls loops nor keeps arrays in registers: entries are named locals, and the wide kernel takes two steps of the inner dimension
/// by hand (128 multiply-adds for 8 reads). Where a product has few tiles and a long inner dimension (the weight gradient over all pixels of a
/// batch), slices of it are summed apart and joined in their order, so that the whole device works and every run gives the same bits.
/// </remarks>
internal static class MatrixMultiplyTiles
{
    private const int Side = 64;
    private const int Depth = 16;
    private const int WideSide = 128;
    private const int WideDepth = 8;

    // Four floats of padding: threads that store neighbouring steps of one row then hit different banks.
    private const int WideStride = WideSide + 4;
    private const int EnoughTiles = 128;
    private const int LeastSlice = 512;

    private static readonly LoadedKernel<Action<
        AcceleratorStream, KernelConfig, ArrayView<float>, Tensor, Tensor, Tensor, int, int, Ending, int, ArrayView<float>>> Kernel =
        new(static device => device.LoadKernel<
            ArrayView<float>, Tensor, Tensor, Tensor, int, int, Ending, int, ArrayView<float>>(DeviceKernel));

    private static readonly LoadedKernel<Action<
        AcceleratorStream, KernelConfig, ArrayView<float>, Tensor, Tensor, Tensor, int, int, Ending, int, ArrayView<float>>> WideKernel =
        new(static device => device.LoadKernel<
            ArrayView<float>, Tensor, Tensor, Tensor, int, int, Ending, int, ArrayView<float>>(DeviceKernelWide));

    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Ending, int, ArrayView<float>>>
        JoinKernel = new(static device =>
            device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Ending, int, ArrayView<float>>(DeviceKernelJoin));

    internal static void DeviceKernel(ArrayView<float> arena, Tensor a, Tensor b, Tensor c, int transposeA, int transposeB, Ending ending,
        int depth, ArrayView<float> slices)
    {
        ArrayView<float> tileA = SharedMemory.Allocate<float>(Depth * Side);
        ArrayView<float> tileB = SharedMemory.Allocate<float>(Depth * Side);
        int x = Group.IdxX;
        int y = Group.IdxY;
        int thread = (y * 16) + x;
        int firstRow = Grid.IdxY * Side;
        int firstColumn = Grid.IdxX * Side;
        int inner = transposeA != 0 ? a.Rows : a.Columns;
        int rowStepA = transposeA != 0 ? 1 : a.Stride;
        int innerStepA = transposeA != 0 ? a.Stride : 1;
        int innerStepB = transposeB != 0 ? 1 : b.Stride;
        int columnStepB = transposeB != 0 ? b.Stride : 1;
        int begin = Grid.IdxZ * depth;
        int end = begin + depth < inner ? begin + depth : inner;
        float c00 = 0, c01 = 0, c02 = 0, c03 = 0, c10 = 0, c11 = 0, c12 = 0, c13 = 0;
        float c20 = 0, c21 = 0, c22 = 0, c23 = 0, c30 = 0, c31 = 0, c32 = 0, c33 = 0;
        for (int start = begin; start < end; start += Depth)
        {
            for (int load = thread; load < Depth * Side; load += 256)
            {
                // Neighbouring threads read neighbouring elements of whichever dimension is contiguous.
                int side = transposeA != 0 ? load & 63 : load >> 4;
                int p = transposeA != 0 ? load >> 6 : load & 15;
                bool inside = firstRow + side < c.Rows && start + p < end;
                tileA[(p * Side) + side] = inside ? arena[a.Offset + ((firstRow + side) * rowStepA) + ((start + p) * innerStepA)] : 0;
                side = transposeB != 0 ? load >> 4 : load & 63;
                p = transposeB != 0 ? load & 15 : load >> 6;
                inside = firstColumn + side < c.Columns && start + p < end;
                tileB[(p * Side) + side] = inside ? arena[b.Offset + ((start + p) * innerStepB) + ((firstColumn + side) * columnStepB)] : 0;
            }
            Group.Barrier();
            for (int p = 0; p < Depth; p++)
            {
                int at = (p * Side) + y;
                float a0 = tileA[at];
                float a1 = tileA[at + 16];
                float a2 = tileA[at + 32];
                float a3 = tileA[at + 48];
                at = (p * Side) + x;
                float b0 = tileB[at];
                float b1 = tileB[at + 16];
                float b2 = tileB[at + 32];
                float b3 = tileB[at + 48];
                c00 += a0 * b0;
                c01 += a0 * b1;
                c02 += a0 * b2;
                c03 += a0 * b3;
                c10 += a1 * b0;
                c11 += a1 * b1;
                c12 += a1 * b2;
                c13 += a1 * b3;
                c20 += a2 * b0;
                c21 += a2 * b1;
                c22 += a2 * b2;
                c23 += a2 * b3;
                c30 += a3 * b0;
                c31 += a3 * b1;
                c32 += a3 * b2;
                c33 += a3 * b3;
            }
            Group.Barrier();
        }
        var place = new Place(c, ending);
        StoreFour(arena, place, firstRow + y, firstColumn + x, 16, new F4(c00, c01, c02, c03), slices);
        StoreFour(arena, place, firstRow + y + 16, firstColumn + x, 16, new F4(c10, c11, c12, c13), slices);
        StoreFour(arena, place, firstRow + y + 32, firstColumn + x, 16, new F4(c20, c21, c22, c23), slices);
        StoreFour(arena, place, firstRow + y + 48, firstColumn + x, 16, new F4(c30, c31, c32, c33), slices);
    }

    internal static void DeviceKernelWide(ArrayView<float> arena, Tensor a, Tensor b, Tensor c, int transposeA, int transposeB, Ending ending,
        int depth, ArrayView<float> slices)
    {
        ArrayView<F4> foursA = SharedMemory.Allocate<F4>(WideDepth * WideStride / 4).AsAligned(16);
        ArrayView<F4> foursB = SharedMemory.Allocate<F4>(WideDepth * WideStride / 4).AsAligned(16);
        ArrayView<float> tileA = foursA.Cast<float>();
        ArrayView<float> tileB = foursB.Cast<float>();
        int x = Group.IdxX;
        int y = Group.IdxY;
        int thread = (y * 16) + x;
        int firstRow = Grid.IdxY * WideSide;
        int firstColumn = Grid.IdxX * WideSide;
        int inner = transposeA != 0 ? a.Rows : a.Columns;
        int rowStepA = transposeA != 0 ? 1 : a.Stride;
        int innerStepA = transposeA != 0 ? a.Stride : 1;
        int innerStepB = transposeB != 0 ? 1 : b.Stride;
        int columnStepB = transposeB != 0 ? b.Stride : 1;
        int begin = Grid.IdxZ * depth;
        int end = begin + depth < inner ? begin + depth : inner;
        // Rows 4 y .. 4 y + 3 and 64 further down; the same for columns with x.
        F4 l0 = default, l1 = default, l2 = default, l3 = default, l4 = default, l5 = default, l6 = default, l7 = default;
        F4 r0 = default, r1 = default, r2 = default, r3 = default, r4 = default, r5 = default, r6 = default, r7 = default;
        for (int start = begin; start < end; start += WideDepth)
        {
            for (int load = thread; load < WideDepth * WideSide; load += 256)
            {
                int side = transposeA != 0 ? load & 127 : load >> 3;
                int p = transposeA != 0 ? load >> 7 : load & 7;
                bool inside = firstRow + side < c.Rows && start + p < end;
                tileA[(p * WideStride) + side] = inside ? arena[a.Offset + ((firstRow + side) * rowStepA) + ((start + p) * innerStepA)] : 0;
                side = transposeB != 0 ? load >> 3 : load & 127;
                p = transposeB != 0 ? load & 7 : load >> 7;
                inside = firstColumn + side < c.Columns && start + p < end;
                tileB[(p * WideStride) + side] = inside ? arena[b.Offset + ((start + p) * innerStepB) + ((firstColumn + side) * columnStepB)] : 0;
            }
            Group.Barrier();
            for (int p = 0; p < WideDepth; p += 2)
            {
                int atA = (p * (WideStride / 4)) + y;
                int atB = (p * (WideStride / 4)) + x;
                F4 a0 = foursA[atA];
                F4 a1 = foursA[atA + 16];
                F4 b0 = foursB[atB];
                F4 b1 = foursB[atB + 16];
                AddRow(a0.X, b0, b1, ref l0, ref r0);
                AddRow(a0.Y, b0, b1, ref l1, ref r1);
                AddRow(a0.Z, b0, b1, ref l2, ref r2);
                AddRow(a0.W, b0, b1, ref l3, ref r3);
                AddRow(a1.X, b0, b1, ref l4, ref r4);
                AddRow(a1.Y, b0, b1, ref l5, ref r5);
                AddRow(a1.Z, b0, b1, ref l6, ref r6);
                AddRow(a1.W, b0, b1, ref l7, ref r7);
                a0 = foursA[atA + (WideStride / 4)];
                a1 = foursA[atA + (WideStride / 4) + 16];
                b0 = foursB[atB + (WideStride / 4)];
                b1 = foursB[atB + (WideStride / 4) + 16];
                AddRow(a0.X, b0, b1, ref l0, ref r0);
                AddRow(a0.Y, b0, b1, ref l1, ref r1);
                AddRow(a0.Z, b0, b1, ref l2, ref r2);
                AddRow(a0.W, b0, b1, ref l3, ref r3);
                AddRow(a1.X, b0, b1, ref l4, ref r4);
                AddRow(a1.Y, b0, b1, ref l5, ref r5);
                AddRow(a1.Z, b0, b1, ref l6, ref r6);
                AddRow(a1.W, b0, b1, ref l7, ref r7);
            }
            Group.Barrier();
        }
        var place = new Place(c, ending);
        int row = firstRow + (4 * y);
        int column = firstColumn + (4 * x);
        StoreFour(arena, place, row, column, 1, l0, slices);
        StoreFour(arena, place, row, column + 64, 1, r0, slices);
        StoreFour(arena, place, row + 1, column, 1, l1, slices);
        StoreFour(arena, place, row + 1, column + 64, 1, r1, slices);
        StoreFour(arena, place, row + 2, column, 1, l2, slices);
        StoreFour(arena, place, row + 2, column + 64, 1, r2, slices);
        StoreFour(arena, place, row + 3, column, 1, l3, slices);
        StoreFour(arena, place, row + 3, column + 64, 1, r3, slices);
        StoreFour(arena, place, row + 64, column, 1, l4, slices);
        StoreFour(arena, place, row + 64, column + 64, 1, r4, slices);
        StoreFour(arena, place, row + 65, column, 1, l5, slices);
        StoreFour(arena, place, row + 65, column + 64, 1, r5, slices);
        StoreFour(arena, place, row + 66, column, 1, l6, slices);
        StoreFour(arena, place, row + 66, column + 64, 1, r6, slices);
        StoreFour(arena, place, row + 67, column, 1, l7, slices);
        StoreFour(arena, place, row + 67, column + 64, 1, r7, slices);
    }

    internal static void DeviceKernelJoin(Index1D index, ArrayView<float> arena, Tensor c, Ending ending, int count, ArrayView<float> slices)
    {
        int row = index / c.Columns;
        float sum = 0;
        for (int slice = 0; slice < count; slice++)
            sum += slices[(slice * c.Rows * c.Columns) + index];
        Finish(arena, new Place(c, ending), row, index - (row * c.Columns), sum);
    }

    /// <summary>Shapes have been checked. Takes the wide kernel on CUDA where both sides of the product fill more than half of its tile.</summary>
    internal static void Launch(
        DeviceQueue queue, Tensor a, Tensor b, bool transposeA, bool transposeB, float alpha, float beta, Tensor c, Tensor outputs, Activation activation) =>
        Launch(queue, a, b, transposeA, transposeB, new Ending(alpha, beta, outputs, (int)activation), c,
            queue.Accelerator.AcceleratorType == AcceleratorType.Cuda && c.Rows > Side && c.Columns > Side);

    internal static void Launch(DeviceQueue queue, Tensor a, Tensor b, bool transposeA, bool transposeB, Ending ending, Tensor c, bool wide)
    {
        int side = wide ? WideSide : Side, step = wide ? WideDepth : Depth;
        int across = (c.Columns + side - 1) / side, down = (c.Rows + side - 1) / side, inner = transposeA ? a.Rows : a.Columns;
        int slices = Math.Clamp(Math.Min(EnoughTiles / (across * down), inner / LeastSlice), 1, 64);
        int depth = Math.Max(step, ((inner + slices - 1) / slices + step - 1) / step * step);
        slices = Math.Max(1, (inner + depth - 1) / depth);
        ArrayView<float> scratch = queue.Scratch(slices > 1 ? slices * c.Count : 1);
        (wide ? WideKernel : Kernel).On(queue)(queue.Stream, new KernelConfig(new Index3D(across, down, slices), new Index3D(16, 16, 1)), queue.Arena,
            a, b, c, transposeA ? 1 : 0, transposeB ? 1 : 0, ending, depth, scratch);
        if (slices > 1)
            JoinKernel.On(queue)(queue.Stream, c.Count, queue.Arena, c, ending, slices, scratch);
    }

    private static void AddRow(float a, F4 b0, F4 b1, ref F4 left, ref F4 right)
    {
        left.X += a * b0.X;
        left.Y += a * b0.Y;
        left.Z += a * b0.Z;
        left.W += a * b0.W;
        right.X += a * b1.X;
        right.Y += a * b1.Y;
        right.Z += a * b1.Z;
        right.W += a * b1.W;
    }

    private static void StoreFour(ArrayView<float> arena, Place place, int row, int column, int step, F4 value, ArrayView<float> slices)
    {
        if (row < place.C.Rows)
        {
            Store(arena, place, row, column, value.X, slices);
            Store(arena, place, row, column + step, value.Y, slices);
            Store(arena, place, row, column + (2 * step), value.Z, slices);
            Store(arena, place, row, column + (3 * step), value.W, slices);
        }
    }

    private static void Store(ArrayView<float> arena, Place place, int row, int column, float value, ArrayView<float> slices)
    {
        if (column >= place.C.Columns)
            return;
        if (Grid.DimZ > 1)
        {
            slices[(((Grid.IdxZ * place.C.Rows) + row) * place.C.Columns) + column] = value;
            return;
        }
        Finish(arena, place, row, column, value);
    }

    private static void Finish(ArrayView<float> arena, Place place, int row, int column, float value)
    {
        int at = place.C.Offset + (row * place.C.Stride) + column;
        Ending ending = place.Ending;
        float result = ending.Alpha * value;
        if (ending.Beta != 0)
            result += ending.Beta * arena[at];
        if (ending.Outputs.Rows > 0)
            result *= Layers.Dense.DeviceSlope(arena[ending.Outputs.Offset + (row * ending.Outputs.Stride) + column], ending.Activation);
        arena[at] = result;
    }

    /// <summary>Four floats that move as one.</summary>
    internal struct F4(float x, float y, float z, float w)
    {
        public float X = x;
        public float Y = y;
        public float Z = z;
        public float W = w;
    }

    /// <summary>c := alpha a b + beta c, times the slope of an activation at its <paramref name="Outputs"/> unless they have no rows.</summary>
    internal readonly record struct Ending(float Alpha, float Beta, Tensor Outputs, int Activation);

    private readonly record struct Place(Tensor C, Ending Ending);
}
