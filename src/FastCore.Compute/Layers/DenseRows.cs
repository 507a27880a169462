using System.Numerics;
using System.Runtime.CompilerServices;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;

namespace FastCore.Compute.Layers;

/// <summary>
/// What a dense layer does row by row on the host, shared out to the threads in blocks of rows: slope of the activation and sum of the bias in one
/// pass, and a layer with one output, whose product in tiles of 32 columns would be idle work. Sums of blocks are joined in their order, so they do
/// not depend on the number of threads.
/// </summary>
internal sealed unsafe class DenseRows<T> : HostWork
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Block = 128;
    private const long ParallelFrom = 50_000;

    [ThreadStatic]
    private static DenseRows<T>? mine;
    private Step step;
    private Activation activation;
    private Activation inputActivation;
    private int rows;
    private int inputs;
    private int outputs;
    private T* x;
    private nint strideX;
    private T* weight;
    private T* bias;
    private T* y;
    private nint strideY;
    private T* gradient;
    private nint strideGradient;
    private T* toInput;
    private nint strideToInput;
    private T* sums;

    private enum Step
    {
        Slope,
        Column,
        ColumnGradient,
    }

    private static DenseRows<T> Mine => mine ??= new DenseRows<T>();

    /// <summary>gradient := gradient * activation'(output); sum := sum + column sums of the gradient.</summary>
    internal static void Slope(Activation activation, ReadOnlyMatrixSpan<T> output, MatrixSpan<T> gradientOutput, T* sum)
    {
        int blocks = Blocks(output.Rows);
        T* parts = ScratchMatrix<T, DenseRows<T>>.Get(blocks * output.Columns);
        fixed (T* values = output.Values, gradients = gradientOutput.Values)
        {
            DenseRows<T> work = Mine;
            (work.step, work.activation, work.rows, work.outputs) = (Step.Slope, activation, output.Rows, output.Columns);
            work.SetOutput(values, output.Stride, gradients, gradientOutput.Stride, parts);
            work.RunAll(blocks, (long)output.Rows * output.Columns);
        }
        Join(parts, blocks, output.Columns, sum);
    }

    /// <summary>A layer with one output: output := activation(input weight + bias); weight without gaps.</summary>
    internal static void Column(ReadOnlyMatrixSpan<T> input, T* factors, T* shift, Activation activation, MatrixSpan<T> output)
    {
        fixed (T* from = input.Values, to = output.Values)
        {
            DenseRows<T> work = Mine;
            (work.step, work.activation, work.rows, work.inputs) = (Step.Column, activation, input.Rows, input.Columns);
            work.SetInput(from, input.Stride, factors, shift);
            work.SetOutput(to, output.Stride, null, 0, null);
            work.RunAll(Blocks(input.Rows), (long)input.Rows * input.Columns);
        }
    }

    /// <summary>
    /// Gradients of a layer with one output in one pass over the input: gradientOutput becomes that of the pre-activation; those of weight and bias
    /// are added to; <paramref name="gradientInput"/> is overwritten unless it has no rows, times the slope of <paramref name="before"/> at the input.
    /// </summary>
    internal static void ColumnGradient(ReadOnlyMatrixSpan<T> input, T* factors, ReadOnlyMatrixSpan<T> output, Activation activation,
        MatrixSpan<T> gradientOutput, MatrixSpan<T> gradientInput, T* gradientWeight, T* gradientBias, Activation before)
    {
        int blocks = Blocks(input.Rows), width = input.Columns;
        T* parts = ScratchMatrix<T, DenseRows<T>>.Get(blocks * (width + 1));
        fixed (T* from = input.Values, values = output.Values, gradients = gradientOutput.Values, to = gradientInput.Values)
        {
            DenseRows<T> work = Mine;
            (work.step, work.activation, work.rows, work.inputs) = (Step.ColumnGradient, activation, input.Rows, width);
            work.SetInput(from, input.Stride, factors, null);
            work.SetOutput(values, output.Stride, gradients, gradientOutput.Stride, parts);
            work.inputActivation = before;
            work.toInput = gradientInput.Rows == 0 ? null : to;
            work.strideToInput = gradientInput.Stride;
            work.RunAll(blocks, (long)input.Rows * width);
        }
        for (int block = 0; block < blocks; block++)
        {
            VectorLoops.AddScaled(T.One, parts + ((nint)block * (width + 1)), gradientWeight, width);
            *gradientBias += parts[((nint)block * (width + 1)) + width];
        }
    }

    /// <inheritdoc/>
    internal override void Run(int block)
    {
        int first = block * Block, end = Math.Min(rows, first + Block);
        if (step == Step.Slope)
            Slopes(first, end, sums + ((nint)block * outputs));
        else if (step == Step.Column)
            Products(first, end);
        else
            Gradients(first, end, sums + ((nint)block * (inputs + 1)));
    }

    private static int Blocks(int rows) => (rows + Block - 1) / Block;

    private static void Join(T* parts, int blocks, int width, T* sum)
    {
        for (int block = 0; block < blocks; block++)
            VectorLoops.AddScaled(T.One, parts + ((nint)block * width), sum, width);
    }

    private void SetInput(T* values, nint stride, T* factors, T* shift)
    {
        x = values;
        strideX = stride;
        weight = factors;
        bias = shift;
    }

    private void SetOutput(T* values, nint stride, T* gradients, nint gradientStride, T* parts)
    {
        y = values;
        strideY = stride;
        gradient = gradients;
        strideGradient = gradientStride;
        sums = parts;
    }

    private void RunAll(int blocks, long work)
    {
        if (work >= ParallelFrom)
        {
            HostThreads.Run(this, blocks);
            return;
        }
        for (int block = 0; block < blocks; block++)
            Run(block);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Slopes(int first, int end, T* sum)
    {
        new Span<T>(sum, outputs).Clear();
        for (int i = first; i < end; i++)
        {
            T* row = gradient + (i * strideGradient);
            ActivationMap.ApplySlope(activation, new ReadOnlySpan<T>(y + (i * strideY), outputs), new Span<T>(row, outputs));
            VectorLoops.AddScaled(T.One, row, sum, outputs);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Products(int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            T* to = y + (i * strideY);
            *to = VectorLoops.Dot(x + (i * strideX), weight, inputs);
            ActivationMap.Apply(activation, new ReadOnlySpan<T>(bias, 1), new Span<T>(to, 1));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gradients(int first, int end, T* sum)
    {
        new Span<T>(sum, inputs + 1).Clear();
        for (int i = first; i < end; i++)
        {
            T* g = gradient + (i * strideGradient), from = x + (i * strideX);
            ActivationMap.ApplySlope(activation, new ReadOnlySpan<T>(y + (i * strideY), 1), new Span<T>(g, 1));
            T factor = *g;
            sum[inputs] += factor;
            VectorLoops.AddScaled(factor, from, sum, inputs);
            if (toInput is null)
                continue;
            T* to = toInput + (i * strideToInput);
            int j = 0;
            var wide = new Vector<T>(factor);
            for (; j <= inputs - Vector<T>.Count; j += Vector<T>.Count)
                (wide * Vector.Load(weight + j)).Store(to + j);
            for (; j < inputs; j++)
                to[j] = factor * weight[j];
            ActivationMap.ApplySlope(inputActivation, new ReadOnlySpan<T>(from, inputs), new Span<T>(to, inputs));
        }
    }
}
