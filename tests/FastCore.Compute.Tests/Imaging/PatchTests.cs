using FastCore.Compute.Execution;
using FastCore.Microscopy.Files;
using FastCore.TestKit;

namespace FastCore.Compute.Tests.Imaging;

/// <summary>Patches against windows that numpy cut.</summary>
public sealed class PatchTests
{
    [Theory]
    [InlineData("patches_w4", 4)]
    [InlineData("patches_w3", 3)]
    public void PatchesWithMirroredEdgesAreThoseOfNumpy(string key, int size)
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture("image");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        double[] patches = Extract(fixture["image"].Values, 7, 9, [.. Enumerable.Range(0, 63)], size, PatchNormalization.None);
        Assert.Equal(fixture[key].Values, patches);
    }

    [Fact]
    public void PatchesInsideAreTheWindowsOfNumpy()
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture("image");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        int[] centres = [.. from row in Enumerable.Range(2, 4) from column in Enumerable.Range(2, 6) select (row * 9) + column];
        Assert.Equal(fixture["valid_w4"].Values, Extract(fixture["image"].Values, 7, 9, centres, 4, PatchNormalization.None));
    }

    [Fact]
    public void NormalisedPatchesRunFromZeroToOne()
    {
        double[] image = [.. Enumerable.Range(0, 36).Select(i => Math.Sin(i * 1.7) * 1e-13)];
        double[] patch = Extract(image, 6, 6, [14], 4, PatchNormalization.Patch);
        Assert.All(patch, value => Assert.Equal(0, value));
        double[] metres = [.. image.Select(v => v * 1e13)];
        patch = Extract(metres, 6, 6, [14], 4, PatchNormalization.Patch);
        Assert.Equal(0, patch.Min());
        Assert.Equal(1, patch.Max(), 1e-15);
        double[] all = Extract(metres, 6, 6, [.. Enumerable.Range(0, 36)], 1, PatchNormalization.Image);
        Assert.Equal(0, all.Min());
        Assert.Equal(1, all.Max(), 1e-15);
    }

    [Fact]
    public void CentreOutsideIsRefused()
    {
        var exception = Assert.Throws<ArgumentException>(() => Extract(new double[12], 3, 4, [12], 2, PatchNormalization.None));
        Assert.Contains("centre 12 is no pixel of a 3 x 4 image", exception.Message, StringComparison.Ordinal);
    }

    private static double[] Extract(double[] image, int rows, int columns, int[] centres, int size, PatchNormalization normalization)
    {
        var layout = new ArenaLayout();
        Tensor picture = layout.Allocate("image", rows, columns), patches = layout.Allocate("patches", centres.Length, size * size);
        using var executor = new HostExecutor<double>(layout);
        executor.Upload(image, picture);
        executor.ExtractPatches(picture, centres, size, normalization, patches);
        var result = new double[patches.Count];
        executor.Download(patches, result);
        return result;
    }
}
