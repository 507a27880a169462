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

    private static PolicyView View(ExperimentPlan plan, CandidatePosterior? structural, int step) => new()
    {
        Plan = plan,
        Step = step,
        Geometry = new CandidateGeometry(4, 4, 1, 5, 8, 8),
        Allowed = Allowed,
        AllowedCount = Allowed.Count(a => a),
        Spectral = new Given(Mean, Variance),
        Structural = structural,
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

    [Fact]
    public void Expected_improvement_is_that_of_quadrature_and_finite_far_below_the_best()
    {
        var plan = new ExperimentPlan { Acquisition = new AcquisitionPlan { ImprovementMargin = 0.2 } };
        float[] score = Score("expected-improvement", plan);
        for (int c = 0; c < Count; c++)
        {
            double deviation = Math.Sqrt(Variance[c]), sum = 0;
            const int Steps = 40_000;
            for (int k = 0; k < Steps; k++)
            {
                double z = -10 + (20 * (k + 0.5) / Steps);
                sum += Math.Max(0, Mean[c] + (deviation * z) - 1.5 - 0.2) * Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI) * 20 / Steps;
            }
            if (sum > 1e-12)
                Assert.Equal(Math.Log(sum), score[c], 2e-3);
        }
        double last = double.NegativeInfinity;
        for (double u = -60; u < 5; u += 0.01)
        {
            double value = ExpectedImprovement.LogUnitImprovement(u);
            Assert.True(double.IsFinite(value) && value > last);
            last = value;
        }
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.84134474606854293)]
    [InlineData(-1.96, 0.024997895148220435)]
    [InlineData(-8, 6.2209605742717841e-16)]
    [InlineData(40, 1)]
    public void The_normal_distribution_has_its_tabulated_values(double u, double expected) =>
        Assert.Equal(expected, Normal.Cumulative(u), 1e-12 * Math.Max(expected, 1e-4));

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
        var plan = new ExperimentPlan { Acquisition = new AcquisitionPlan { Normalisation = PartNormalisation.Rank } };
        PolicyView view = View(plan, null, 20);
        var result = new float[Count];
        foreach (string name in new[] { "dual-novelty", "information-gain", "spectral-novelty", "structural-novelty", "max-uncertainty",
            "expected-improvement", "random", "grid" })
        {
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
