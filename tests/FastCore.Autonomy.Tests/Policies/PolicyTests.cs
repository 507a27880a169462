using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Policies;
using FastCore.Autonomy.Records;
using FastCore.Learning.Surrogates;

namespace FastCore.Autonomy.Tests.Policies;

public class PolicyTests
{
    private const int Count = 40;
    private static readonly bool[] Allowed = [.. Enumerable.Range(0, Count).Select(c => c % 7 != 0)];

    private sealed class Given(float[] mean, float[] variance, double noise = 0.1) : CandidatePosterior
    {
        public override int PointCount => 0;

        public override ReadOnlySpan<float> Mean => mean;

        public override ReadOnlySpan<float> Variance => variance;

        public override double NoiseVariance => noise;

        public override void Append(int candidate, ReadOnlySpan<double> targets) => throw new NotSupportedException();

        public override void Retarget(ReadOnlySpan<double> targets) => throw new NotSupportedException();

        public override void Draw(long seed, Span<float> values) => values.Fill(seed % 1000);
    }

    private static float[] Draw(string name, bool positive = false)
    {
        var random = RandomStream.Named(8, name);
        return [.. Enumerable.Range(0, Count).Select(_ => (float)(positive ? 0.05 + random.NextDouble() : random.NextNormal()))];
    }

    private static readonly float[] Mean = Draw("mean");
    private static readonly float[] Variance = Draw("variance", true);
    private static readonly float[] Structure = Draw("structure", true);

    private static float[] Score(string policy, ExperimentPlan plan, CandidatePosterior? structural = null, int step = 20)
    {
        var result = new float[Count];
        PolicyRegistry.Get(policy).Score(View(plan, structural, step), result);
        return result;
    }

    private static double[] MinMax(double[] values)
    {
        double[] allowed = [.. values.Where((_, i) => Allowed[i])];
        return [.. values.Select(v => (v - allowed.Min()) / (allowed.Max() - allowed.Min()))];
    }

    private static PolicyView View(ExperimentPlan plan, CandidatePosterior? structural, int step, CandidatePosterior? constraint = null,
        (double, double) bounds = default) => new()
        {
            Plan = plan,
            Step = step,
            Geometry = new CandidateGeometry(4, 4, 1, 5, 8, 8),
            Allowed = Allowed,
            AllowedCount = Allowed.Count(a => a),
            Spectral = new Given(Mean, Variance),
            Structural = structural,
            Constraint = constraint,
            ConstraintBounds = bounds,
            StructuralNovelty = Structure,
            BestTarget = 1.5,
        };

    [Theory]
    [InlineData(PartNormalisation.MinMax, false)]
    [InlineData(PartNormalisation.Rank, false)]
    [InlineData(PartNormalisation.MinMax, true)]
    public void Dual_novelty_is_the_weighted_sum_of_normalised_parts(PartNormalisation normalisation, bool model)
    {
        var plan = new ExperimentPlan
        {
            Acquisition = new AcquisitionPlan
            {
                SpectralWeight = 0.6,
                StructuralWeight = 0.9,
                Kappa = 1.7,
                Normalisation = normalisation
            }
        };
        float[] score = Score("dual-novelty", plan, model ? new Given(Structure, Variance) : null);
        double[] spectral = [.. Mean.Zip(Variance, (m, v) => m + (1.7 * Math.Sqrt(v)))];
        double[] structural = model ? [.. Structure.Zip(Variance, (m, v) => m + (1.7 * Math.Sqrt(v)))] : [.. Structure.Select(s => (double)s)];
        for (int c = 0; c < Count; c++)
        {
            if (Allowed[c])
                Assert.Equal((0.6 * Normalised(spectral, c)) + (0.9 * Normalised(structural, c)), score[c], 1e-5);
        }

        double Normalised(double[] values, int c)
        {
            double[] allowed = [.. values.Where((_, i) => Allowed[i])];
            return normalisation == PartNormalisation.Rank ? (double)allowed.Count(v => v < values[c]) / (allowed.Length - 1)
                : (values[c] - allowed.Min()) / (allowed.Max() - allowed.Min());
        }
    }

    [Fact]
    public void Equal_values_normalise_to_zero_and_ties_share_their_rank()
    {
        var values = Enumerable.Repeat(3f, Count).ToArray();
        Scoring.Normalise(PartNormalisation.MinMax, Allowed, values);
        Assert.All(values, value => Assert.Equal(0, value));
        values = Enumerable.Repeat(3f, Count).ToArray();
        Scoring.Normalise(PartNormalisation.Rank, Allowed, values);
        Assert.All(values, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Single_part_policies_score_their_part()
    {
        var plan = new ExperimentPlan { Acquisition = new AcquisitionPlan { Kappa = 2 } };
        for (int c = 0; c < Count; c++)
        {
            Assert.Equal(Mean[c] + (2 * MathF.Sqrt(Variance[c])), Score("spectral-novelty", plan)[c], 1e-5f);
            Assert.Equal(Structure[c], Score("structural-novelty", plan)[c]);
            Assert.Equal(MathF.Sqrt(Variance[c]), Score("max-uncertainty", plan)[c]);
        }
    }

    [Fact]
    public void Information_gain_is_the_mutual_information_and_ranks_one_model_like_its_variance()
    {
        float[] one = Score("information-gain", new ExperimentPlan());
        Assert.Equal(Enumerable.Range(0, Count).OrderBy(c => Variance[c]), Enumerable.Range(0, Count).OrderBy(c => one[c]));
        float[] two = Score("information-gain", new ExperimentPlan(), new Given(Mean, Structure, 0.3));
        for (int c = 0; c < Count; c++)
            Assert.Equal((0.5 * Math.Log(1 + (Variance[c] / 0.1))) + (0.5 * Math.Log(1 + (Structure[c] / 0.3))), two[c], 1e-5);
    }

    [Theory]
    [InlineData("dual-novelty", false)]
    [InlineData("dual-novelty", true)]
    [InlineData("dual-novelty-published", false)]
    public void A_product_multiplies_the_normalised_parts(string policy, bool model)
    {
        var settings = new AcquisitionPlan { Combination = PartCombination.Product, Kappa = 1.7, SpectralWeight = 9 };
        var plan = new ExperimentPlan { Acquisition = settings };
        float[] score = Score(policy, plan, model ? new Given(Structure, Variance) : null);
        double[] spectral = MinMax([.. Mean.Zip(Variance, (m, v) => m + (1.7 * Math.Sqrt(v)))]);
        double[] structural = MinMax([.. Structure.Zip(Variance, (s, v) => model ? s + (1.7 * Math.Sqrt(v)) : s)]);
        for (int c = 0; c < Count; c++)
        {
            if (Allowed[c])
                Assert.Equal(spectral[c] * structural[c], score[c], 1e-5);
        }
    }

    [Fact]
    public void Pareto_is_the_area_that_only_the_candidate_dominates_above_the_fifth_percentiles()
    {
        var plan = new ExperimentPlan { Acquisition = new AcquisitionPlan { Combination = PartCombination.Pareto, Kappa = 1.7 } };
        float[] score = Score("dual-novelty", plan);
        double[] x = MinMax([.. Mean.Zip(Variance, (m, v) => m + (1.7 * Math.Sqrt(v)))]), y = MinMax([.. Structure.Select(s => (double)s)]);
        int[] allowed = [.. Enumerable.Range(0, Count).Where(c => Allowed[c])];
        // 34 allowed candidates: 5 % of them is reached by the second smallest.
        double rx = allowed.Select(c => x[c]).Order().ElementAt(1), ry = allowed.Select(c => y[c]).Order().ElementAt(1);
        int[] front = [.. allowed.Where(c => !allowed.Any(other => other != c && x[other] >= x[c] && y[other] >= y[c]))];
        foreach (int c in allowed)
            Assert.Equal(front.Contains(c) ? Area(front) - Area([.. front.Where(other => other != c)]) : 0, score[c], 1e-5);
        Assert.All(Enumerable.Range(0, Count).Where(c => !Allowed[c]), c => Assert.Equal(0, score[c]));
        Assert.True(score.Count(s => s > 0) >= 3);

        // Area of a union of rectangles from the reference, strip by strip between neighbouring abscissae.
        double Area(int[] points)
        {
            double[] edges = [rx, .. points.Select(c => x[c]).Where(v => v > rx).Order()];
            double area = 0;
            for (int k = 1; k < edges.Length; k++)
            {
                double middle = (edges[k] + edges[k - 1]) / 2;
                area += (edges[k] - edges[k - 1]) * points.Where(c => x[c] > middle).Select(c => Math.Max(0, y[c] - ry)).DefaultIfEmpty(0).Max();
            }
            return area;
        }
    }

    public static TheoryData<ImprovementScore, double?, double?> Improvements => new()
    {
        { ImprovementScore.Ei, null, null },
        { ImprovementScore.Ei, -0.3, null },
        { ImprovementScore.Ei, null, 0.4 },
        { ImprovementScore.Ei, -0.3, 0.4 },
        { ImprovementScore.LogEi, null, null },
        { ImprovementScore.LogEi, -0.3, null },
        { ImprovementScore.LogEi, -0.3, 0.4 },
        { ImprovementScore.Probability, null, null },
        { ImprovementScore.Probability, null, 0.4 },
        { ImprovementScore.Ucb, null, null },
    };

    [Theory]
    [MemberData(nameof(Improvements))]
    public void An_improvement_and_its_constraint_are_those_of_quadrature(ImprovementScore improvement, double? minimum, double? maximum)
    {
        var plan = new ExperimentPlan { Acquisition = new AcquisitionPlan { ImprovementMargin = 0.2, Improvement = improvement, Kappa = 1.7 } };
        bool constrained = minimum is not null || maximum is not null;
        var result = new float[Count];
        Given? constraint = constrained ? new Given(Structure, Mean.Select(m => m * m).ToArray()) : null;
        PolicyRegistry.Get("expected-improvement").Score(View(plan, null, 20, constraint,
            (minimum ?? double.NegativeInfinity, maximum ?? double.PositiveInfinity)), result);
        const int Steps = 40_000;
        for (int c = 0; c < Count; c++)
        {
            double deviation = Math.Sqrt(Variance[c]), expected = 0, probability = 0, holds = 0;
            for (int k = 0; k < Steps; k++)
            {
                double z = -10 + (20 * (k + 0.5) / Steps), weight = Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI) * 20 / Steps;
                double better = Mean[c] + (deviation * z) - 1.5 - 0.2, g = Structure[c] + (Math.Abs(Mean[c]) * z);
                expected += Math.Max(0, better) * weight;
                probability += better > 0 ? weight : 0;
                holds += g >= (minimum ?? -99) && g <= (maximum ?? 99) ? weight : 0;
            }
            double score = (improvement switch
            {
                ImprovementScore.Ei => expected,
                ImprovementScore.LogEi => Math.Log(expected) + (constrained ? Math.Log(holds) : 0),
                ImprovementScore.Probability => probability,
                _ => Mean[c] + (1.7 * deviation),
            }) * (constrained && improvement != ImprovementScore.LogEi ? holds : 1);
            if (improvement != ImprovementScore.LogEi || expected * holds > 1e-12)
                Assert.Equal(score, result[c], improvement == ImprovementScore.LogEi ? 2e-3 : 3e-4);
        }
    }

    [Fact]
    public void Thompson_scores_one_draw_that_follows_from_seed_and_step()
    {
        float[] first = Score("thompson", new ExperimentPlan { Seed = 7 });
        Assert.Equal(first, Score("thompson", new ExperimentPlan { Seed = 7 }));
        Assert.NotEqual(first, Score("thompson", new ExperimentPlan { Seed = 8 }));
        Assert.NotEqual(first, Score("thompson", new ExperimentPlan { Seed = 7 }, null, 21));
    }

    [Fact]
    public void Random_is_uniform_over_what_is_allowed()
    {
        var hits = new int[Count];
        for (int step = 0; step < 3400; step++)
        {
            float[] score = Score("random", new ExperimentPlan(), null, step);
            hits[Array.IndexOf(score, 1f)]++;
            Assert.Equal(1, score.Sum());
        }
        // 34 allowed places, 100 expected each: chi-squared with 33 degrees of freedom stays below 63.9 with probability 0.999.
        Assert.All(Enumerable.Range(0, Count).Where(c => !Allowed[c]), c => Assert.Equal(0, hits[c]));
        Assert.True(Enumerable.Range(0, Count).Where(c => Allowed[c]).Sum(c => Math.Pow(hits[c] - 100, 2) / 100) < 63.9);
    }

    [Fact]
    public void Scoring_allocates_nothing()
    {
        var result = new float[Count];
        var constraint = new Given(Structure, Variance);
        // Thompson sampling alone draws a function and says so.
        foreach (string name in PolicyRegistry.Names.Where(name => name != "thompson"))
        {
            foreach (PartCombination combination in Enum.GetValues<PartCombination>())
            {
                foreach (ImprovementScore improvement in Enum.GetValues<ImprovementScore>())
                {
                    var plan = new ExperimentPlan
                    {
                        Acquisition = new AcquisitionPlan
                        {
                            Normalisation = PartNormalisation.Rank,
                            Combination = combination,
                            Improvement = improvement
                        }
                    };
                    PolicyView view = View(plan, null, 20, constraint, (0, 1));
                    Policy policy = PolicyRegistry.Get(name);
                    policy.Score(view, result);
                    policy.Score(view, result);
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    for (int k = 0; k < 20; k++)
                        policy.Score(view, result);
                    Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
                }
            }
        }
    }
}
