using System.Text.Json;
using FastCore.Learning.DeepKernel;
using FastCore.Learning.GaussianProcess;

namespace FastCore.Learning.Surrogates;

/// <summary>
/// A trained surrogate taken apart into one description and named arrays, for files. What follows from a member's name (inputs, covariance,
/// layers) is not stored; inputs of the candidates are not stored either: they belong to the run and are given again when loading.
/// </summary>
internal sealed class SurrogateContent
{
    /// <summary>Version of the layout, raised when names or meanings change.</summary>
    public const int Version = 2;

    /// <summary>Description as JSON.</summary>
    public required string Description { get; init; }

    /// <summary>Arrays in double.</summary>
    public Dictionary<string, double[]> Doubles { get; } = [];

    /// <summary>Arrays in float.</summary>
    public Dictionary<string, float[]> Singles { get; } = [];

    /// <summary>Arrays of whole numbers.</summary>
    public Dictionary<string, int[]> Integers { get; } = [];

    private sealed record Sketch(int Version, string Member, string Remarks, string[] Parts, Dictionary<string, double> Densities, double Margin,
        double[] Coverage,
        double Error, int Candidates, MemorySketch[] Memory);

    private sealed record MemorySketch(string Member, int GridCount, int TriedCount, double Gap, bool Parameters, bool Network, int FoldParameters,
        int FoldNetworks);

    public static SurrogateContent Of(FittedSurrogate surrogate)
    {
        MemorySketch[] memory = [.. surrogate.Memory.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new MemorySketch(pair.Key,
            pair.Value.GridCount,
            pair.Value.TriedCount, pair.Value.Gap, pair.Value.Parameters is not null, pair.Value.Network is not null, pair.Value.FoldParameters.Count,
            pair.Value.FoldNetworks.Count))];
        var sketch = new Sketch(Version, surrogate.Member, surrogate.Remarks, [.. surrogate.Parts.Select(part => part.Model.Member)],
            new(surrogate.LeaveOneOutDensity), surrogate.Margin, [.. surrogate.Coverage], surrogate.LeaveOneOutError, surrogate.CandidateCount,
                memory);
        var content = new SurrogateContent { Description = JsonSerializer.Serialize(sketch) };
        content.Doubles["targets"] = surrogate.Targets.ToArray();
        content.Integers["trainedOn"] = [.. surrogate.TrainedOn];
        content.Doubles["targetScale"] = [surrogate.TargetMean, surrogate.TargetDeviation];
        for (int p = 0; p < surrogate.Parts.Count; p++)
        {
            (FittedModel model, double weight) = surrogate.Parts[p];
            content.Doubles[$"part{p}.weight"] = [weight, model.Jitter];
            content.Doubles[$"part{p}.parameters"] = Vector(model.Parameters);
            content.AddNetwork($"part{p}", model.Network);
        }
        foreach ((string member, MemberMemory known) in surrogate.Memory)
        {
            if (known.Parameters is not null)
                content.Doubles[$"{member}.parameters"] = Vector(known.Parameters);
            content.AddNetwork(member, known.Network);
            for (int k = 0; k < known.FoldParameters.Count; k++)
                content.Doubles[$"{member}.fold{k}.parameters"] = Vector(known.FoldParameters[k]);
            for (int k = 0; k < known.FoldNetworks.Count; k++)
                content.AddNetwork($"{member}.fold{k}", known.FoldNetworks[k]);
        }
        return content;
    }

    /// <summary>Builds the surrogate again over the same candidates.</summary>
    /// <exception cref="InvalidDataException">Another version, missing arrays, unknown members, or another number of candidates.</exception>
    public FittedSurrogate Build(CandidateFeatures features)
    {
        Sketch sketch;
        try
        {
            sketch = JsonSerializer.Deserialize<Sketch>(Description) ?? throw new JsonException("it is empty");
        }
        catch (JsonException problem)
        {
            throw new InvalidDataException($"The description of the surrogate cannot be read: {problem.Message}", problem);
        }
        if (sketch.Version != Version)
            throw new InvalidDataException($"The surrogate was saved in layout {sketch.Version}; this program reads layout {Version}.");
        if (sketch.Candidates != features.Count)
            throw new InvalidDataException($"The surrogate belongs to {sketch.Candidates} candidates; {features.Count} are given.");
        double[] scale = Double("targetScale", 2);
        int[] trainedOn = Check(Integers, "trainedOn", -1);
        foreach (int candidate in trainedOn)
        {
            if (candidate < 0 || candidate >= features.Count)
                throw new InvalidDataException($"The surrogate was trained on candidate {candidate}; there are {features.Count}.");
        }
        var parts = new List<(FittedModel Model, double Weight)>();
        for (int p = 0; p < sketch.Parts.Length; p++)
        {
            MemberDefinition member = Member(sketch.Parts[p]);
            double[] weight = Double($"part{p}.weight", 2);
            MemberTerm[] terms = Terms(member, features);
            parts.Add((new FittedModel(member.Name, terms, Parameters($"part{p}.parameters", terms), weight[1], Network($"part{p}", member,
                features)), weight[0]));
        }
        var memory = new Dictionary<string, MemberMemory>();
        foreach (MemorySketch known in sketch.Memory)
        {
            MemberDefinition member = Member(known.Member);
            MemberTerm[] terms = Terms(member, features);
            memory[member.Name] = new MemberMemory(known.Parameters ? Parameters($"{member.Name}.parameters", terms) : null, known.GridCount,
                known.TriedCount, known.Gap,
                known.Network ? Network(member.Name, member, features) : null,
                [.. Enumerable.Range(0, known.FoldParameters).Select(k => Parameters($"{member.Name}.fold{k}.parameters", terms))],
                [.. Enumerable.Range(0, known.FoldNetworks).Select(k => Network($"{member.Name}.fold{k}", member, features)!)]);
        }
        return new FittedSurrogate(sketch.Member, features, trainedOn, Double("targets", trainedOn.Length), scale[0], scale[1], parts,
            sketch.Densities,
            sketch.Margin, new Calibration(sketch.Coverage, sketch.Error), sketch.Remarks, memory);
    }

    private static double[] Vector(HyperParameters parameters)
    {
        var vector = new double[parameters.Count];
        parameters.CopyTo(vector);
        return vector;
    }

    private static MemberDefinition Member(string name) => MemberDefinition.All.FirstOrDefault(member => member.Name == name)
        ?? throw new InvalidDataException($"The file names the surrogate '{name}', which this program does not have.");

    private static MemberTerm[] Terms(MemberDefinition member, CandidateFeatures features) =>
    [
        .. member.Kinds.Select(kind => new MemberTerm(kind, new CovarianceTerm(member.Covariance,
            member.Network?.Architecture.FeatureCount(features.Dimensions(kind)) ?? features.Dimensions(kind), member.Ard))),
    ];

    private void AddNetwork(string name, FittedNetwork? network)
    {
        if (network is null)
            return;
        Singles[name + ".weights"] = network.State.Weights;
        Singles[name + ".statistics"] = network.State.Statistics;
        Singles[name + ".bounds"] = network.Bounds;
        Doubles[name + ".raw"] = network.State.Raw;
    }

    private FittedNetwork? Network(string name, MemberDefinition member, CandidateFeatures features)
    {
        if (member.Network is not { } settings)
            return null;
        int d = features.Dimensions(member.Kinds[0]);
        return new FittedNetwork(settings, new DeepKernelState(Single(name + ".weights", settings.Architecture.WeightCount(d)),
            Single(name + ".statistics", settings.Architecture.StatisticCount), Double(name + ".raw", -1)), Single(name + ".bounds", -1));
    }

    private HyperParameters Parameters(string name, MemberTerm[] terms)
    {
        var result = new HyperParameters([.. terms.Select(term => term.Covariance)]);
        result.CopyFrom(Double(name, result.Count));
        return result;
    }

    private double[] Double(string name, int length) => Check(Doubles, name, length);

    private float[] Single(string name, int length) => Check(Singles, name, length);

    private static T[] Check<T>(Dictionary<string, T[]> arrays, string name, int length)
    {
        if (!arrays.TryGetValue(name, out T[]? values))
            throw new InvalidDataException($"The file of the surrogate lacks the array '{name}'.");
        return length < 0 || values.Length == length ? values
            : throw new InvalidDataException($"The array '{name}' has {values.Length} values; {length} are expected.");
    }
}
