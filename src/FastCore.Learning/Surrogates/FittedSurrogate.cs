using System.Buffers.Binary;
using FastCore.Compute.Execution;

namespace FastCore.Learning.Surrogates;

/// <summary>The result of a training: one member, or a weighted average of two.</summary>
internal sealed class FittedSurrogate : TrainedSurrogate
{
    private readonly CandidateFeatures features;
    private readonly int[] trainedOn;
    private readonly double[] targets;

    public FittedSurrogate(string member, CandidateFeatures features, int[] trainedOn, double[] targets, double targetMean, double targetDeviation,
        IReadOnlyList<(FittedModel Model, double Weight)> parts, IReadOnlyDictionary<string, double> densities, double margin,
            Calibration calibration,
        string remarks, IReadOnlyDictionary<string, MemberMemory> memory)
    {
        Member = member;
        this.features = features;
        this.trainedOn = trainedOn;
        this.targets = targets;
        TargetMean = targetMean;
        TargetDeviation = targetDeviation;
        Parts = parts;
        LeaveOneOutDensity = densities;
        Margin = margin;
        Coverage = calibration.Coverage;
        LeaveOneOutError = calibration.Error;
        Remarks = remarks;
        Memory = memory;
        HyperParameters = Describe();
        Hash = ComputeHash();
    }

    public override string Member { get; }

    public override IReadOnlyList<int> TrainedOn => trainedOn;

    public override IReadOnlyDictionary<string, double> LeaveOneOutDensity { get; }

    public override double Margin { get; }

    public override IReadOnlyList<double> Coverage { get; }

    public override double LeaveOneOutError { get; }

    public override IReadOnlyDictionary<string, double> HyperParameters { get; }

    public override string Hash { get; }

    public override string Remarks { get; }

    public double TargetMean { get; }

    public double TargetDeviation { get; }

    public int CandidateCount => features.Count;

    public ReadOnlySpan<double> Targets => targets;

    public IReadOnlyList<(FittedModel Model, double Weight)> Parts { get; }

    public IReadOnlyDictionary<string, MemberMemory> Memory { get; }

    public override CandidatePosterior OverCandidates(ExecutionBackend backend, int capacity)
    {
        ArgumentNullException.ThrowIfNull(backend);
        if (capacity < trainedOn.Length)
            throw new ArgumentOutOfRangeException(nameof(capacity),
                $"The capacity {capacity} is below the {trainedOn.Length} points that the surrogate was trained on.");
        double[] standardised = Array.ConvertAll(targets, target => (target - TargetMean) / TargetDeviation);
        IncrementalPosterior[] posteriors =
            [.. Parts.Select(part => new IncrementalPosterior(backend, features, part.Model, trainedOn, standardised, capacity))];
        return new MixturePosterior(posteriors, [.. Parts.Select(part => part.Weight)], TargetMean, TargetDeviation, features.Count);
    }

    private Dictionary<string, double> Describe()
    {
        var result = new Dictionary<string, double>();
        double square = TargetDeviation * TargetDeviation;
        foreach ((FittedModel model, double weight) in Parts)
        {
            string prefix = Parts.Count == 1 ? "" : model.Member + ".";
            if (Parts.Count > 1)
                result[prefix + "weight"] = weight;
            for (int t = 0; t < model.Terms.Count; t++)
            {
                string term = model.Terms.Count == 1 ? prefix : prefix + model.Terms[t].Kind.ToString().ToLowerInvariant() + ".";
                double[] l = model.Parameters.Lengthscales[t];
                for (int d = 0; d < l.Length; d++)
                    result[l.Length == 1 ? term + "lengthscale" : $"{term}lengthscale[{d}]"] = l[d];
                result[term + "outputScale"] = model.Parameters.OutputScales[t] * square;
            }
            result[prefix + "noiseVariance"] = model.Parameters.NoiseVariance * square;
            result[prefix + "mean"] = TargetMean + (TargetDeviation * model.Parameters.Mean);
        }
        return result;
    }

    // FNV-1a with 64 bits over the bytes of all parameters in a fixed order.
    private string ComputeHash()
    {
        ulong hash = 0xCBF29CE484222325UL;
        Add(TargetMean);
        Add(TargetDeviation);
        foreach ((FittedModel model, double weight) in Parts)
        {
            foreach (char letter in model.Member)
                Add(letter);
            Add(weight);
            var vector = new double[model.Parameters.Count];
            model.Parameters.CopyTo(vector);
            foreach (double value in vector)
                Add(value);
            Add(model.Jitter);
            foreach (float value in model.Network is { } network ? [.. network.State.Weights, .. network.State.Statistics, .. network.Bounds]
                : Array.Empty<float>())
                Add(value);
        }
        foreach (int candidate in trainedOn)
            Add(candidate);
        return hash.ToString("x16");

        void Add(double value)
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
            foreach (byte b in bytes)
                hash = (hash ^ b) * 0x100000001B3UL;
        }
    }
}
