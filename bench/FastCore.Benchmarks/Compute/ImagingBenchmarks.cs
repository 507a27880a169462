using BenchmarkDotNet.Attributes;
using FastCore.Compute.Execution;

namespace FastCore.Benchmarks.Compute;

/// <summary>Imaging/ on a 256 x 256 image: every fourth pixel is the centre of a 16 x 16 patch.</summary>
public class ImagingBenchmarks : OperationBenchmarks
{
    private const int Side = 256;
    private const int Size = 16;
    private const int References = 8;
    private const int Count = Side * Side / 4;
    private readonly int[] centres = [.. Enumerable.Range(0, Count).Select(i => 4 * i)];
    private Tensor image;
    private Tensor patches;
    private Tensor references;
    private Tensor distance;

    [Benchmark, Work(0, 4.0 * Count * Size * Size)]
    public void ExtractPatches()
    {
        Begin(image);
        Executor.ExtractPatches(image, centres, Size, PatchNormalization.Patch, patches);
        End(patches);
    }

    [Benchmark, Work(3.0 * References * Count * Size * Size, 4.0 * Side * Side)]
    public void PatchDistance()
    {
        Begin(image, references);
        Executor.PatchDistance(image, centres, Size, PatchNormalization.Patch, references, distance);
        End(distance);
    }

    protected override void Plan(ArenaLayout layout)
    {
        image = Take(layout, "image", Side, Side);
        patches = Take(layout, "patches", Count, Size * Size);
        references = Take(layout, "references", References, Size * Size);
        distance = Take(layout, "distance", References, Count);
    }
}
