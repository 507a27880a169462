using System.Runtime.Intrinsics;

namespace FastCore.Compute.Covariance;

/// <summary>A function of the squared scaled distance, for unit output scale: a covariance k or its slope h (SPEC 2.2).</summary>
internal interface ICovarianceForm
{
    /// <summary>The definition.</summary>
    static abstract double Of(double squaredDistance);

    /// <summary>The same on vectors.</summary>
    static abstract Vector512<T> Of<T>(Vector512<T> squaredDistance)
        where T : unmanaged;

    /// <summary>The same on vectors.</summary>
    static abstract Vector256<T> Of<T>(Vector256<T> squaredDistance)
        where T : unmanaged;
}
