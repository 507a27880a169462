using System.Buffers.Binary;
using FastCore.Compute.Execution;
using FastCore.Learning.PrincipalComponents;
using FastCore.Learning.Surrogates;

namespace FastCore.Learning.CurvePrediction;

/// <summary>Hyper-parameters and scores of a trained curve surrogate (see <see cref="CurveTrainer"/>).</summary>
internal sealed class CurveSurrogate : TrainedSurrogate
{
    private readonly int[] trainedOn;

    public CurveSurrogate(CandidateFeatures features, CurveOptions options, string member, int[] trainedOn, PrincipalComponentModel components,
        double[] scores, int samples, CovarianceFunction function, double lengthscale, double noiseRatio, double scale,
        IReadOnlyDictionary<string, double> densities, double margin, IReadOnlyList<double> coverage, double error)
    {
        Features = features;
        Options = options;
        Member = member;
        this.trainedOn = trainedOn;
        Components = components;
        Scores = scores;
        Samples = samples;
        Function = function;
        Lengthscale = lengthscale;
        NoiseRatio = noiseRatio;
        Scale = scale;
        LeaveOneOutDensity = densities;
        Margin = margin;
        Coverage = coverage;
        LeaveOneOutError = error;
        HyperParameters = new Dictionary<string, double>
        {
            ["lengthscale"] = lengthscale,
            ["outputScale"] = scale,
            ["noiseVariance"] = scale * noiseRatio,
            ["components"] = components.Rank,
            ["varianceKept"] = components.TotalVariance > 0 ? components.Variances.Sum() / components.TotalVariance : 1,
        };
        Hash = ComputeHash();
    }

    public CandidateFeatures Features { get; }

    public CurveOptions Options { get; }

    public PrincipalComponentModel Components { get; }

    /// <summary>n x outputs.</summary>
    public double[] Scores { get; }

    /// <summary>Number of predicted scores, at least 1.</summary>
    public int Outputs => Scores.Length / trainedOn.Length;

    public int Samples { get; }

    public CovarianceFunction Function { get; }

    public double Lengthscale { get; }

    /// <summary>Noise variance over the scale.</summary>
    public double NoiseRatio { get; }

    /// <summary>Prior variance of a score.</summary>
    public double Scale { get; }

    public override string Member { get; }

    public override IReadOnlyList<int> TrainedOn => trainedOn;

    public override IReadOnlyDictionary<string, double> LeaveOneOutDensity { get; }

    public override double Margin { get; }

    public override IReadOnlyList<double> Coverage { get; }

    public override double LeaveOneOutError { get; }

    public override IReadOnlyDictionary<string, double> HyperParameters { get; }

    public override string Hash { get; }

    public override string Remarks => "";

    public override CandidatePosterior OverCandidates(ExecutionBackend backend, int capacity)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, trainedOn.Length);
        return new CurvePosterior(backend, this, capacity);
    }

    // FNV-1a with 64 bits over the bytes of all parameters in a fixed order.
    private string ComputeHash()
    {
        ulong hash = 0xCBF29CE484222325UL;
        Span<byte> bytes = stackalloc byte[8];
        foreach (double value in (double[])[(double)Function, Lengthscale, NoiseRatio, Scale, .. Components.Mean, .. Scores, .. trainedOn])
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
            foreach (byte b in bytes)
                hash = (hash ^ b) * 0x100000001B3UL;
        }
        return hash.ToString("x16");
    }
}
