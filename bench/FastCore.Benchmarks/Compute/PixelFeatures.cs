using FastCore.Compute.Execution;

namespace FastCore.Benchmarks.Compute;

/// <summary>All per-pixel features of SPEC 4: plane, Hessian at three scales, orientation and coherence, moments and extremes of 16 x 16 windows, curvature.</summary>
internal static class PixelFeatures
{
    /// <summary>Number of planes.</summary>
    internal const int Count = 21;

    private const int Window = 16;

    /// <summary>Computes them.</summary>
    /// <param name="executor">Executor of both tensors.</param>
    /// <param name="image">n x n.</param>
    /// <param name="planes">At least <see cref="Count"/> planes of n x n, one below the other; the levelled image is the first.</param>
    internal static void Compute(IExecutor<float> executor, Tensor image, Tensor planes)
    {
        Tensor level = Plane(0);
        executor.LevelPolynomial(image, 1, level);
        executor.HessianEigenvalues(level, 1, Plane(1), Plane(2), Plane(3), null, null);
        executor.HessianEigenvalues(level, 2, Plane(4), Plane(5), Plane(6), null, null);
        executor.HessianEigenvalues(level, 4, Plane(7), Plane(8), Plane(9), null, null);
        executor.StructureTensor(level, 2, 1e-12f, Plane(10), Plane(11));
        executor.LocalMoments(level, Window, Plane(12), Plane(13), Plane(14), Plane(15), Plane(16));
        executor.PatchMinMax(level, Window, Plane(17), Plane(18));
        executor.CurvatureFit(level, 1, Plane(19), Plane(20));

        Tensor Plane(int index) => planes.Block(index * image.Rows, 0, image.Rows, image.Columns);
    }
}
