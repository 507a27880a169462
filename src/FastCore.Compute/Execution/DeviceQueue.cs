using ILGPU;
using ILGPU.Runtime;

namespace FastCore.Compute.Execution;

/// <summary>
/// What a launch needs: the device, a stream of its own, the arena in device memory, the loaded kernels, and scratch memory for two-stage
/// reductions and pixel indices. One per device executor. Work on one queue runs in the order in which it was launched.
/// </summary>
internal sealed class DeviceQueue : IDisposable
{
    private readonly MemoryBuffer1D<float, Stride1D.Dense> arena;
    private MemoryBuffer1D<float, Stride1D.Dense>? scratch;
    private MemoryBuffer1D<int, Stride1D.Dense>? indices;

    internal DeviceQueue(Accelerator accelerator, DeviceKernels kernels, int length)
    {
        Accelerator = accelerator;
        Kernels = kernels;
        // A CUDA context belongs to the thread that bound it, and executors may be made on any thread.
        accelerator.Bind();
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

    /// <summary>At least <paramref name="count"/> floats that hold nothing of value between operations; contents undefined.</summary>
    internal ArrayView<float> Scratch(int count)
    {
        if (scratch is null || scratch.Length < count)
        {
            Stream.Synchronize();
            scratch?.Dispose();
            scratch = Accelerator.Allocate1D<float>(Math.Max(1024, count));
        }
        return scratch.View;
    }

    /// <summary>Copies indices to the device; valid until the next call.</summary>
    internal ArrayView<int> UploadIndices(ReadOnlySpan<int> values)
    {
        if (indices is null || indices.Length < values.Length)
        {
            Stream.Synchronize();
            indices?.Dispose();
            indices = Accelerator.Allocate1D<int>(Math.Max(1024, values.Length));
        }
        ArrayView<int> view = indices.View.AsContiguous().SubView(0, values.Length);
        if (values.Length > 0)
            view.CopyFromCPU(Stream, values);
        return view;
    }

    /// <summary>Reads the first <paramref name="values"/> of the scratch memory after all queued work is done.</summary>
    internal void DownloadScratch(Span<float> values)
    {
        if (values.Length > 0)
            Scratch(values.Length).SubView(0, values.Length).CopyToCPU(Stream, values);
        Stream.Synchronize();
    }

    internal void Upload(ReadOnlySpan<float> source, Tensor destination)
    {
        if (destination.Count == 0)
            return;
        if (destination.IsContiguous)
        {
            Arena.SubView(destination.Offset, destination.Count).CopyFromCPU(Stream, source);
            return;
        }
        for (int i = 0; i < destination.Rows; i++)
        {
            Arena.SubView(destination.Offset + (i * destination.Stride), destination.Columns)
                .CopyFromCPU(Stream, source.Slice(i * destination.Columns, destination.Columns));
        }
    }

    internal void Download(Tensor source, Span<float> destination)
    {
        if (source.Count > 0 && source.IsContiguous)
        {
            Arena.SubView(source.Offset, source.Count).CopyToCPU(Stream, destination);
        }
        else if (source.Count > 0)
        {
            for (int i = 0; i < source.Rows; i++)
            {
                Arena.SubView(source.Offset + (i * source.Stride), source.Columns)
                    .CopyToCPU(Stream, destination.Slice(i * source.Columns, source.Columns));
            }
        }
        Stream.Synchronize();
    }

    internal void Synchronize() => Stream.Synchronize();

    public void Dispose()
    {
        Stream.Synchronize();
        indices?.Dispose();
        scratch?.Dispose();
        arena.Dispose();
        Stream.Dispose();
    }
}
