using FastCore.Autonomy.Records;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Reporting.Tests;

/// <summary>Builds records of runs that never happened, with every feature that a report draws.</summary>
internal static class SyntheticRun
{
    public static readonly string[] Classes = ["interior", "boundary-emf", "junction", "asymmetric-boundary"];

    private static readonly string[] Members = ["gp-descriptors-matern52", "gp-patch-rbf", "gp-pca-matern52", "dkl-fc-64-64-2",
        "sum-descriptors-dkl", "ensemble-3"];

    public static RunReportContent Content(int steps = 60, int size = 128, bool truth = true, bool models = true, double rejectedShare = 0.1,
        string planName = "defaults")
    {
        var random = new Random(5);
        var frame = new ScanFrame(size, size, new Metres(5e-6 / size));
        BiasWaveform waveform = BiasWaveform.Triangle(new Volts(1.5), 251, new Seconds(1));
        StepRecord[] records = [.. Enumerable.Range(0, steps).Select(k => Step(k, random, size, waveform, truth, models, rejectedShare))];
        ModelRecord[] trained = models ? [.. Enumerable.Range(0, Math.Max(0, steps - 10)).Select(k => Model(k, random))] : [];
        return new RunReportContent
        {
            Summary = Summary(records, truth, models),
            Steps = records,
            Models = trained,
            Maps = models && steps > 10 ? [Map("predicted mean", size, 0), Map("predicted deviation", size, 1), Map("acquisition", size, 2)] : [],
            Overview = Film(frame),
            ClassNames = truth ? Classes : [],
            Budget = steps,
            Plan =
            [
                new("name", planName), new("seed", "1"), new("policy.name", "dual-novelty"), new("policy.spectralWeight", "0.7"),
                    new("policy.structuralWeight", "0.3"),
                new("policy.kappa", "1"), new("budget.measurements", steps.ToString()), new("sweep.peak", "1.5 V"), new("sweep.samples", "251"),
                    new("sweep.duration", "1 s"),
                new("film.size", "5 µm"), new("film.pixels", "256"), new("film.grain", "300 nm"), new("surrogate.member", "auto"),
                    new("executor", "host"),
            ],
        }.With(waveform);
    }

    public static ComparisonRecord Comparison(int seeds = 20)
    {
        var random = new Random(11);
        string[] policies = ["dual-novelty", "information-gain", "spectral-novelty", "max-uncertainty", "dual-novelty-published", "grid", "random"];
        double[] level = [1.75, 1.1, 1.6, 1.06, 1.12, 1.03, 1];
        var runs = new List<ComparisonEntry>();
        for (int seed = 1; seed <= seeds; seed++)
        {
            double film = 0.35 * (1 + (0.2 * Gauss(random)));
            for (int p = 0; p < policies.Length; p++)
            {
                RunSummary summary = Summary([], true, true) with
                {
                    Seed = seed,
                    Policy = policies[p],
                    Measured = 60,
                    Rejected = random.Next(2, 9),
                    Diversity = film * level[p] * (1 + (0.1 * Gauss(random))),
                    Coverage = Math.Min(1, 0.76 + (0.08 * level[p]) + (0.04 * Gauss(random))),
                    ClassCounts = Classes.Select((c, k) => (c, k)).ToDictionary(p => p.c, p => 30 - (7 * p.k)),
                    ClassEntropy = Math.Min(1, 0.45 + (0.28 * level[p]) + (0.05 * Gauss(random))),
                    ClassesFound = Classes.Where((_, k) => k < 3 || random.NextDouble() < 0.5 + (0.3 * level[p]))
                        .ToDictionary(c => c, c => 1 + random.Next((int)(34 / level[p]))),
                };
                runs.Add(new ComparisonEntry(policies[p], seed, summary));
            }
        }
        return new ComparisonRecord
        {
            Runs = runs,
            Policies = [],
            Reference = "random",
            Seeds = [.. Enumerable.Range(1, seeds).Select(s => (long)s)],
            ClassNames = Classes,
            Budget = 60,
            Sample = "simulated halide-perovskite film"
        };
    }

    public static RunSummary Summary(IReadOnlyList<StepRecord> steps, bool truth, bool models)
    {
        Dictionary<string, int> found = [];
        foreach (StepRecord step in steps.Where(s => s.TrueClass >= 0))
            found.TryAdd(Classes[step.TrueClass], step.Step + 1);
        return new RunSummary
        {
            Status = RunStatus.Done,
            Reason = "the budget of measurements is spent",
            Seed = 1,
            Policy = "dual-novelty",
            Instrument = "simulated film, seed 1",
            Measured = steps.Count,
            Rejected = steps.Count(s => !s.Accepted),
            ClassesFound = truth ? found : null,
            ClassCounts = truth ? found : null,
            ClassEntropy = truth ? 0.94 : null,
            Diversity = steps.Count > 1 ? 0.61 : null,
            Coverage = truth ? 0.88 : null,
            PredictionError = models ? 0.82 : null,
            NegativeLogPredictiveDensity = models ? 1.31 : null,
            Calibration = models ? [0.47, 0.86, 0.91] : null,
            Surrogate = models ? Members[0] : null,
            DecisionMilliseconds = new Percentiles(3.1, 8.9, 11.2),
            TrainingMilliseconds = models ? new Percentiles(85, 240, 310) : null,
            DeadTimeMilliseconds = 12.4,
            InstrumentSeconds = 143.2,
            Executor = "host, AVX-512, 2 threads",
        };
    }

    public static double Gauss(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static StepRecord Step(int k, Random random, int size, BiasWaveform waveform, bool truth, bool models, double rejectedShare)
    {
        int type = k switch { 2 => 1, 7 => 2, 12 => 3, _ => random.Next(4) };
        bool rejected = random.NextDouble() < rejectedShare;
        IvQuality quality = !rejected ? IvQuality.Good
            : (k % 3) switch { 0 => IvQuality.Open, 1 => IvQuality.Jump, _ => IvQuality.Noisy | IvQuality.Lost };
        bool seed = k < 10 || !models;
        var pixel = new PixelIndex(8 + random.Next(size - 16), 8 + random.Next(size - 16));
        var at = new StagePosition(new Metres(pixel.Column * 5e-6 / size), new Metres(pixel.Row * 5e-6 / size));
        return new StepRecord
        {
            Step = k,
            Candidate = (pixel.Row * size) + pixel.Column,
            Pixel = pixel,
            Commanded = at,
            ReadBack = at,
            IsSeed = seed,
            CurrentAmperes = Curve(type, waveform, random, quality),
            Quality = quality,
            SpectralNovelty = rejected ? double.NaN : (0.3 + (2.0 / (1 + (k * 0.05)))) * (0.6 + (0.8 * random.NextDouble())),
            StructuralNovelty = 0.1 + (0.5 / (1 + (k * 0.02)) * (0.6 + (0.8 * random.NextDouble()))),
            PredictedMean = seed ? double.NaN : Gauss(random) * 0.6,
            ObservedTarget = seed || rejected ? double.NaN : Gauss(random),
            PredictedDeviation = seed ? double.NaN : 0.5 + (0.5 * random.NextDouble()),
            Acquisition = seed ? double.NaN : 0.6 + (0.3 * random.NextDouble()),
            Model = seed ? -1 : k - 10,
            TrueClass = truth ? type : -1,
            DecisionMilliseconds = 2 + (6 * random.NextDouble()),
            DeadTimeMilliseconds = k % 17 == 0 ? 3.1 : 0,
            InstrumentSeconds = 2.4 * (k + 1),
        };
    }

    private static double[] Curve(int type, BiasWaveform waveform, Random random, IvQuality quality)
    {
        double[] onset = [0.30, 0.30, 0.45, 1.15], gain = [0.75, 0.55, 0.5, 0.5], loop = [0.1, 0.1, 0.35, 0.1], emf = [0, 0.06, 0.03, 0];
        double scale = Math.Exp(0.25 * Gauss(random));
        var current = new double[waveform.Count];
        for (int k = 0; k < current.Length; k++)
        {
            double v = waveform.BiasVolts[k];
            double branch = k <= waveform.Turnaround ? 1 : -1;
            double over = v - onset[type] - (loop[type] * 0.4 * branch);
            double s = 0.06 * Math.Log(1 + Math.Exp(over / 0.06));
            current[k] = (scale * gain[type] * Math.Pow(s, 1.35) * 1e-9) - (emf[type] * 1e-9) + (branch * 12e-12) + (1e-12 * Gauss(random));
            if (quality.HasFlag(IvQuality.Open))
                current[k] = 1.5e-12 * Gauss(random);
            else if (quality.HasFlag(IvQuality.Jump) && k is > 60 and < 200)
                current[k] += 0.8e-9;
            else if (quality.HasFlag(IvQuality.Lost) && k > waveform.Turnaround)
                current[k] = 1e-12 * Gauss(random);
        }
        return current;
    }

    private static ModelRecord Model(int k, Random random)
    {
        Dictionary<string, double> density = Members.Select((m, j) => (m, j)).ToDictionary(
            p => p.m, p => -1.55 + (0.25 * Math.Tanh(k / 20.0)) - (0.06 * p.j) + (0.05 * Gauss(random)) - (p.j == 3 && k < 12 ? 2.5 : 0));
        string[] order = [.. density.OrderByDescending(d => d.Value).Select(d => d.Key)];
        return new ModelRecord
        {
            Number = k,
            TrainedOn = k + 10,
            Member = order[0],
            LeaveOneOutDensity = density,
            Margin = density[order[0]] - density[order[1]],
            Coverage = [0.5 + (0.06 * Gauss(random)), Math.Min(1, 0.87 + (0.03 * Gauss(random))), Math.Min(1, 0.93 + (0.02 * Gauss(random)))],
            LeaveOneOutError = 0.95 - (0.2 * Math.Tanh(k / 20.0)) + (0.03 * Gauss(random)),
            HyperParameters = new Dictionary<string, double> { ["lengthscale"] = 1.42, ["outputScale"] = 0.87, ["noiseVariance"] = 0.113 },
            Hash = "9f1c22ab77d0e4f1",
            TrainingMilliseconds = 60 + (4 * k * random.NextDouble()),
            Remarks = k == 4 ? "jitter raised to 1e-4" : "",
        };
    }

    private static ScanImage Film(ScanFrame frame)
    {
        var random = new Random(3);
        (double Row, double Column, double Height)[] seeds = [.. Enumerable.Range(0, 220)
            .Select(_ => (random.NextDouble() * frame.Rows, random.NextDouble() * frame.Columns, 8e-9 * Gauss(random)))];
        var values = new float[frame.Rows * frame.Columns];
        for (int row = 0; row < frame.Rows; row++)
        {
            for (int column = 0; column < frame.Columns; column++)
            {
                double first = double.MaxValue, second = double.MaxValue, height = 0;
                foreach ((double r, double c, double h) in seeds)
                {
                    double d = Math.Sqrt(((r - row) * (r - row)) + ((c - column) * (c - column)));
                    if (d < first)
                        (second, first, height) = (first, d, h);
                    else if (d < second)
                        second = d;
                }
                values[(row * frame.Columns) + column] = (float)(1.2e-6 + height - (18e-9 * Math.Exp(-(second - first))));
            }
        }
        return new ScanImage("Height", "m", frame, values);
    }

    private static CandidateMap Map(string name, int size, int kind)
    {
        int rows = (size - 15) / 2;
        var values = new float[rows * rows];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < rows; column++)
            {
                double v = Math.Sin(row / 9.0) * Math.Cos((column / 7.0) + kind);
                values[(row * rows) + column] = (row + (3 * column)) % 97 == 0 ? float.NaN : (float)(kind == 1 ? 0.6 + (0.3 * v) : v);
            }
        }
        return new CandidateMap(name, "", 8, 8, 2, rows, rows, values);
    }
}
