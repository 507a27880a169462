using FastCore.Learning.Descriptors;
using Xunit;

namespace FastCore.Learning.Tests.Descriptors;

public class PatchGroovesTests
{
    [Theory]
    [InlineData(16, 16)]
    [InlineData(8, 11)]
    [InlineData(21, 13)]
    public void A_patch_is_described_as_an_image_of_its_size(int height, int width)
    {
        RandomStream random = RandomStream.Named(4, "patch grooves");
        var grooves = new PatchGrooves(height, width);
        var found = new double[GrooveDescriptors.Count];
        int differing = 0;
        for (int trial = 0; trial < 200; trial++)
        {
            float[] patch = Patch(ref random, height, width);
            float[] expected = GrooveDescriptors.Raw(patch, height, width, [(height / 2 * width) + (width / 2)]);
            grooves.Describe(patch, found);
            // Two lines that are equally strong may change places by rounding; the six of the Hessian may not.
            for (int k = 0; k < 6; k++)
                Assert.Equal(expected[k], found[k], 2e-5);
            differing += Enumerable.Range(6, 7).Any(k => Math.Abs(expected[k] - found[k]) > 1e-3) ? 1 : 0;
        }
        Assert.True(differing <= 4, $"{differing} of 200 patches differ");
    }

    [Fact]
    public void Describing_allocates_nothing()
    {
        RandomStream random = RandomStream.Named(5, "patch grooves");
        var grooves = new PatchGrooves(16, 16);
        float[] patch = Patch(ref random, 16, 16);
        var found = new double[GrooveDescriptors.Count];
        for (int warm = 0; warm < 100; warm++)
            grooves.Describe(patch, found);
        long before = GC.GetAllocatedBytesForCurrentThread();
        grooves.Describe(patch, found);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Small_patches_and_other_sizes_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PatchGrooves(7, 16));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PatchGrooves(16, 7));
        Assert.Throws<ArgumentException>(() => new PatchGrooves(8, 8).Describe(new float[63], new double[GrooveDescriptors.Count]));
    }

    private static float[] Patch(ref RandomStream random, int height, int width)
    {
        double angle = 6.28 * random.NextDouble(), off = 4 * (random.NextDouble() - 0.5), wide = 1 + (3 * random.NextDouble());
        var patch = new float[height * width];
        for (int k = 0; k < patch.Length; k++)
        {
            double u = (((k % width) - (width / 2)) * Math.Cos(angle)) + (((k / width) - (height / 2)) * Math.Sin(angle)) - off;
            double w = u < 0 ? 1.5 : wide;
            patch[k] = (float)((0.1 * random.NextNormal()) - Math.Exp(-(u / w) * (u / w)));
        }
        return patch;
    }
}
