using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Imaging;

/// <summary>Patches that nobody stores: what is computed from them, and what it costs.</summary>
[Collection("Memory")]
public sealed class PatchesOnTheFlyTests
{
    private const int Side = 24;

    public static TheoryData<int, int> Transformations => [.. from form in Enumerable.Range(0, 8) from size in new[] { 4, 5, 16 } select (form, size)];

    [Theory]
    [MemberData(nameof(Transformations))]
    public void TurningOrMirroringTheImageLeavesTheDihedralDistance(int form, int size)
    {
        float[] image = Image();
        var turned = new float[image.Length];
        (int I, int J) Map(int i, int j)
        {
            (i, j) = (form & 4) != 0 ? (j, i) : (i, j);
            return ((form & 2) != 0 ? Side - 1 - i : i, (form & 1) != 0 ? Side - 1 - j : j);
        }
        for (int k = 0; k < image.Length; k++)
        {
            (int i, int j) = Map(k / Side, k % Side);
            turned[(i * Side) + j] = image[k];
        }
        // Windows inside, by their first pixel; the window of a turned image begins at the nearest of its turned corners.
        var centres = new List<int>();
        var mapped = new List<int>();
        for (int i = 0; i + size <= Side; i += 3)
        {
            for (int j = 0; j + size <= Side; j += 4)
            {
                centres.Add(((i + (size / 2)) * Side) + j + (size / 2));
                (int a, int b) = Map(i, j);
                (int c, int d) = Map(i + size - 1, j + size - 1);
                mapped.Add(((Math.Min(a, c) + (size / 2)) * Side) + Math.Min(b, d) + (size / 2));
            }
        }
        float[] before = Distances(image, [.. centres], size, dihedral: true), after = Distances(turned, [.. mapped], size, dihedral: true);
        Assert.Equal(before.Length, after.Length);
        for (int k = 0; k < before.Length; k++)
            Assert.Equal(before[k], after[k], 2e-5f);
        if (form != 0)
        {
            float[] plain = Distances(image, [.. centres], size, dihedral: false), other = Distances(turned, [.. mapped], size, dihedral: false);
            Assert.True(plain.Zip(other).Max(pair => Math.Abs(pair.First - pair.Second)) > 0.1);
            Assert.All(before.Zip(plain), pair => Assert.True(pair.First <= pair.Second + 2e-5f));
        }
    }

    [Theory]
    [InlineData(PatchNormalization.None)]
    [InlineData(PatchNormalization.Image)]
    [InlineData(PatchNormalization.Patch)]
    public void FirstLayerOnGatheredPatchesIsThatOfStoredPatches(PatchNormalization normalization)
    {
        const int size = 16, outputs = 64;
        int[] centres = [.. Enumerable.Range(0, Side * Side)];
        var layout = new ArenaLayout();
        Tensor image = layout.Allocate("image", Side, Side), patches = layout.Allocate("patches", centres.Length, size * size);
        Tensor weight = layout.Allocate("weight", size * size, outputs), bias = layout.Allocate("bias", 1, outputs);
        Tensor stored = layout.Allocate("stored", centres.Length, outputs), gathered = layout.Allocate("gathered", centres.Length, outputs);
        using var executor = new HostExecutor<double>(layout);
        var random = new Random(3);
        executor.Upload(Array.ConvertAll(Image(), v => (double)v), image);
        executor.Upload([.. Enumerable.Range(0, weight.Count).Select(_ => 0.1 * (random.NextDouble() - 0.5))], weight);
        executor.Upload([.. Enumerable.Range(0, outputs).Select(_ => random.NextDouble())], bias);
        executor.ExtractPatches(image, centres, size, normalization, patches);
        executor.Dense(patches, weight, bias, Activation.Tanh, stored);
        executor.PatchDense(image, centres, size, normalization, weight, bias, Activation.Tanh, gathered);
        double[] expected = new double[stored.Count], actual = new double[stored.Count];
        executor.Download(stored, expected);
        executor.Download(gathered, actual);
        for (int k = 0; k < expected.Length; k++)
            Assert.Equal(expected[k], actual[k], 1e-13);
    }

    [Fact]
    public void MemoryDoesNotGrowWithTheNumberOfCandidates()
    {
        const int side = 256, size = 16, outputs = 8;
        int[] centres = [.. Enumerable.Range(0, side * side)];
        var layout = new ArenaLayout();
        Tensor image = layout.Allocate("image", side, side), weight = layout.Allocate("weight", size * size, outputs), bias = layout.Allocate("bias", 1, outputs);
        Tensor output = layout.Allocate("output", centres.Length, outputs);
        Tensor reference = layout.Allocate("reference", 1, size * size), distance = layout.Allocate("distance", 1, centres.Length);
        using var executor = new HostExecutor<float>(layout);
        var random = new Random(6);
        executor.Upload([.. Enumerable.Range(0, image.Count).Select(_ => (float)random.NextDouble())], image);
        long before = ArenaMemory.Bytes, managed = 0;
        for (int round = 0; round < 2; round++)
        {
            managed = GC.GetAllocatedBytesForCurrentThread();
            executor.PatchDense(image, centres, size, PatchNormalization.Patch, weight, bias, Activation.Tanh, output);
            executor.DihedralPatchDistance(image, centres, size, PatchNormalization.Patch, reference, distance);
            executor.PatchDistance(image, centres, size, PatchNormalization.Patch, reference, distance);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - managed);
        // All patches would be 64 MiB; a thread holds some hundred of them and the buffers of its matrix product.
        long patches = (long)centres.Length * size * size * sizeof(float), grown = ArenaMemory.Bytes - before;
        Assert.InRange(grown, 0, Environment.ProcessorCount * 3L << 20);
        Assert.True(grown < patches / 4, $"{grown} bytes of scratch memory; all patches would be {patches}.");
    }

    private static float[] Image()
    {
        var random = new Random(8);
        return [.. Enumerable.Range(0, Side * Side).Select(_ => (float)random.NextDouble())];
    }

    private static float[] Distances(float[] values, int[] centres, int size, bool dihedral)
    {
        var random = new Random(9);
        var layout = new ArenaLayout();
        Tensor image = layout.Allocate("image", Side, Side), references = layout.Allocate("references", 3, size * size);
        Tensor distance = layout.Allocate("distance", 3, centres.Length);
        using var executor = new HostExecutor<float>(layout);
        executor.Upload(values, image);
        executor.Upload([.. Enumerable.Range(0, references.Count).Select(_ => (float)random.NextDouble())], references);
        if (dihedral)
            executor.DihedralPatchDistance(image, centres, size, PatchNormalization.Patch, references, distance);
        else
            executor.PatchDistance(image, centres, size, PatchNormalization.Patch, references, distance);
        var result = new float[distance.Count];
        executor.Download(distance, result);
        return result;
    }
}

/// <summary>Tests that watch memory run alone.</summary>
[CollectionDefinition("Memory", DisableParallelization = true)]
public sealed class WatchesMemory;
