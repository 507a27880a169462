using FastCore.Benchmarks.Compute;
using FastCore.Compute.Execution;
using FastCore.Microscopy.Grains;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Units;

namespace FastCore.Benchmarks.Peers;

/// <summary>FastCore's side of the scripts about images.</summary>
internal static class ImageWork
{
    private const int Patch = 16;

    /// <summary>Per-pixel features of a side x side image; the value is the largest Hessian eigenvalue at sigma 4.</summary>
    internal static LocalSide Features(int side)
    {
        var layout = new ArenaLayout();
        Tensor image = layout.Allocate("image", side, side), planes = layout.Allocate("planes", PixelFeatures.Count * side, side);
        var executor = new HostExecutor<float>(layout);
        executor.Upload(Waves(side), image);
        return new("FastCore", () => PixelFeatures.Compute(executor, image, planes), () => Largest(executor, planes.Block(7 * side, 0, side, side)), executor);
    }

    /// <summary>The first layer of a network over the patches of all pixels, each scaled to its own mean and deviation.</summary>
    internal static LocalSide FirstLayer(int side, int outputs)
    {
        var layout = new ArenaLayout();
        Tensor image = layout.Allocate("image", side, side), weight = layout.Allocate("weight", Patch * Patch, outputs);
        Tensor bias = layout.Allocate("bias", 1, outputs), output = layout.Allocate("output", side * side, outputs);
        var executor = new HostExecutor<float>(layout);
        executor.Upload(Waves(side), image);
        executor.Upload(Array.ConvertAll(PeerWork.Uniform(5, Patch * Patch * outputs), value => (float)(value / Patch)), weight);
        executor.Upload(Array.ConvertAll(PeerWork.Uniform(6, outputs), value => (float)(0.1 * value)), bias);
        int[] centres = [.. Enumerable.Range(0, side * side)];
        Tensor middle = output.Block(side / 2 * (side + 1), 0, 1, outputs);
        return new("FastCore", () => executor.PatchDense(image, centres, Patch, PatchNormalization.None, weight, bias, Activation.Tanh, output),
            () => Largest(executor, middle), executor);
    }

    /// <summary>Grains, boundaries with grooves, junctions, distances and classes of a topography of domes; scripts do less and have no value.</summary>
    internal static LocalSide Grains(int side, int across)
    {
        int domes = across * across;
        double[] rows = PeerWork.Uniform(0, domes), columns = PeerWork.Uniform(1, domes), noise = PeerWork.Uniform(2, side * side);
        var heights = new float[side * side];
        for (int k = 0; k < heights.Length; k++)
        {
            double nearest = double.PositiveInfinity;
            for (int dome = 0; dome < domes; dome++)
            {
                double r = (k / side) - Place(dome / across, rows[dome]), c = (k % side) - Place(dome % across, columns[dome]);
                nearest = Math.Min(nearest, (r * r) + (c * c));
            }
            heights[k] = (float)((-1e-10 * nearest) + (1e-10 * noise[k]));
        }
        var topography = new ScanImage("Height", "m", new ScanFrame(side, side, new Metres(20e-9)), heights);
        int found = 0;
        return new("FastCore", () => found = TopographyGrains.Of(topography).Grains.Count, () => found, null);

        double Place(int cell, double shift) => (cell + 0.5 + (0.35 * shift)) * side / across;
    }

    // The picture of image_features.py.
    private static float[] Waves(int side)
    {
        double[] noise = PeerWork.Uniform(1, side * side);
        var values = new float[side * side];
        for (int k = 0; k < values.Length; k++)
            values[k] = (float)(Math.Sin(k / side * 0.21) + Math.Cos((k % side * 0.17) + (k / side * 0.05)) + (0.1 * noise[k]));
        return values;
    }

    private static double Largest(HostExecutor<float> executor, Tensor tensor)
    {
        var values = new float[tensor.Count];
        executor.Download(tensor, values);
        return values.Max();
    }
}
