namespace FastCore.Microscopy.Photovoltaics;

/// <summary>erfcx(x) = exp(x^2) erfc(x), which neither overflows nor vanishes where its factors do.</summary>
internal static class ScaledErfc
{
    private const double Step = .4;
    private static readonly double[] Squares = [.. Enumerable.Range(0, 16).Select(n => (n + .5) * (n + .5) * Step * Step)];
    private static readonly double[] Weights = Array.ConvertAll(Squares, square => 2 * Step / Math.PI * Math.Exp(-square));

    /// <summary>erfcx at any x; infinite below about -26.6, where it exceeds the largest double.</summary>
    /// <remarks>
    /// The midpoint rule on erfcx(x) = (x/pi) integral of exp(-t^2) / (t^2 + x^2) dt with the residue at t = i x added, 2 exp(x^2) / (exp(2 pi x / h) + 1)
    /// (Chiarella and Reichel, Mathematics of Computation 22 (1968) 137): all terms are positive and the error is of the order exp(-(pi/h)^2) = 2e-27.
    /// </remarks>
    internal static double Of(double x)
    {
        if (x < 0)
            return (2 * Math.Exp(x * x)) - Of(-x);
        if (x > 1e7)
            return 1 / (x * Math.Sqrt(Math.PI));
        double sum = 0, square = x * x;
        for (int n = 0; n < Weights.Length; n++)
            sum += Weights[n] / (Squares[n] + square);
        sum *= x;
        // Beyond, the residue is below 1e-26 of the sum.
        return x < Math.PI / Step ? sum + (2 * Math.Exp(square) / (Math.Exp(2 * Math.PI / Step * x) + 1)) : sum;
    }
}
