using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace FastCore.Compute.Layers;

/// <summary>
/// One step of Adam (Kingma and Ba 2015, Alg. 1) with decoupled weight decay (Loshchilov and Hutter 2019):
/// m := b1 m + (1 - b1) g; v := b2 v + (1 - b2) g^2; p := p - lr decay p - lr mhat / (sqrt(vhat) + eps).
/// </summary>
/// <remarks>
/// All tensors have one shape, any strides. eps stands outside the bias-corrected root, as in PyTorch. previous, where it is given, receives the
/// parameters before the step in the same pass: who may have to take a step back need not read them twice. Host: one fused pass, rows of 65,536
/// or more in pieces on all threads. Device: one thread per element. Tolerance 8 eps; previous is exact.
/// </remarks>
public static unsafe class AdamStep
{
    private static readonly LoadedKernel<Action<AcceleratorStream, Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Tensor, Tensor, Constants>> Kernel =
        new(static device => device.LoadAutoGroupedKernel<Index1D, ArrayView<float>, Tensor, Tensor, Tensor, Tensor, Tensor, Constants>(DeviceKernel));

    /// <summary>The definition, in double.</summary>
    public static void Reference<T>(ReadOnlyMatrixSpan<T> gradient, AdamSettings settings, MatrixSpan<T> firstMoment, MatrixSpan<T> secondMoment, MatrixSpan<T> parameters,
        MatrixSpan<T> previous = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(gradient, firstMoment, secondMoment, parameters, previous, settings);
        for (int i = 0; i < gradient.Rows; i++)
        {
            for (int j = 0; j < gradient.Columns; j++)
            {
                double g = double.CreateChecked(gradient[i, j]);
                double m = (settings.Beta1 * double.CreateChecked(firstMoment[i, j])) + ((1 - settings.Beta1) * g);
                double v = (settings.Beta2 * double.CreateChecked(secondMoment[i, j])) + ((1 - settings.Beta2) * g * g);
                double p = double.CreateChecked(parameters[i, j]);
                if (previous.Rows > 0)
                    previous[i, j] = parameters[i, j];
                double first = m / (1 - Math.Pow(settings.Beta1, settings.Step)), second = v / (1 - Math.Pow(settings.Beta2, settings.Step));
                p -= settings.LearningRate * settings.WeightDecay * p;
                p -= settings.LearningRate * first / (Math.Sqrt(second) + settings.Epsilon);
                (firstMoment[i, j], secondMoment[i, j], parameters[i, j]) = (T.CreateChecked(m), T.CreateChecked(v), T.CreateChecked(p));
            }
        }
    }

    /// <summary>The same with SIMD, one fused pass.</summary>
    public static void Host<T>(ReadOnlyMatrixSpan<T> gradient, AdamSettings settings, MatrixSpan<T> firstMoment, MatrixSpan<T> secondMoment, MatrixSpan<T> parameters,
        MatrixSpan<T> previous = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(gradient, firstMoment, secondMoment, parameters, previous, settings);
        (double step, double root) = Corrections(settings);
        Pieces<T> pieces = Pieces<T>.Mine;
        pieces.Set(settings, step, root);
        fixed (T* g = gradient.Values, m = firstMoment.Values, v = secondMoment.Values, p = parameters.Values, o = previous.Values)
        {
            for (int i = 0; i < gradient.Rows; i++)
            {
                pieces.Row(g + ((nint)i * gradient.Stride), m + ((nint)i * firstMoment.Stride), v + ((nint)i * secondMoment.Stride),
                    p + ((nint)i * parameters.Stride), o is null ? null : o + ((nint)i * previous.Stride), gradient.Columns);
            }
        }
    }

    internal static void DeviceKernel(Index1D index, ArrayView<float> arena, Tensor gradient, Tensor firstMoment, Tensor secondMoment, Tensor parameters, Tensor previous, Constants c)
    {
        int row = index / gradient.Columns;
        int column = index - (row * gradient.Columns);
        float g = arena[gradient.Offset + (row * gradient.Stride) + column];
        int m = firstMoment.Offset + (row * firstMoment.Stride) + column;
        int v = secondMoment.Offset + (row * secondMoment.Stride) + column;
        int p = parameters.Offset + (row * parameters.Stride) + column;
        float mean = (c.Beta1 * arena[m]) + (c.Rest1 * g), square = (c.Beta2 * arena[v]) + (c.Rest2 * g * g);
        arena[m] = mean;
        arena[v] = square;
        if (previous.Rows > 0)
            arena[previous.Offset + (row * previous.Stride) + column] = arena[p];
        arena[p] = (c.Keep * arena[p]) - (c.Step * mean / ((XMath.Sqrt(square) * c.Root) + c.Epsilon));
    }

    internal static void Launch(DeviceQueue queue, Tensor gradient, Tensor firstMoment, Tensor secondMoment, Tensor parameters, Tensor previous, AdamSettings settings)
    {
        if (gradient.Count == 0)
            return;
        (double step, double root) = Corrections(settings);
        var constants = new Constants(
            (float)settings.Beta1, (float)(1 - settings.Beta1), (float)settings.Beta2, (float)(1 - settings.Beta2),
            (float)step, (float)root, (float)settings.Epsilon, (float)(1 - (settings.LearningRate * settings.WeightDecay)));
        Kernel.On(queue)(queue.Stream, gradient.Count, queue.Arena, gradient, firstMoment, secondMoment, parameters, previous, constants);
    }

    // lr / (1 - b1^t) and 1 / sqrt(1 - b2^t).
    private static (double Step, double Root) Corrections(AdamSettings settings) => (
        settings.LearningRate / (1 - Math.Pow(settings.Beta1, settings.Step)),
        1 / Math.Sqrt(1 - Math.Pow(settings.Beta2, settings.Step)));

    private static void Check<T>(ReadOnlyMatrixSpan<T> gradient, ReadOnlyMatrixSpan<T> first, ReadOnlyMatrixSpan<T> second, ReadOnlyMatrixSpan<T> parameters,
        ReadOnlyMatrixSpan<T> previous, AdamSettings settings)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Step, 1, nameof(settings));
        Shape.Require(nameof(AdamStep), "firstMoment", first.Rows, first.Columns, gradient.Rows, gradient.Columns);
        Shape.Require(nameof(AdamStep), "secondMoment", second.Rows, second.Columns, gradient.Rows, gradient.Columns);
        Shape.Require(nameof(AdamStep), nameof(parameters), parameters.Rows, parameters.Columns, gradient.Rows, gradient.Columns);
        if (previous.Rows > 0)
            Shape.Require(nameof(AdamStep), nameof(previous), previous.Rows, previous.Columns, gradient.Rows, gradient.Columns);
    }

    /// <summary>What the device needs of the settings.</summary>
    internal readonly record struct Constants(float Beta1, float Rest1, float Beta2, float Rest2, float Step, float Root, float Epsilon, float Keep);

    /// <summary>Pieces of a long row.</summary>
    private sealed class Pieces<T> : HostWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private const int Piece = 16_384;
        private const int ParallelFrom = 65_536;
        [ThreadStatic]
        private static Pieces<T>? mine;
        private T* gradient;
        private T* first;
        private T* second;
        private T* values;
        private T* before;
        private int count;
        private T b1;
        private T a1;
        private T b2;
        private T a2;
        private T move;
        private T correction;
        private T guard;
        private T keep;

        internal static Pieces<T> Mine => mine ??= new Pieces<T>();

        internal void Set(AdamSettings settings, double step, double root)
        {
            (b1, a1) = (T.CreateChecked(settings.Beta1), T.CreateChecked(1 - settings.Beta1));
            (b2, a2) = (T.CreateChecked(settings.Beta2), T.CreateChecked(1 - settings.Beta2));
            (move, correction, guard) = (T.CreateChecked(step), T.CreateChecked(root), T.CreateChecked(settings.Epsilon));
            keep = T.CreateChecked(1 - (settings.LearningRate * settings.WeightDecay));
        }

        internal void Row(T* g, T* m, T* v, T* p, T* previous, int length)
        {
            gradient = g;
            first = m;
            second = v;
            values = p;
            before = previous;
            count = length;
            if (length >= ParallelFrom)
                HostThreads.Run(this, (length + Piece - 1) / Piece);
            else
                Step(0, length);
        }

        internal override void Run(int block) => Step(block * Piece, Math.Min(count, (block + 1) * Piece));

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Step(int from, int to)
        {
            int width = Vector<T>.Count;
            int j = from;
            for (; j <= to - width; j += width)
            {
                Vector<T> slope = Vector.Load(gradient + j);
                Vector<T> mean = (new Vector<T>(b1) * Vector.Load(first + j)) + (new Vector<T>(a1) * slope);
                Vector<T> square = (new Vector<T>(b2) * Vector.Load(second + j)) + (new Vector<T>(a2) * slope * slope);
                mean.Store(first + j);
                square.Store(second + j);
                Vector<T> change = new Vector<T>(move) * mean / ((Vector.SquareRoot(square) * new Vector<T>(correction)) + new Vector<T>(guard));
                Vector<T> old = Vector.Load(values + j);
                if (before is not null)
                    old.Store(before + j);
                ((new Vector<T>(keep) * old) - change).Store(values + j);
            }
            for (; j < to; j++)
            {
                T slope = gradient[j];
                first[j] = (b1 * first[j]) + (a1 * slope);
                second[j] = (b2 * second[j]) + (a2 * slope * slope);
                if (before is not null)
                    before[j] = values[j];
                values[j] = (keep * values[j]) - (move * first[j] / ((T.Sqrt(second[j]) * correction) + guard));
            }
        }
    }
}
