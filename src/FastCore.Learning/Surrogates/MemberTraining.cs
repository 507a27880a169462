using FastCore.Compute.Execution;
using FastCore.Learning.DeepKernel;
using FastCore.Learning.GaussianProcess;

namespace FastCore.Learning.Surrogates;

/// <summary>
/// Trains one member and judges it. A plain process with a handful of hyper-parameters is judged by the closed leave-one-out form, less one
/// nat per further hyper-parameter and n points (Akaike's correction; the common four, lengthscale, output scale, noise and mean, cancel in
/// comparisons). Where a target could speak through many trained values (network weights, a lengthscale for each input), the closed form
/// would be optimistic: there the points of fold k are predicted with values trained without fold k, while the process is conditioned on
/// all other points, so no trained value has seen the target that it predicts.
/// </summary>
internal sealed class MemberTraining(ExecutionBackend backend, SurrogateOptions options, TrainingPoints points, CancellationToken cancellationToken)
{
    private const int MaxIterations = 30;
    private const int WarmIterations = 8;
    private const int LargestFoldedNetwork = 60_000;
    private readonly Dictionary<InputKind, double[]> columns = [];

    /// <summary>Fits of this training so far, for members that start from others.</summary>
    private readonly Dictionary<string, HyperParameters> fitted = [];

    public MemberResult Train(MemberDefinition member, MemberMemory? memory) =>
        member.Network is null ? TrainPlain(member, memory) : TrainDeep(member, member.Network, memory);

    /// <summary>Log densities and verdict of predictions.</summary>
    public MemberVerdict Judge(LeaveOneOut predictions, double penalty)
    {
        var densities = new double[points.Count];
        for (int i = 0; i < densities.Length; i++)
            densities[i] = predictions.LogDensity(i, points.Standardised[i]);
        return new MemberVerdict(predictions, densities, penalty);
    }

    private double[] Columns(InputKind kind)
    {
        if (!columns.TryGetValue(kind, out double[]? values))
            columns[kind] = values = points.Features.Columns(kind, points.Candidates);
        return values;
    }

    private MemberResult TrainPlain(MemberDefinition member, MemberMemory? memory)
    {
        int n = points.Count;
        MemberTerm[] terms = [.. member.Kinds.Select(kind => new MemberTerm(kind, Term(member, kind, [.. Enumerable.Range(0, n)])))];
        using GaussianProcess<double> process = Process(terms, [.. Enumerable.Range(0, n)]);
        bool warm = memory?.Parameters is not null && n < 2 * memory.GridCount;
        HyperParameters start = warm ? memory!.Parameters! : ColdStart(member, process);
        (HyperParameters parameters, double loss) = GaussianProcessFit.Improve(process, start, warm ? WarmIterations : MaxIterations,
            cancellationToken);
        string remarks = "";
        if (!double.IsFinite(loss))
        {
            parameters = Fallback(process);
            remarks = $"{member.Name}: no hyper-parameters could be fitted, broad defaults are used";
            if (!process.TryEvaluate(parameters, [], out _))
            {
                throw new InvalidOperationException(
                    $"{member.Name}: the covariance of the {n} points is not positive definite even with jitter; remove duplicate points.");
            }
        }
        if (process.Jitter > 0)
            remarks = $"{member.Name}: jitter {process.Jitter:g2} was needed";
        fitted[member.Name] = parameters;
        double jitter = process.Jitter;
        LeaveOneOut predictions = process.LeaveOneOut();
        var folds = new List<HyperParameters>();
        double penalty = Math.Max(0, parameters.Count - 4) / (double)n;
        if (member.Ard && n >= 2 * TrainingPoints.Folds)
        {
            penalty = 0;
            for (int fold = 0; fold < TrainingPoints.Folds; fold++)
            {
                HyperParameters blind = FitWithout(member, fold, warm && memory!.FoldParameters.Count > fold ? memory.FoldParameters[fold] : null);
                folds.Add(blind);
                if (process.TryEvaluate(blind, [], out _))
                    TakeFold(process.LeaveOneOut(), fold, predictions);
            }
        }
        double scale = Rescale(predictions);
        var model = new FittedModel(member.Name, terms, Scaled(parameters, scale), scale * jitter, null);
        return new MemberResult(model, Judge(predictions, penalty), new MemberMemory(parameters, warm ? memory!.GridCount : n, n, 0, null, folds,
            []), remarks);
    }

    private HyperParameters ColdStart(MemberDefinition member, GaussianProcess<double> process)
    {
        if (member.Kinds.Count > 1)
        {
            var start = new HyperParameters(process.Terms);
            start.NoiseVariance = double.PositiveInfinity;
            for (int t = 0; t < member.Kinds.Count; t++)
            {
                HyperParameters single = Single(member.Kinds[t], member.Covariance);
                start.Lengthscales[t][0] = single.Lengthscales[0][0];
                start.OutputScales[t] = Math.Max(single.OutputScales[0] / member.Kinds.Count, 1e-3);
                start.NoiseVariance = Math.Min(start.NoiseVariance, single.NoiseVariance);
            }
            return start;
        }
        return member.Ard ? Spread(Single(member.Kinds[0], member.Covariance), process.Terms) : GaussianProcessFit.GridStart(process);
    }

    // The fit with one lengthscale on one kind of input, made if it has not been made yet.
    private HyperParameters Single(InputKind kind, CovarianceFunction covariance)
    {
        MemberDefinition? single = MemberDefinition.All.FirstOrDefault(
            m => m.Network is null && !m.Ard && m.Kinds.Count == 1 && m.Kinds[0] == kind && m.Covariance == covariance);
        if (single is not null && fitted.TryGetValue(single.Name, out HyperParameters? known))
            return known;
        int[] all = [.. Enumerable.Range(0, points.Count)];
        var definition = new MemberDefinition("start", [kind], covariance, false, null, 1);
        MemberTerm[] terms = [new MemberTerm(kind, Term(definition, kind, all))];
        using GaussianProcess<double> process = Process(terms, all);
        return GaussianProcessFit.Improve(process, GaussianProcessFit.GridStart(process), 10, cancellationToken).Parameters;
    }

    private HyperParameters FitWithout(MemberDefinition member, int fold, HyperParameters? warm)
    {
        int[] rows = points.Outside(fold);
        if (warm is null)
        {
            var definition = new MemberDefinition("start", member.Kinds, member.Covariance, false, null, 1);
            MemberTerm[] single = [new MemberTerm(member.Kinds[0], Term(definition, member.Kinds[0], rows))];
            using GaussianProcess<double> isotropic = Process(single, rows);
            HyperParameters start = GaussianProcessFit.Improve(isotropic, GaussianProcessFit.GridStart(isotropic), 5, cancellationToken).Parameters;
            warm = Spread(start, [Term(member, member.Kinds[0], rows)]);
        }
        MemberTerm[] terms = [new MemberTerm(member.Kinds[0], Term(member, member.Kinds[0], rows))];
        using GaussianProcess<double> process = Process(terms, rows);
        return GaussianProcessFit.Improve(process, warm, WarmIterations, cancellationToken).Parameters;
    }

    private static HyperParameters Spread(HyperParameters single, IReadOnlyList<CovarianceTerm> terms)
    {
        var result = new HyperParameters(terms) { NoiseVariance = single.NoiseVariance, Mean = single.Mean };
        Array.Fill(result.Lengthscales[0], single.Lengthscales[0][0]);
        result.OutputScales[0] = single.OutputScales[0];
        return result;
    }

    private static HyperParameters Fallback(GaussianProcess<double> process)
    {
        var result = new HyperParameters(process.Terms) { NoiseVariance = 0.5 };
        for (int t = 0; t < process.Terms.Count; t++)
        {
            Array.Fill(result.Lengthscales[t], Math.Sqrt(process.MedianSquaredDistance(t)));
            result.OutputScales[t] = 1.0 / process.Terms.Count;
        }
        return result;
    }

    private void TakeFold(LeaveOneOut source, int fold, LeaveOneOut destination)
    {
        for (int i = fold; i < points.Count; i += TrainingPoints.Folds)
        {
            destination.Mean[i] = source.Mean[i];
            destination.Variance[i] = source.Variance[i];
        }
    }

    // Weakly informative: a lengthscale within a factor of e of the median distance (many of them: of sqrt e, or they fit noise), an output
    // scale of the order of the targets' variance.
    private CovarianceTerm Term(MemberDefinition member, InputKind kind, int[] rows)
    {
        double[] chosen = Subset(Columns(kind), points.Features.Dimensions(kind), rows);
        return new CovarianceTerm(member.Covariance, points.Features.Dimensions(kind), member.Ard)
        {
            LengthscalePrior = new LogNormalPrior(0.5 * Math.Log(MedianSquaredDistance(chosen, rows.Length)), member.Ard ? 0.5 : 1),
            OutputScalePrior = new LogNormalPrior(0, 1),
        };
    }

    private GaussianProcess<double> Process(MemberTerm[] terms, int[] rows)
    {
        var process = new GaussianProcess<double>(backend, rows.Length, [.. terms.Select(term => term.Covariance)])
        {
            NoisePrior = new LogNormalPrior(-1.5, 1.5),
            MeanPriorDeviation = 0.5,
        };
        for (int t = 0; t < terms.Length; t++)
            process.SetInputs(t, Subset(Columns(terms[t].Kind), terms[t].Covariance.Dimensions, rows));
        process.SetTargets([.. rows.Select(i => points.Standardised[i])]);
        return process;
    }

    private double[] Subset(double[] all, int d, int[] rows)
    {
        if (rows.Length == points.Count)
            return all;
        var result = new double[d * rows.Length];
        for (int k = 0; k < d; k++)
        {
            for (int i = 0; i < rows.Length; i++)
                result[(k * rows.Length) + i] = all[(k * points.Count) + rows[i]];
        }
        return result;
    }

    // A sample of pairs is enough for a prior's location.
    private static double MedianSquaredDistance(double[] values, int n)
    {
        int d = values.Length / n;
        int stride = Math.Max(1, n / 40);
        var distances = new List<double>();
        for (int i = 0; i < n; i += stride)
        {
            for (int j = 0; j < i; j += stride)
            {
                double sum = 0;
                for (int k = 0; k < d; k++)
                {
                    double difference = values[(k * n) + i] - values[(k * n) + j];
                    sum += difference * difference;
                }
                if (sum > 0)
                    distances.Add(sum);
            }
        }
        if (distances.Count == 0)
            return Math.Max(d, 1);
        distances.Sort();
        return distances[distances.Count / 2];
    }

    private MemberResult TrainDeep(MemberDefinition member, DeepKernelSettings settings, MemberMemory? memory)
    {
        int n = points.Count;
        InputKind kind = member.Kinds[0];
        int d = points.Features.Dimensions(kind);
        float[] rows = points.Features.Rows(kind, points.Candidates);
        bool warm = memory?.Network is { } network && network.State.Weights.Length == settings.Architecture.WeightCount(d)
            && n < 2 * memory.GridCount;
        int epochs = warm ? options.WarmEpochs : options.ColdEpochs;
        using var model = new DeepKernelModel<float>(backend, settings, d, n);
        bool folded = settings.Architecture.WeightCount(d) <= LargestFoldedNetwork && n >= 2 * TrainingPoints.Folds;
        LeaveOneOut? blind = null;
        List<FittedNetwork> folds = [];
        if (folded)
            (blind, folds, epochs) = TrainFolds(model, settings, rows, d, warm ? memory : null, epochs);
        model.Load(warm ? memory!.Network!.State : Fresh(settings, d, model.Raw.Length));
        model.SetPoints(rows, points.Standardised);
        model.Train(epochs, options.Seed, cancellationToken);
        (HyperParameters Parameters, double[] Features)? finished = model.Finish(true, out float[] bounds);
        if (finished is null)
            throw new InvalidOperationException($"{member.Name}: training left no usable state; choose a plain Gaussian process.");
        var fittedNetwork = new FittedNetwork(settings, model.Save(), bounds);
        string remarks = model.Remarks.Length > 0 ? $"{member.Name}: {model.Remarks}" : "";
        if (blind is null)
            remarks = $"{member.Name}: its leave-one-out figures are optimistic, because the weights have seen every target";
        MemberTerm[] terms = [new MemberTerm(kind, model.Terms[0])];
        LeaveOneOut predictions = blind ?? model.LeaveOneOut();
        // Networks that are trained as the literature does keep the variances that the literature gets.
        double scale = blind is not null && settings.Patience > 0 ? Rescale(predictions) : 1;
        var fittedModel = new FittedModel(member.Name, terms, Scaled(finished.Value.Parameters, scale), 0, fittedNetwork);
        return new MemberResult(fittedModel, Judge(predictions, 0),
            new MemberMemory(null, warm ? memory!.GridCount : n, n, 0, fittedNetwork, [], folds), remarks);
    }

    // Cross-validated scale (Bachoc 2013): marginal likelihood takes the hyper-parameters for known and is overconfident for few points. All
    // variances are multiplied by the mean squared leave-one-out residual, drawn towards 1 as if by a few residuals of 1; means do not move.
    private static double Rescale(LeaveOneOut predictions, double[] targets)
    {
        const double PriorResiduals = 4;
        double sum = PriorResiduals;
        for (int i = 0; i < targets.Length; i++)
        {
            double error = targets[i] - predictions.Mean[i];
            sum += error * error / predictions.Variance[i];
        }
        double scale = Math.Clamp(sum / (targets.Length + PriorResiduals), 1, 100);
        for (int i = 0; i < targets.Length; i++)
            predictions.Variance[i] *= scale;
        return scale;
    }

    private double Rescale(LeaveOneOut predictions) => Rescale(predictions, points.Standardised);

    private static HyperParameters Scaled(HyperParameters parameters, double scale)
    {
        HyperParameters result = parameters.Clone();
        for (int t = 0; t < result.OutputScales.Length; t++)
            result.OutputScales[t] *= scale;
        result.NoiseVariance *= scale;
        return result;
    }

    // Trains one network without each fold, side by side, and watches the density of the points that they have not seen. Returns predictions
    // and states at the best check, and the number of cycles until then, for the network that sees all points.
    private (LeaveOneOut? Blind, List<FittedNetwork> Folds, int Epochs) TrainFolds(
        DeepKernelModel<float> all, DeepKernelSettings settings, float[] rows, int d, MemberMemory? memory, int epochs)
    {
        const int Cycle = 10;
        var models = new List<DeepKernelModel<float>>();
        try
        {
            for (int fold = 0; fold < TrainingPoints.Folds; fold++)
            {
                int[] outside = points.Outside(fold);
                var inputs = new float[outside.Length * d];
                for (int i = 0; i < outside.Length; i++)
                    rows.AsSpan(outside[i] * d, d).CopyTo(inputs.AsSpan(i * d, d));
                var model = new DeepKernelModel<float>(backend, settings, d, outside.Length);
                models.Add(model);
                model.Load(memory?.FoldNetworks.ElementAtOrDefault(fold)?.State ?? Fresh(settings, d, model.Raw.Length));
                model.SetPoints(inputs, [.. outside.Select(i => points.Standardised[i])]);
            }
            all.SetPoints(rows, points.Standardised);
            LeaveOneOut? best = null;
            List<FittedNetwork> states = [];
            double bestDensity = double.NegativeInfinity;
            int bestEpochs = epochs;
            int waiting = 0;
            int done = 0;
            while (true)
            {
                if (settings.Patience > 0 || done == epochs)
                {
                    LeaveOneOut? now = Blind(all, [.. models.Select(model => model.Save())], false);
                    double density = now?.MeanLogDensity(points.Standardised) ?? double.NaN;
                    if (density > bestDensity)
                    {
                        waiting = density > bestDensity + 1e-3 ? 0 : waiting + 1;
                        (best, bestDensity, bestEpochs) = (now, density, done);
                        states = [.. models.Select(model => new FittedNetwork(settings, model.Save(), []))];
                    }
                    else
                    {
                        waiting++;
                    }
                    if (waiting >= settings.Patience || done == epochs)
                        break;
                }
                int cycles = settings.Patience > 0 ? Math.Min(Cycle, epochs - done) : epochs;
                for (int fold = 0; fold < models.Count; fold++)
                    models[fold].Train(cycles, options.Seed + fold + 1, cancellationToken);
                done += cycles;
            }
            LeaveOneOut? polished = settings.PolishIterations > 0 && best is not null ? Blind(all, [.. states.Select(network => network.State)],
                true) : null;
            return (polished ?? best, states, bestEpochs);
        }
        finally
        {
            foreach (DeepKernelModel<float> model in models)
                model.Dispose();
        }
    }

    // The blind weights embed all points; conditioning each point on all others is then the closed form's.
    private LeaveOneOut? Blind(DeepKernelModel<float> all, DeepKernelState[] states, bool polish)
    {
        var result = new LeaveOneOut(new double[points.Count], new double[points.Count]);
        for (int fold = 0; fold < states.Length; fold++)
        {
            all.Load(states[fold]);
            if (all.Finish(polish, out _) is null)
                return null;
            TakeFold(all.LeaveOneOut(), fold, result);
        }
        return result;
    }

    private DeepKernelState Fresh(DeepKernelSettings settings, int d, int hyperParameters) =>
        new(settings.Architecture.InitialWeights(d, options.Seed), settings.Architecture.InitialStatistics(),
            settings.Patience > 0 ? InitialRaw(hyperParameters) : new double[hyperParameters]);

    // Lengthscales and output scale 1, noise 0.2: nearer to what standardised targets need than softplus(0).
    private static double[] InitialRaw(int count)
    {
        var raw = new double[count];
        Array.Fill(raw, HyperParameters.InverseSoftplus(1));
        raw[^2] = HyperParameters.InverseSoftplus(0.2);
        raw[^1] = 0;
        return raw;
    }
}
