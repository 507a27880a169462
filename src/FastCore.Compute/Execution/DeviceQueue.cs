using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.Execution;

/// <summary>
/// What a launch needs: the device, a stream of its own, the arena in device memory, the loaded kernels, and scratch memory for two-stage
/// reductions and pixel indices. One per device executor. Work on one queue runs in the order in which it was launched.
/// </summary>
/// <remarks>
/// Uploads of up to 4 MiB pass through page-locked memory of the queue's own and do not wait; reading a result waits once. So a training step
/// waits once, where it reads its loss.
/// </remarks>
internal sealed class DeviceQueue : IDisposable
{
    private const int LargestStaged = 1 << 20;
    private const int LeastStaging = 1 << 16;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> arena;
    private MemoryBuffer1D<float, Stride1D.Dense>? scratch;
    private MemoryBuffer1D<int, Stride1D.Dense>? indices;
    private PageLockedArray1D<float>? staging;
    private int staged;

    internal DeviceQueue(Accelerator accelerator, DeviceKernels kernels, int length)
    {
        Accelerator = accelerator;
        Kernels = kernels;
        // A CUDA context belongs to the thread that bound it, and executors may be made on any thread.
        accelerator.Bind();
        kernels.BeforeUse?.Invoke();
        Stream = accelerator.CreateStream();
        arena = accelerator.Allocate1D<float>(Math.Max(1, length));
        arena.MemSetToZero(Stream);
        Stream.Synchronize();
    }

    internal Accelerator Accelerator { get; }

    internal DeviceKernels Kernels { get; }

    internal AcceleratorStream Stream { get; }

    /// <summary>The whole arena; kernels find their tensors in it by offset and stride.</summary>
    internal ArrayView<float> Arena => arena.View;

    /// <summary>How often the host has waited for the device.</summary>
    internal int Waits { get; private set; }

    /// <summary>At least <paramref name="count"/> floats that hold nothing of value between operations; contents undefined.</summary>
    internal ArrayView<float> Scratch(int count)
    {
        if (scratch is null || scratch.Length < count)
        {
            Synchronize();
            scratch?.Dispose();
            scratch = null;
            scratch = Accelerator.Allocate1D<float>(Math.Max(1024, count));
        }
        return scratch.View;
    }

    /// <summary>Copies indices to the device; valid until the next call.</summary>
    internal ArrayView<int> UploadIndices(ReadOnlySpan<int> values)
    {
        if (indices is null || indices.Length < values.Length)
        {
            Synchronize();
            indices?.Dispose();
            indices = null;
            indices = Accelerator.Allocate1D<int>(Math.Max(1024, values.Length));
        }
        ArrayView<int> view = indices.View.AsContiguous().SubView(0, values.Length);
        if (values.Length > 0)
        {
            Waits++;
            view.CopyFromCPU(Stream, values);
        }
        return view;
    }

    /// <summary>Reads the first <paramref name="values"/> of the scratch memory after all queued work is done.</summary>
    internal void DownloadScratch(Span<float> values)
    {
        if (values.Length > 0)
            Scratch(values.Length).SubView(0, values.Length).CopyToCPUUnsafeAsync(Stream, ref values[0], values.Length);
        Synchronize();
    }

    internal void Upload(ReadOnlySpan<float> source, Tensor destination)
    {
        if (destination.Count == 0)
            return;
        bool direct = destination.Count > LargestStaged;
        ReadOnlySpan<float> from = direct ? source : Stage(source);
        int rows = destination.IsContiguous ? 1 : destination.Rows, columns = destination.Count / rows;
        for (int i = 0; i < rows; i++)
        {
            ref float first = ref Unsafe.AsRef(in from[i * columns]);
            Arena.SubView(destination.Offset + (i * destination.Stride), columns).CopyFromCPUUnsafeAsync(Stream, ref first, columns);
        }
        // The caller's memory is only lent.
        if (direct)
            Synchronize();
    }

    internal unsafe void Download(Tensor source, Span<float> destination)
    {
        fixed (float* start = destination)
        {
            int rows = source.Count == 0 ? 0 : source.IsContiguous ? 1 : source.Rows, columns = rows == 0 ? 0 : source.Count / rows;
            for (int i = 0; i < rows; i++)
                Arena.SubView(source.Offset + (i * source.Stride), columns).CopyToCPUUnsafeAsync(Stream, ref start[i * columns], columns);
            Synchronize();
        }
    }

    internal void Synchronize()
    {
        Kernels.BeforeUse?.Invoke();
        Waits++;
        Stream.Synchronize();
        // Everything queued is done, so all of the staging memory is free again.
        staged = 0;
    }

    public void Dispose()
    {
        try
        {
            Stream.Synchronize();
        }
        catch (Exception error) when (DeviceFailure.Is(error))
        {
            // A lost device has nothing left to wait for.
        }
        indices?.Dispose();
        scratch?.Dispose();
        staging?.Dispose();
        arena.Dispose();
        Stream.Dispose();
    }

    private ReadOnlySpan<float> Stage(ReadOnlySpan<float> source)
    {
        Kernels.BeforeUse?.Invoke();
        if (staging is null || staged + source.Length > staging.Span.Length)
        {
            if (staging is not null)
                Synchronize();
            if (staging is null || source.Length > staging.Span.Length)
            {
                staging?.Dispose();
                staging = null;
                staging = Accelerator.AllocatePageLocked1D<float>(Math.Max(LeastStaging, 4 * source.Length));
            }
            staged = 0;
        }
        Span<float> place = staging.Span.Slice(staged, source.Length);
        source.CopyTo(place);
        staged += source.Length;
        return place;
    }
}
