using FastCore.Compute.Execution;

namespace FastCore.Learning.Descriptors;

/// <summary>
/// What a place looks like, whichever way it is turned: 27 descriptors of the surroundings of a pixel (SPEC 4, the pilot's phi). A raw patch is
/// dominated by the height of its grain and by where in the patch a boundary runs; these are not.
/// </summary>
/// <remarks>
/// For sigma = 1, 2, 4 px: sigma |grad H|, sigma^2 lambda_1, sigma^2 lambda_2 of the Hessian (lambda_1 the larger; 9). In windows of 5, 9 and 17 px: rms, and
/// H minus mean (6); mean of the widest (1). Coherence of the structure tensor at sigma = 2 (1). The profile along the lambda_1 direction at
/// 1.5, 3, 4.5 and 6 px on both sides, centre subtracted, the higher side last (8). Depth: mean of the two shoulders minus centre; asymmetry:
/// |shoulder difference| / (|shoulder difference| + |depth|) (2). Windows are odd, so that a mirrored image has mirrored descriptors.
/// <para>Every value is one of an operation of <see cref="IExecutor{T}"/> on the whole image, in float: within 2e-5 of its definition in double for an
/// image of unit deviation; the profile, along a direction that is found in float, within 2e-4 where sigma^2 (lambda_1 - lambda_2) exceeds 0.1. Without a backend the host computes them, so that the same image gives
/// the same candidates to the bit whatever runs the models.</para>
/// </remarks>
public static class OrientationFreeDescriptors
{
    /// <summary>Number of descriptors.</summary>
    public const int Count = 27;

    private const int ProfilePoints = 4;
    private const double ProfileStep = 1.5;
    private const double CoherenceScale = 2;
    private const float Tiny = 1e-12f;

    // Descriptors that are images of their own; the profile's ten follow.
    private const int Planes = Count - (2 * ProfilePoints) - 2;
    private static readonly double[] Scales = [1, 2, 4];
    private static readonly int[] Windows = [5, 9, 17];

    /// <summary>Descriptors of every candidate, standardised over the candidates; a descriptor that does not vary is 0.</summary>
    /// <param name="image">Levelled, dimensionless image, row-major.</param>
    /// <param name="rows">Rows of the image.</param>
    /// <param name="columns">Columns of the image.</param>
    /// <param name="centres">Pixel of each candidate, row * columns + column.</param>
    /// <returns>27 x M values, feature-major.</returns>
    /// <exception cref="ArgumentException">Lengths that do not fit, a centre outside, or values that are not finite.</exception>
    public static float[] ForCandidates(float[] image, int rows, int columns, int[] centres)
    {
        using var backend = new HostBackend();
        return ForCandidates(backend, image, rows, columns, centres);
    }

    /// <summary>The same on a backend of the caller's choice.</summary>
    public static float[] ForCandidates(ExecutionBackend backend, float[] image, int rows, int columns, int[] centres) =>
        Compute(backend, image, rows, columns, centres, standardised: true);

    /// <summary>The same before standardising.</summary>
    public static float[] Raw(float[] image, int rows, int columns, int[] centres)
    {
        using var backend = new HostBackend();
        return Raw(backend, image, rows, columns, centres);
    }

    /// <summary>The same before standardising, on a backend of the caller's choice.</summary>
    public static float[] Raw(ExecutionBackend backend, float[] image, int rows, int columns, int[] centres) =>
        Compute(backend, image, rows, columns, centres, standardised: false);

    private static float[] Compute(ExecutionBackend backend, float[] image, int rows, int columns, int[] centres, bool standardised)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(centres);
        if (rows < 1 || columns < 1 || image.Length != rows * columns)
            throw new ArgumentException($"An image of {image.Length} values is not {rows} x {columns}.", nameof(image));
        int bad = Array.FindIndex(image, value => !float.IsFinite(value));
        if (bad >= 0)
            throw new ArgumentException($"Pixel (row {bad / columns}, column {bad % columns}) is not finite; fill or crop the image first.", nameof(image));
        int outside = Array.FindIndex(centres, centre => (uint)centre >= (uint)image.Length);
        if (outside >= 0)
            throw new ArgumentException($"Centre {centres[outside]} is no pixel of a {rows} x {columns} image.", nameof(centres));

        var layout = new ArenaLayout();
        Tensor picture = layout.Allocate("image", rows, columns);
        Tensor planes = layout.Allocate("planes", Planes * rows, columns);
        Tensor normalX = layout.Allocate("normal x", rows, columns), normalY = layout.Allocate("normal y", rows, columns);
        Tensor descriptors = layout.Allocate("descriptors", Count, centres.Length);
        Tensor Plane(int index) => planes.Block(index * rows, 0, rows, columns);
        using IExecutor<float> executor = backend.CreateSingle(layout);
        executor.Upload(image, picture);
        int next = 0;
        foreach (double sigma in Scales)
        {
            bool directed = sigma == CoherenceScale;
            executor.HessianEigenvalues(
                picture, sigma, Plane(next + 1), Plane(next + 2), Plane(next), directed ? normalX : null, directed ? normalY : null);
            next += 3;
        }
        // The mean of the widest window, written last, is a descriptor.
        Tensor mean = Plane(next + (2 * Windows.Length));
        foreach (int window in Windows)
        {
            executor.LocalMoments(picture, window, mean, Plane(next), null, null, Plane(next + 1));
            next += 2;
        }
        executor.StructureTensor(picture, CoherenceScale, Tiny, null, Plane(next + 1));
        executor.TakePixels(planes, centres, descriptors.TopRows(Planes));
        executor.NormalProfile(picture, normalX, normalY, centres, ProfileStep, descriptors.Block(Planes, 0, Count - Planes, centres.Length));
        if (standardised)
            executor.StandardizeRows(descriptors);
        var result = new float[descriptors.Count];
        executor.Download(descriptors, result);
        return result;
    }
}
