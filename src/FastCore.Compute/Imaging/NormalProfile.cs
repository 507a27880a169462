using System.Numerics;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Imaging;

/// <summary>
/// The profile of the surface along a direction through each candidate (SPEC 4): at p steps on both sides, bilinear between pixels, minus the
/// candidate's own height, turned so that the higher side comes last; then depth = (s1 + s2) / 2 of the shoulders s (largest of each side), and
/// asymmetry |s1 - s2| / (|s1 - s2| + |depth|).
/// </summary>
/// <remarks>
/// image, normalX, normalY are H x W; profile is (2 p + 2) x count, feature-major, p from 1 to 16: rows 0 .. p - 1 from the far end of the lower side to the
/// centre, p .. 2 p - 1 on to the far end of the higher side. Mirrored at the edge without repeating it. Places are counted from the candidate, so
/// that no digit goes into its coordinates. Host: one candidate after the other, without mirroring where it lies inside; blocks of candidates
/// shared out to the threads. Device: one thread per candidate. Tolerance 16 eps of the largest magnitude of the image; a tie of the two sides may
/// turn either way.
/// </remarks>
public static unsafe class NormalProfile
{
    private const int Block = 2048;
    private const int MostSteps = 16;
    private const double Tiny = 1e-12;

    private static readonly LoadedKernel<Action<
        AcceleratorStream, Index1D, ArrayView<float>, ArrayView<int>, Tensor, Tensor, Tensor, float, Tensor>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<int>, Tensor, Tensor, Tensor, float, Tensor>(DeviceKernel));

    /// <summary>The definition, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> image, ReadOnlyMatrixSpan<T> normalX, ReadOnlyMatrixSpan<T> normalY, ReadOnlySpan<int> centres,
        double step, MatrixSpan<T> profile)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int steps = Check(image.Rows, image.Columns, Size(normalX), Size(normalY), centres, step, profile.Rows, profile.Columns);
        var sides = new double[2][];
        for (int k = 0; k < centres.Length; k++)
        {
            int row = centres[k] / image.Columns, column = centres[k] % image.Columns;
            double nx = double.CreateChecked(normalX[row, column]), ny = double.CreateChecked(normalY[row, column]), own = ImageRows.At(image, row, column);
            for (int side = 0; side < 2; side++)
            {
                sides[side] = new double[steps];
                for (int s = 0; s < steps; s++)
                {
                    double far = (side == 0 ? -step : step) * (s + 1);
                    double dy = far * ny, dx = far * nx, y = dy - Math.Floor(dy), x = dx - Math.Floor(dx);
                    int i = row + (int)Math.Floor(dy), j = column + (int)Math.Floor(dx);
                    double top = ((1 - x) * ImageRows.At(image, i, j)) + (x * ImageRows.At(image, i, j + 1));
                    double bottom = ((1 - x) * ImageRows.At(image, i + 1, j)) + (x * ImageRows.At(image, i + 1, j + 1));
                    sides[side][s] = ((1 - y) * top) + (y * bottom) - own;
                }
            }
            if (sides[0].Sum() > sides[1].Sum())
                (sides[0], sides[1]) = (sides[1], sides[0]);
            for (int s = 0; s < steps; s++)
            {
                profile[steps - 1 - s, k] = T.CreateChecked(sides[0][s]);
                profile[steps + s, k] = T.CreateChecked(sides[1][s]);
            }
            double depth = 0.5 * (sides[0].Max() + sides[1].Max()), difference = Math.Abs(sides[0].Max() - sides[1].Max());
            profile[2 * steps, k] = T.CreateChecked(depth);
            profile[(2 * steps) + 1, k] = T.CreateChecked(difference / (difference + Math.Abs(depth) + Tiny));
        }
    }

    /// <summary>The same in the precision of the image.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> image, ReadOnlyMatrixSpan<T> normalX, ReadOnlyMatrixSpan<T> normalY, ReadOnlySpan<int> centres,
        double step, MatrixSpan<T> profile)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int steps = Check(image.Rows, image.Columns, Size(normalX), Size(normalY), centres, step, profile.Rows, profile.Columns);
        if (centres.IsEmpty)
            return;
        fixed (T* from = image.Values, x = normalX.Values, y = normalY.Values, to = profile.Values)
        fixed (int* pixels = centres)
        {
            var job = new Job<T>(new(from, image.Rows, image.Columns, image.Stride), x, normalX.Stride, y, normalY.Stride, pixels, steps, step, to,
                profile.Stride);
            RowBlocks<Job<T>>.Run(job, centres.Length, Block, (long)centres.Length * steps * 32);
        }
    }

    internal static void DeviceKernel(Index1D k, ArrayView<float> arena, ArrayView<int> centres, Tensor image, Tensor normalX, Tensor normalY, float step,
        Tensor profile)
    {
        int steps = (profile.Rows - 2) / 2;
        int row = centres[k] / image.Columns;
        int column = centres[k] - (row * image.Columns);
        float nx = arena[normalX.Offset + (row * normalX.Stride) + column], ny = arena[normalY.Offset + (row * normalY.Stride) + column];
        float own = arena[image.Offset + (row * image.Stride) + column];
        float sumLow = 0, sumHigh = 0, topLow = 0, topHigh = 0;
        for (int s = 0; s < steps; s++)
        {
            float low = Between(arena, image, row, column, -step * (s + 1) * nx, -step * (s + 1) * ny) - own;
            float high = Between(arena, image, row, column, step * (s + 1) * nx, step * (s + 1) * ny) - own;
            sumLow += low;
            sumHigh += high;
            topLow = s == 0 || low > topLow ? low : topLow;
            topHigh = s == 0 || high > topHigh ? high : topHigh;
            arena[profile.Offset + ((steps - 1 - s) * profile.Stride) + k] = low;
            arena[profile.Offset + ((steps + s) * profile.Stride) + k] = high;
        }
        if (sumLow > sumHigh)
        {
            for (int s = 0; s < steps; s++)
            {
                int a = profile.Offset + ((steps - 1 - s) * profile.Stride) + k, b = profile.Offset + ((steps + s) * profile.Stride) + k;
                float kept = arena[a];
                arena[a] = arena[b];
                arena[b] = kept;
            }
        }
        float depth = 0.5f * (topLow + topHigh), difference = XMath.Abs(topLow - topHigh);
        arena[profile.Offset + (2 * steps * profile.Stride) + k] = depth;
        arena[profile.Offset + (((2 * steps) + 1) * profile.Stride) + k] = difference / (difference + XMath.Abs(depth) + 1e-12f);
    }

    internal static void Launch(DeviceQueue queue, Tensor image, Tensor normalX, Tensor normalY, ReadOnlySpan<int> centres, double step, Tensor profile)
    {
        Check(image.Rows, image.Columns, (normalX.Rows, normalX.Columns), (normalY.Rows, normalY.Columns), centres, step, profile.Rows, profile.Columns);
        if (centres.Length > 0)
        {
            Kernel.On(queue)(queue.Stream, centres.Length, queue.Arena, queue.UploadIndices(centres), image, normalX, normalY, (float)step, profile);
        }
    }

    private static float Between(ArrayView<float> arena, Tensor image, int row, int column, float dx, float dy)
    {
        float wholeX = XMath.Floor(dx), wholeY = XMath.Floor(dy), x = dx - wholeX, y = dy - wholeY;
        int i = row + (int)wholeY, j = column + (int)wholeX;
        int top = image.Offset + (PatchGather.Mirror(i, image.Rows) * image.Stride);
        int bottom = image.Offset + (PatchGather.Mirror(i + 1, image.Rows) * image.Stride);
        int left = PatchGather.Mirror(j, image.Columns), right = PatchGather.Mirror(j + 1, image.Columns);
        float above = ((1 - x) * arena[top + left]) + (x * arena[top + right]);
        float below = ((1 - x) * arena[bottom + left]) + (x * arena[bottom + right]);
        return ((1 - y) * above) + (y * below);
    }

    private static (int Rows, int Columns) Size<T>(ReadOnlyMatrixSpan<T> matrix)
        where T : unmanaged => (matrix.Rows, matrix.Columns);

    private static int Check(int rows, int columns, (int Rows, int Columns) normalX, (int Rows, int Columns) normalY, ReadOnlySpan<int> centres, double step,
        int profileRows, int profileColumns)
    {
        int steps = (profileRows - 2) / 2;
        if (profileRows % 2 != 0 || steps is < 1 or > MostSteps)
            throw new ArgumentException($"NormalProfile: profile has {profileRows} rows; 2 p + 2 with p from 1 to {MostSteps} are expected.", nameof(profileRows));
        if (!(step > 0 && step <= 64))
            throw new ArgumentOutOfRangeException(nameof(step), step, "NormalProfile: the step must lie above 0 and at most at 64 pixels.");
        Shape.Require(nameof(NormalProfile), "normalX", normalX.Rows, normalX.Columns, rows, columns);
        Shape.Require(nameof(NormalProfile), "normalY", normalY.Rows, normalY.Columns, rows, columns);
        Shape.Require(nameof(NormalProfile), "profile", profileRows, profileColumns, profileRows, centres.Length);
        PatchGather.Check(nameof(NormalProfile), rows, columns, centres, 1);
        return steps;
    }

    private readonly struct Job<T>(ImagePointer<T> image, T* normalX, nint strideX, T* normalY, nint strideY, int* centres, int steps, double step, T* profile,
        nint stride) : IRowJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int first, int end)
        {
            int columns = image.Columns, reach = (int)Math.Ceiling(step * steps) + 2;
            T length = T.CreateTruncating(step), half = T.CreateTruncating(0.5), tiny = T.CreateTruncating(Tiny);
            T* values = stackalloc T[2 * MostSteps];
            for (int k = first; k < end; k++)
            {
                int row = centres[k] / columns, column = centres[k] - (row * columns);
                T nx = normalX[(row * strideX) + column], ny = normalY[(row * strideY) + column];
                bool inside = row >= reach && column >= reach && row < image.Rows - reach && column < columns - reach;
                T* at = image.Row(row) + column;
                T own = *at, sumLow = T.Zero, sumHigh = T.Zero, topLow = T.NegativeInfinity, topHigh = T.NegativeInfinity;
                for (int s = 0; s < steps; s++)
                {
                    T far = length * T.CreateTruncating(s + 1), dx = far * nx, dy = far * ny;
                    T low = (inside ? Inside(at, image.Stride, -dx, -dy) : Mirrored(row, column, -dx, -dy)) - own;
                    T high = (inside ? Inside(at, image.Stride, dx, dy) : Mirrored(row, column, dx, dy)) - own;
                    values[s] = low;
                    values[MostSteps + s] = high;
                    sumLow += low;
                    sumHigh += high;
                    topLow = low > topLow ? low : topLow;
                    topHigh = high > topHigh ? high : topHigh;
                }
                int lower = sumLow > sumHigh ? MostSteps : 0;
                T* to = profile + k;
                for (int s = 0; s < steps; s++)
                {
                    to[(steps - 1 - s) * stride] = values[lower + s];
                    to[(steps + s) * stride] = values[MostSteps - lower + s];
                }
                T depth = half * (topLow + topHigh), difference = T.Abs(topLow - topHigh);
                to[2 * steps * stride] = depth;
                to[((2 * steps) + 1) * stride] = difference / (difference + T.Abs(depth) + tiny);
            }
        }

        private static T Inside(T* at, nint stride, T dx, T dy)
        {
            T wholeX = T.Floor(dx), wholeY = T.Floor(dy);
            T* corner = at + (int.CreateTruncating(wholeY) * stride) + int.CreateTruncating(wholeX);
            return Mix(corner[0], corner[1], corner[stride], corner[stride + 1], dx - wholeX, dy - wholeY);
        }

        private T Mirrored(int row, int column, T dx, T dy)
        {
            T wholeX = T.Floor(dx), wholeY = T.Floor(dy);
            int i = row + int.CreateTruncating(wholeY), j = column + int.CreateTruncating(wholeX);
            int left = PatchGather.Mirror(j, image.Columns), right = PatchGather.Mirror(j + 1, image.Columns);
            T* top = image.Row(i), bottom = image.Row(i + 1);
            return Mix(top[left], top[right], bottom[left], bottom[right], dx - wholeX, dy - wholeY);
        }

        private static T Mix(T a, T b, T c, T d, T x, T y)
        {
            T above = ((T.One - x) * a) + (x * b), below = ((T.One - x) * c) + (x * d);
            return ((T.One - y) * above) + (y * below);
        }
    }
}
