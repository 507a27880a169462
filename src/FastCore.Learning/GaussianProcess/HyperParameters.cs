namespace FastCore.Learning.GaussianProcess;

/// <summary>
/// Hyper-parameters of a Gaussian process in their own units. As one vector they stand in the order: for each term its lengthscales and
/// its output scale, then the noise variance, then the constant mean. Raw vectors hold softplus^-1 of the positive ones (noise: above its floor).
/// </summary>
public sealed class HyperParameters
{
    /// <summary>Least noise variance: softplus(raw) + 1e-4 (SPEC 2.3).</summary>
    public const double NoiseFloor = 1e-4;

    /// <summary>Everything at softplus(0) = 0.6931, mean 0: the usual start of gradient descent.</summary>
    public HyperParameters(IReadOnlyList<CovarianceTerm> terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        Lengthscales = new double[terms.Count][];
        OutputScales = new double[terms.Count];
        for (int t = 0; t < terms.Count; t++)
        {
            Lengthscales[t] = new double[terms[t].LengthscaleCount];
            Array.Fill(Lengthscales[t], Math.Log(2));
            OutputScales[t] = Math.Log(2);
        }
        NoiseVariance = Math.Log(2) + NoiseFloor;
    }

    private HyperParameters(double[][] lengthscales, double[] outputScales, double noiseVariance, double mean)
    {
        Lengthscales = lengthscales;
        OutputScales = outputScales;
        NoiseVariance = noiseVariance;
        Mean = mean;
    }

    /// <summary>Lengthscales of each term.</summary>
    public double[][] Lengthscales { get; }

    /// <summary>Output scale (a variance) of each term.</summary>
    public double[] OutputScales { get; }

    /// <summary>Noise variance.</summary>
    public double NoiseVariance { get; set; }

    /// <summary>Constant mean.</summary>
    public double Mean { get; set; }

    /// <summary>Sum of the output scales: the prior variance of a value.</summary>
    public double PriorVariance => OutputScales.Sum();

    /// <summary>Length of the vector form.</summary>
    public int Count => Lengthscales.Sum(l => l.Length + 1) + 2;

    /// <summary>An independent copy.</summary>
    public HyperParameters Clone() =>
        new([.. Lengthscales.Select(l => (double[])l.Clone())], (double[])OutputScales.Clone(), NoiseVariance, Mean);

    /// <summary>Writes the vector form in own units.</summary>
    public void CopyTo(Span<double> vector)
    {
        int at = 0;
        for (int t = 0; t < Lengthscales.Length; t++)
        {
            Lengthscales[t].CopyTo(vector[at..]);
            at += Lengthscales[t].Length;
            vector[at++] = OutputScales[t];
        }
        vector[at++] = NoiseVariance;
        vector[at] = Mean;
    }

    /// <summary>Reads the vector form in own units.</summary>
    public void CopyFrom(ReadOnlySpan<double> vector)
    {
        int at = 0;
        for (int t = 0; t < Lengthscales.Length; t++)
        {
            vector.Slice(at, Lengthscales[t].Length).CopyTo(Lengthscales[t]);
            at += Lengthscales[t].Length;
            OutputScales[t] = vector[at++];
        }
        NoiseVariance = vector[at++];
        Mean = vector[at];
    }

    /// <summary>Writes softplus^-1 of the positive values, the mean as it is.</summary>
    public void ToRaw(Span<double> raw)
    {
        CopyTo(raw);
        int noise = Count - 2;
        raw[noise] -= NoiseFloor;
        for (int i = 0; i <= noise; i++)
            raw[i] = InverseSoftplus(raw[i]);
    }

    /// <summary>Reads a raw vector.</summary>
    public void FromRaw(ReadOnlySpan<double> raw)
    {
        Span<double> own = stackalloc double[raw.Length];
        raw.CopyTo(own);
        int noise = raw.Length - 2;
        for (int i = 0; i <= noise; i++)
            own[i] = Softplus(own[i]);
        own[noise] += NoiseFloor;
        CopyFrom(own);
    }

    /// <summary>Turns a gradient by own values into one by raw values: d softplus(x) / dx = 1 / (1 + e^-x) (in place).</summary>
    public static void GradientToRaw(ReadOnlySpan<double> raw, Span<double> gradient)
    {
        for (int i = 0; i <= raw.Length - 2; i++)
            gradient[i] *= 1 / (1 + Math.Exp(-raw[i]));
    }

    /// <summary>Writes logarithms of the positive values (noise: above its floor), the mean as it is.</summary>
    internal void ToLog(Span<double> log)
    {
        CopyTo(log);
        int noise = Count - 2;
        log[noise] = Math.Max(log[noise] - NoiseFloor, 1e-9);
        for (int i = 0; i <= noise; i++)
            log[i] = Math.Log(log[i]);
    }

    /// <summary>Reads a vector of logarithms.</summary>
    internal void FromLog(ReadOnlySpan<double> log)
    {
        Span<double> own = stackalloc double[log.Length];
        log.CopyTo(own);
        int noise = log.Length - 2;
        for (int i = 0; i <= noise; i++)
            own[i] = Math.Exp(own[i]);
        own[noise] += NoiseFloor;
        CopyFrom(own);
    }

    /// <summary>ln(1 + e^x) without overflow.</summary>
    public static double Softplus(double x) => x > 30 ? x : x < -30 ? Math.Exp(x) : Math.Log(1 + Math.Exp(x));

    /// <summary>x with softplus(x) = <paramref name="value"/>.</summary>
    public static double InverseSoftplus(double value) =>
        value > 30 ? value : value < 1e-10 ? Math.Log(Math.Max(value, 1e-300)) : Math.Log(Math.Exp(value) - 1);
}
