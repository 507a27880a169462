using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using FastCore.Autonomy.Candidates;
using FastCore.Autonomy.Learned;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Policies;
using FastCore.Compute.Execution;
using FastCore.Learning.CurvePrediction;
using FastCore.Learning.Surrogates;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Benchmarks.Autonomy;

/// <summary>
/// Deciding the next point over the 58,081 candidates of a 256 x 256 film with a frozen model: the newest curve joins both novelties and the posterior,
/// every target is renewed, all candidates are scored, the best is found. Memory limit: one pass over 210 x 58,081 floats.
/// </summary>
[MemoryDiagnoser]
[SimpleJob(RunStrategy.Monitoring, launchCount: 1, warmupCount: 3, iterationCount: 30, invocationCount: 1)]
public class DecisionBenchmarks
{
    private const int Points = 210;
    private readonly ExecutionBackend backend = ExecutionBackends.Open("host");
    private readonly ExperimentPlan plan = ExperimentPlan.ForPolicy("dual-novelty");
    private double mean;
    private double deviation;
    private CandidateSet candidates = null!;
    private int[] places = null!;
    private double[][] curves = null!;
    private TrainedSurrogate surrogate = null!;
    private CandidatePosterior posterior = null!;
    private SpectralMemory spectra = null!;
    private StructuralMemory structure = null!;
    private Policy policy = null!;
    private double[] targets = null!;
    private float[] acquisition = null!;
    private bool[] allowed = null!;

    /// <summary>What predicts: curves (the default of the policy) or the novelty itself.</summary>
    [Params("gp-curve-rbf", "gp-descriptors-rbf")]
    public string Member { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        Film film = Film.Create(new FilmOptions(), 1);
        BiasWaveform waveform = BiasWaveform.Triangle(new Volts(1.5), 251, new Seconds(1));
        candidates = CandidateSet.Create(film.AcquireOverview(new ScanOptions(), 1), plan);
        var truth = new FilmIv(film, 0.2, waveform);
        var random = new Random(7);
        places = [.. Enumerable.Range(0, candidates.Count).OrderBy(_ => random.Next()).Take(Points)];
        curves = new double[Points][];
        for (int i = 0; i < Points; i++)
            truth.CurveAt(candidates.Geometry.PixelOf(places[i]), curves[i] = new double[251]);
        policy = PolicyRegistry.Get("dual-novelty");
        targets = new double[Points];
        acquisition = new float[candidates.Count];
        allowed = new bool[candidates.Count];
        Array.Fill(allowed, true);
        Fill(Points - 1);
        Renew(Points - 1);
        if (CurveTrainer.MemberNames.Contains(Member))
        {
            double[] known = [.. Enumerable.Range(0, Points - 1).SelectMany(i => spectra.Feature(i).ToArray())];
            surrogate = new CurveTrainer(backend, candidates.Inputs, new CurveOptions { Member = Member }).Train(places.AsSpan(0, Points - 1), known,
                CancellationToken.None);
            return;
        }
        using var trainer = new SurrogateTrainer(backend, candidates.Inputs, new SurrogateOptions { Member = Member });
        surrogate = trainer.Train(places.AsSpan(0, Points - 1), targets.AsSpan(0, Points - 1), null, CancellationToken.None);
    }

    [IterationSetup]
    public void BeforeTheNewestCurve()
    {
        posterior?.Dispose();
        Fill(Points - 1);
        posterior = surrogate.OverCandidates(backend, Points);
        Renew(Points - 1);
        posterior.Retarget(targets.AsSpan(0, Points - 1));
        posterior.Standardise(mean, deviation);
    }

    [Benchmark]
    public int Decide()
    {
        spectra.Add(curves[Points - 1]);
        structure.Add(places[Points - 1]);
        Renew(Points);
        posterior.Append(places[Points - 1], targets, spectra.Feature(Points - 1));
        posterior.Standardise(mean, deviation);
        policy.Score(
            new PolicyView
            {
                Plan = plan,
                Step = Points,
                Geometry = candidates.Geometry,
                Allowed = allowed,
                AllowedCount = allowed.Length,
                Spectral = posterior,
                StructuralNovelty = structure.OverCandidates,
            },
            acquisition);
        return System.Numerics.Tensors.TensorPrimitives.IndexOfMax<float>(acquisition);
    }

    private void Fill(int count)
    {
        spectra = new SpectralMemory(plan.Spectral, 251, Points);
        structure = new StructuralMemory(candidates.Inputs, plan.Structural, Points);
        for (int i = 0; i < count; i++)
        {
            spectra.Add(curves[i]);
            structure.Add(places[i]);
        }
    }

    private void Renew(int count)
    {
        spectra.Scores(targets);
        (mean, deviation) = LearnedTarget.Moments(targets.AsSpan(0, count));
        for (int i = 0; i < count; i++)
            targets[i] = (targets[i] - mean) / Math.Max(deviation, LearnedTarget.SmallestDeviation);
    }
}
