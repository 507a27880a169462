using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FastCore.Compute.Execution;
using FastCore.Compute.LinearAlgebra;

namespace FastCore.Compute.Layers;

/// <summary>The element-wise end of a dense layer on one row.</summary>
internal static class ActivationMap
{
    /// <summary>row := activation(row + shift).</summary>
    public static void Apply<T>(Activation activation, ReadOnlySpan<T> shift, Span<T> row)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        System.Numerics.Tensors.TensorPrimitives.Add(row, shift, row);
        switch (activation)
        {
            case Activation.Tanh when typeof(T) == typeof(float):
                Tanh(MemoryMarshal.Cast<T, float>(row));
                break;
            case Activation.Tanh:
                System.Numerics.Tensors.TensorPrimitives.Tanh(row, row);
                break;
            case Activation.Sigmoid:
                Sigmoid(row);
                break;
            case Activation.Relu:
                Rectify(T.Zero, row);
                break;
            case Activation.LeakyRelu:
                Rectify(T.CreateChecked(0.01), row);
                break;
        }
    }

    /// <summary>gradient := gradient * activation'(output).</summary>
    public static void ApplySlope<T>(Activation activation, ReadOnlySpan<T> output, Span<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (activation == Activation.Identity)
            return;
        T leak = activation == Activation.LeakyRelu ? T.CreateChecked(0.01) : T.Zero;
        int width = Vector<T>.Count, i = 0;
        ref T y = ref MemoryMarshal.GetReference(output);
        ref T g = ref MemoryMarshal.GetReference(gradient);
        for (; i <= gradient.Length - width; i += width)
        {
            Vector<T> value = Vector.LoadUnsafe(ref y, (nuint)i);
            Vector<T> slope = activation == Activation.Tanh ? Vector<T>.One - (value * value)
                : activation == Activation.Sigmoid ? value * (Vector<T>.One - value)
                : Vector.ConditionalSelect(Vector.GreaterThan(value, Vector<T>.Zero), Vector<T>.One, new Vector<T>(leak));
            (Vector.LoadUnsafe(ref g, (nuint)i) * slope).StoreUnsafe(ref g, (nuint)i);
        }
        for (; i < gradient.Length; i++)
        {
            gradient[i] *= activation == Activation.Tanh ? T.One - (output[i] * output[i])
                : activation == Activation.Sigmoid ? output[i] * (T.One - output[i])
                : output[i] > T.Zero ? T.One : leak;
        }
    }

    private static void Rectify<T>(T leak, Span<T> row)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = Vector<T>.Count, i = 0;
        ref T x = ref MemoryMarshal.GetReference(row);
        for (; i <= row.Length - width; i += width)
        {
            Vector<T> value = Vector.LoadUnsafe(ref x, (nuint)i);
            Vector.ConditionalSelect(Vector.GreaterThan(value, Vector<T>.Zero), value, value * new Vector<T>(leak)).StoreUnsafe(ref x, (nuint)i);
        }
        for (; i < row.Length; i++)
            row[i] = row[i] > T.Zero ? row[i] : leak * row[i];
    }

    private static void Sigmoid<T>(Span<T> row)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = Vector<T>.Count, i = 0;
        ref T x = ref MemoryMarshal.GetReference(row);
        for (; i <= row.Length - width; i += width)
            VectorMath.Sigmoid(Vector.LoadUnsafe(ref x, (nuint)i)).StoreUnsafe(ref x, (nuint)i);
        for (; i < row.Length; i++)
            row[i] = VectorMath.Sigmoid(row[i]);
    }

    private static void Tanh(Span<float> row)
    {
        ref float x = ref MemoryMarshal.GetReference(row);
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i <= row.Length - Vector512<float>.Count; i += Vector512<float>.Count)
                ElementMath.Tanh(Vector512.LoadUnsafe(ref x, (nuint)i)).StoreUnsafe(ref x, (nuint)i);
        }
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i <= row.Length - Vector256<float>.Count; i += Vector256<float>.Count)
                ElementMath.Tanh(Vector256.LoadUnsafe(ref x, (nuint)i)).StoreUnsafe(ref x, (nuint)i);
        }
        for (; i < row.Length; i++)
            Unsafe.Add(ref x, i) = MathF.Tanh(row[i]);
    }
}
