namespace FastCore.Microscopy.Imaging;

/// <summary>How values between pixels are taken.</summary>
public enum Interpolation
{
    /// <summary>Nearest for channels of labels and angles that cannot be averaged (see <see cref="Resample.IsLabel"/>), bilinear for all others.</summary>
    Automatic,

    /// <summary>Bilinear; where the moving pixels are finer, the mean over the pixel of the reference.</summary>
    Bilinear,

    /// <summary>The value of the nearest pixel.</summary>
    Nearest,
}
