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
        switch (activation)
        {
            case Activation.Relu:
                Rectify(T.Zero, shift, row);
                break;
            case Activation.LeakyRelu:
                Rectify(T.CreateChecked(0.01), shift, row);
                break;
            case Activation.Tanh when typeof(T) == typeof(float) && Vector256.IsHardwareAccelerated:
                Tanh(MemoryMarshal.Cast<T, float>(shift), MemoryMarshal.Cast<T, float>(row));
                break;
            case Activation.Tanh:
                System.Numerics.Tensors.TensorPrimitives.Add(row, shift, row);
                System.Numerics.Tensors.TensorPrimitives.Tanh(row, row);
                break;
            case Activation.Sigmoid:
                Sigmoid(shift, row);
                break;
            default:
                Rectify(T.One, shift, row);
                break;
        }
    }

    /// <summary>gradient := gradient * activation'(output).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rectify<T>(T leak, ReadOnlySpan<T> shift, Span<T> row)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = Vector<T>.Count, i = 0;
        ref T x = ref MemoryMarshal.GetReference(row);
        ref T s = ref MemoryMarshal.GetReference(shift);
        var slope = new Vector<T>(leak);
        for (; i <= row.Length - width; i += width)
        {
            Vector<T> value = Vector.LoadUnsafe(ref x, (nuint)i) + Vector.LoadUnsafe(ref s, (nuint)i);
            Vector.ConditionalSelect(Vector.GreaterThan(value, Vector<T>.Zero), value, value * slope).StoreUnsafe(ref x, (nuint)i);
        }
        for (; i < row.Length; i++)
        {
            T value = row[i] + shift[i];
            row[i] = value > T.Zero ? value : leak * value;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sigmoid<T>(ReadOnlySpan<T> shift, Span<T> row)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = Vector<T>.Count, i = 0;
        ref T x = ref MemoryMarshal.GetReference(row);
        ref T s = ref MemoryMarshal.GetReference(shift);
        for (; i <= row.Length - width; i += width)
            VectorMath.Sigmoid(Vector.LoadUnsafe(ref x, (nuint)i) + Vector.LoadUnsafe(ref s, (nuint)i)).StoreUnsafe(ref x, (nuint)i);
        for (; i < row.Length; i++)
            row[i] = VectorMath.Sigmoid(row[i] + shift[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tanh(ReadOnlySpan<float> shift, Span<float> row)
    {
        ref float x = ref MemoryMarshal.GetReference(row);
        ref float s = ref MemoryMarshal.GetReference(shift);
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i <= row.Length - Vector512<float>.Count; i += Vector512<float>.Count)
                ElementMath.Tanh(Vector512.LoadUnsafe(ref x, (nuint)i) + Vector512.LoadUnsafe(ref s, (nuint)i)).StoreUnsafe(ref x, (nuint)i);
        }
        for (; i <= row.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            ElementMath.Tanh(Vector256.LoadUnsafe(ref x, (nuint)i) + Vector256.LoadUnsafe(ref s, (nuint)i)).StoreUnsafe(ref x, (nuint)i);
        if (i == row.Length)
            return;
        Span<float> rest = stackalloc float[Vector256<float>.Count];
        rest.Clear();
        for (int j = i; j < row.Length; j++)
            rest[j - i] = row[j] + shift[j];
        ref float first = ref MemoryMarshal.GetReference(rest);
        ElementMath.Tanh(Vector256.LoadUnsafe(ref first)).StoreUnsafe(ref first);
        rest[..(row.Length - i)].CopyTo(row[i..]);
    }
}
