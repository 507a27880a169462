namespace FastCore.Microscopy.Imaging;

/// <summary>How two images are registered.</summary>
public sealed record RegistrationOptions
{
    /// <summary>What the map may do.</summary>
    public MapFreedom Freedom { get; init; } = MapFreedom.Affine;

    /// <summary>Rotations up to this many degrees either way are searched, 0 to 45.</summary>
    public double RotationRangeDegrees { get; init; } = 10;

    /// <summary>Errors of scale up to this share either way are searched, 0 to 0.3.</summary>
    public double ScaleRange { get; init; } = 0.05;

    /// <summary>Share of the smaller image that both must show, 0.1 to 1.</summary>
    public double LeastOverlap { get; init; } = 0.3;

    /// <summary>Standard deviation of the Gaussian under which lines and edges are looked for, in pixels of the coarser image, 0.8 to 8.</summary>
    public double LineWidthPixels { get; init; } = 1.5;

    /// <summary>Images with a longer side than this are compared on coarser pixels, 64 to 8192.</summary>
    public int LargestSidePixels { get; init; } = 1024;

    /// <summary>Steps of the refinement on each level of the pyramid, 1 to 1000.</summary>
    public int LargestIterations { get; init; } = 60;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">One is out of its range; the message names it and what is allowed.</exception>
    public void Validate()
    {
        Check(nameof(RotationRangeDegrees), RotationRangeDegrees, 0, 45);
        Check(nameof(ScaleRange), ScaleRange, 0, 0.3);
        Check(nameof(LeastOverlap), LeastOverlap, 0.1, 1);
        Check(nameof(LineWidthPixels), LineWidthPixels, 0.8, 8);
        Check(nameof(LargestSidePixels), LargestSidePixels, 64, 8192);
        Check(nameof(LargestIterations), LargestIterations, 1, 1000);
        if (!Enum.IsDefined(Freedom))
            throw new ArgumentException($"{nameof(Freedom)} is {(int)Freedom}; {string.Join(", ", Enum.GetNames<MapFreedom>())} are allowed.");
    }

    private static void Check(string name, double value, double least, double most)
    {
        if (!(value >= least && value <= most))
            throw new ArgumentException($"{name} is {value:g4}; {least:g4} to {most:g4} is allowed.");
    }
}
