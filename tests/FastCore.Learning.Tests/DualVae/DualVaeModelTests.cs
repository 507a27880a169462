using System.Diagnostics;
using FastCore.Compute.Execution;
using FastCore.Learning.Checkpoints;
using FastCore.Learning.Descriptors;
using FastCore.Learning.DualVae;
using FastCore.Microscopy.Files;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Learning.Tests.DualVae;

/// <summary>Training, files, inference, monitors and bad input, on small ridges whose height drives the spectrum.</summary>
public sealed class DualVaeModelTests
{
    private static readonly DualVaeShape Shape = new(6, 6, 9);

    private static DualVaeOptions Small { get; } = new()
    {
        EncoderWidths = [16, 12],
        DecoderWidths = [12, 16],
        LearningRate = 3e-3,
        Epochs = 20,
        ValidationShare = 0.25,
    };

    [Fact]
    public void TwentyEpochsAreTenAndTenMoreThroughAFile()
    {
        DualVaeDataSet data = Ridges(30);
        var trainer = new DualVaeTrainer(TestBackend.Host);
        DualVaeOptions options = Small with { Patience = 100, BetaWarmUpEpochs = 15, GammaEnd = 2, GammaEpochs = 18, NoiseLevel = 0.05 };
        var seen = new List<int>();
        DualVaeModel whole = trainer.Train(data, options, epoch => seen.Add(epoch.Number), cancellationToken: TestContext.Current.CancellationToken);
        DualVaeModel half = trainer.Train(data, options with { Epochs = 10 }, cancellationToken: TestContext.Current.CancellationToken);
        string path = Path.Combine(Path.GetTempPath(), $"dual-vae-{Guid.NewGuid():n}.fcc");
        try
        {
            half.Save(path);
            DualVaeModel read = DualVaeModel.Load(path);
            Assert.Equal(half.Weights, read.Weights);
            Assert.Equal(half.History, read.History);
            Assert.Equal(half.HeldOut, read.HeldOut);
            Assert.Equal(half.Options with { EncoderWidths = [], DecoderWidths = [] }, read.Options with { EncoderWidths = [], DecoderWidths = [] });
            DualVaeModel rest = trainer.Train(data, options with { Epochs = 10 }, continueFrom: read,
                cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(whole.Weights, rest.Weights);
            Assert.Equal(whole.History.Select(e => e with { Seconds = 0 }), rest.History.Select(e => e with { Seconds = 0 }));
            Assert.Equal((20, whole.WeightsOfEpoch), (rest.Epochs, rest.WeightsOfEpoch));
        }
        finally
        {
            File.Delete(path);
        }
        Assert.Equal(Enumerable.Range(1, 20), seen);
        Assert.True(whole.History[^1].Training.Total < whole.History[0].Training.Total);
        Assert.InRange(whole.HeldOut.Count, 1, 20);
        foreach (DualVaeEpoch epoch in whole.History)
        {
            // Held-out losses compare with each other: from the first epoch on they have the weights of the end.
            DualVaeLoss held = epoch.Validation!.Value;
            Assert.Equal(held.PatchError + held.SpectrumError + held.PatchDivergence + held.SpectrumDivergence + (2 * held.Distance), held.Total, 1e-6 * held.Total);
            DualVaeLoss loss = epoch.Training;
            double beta = Math.Min(1, epoch.Number / 15.0), gamma = 10 - (8 * Math.Min(1, (epoch.Number - 1) / 17.0));
            Assert.Equal((beta, gamma), (epoch.Beta, epoch.Gamma), Near);
            Assert.Equal(loss.PatchError + loss.SpectrumError + (beta * (loss.PatchDivergence + loss.SpectrumDivergence)) + (gamma * loss.Distance), loss.Total,
                1e-6 * loss.Total);
        }

        static bool Near((double, double) a, (double, double) b) => Math.Abs(a.Item1 - b.Item1) < 1e-12 && Math.Abs(a.Item2 - b.Item2) < 1e-12;
    }

    [Fact]
    public void EarlyStoppingKeepsTheBestWeights()
    {
        DualVaeDataSet data = Ridges(16);
        DualVaeModel model = new DualVaeTrainer(TestBackend.Host).Train(data, Small with { Epochs = 4000, Patience = 15, LearningRate = 2e-2 },
            cancellationToken: TestContext.Current.CancellationToken);
        DualVaeEpoch best = model.History.MinBy(e => e.Validation!.Value.Total);
        Assert.Equal(best.Number, model.WeightsOfEpoch);
        Assert.Equal(best.Number + 15, model.Epochs);
    }

    [Fact]
    public void HeldOutPairsStayHeldOutWhenPairsAreAdded()
    {
        (int[] training, int[] heldOut) = DualVaeTrainer.Split(40, Small);
        (_, int[] more) = DualVaeTrainer.Split(60, Small);
        Assert.Equal(heldOut, more.Where(pair => pair < 40));
        Assert.Equal(Enumerable.Range(0, 40), training.Concat(heldOut).Order());
    }

    [Fact]
    public void CancellingReturnsWhatWasTrained()
    {
        using var source = new CancellationTokenSource();
        DualVaeModel model = new DualVaeTrainer(TestBackend.Host).Train(Ridges(10), Small, epoch =>
        {
            if (epoch.Number == 7)
                source.Cancel();
        }, cancellationToken: source.Token);
        Assert.Equal(7, model.Epochs);
        Assert.Throws<OperationCanceledException>(() =>
            new DualVaeTrainer(TestBackend.Host).Train(Ridges(10), Small, cancellationToken: source.Token));
    }

    [Theory]
    [InlineData(0.0, DivergenceEstimate.OneSample, PatchFeatures.None)]
    [InlineData(0.1, DivergenceEstimate.ClosedForm, PatchFeatures.Groove)]
    public void AnEpochAllocatesNothing(double freeBits, DivergenceEstimate divergence, PatchFeatures features)
    {
        DualVaeDataSet data = Ridges(20, new DualVaeShape(8, 8, 9));
        DualVaeOptions options = Small with
        {
            FreeBits = freeBits,
            Divergence = divergence,
            NoiseLevel = 0.1,
            Patience = 5,
            CosineWeight = 1,
            CrossWeight = 1,
            TurnPatches = true,
            Features = features,
        };
        (int[] training, int[] heldOut) = DualVaeTrainer.Split(20, options);
        using var run = new DualVaeTraining<float>(TestBackend.Host, data, options, DualVaeScalers.Fit(data, options), training, heldOut, null);
        for (int i = 0; i < 40; i++)
            run.Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
            run.Step();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(3, 3, 8)]
    [InlineData(2, 4, 4)]
    public void EveryEpochShowsPatchesInAnotherPosition(int height, int width, int positions)
    {
        var shape = new DualVaeShape(height, width, 5, PatchChannels: 2, Classes: 2);
        const int pairs = 4;
        int values = shape.PatchValues, pixels = height * width;
        double[] patches = [.. Enumerable.Range(0, pairs * values).Select(k => (double)(k % values) / values)];
        double[] spectra = [.. Enumerable.Range(0, pairs * 5).Select(k => k / (pairs * 5.0))];
        var data = new DualVaeDataSet(shape, patches, spectra, [0, 1, 0, 1]);
        DualVaeOptions options = Small with { TurnPatches = true, PatchScaling = DualVaeScaling.None, SpectrumScaling = DualVaeScaling.None };
        using var run = new DualVaeTraining<double>(TestBackend.Host, data, options, DualVaeScalers.Fit(data, options), [0, 1, 2, 3], [], null);
        HashSet<string> wanted = [.. Positions(Enumerable.Range(0, pixels).ToArray(), height, width).Select(order => string.Join(' ', order))];
        Assert.Equal(positions, wanted.Count);
        var seen = new HashSet<string>();
        for (int epoch = 0; epoch < 40; epoch++)
        {
            run.Step();
            var rows = new double[run.Network.Patches.Count];
            run.Executor.Download(run.Network.Patches, rows);
            for (int i = 0; i < pairs; i++)
            {
                double[] row = rows[(i * (values + 2))..((i + 1) * (values + 2))];
                int[] order = Array.ConvertAll(row[..pixels], value => (int)Math.Round(value * values));
                Assert.Contains(string.Join(' ', order), wanted);
                // All channels turn together; the class stays behind them.
                Assert.Equal(order.Select(k => k + pixels), row[pixels..values].Select(value => (int)Math.Round(value * values)));
                Assert.Equal(i % 2 == 0 ? [1.0, 0.0] : [0.0, 1.0], row[values..]);
                seen.Add(string.Join(' ', order));
            }
        }
        Assert.Equal(positions, seen.Count);

        static IEnumerable<int[]> Positions(int[] order, int height, int width)
        {
            for (int turn = 0; turn < 4; turn++)
            {
                for (int mirror = 0; mirror < 2; mirror++)
                {
                    if (height == width || turn % 2 == 0)
                        yield return order;
                    order = [.. Enumerable.Range(0, order.Length).Select(k => order[(k / width * width) + width - 1 - (k % width)])];
                }
                if (height == width)
                    order = [.. Enumerable.Range(0, order.Length).Select(k => order[((width - 1 - (k % width)) * width) + (k / width)])];
                else if (turn % 2 == 1)
                    order = [.. Enumerable.Range(0, order.Length).Select(k => order[order.Length - 1 - k])];
            }
        }
    }

    [Fact]
    public void SettingsInWordsReplaceOptions()
    {
        DualVaeOptions options = DualVaeOptionText.Apply(new DualVaeOptions(), ["invariance=rotation", "Beta=0.5", "encoderWidths=64, 32", "turnPatches=true",
            "gammaEnd=3", "divergence=closed-form", "validationShare=.2", "patience=7"]);
        Assert.Equal(new DualVaeOptions().EncoderWidths, DualVaeOptionText.Apply(new DualVaeOptions(), []).EncoderWidths);
        Assert.Equal([64, 32], options.EncoderWidths);
        Assert.Equal((Invariance.Rotation, 0.5, true, 3.0, DivergenceEstimate.ClosedForm, 0.2, 7), (options.Invariance, options.Beta, options.TurnPatches,
            options.GammaEnd, options.Divergence, options.ValidationShare, options.Patience));
        foreach ((string setting, string part) in new[]
        {
            ("depth=3", "invariance"), ("beta", "NAME=VALUE"), ("invariance=1", "rotationAndTranslation"), ("invariance=mirror", "translation"),
            ("beta=large", "a number"), ("epochs=1.5", "a whole number"), ("turnPatches=2", "true or false"), ("encoderWidths=a", "128,64"),
            ("beta=-1", "not negative"), ("patience=3", "validation share"),
        })
        {
            string message = Assert.Throws<ArgumentException>(() => DualVaeOptionText.Apply(new DualVaeOptions(), [setting])).Message;
            Assert.Contains(part, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void APatchVaeCodesWhatPatchesAreAndNotHowTheyLie()
    {
        // Crosses and bars, turned any way: the sort must be in the content.
        const int side = 6, count = 48;
        var random = new Random(5);
        var patches = new double[count * side * side];
        for (int i = 0; i < count; i++)
        {
            double angle = Math.PI * random.NextDouble(), cos = Math.Cos(angle), sin = Math.Sin(angle);
            for (int p = 0; p < side * side; p++)
            {
                double x = (p % side) - 2.5, y = (p / side) - 2.5, u = (cos * x) + (sin * y), v = (cos * y) - (sin * x);
                patches[(i * side * side) + p] = Math.Exp(-u * u) + (i % 2 == 0 ? Math.Exp(-v * v) : 0) + (0.01 * random.NextDouble());
            }
        }
        DualVaeModel model = PatchVae.Train(TestBackend.Host, patches, side, Small with
        {
            LatentSize = 2,
            LearningRate = 5e-3,
            Epochs = 400,
            Beta = 0.3,
            Invariance = Invariance.Rotation,
            TurnPatches = true
        }, TestContext.Current.CancellationToken);
        using var inference = new DualVaeInference(TestBackend.Host, model);
        double[] content = inference.EncodePatches(patches).ContentMeans();
        int alike = Enumerable.Range(0, count).Count(i => Enumerable.Range(0, count).Where(j => j != i).MinBy(j =>
            Math.Pow(content[2 * i] - content[2 * j], 2) + Math.Pow(content[(2 * i) + 1] - content[(2 * j) + 1], 2)) % 2 == i % 2);
        // By chance half of them would; 36 would once in 3,000 times.
        Assert.True(alike >= 36, $"of {count} patches {alike} have a nearest one of their sort");
    }

    [Theory]
    [InlineData("reference")]
    [InlineData("emulator")]
    public void TheSameLossCurveOnOtherBackends(string backend) => CompareCurves(backend, backend == "emulator" ? 2 : 20);

    [Fact]
    public void TheSameLossCurveOnOpenCl()
    {
        OpenClDevice.RequireOrSkip();
        CompareCurves("opencl", 20);
    }

    [Fact]
    public void AMapHoldsTheCodesOfThePatches()
    {
        Check(Shape, Small, 1);
        Check(Shape, Small with { PatchScaling = DualVaeScaling.Table }, 1);
        Check(new DualVaeShape(4, 6, 9), Small, 1);
        Check(new DualVaeShape(4, 4, 9, PatchChannels: 2, Classes: 2), Small, 2);
        Check(new DualVaeShape(4, 4, 9, Classes: 2), Small, 1);
        DualVaeOptions described = Small with { Features = PatchFeatures.Groove };
        Check(new DualVaeShape(9, 9, 9), described, 1);
        // More than one batch of codes.
        Check(new DualVaeShape(8, 8, 9), described, 1, rows: 75, columns: 73);
        Check(new DualVaeShape(8, 9, 9, PatchChannels: 2), described, 2, rows: 27, columns: 24);
        Check(new DualVaeShape(8, 8, 9, Classes: 2), described, 1);
        Check(new DualVaeShape(8, 9, 9, PatchChannels: 2, Classes: 2), described with { PatchScaling = DualVaeScaling.Table }, 2);

        static void Check(DualVaeShape shape, DualVaeOptions options, int channels, int rows = 11, int columns = 13)
        {
            DualVaeModel model = new DualVaeTrainer(TestBackend.Host).Train(Ridges(12, shape), options with { Epochs = 3 },
                cancellationToken: TestContext.Current.CancellationToken);
            using var inference = new DualVaeInference(TestBackend.Host, model);
            double[] image = [.. Enumerable.Range(0, channels * rows * columns).Select(k => 1e-9 * (Math.Sin(k * 0.7) + (k % 5)))];
            int ofClass = shape.Classes > 0 ? 1 : 0;
            DualVaeMap map = inference.Map(image, rows, columns, wholePatches: true, ofClass);
            Assert.Equal((rows - shape.PatchHeight + 1, columns - shape.PatchWidth + 1), (map.Rows, map.Columns));
            var patches = new List<double>();
            for (int at = 0; at < map.Rows * map.Columns; at++)
            {
                for (int c = 0; c < channels; c++)
                {
                    for (int k = 0; k < shape.Pixels; k++)
                    {
                        int row = (at / map.Columns) + (k / shape.PatchWidth), column = (at % map.Columns) + (k % shape.PatchWidth);
                        patches.Add(image[(c * rows * columns) + (row * columns) + column]);
                    }
                }
            }
            int[] classes = shape.Classes > 0 ? [.. Enumerable.Repeat(ofClass, map.Rows * map.Columns)] : [];
            DualVaeCodes expected = inference.EncodePatches([.. patches], classes);
            for (int k = 0; k < expected.Means.Length; k++)
            {
                Assert.Equal(expected.Means[k], map.Codes.Means[k], 2e-5);
                Assert.Equal(expected.LogSigmas[k], map.Codes.LogSigmas[k], 2e-5);
            }
            DualVaeMap all = inference.Map(image, rows, columns, wholePatches: false, ofClass);
            Assert.Equal(rows * columns, all.Codes.Count);
            int corner = (map.FirstRow * columns) + map.FirstColumn;
            Assert.Equal(map.Content(0)[0], all.Content(0)[corner], 2e-5);
        }
    }

    [Fact]
    public void AFlatPatchIsCodedLikeOneOfZeros()
    {
        DualVaeModel model = new DualVaeTrainer(TestBackend.Host).Train(Ridges(12), Small with { Epochs = 2 }, cancellationToken: TestContext.Current.CancellationToken);
        using var inference = new DualVaeInference(TestBackend.Host, model);
        double[] flat = inference.EncodePatches([.. Enumerable.Repeat(3e-9, 36)]).Means;
        Assert.All(flat, value => Assert.True(double.IsFinite(value)));
        Assert.Equal(inference.EncodePatches(new double[36]).Means, flat);
    }

    [Fact]
    public void EncodersSeeNoiseOnValuesAndFeaturesAndNoneOnClasses()
    {
        const int Pairs = 200;
        var shape = new DualVaeShape(8, 8, 9, Classes: 2);
        DualVaeDataSet data = Ridges(Pairs, shape);
        DualVaeOptions options = Small with { NoiseLevel = 0.1, Features = PatchFeatures.Groove };
        using var run = new DualVaeTraining<double>(TestBackend.Host, data, options, DualVaeScalers.Fit(data, options), [.. Enumerable.Range(0, Pairs)], [], null);
        run.Step();
        double[] clean = new double[run.Network.Patches.Count], noisy = new double[clean.Length];
        run.Executor.Download(run.Network.Patches, clean);
        run.Executor.Download(run.Network.NoisyPatches, noisy);
        int columns = run.Network.Patches.Columns;
        Assert.Equal(64 + GrooveDescriptors.Count + 2, columns);
        Assert.Equal(0.1, Deviation(0, 64), 0.005);
        Assert.Equal(0.3, Deviation(64, 64 + GrooveDescriptors.Count), 0.015);
        Assert.Equal(0, Deviation(columns - 2, columns));
        Assert.All(Enumerable.Range(0, Pairs), i => Assert.Equal(i % 2 == 0 ? [1.0, 0.0] : [0.0, 1.0], clean[((i * columns) + columns - 2)..((i + 1) * columns)]));

        double Deviation(int from, int to) => Math.Sqrt(Enumerable.Range(0, clean.Length).Where(k => k % columns >= from && k % columns < to)
            .Average(k => (noisy[k] - clean[k]) * (noisy[k] - clean[k])));
    }

    [Fact]
    public void FeaturesDoNotDependOnUnitsOrOnWhereHeightsCountFrom()
    {
        var shape = new DualVaeShape(9, 10, 9, PatchChannels: 2);
        double[] patches = Ridges(12, shape).Patches;
        // The channels in units of their own, high above zero.
        double[] other = [.. patches.Select((value, k) => k / shape.Pixels % 2 == 0 ? 1e3 + (1e9 * value) : 7 - (3e4 * value))];
        double[] mirrored = [.. patches.Select((value, k) => k / shape.Pixels % 2 == 0 ? value : -value)];
        float[] expected = PatchFeatureScaler.Fit(shape, mirrored).Describe(shape, mirrored), found = PatchFeatureScaler.Fit(shape, other).Describe(shape, other);
        Assert.Equal(12 * 2 * GrooveDescriptors.Count, expected.Length);
        // Each channel is measured by its own deviation.
        double[] unlike = [.. patches.Select((value, k) => k / shape.Pixels % 2 == 0 ? 1e4 * value : value)];
        float[] scaled = PatchFeatureScaler.Fit(shape, unlike).Describe(shape, unlike), like = PatchFeatureScaler.Fit(shape, patches).Describe(shape, patches);
        Assert.InRange(Enumerable.Range(0, scaled.Length).Count(k => Math.Abs(scaled[k] - like[k]) > 2e-3), 0, 7);
        int differing = Enumerable.Range(0, expected.Length).Count(k => Math.Abs(expected[k] - found[k]) > 2e-3);
        // Lines of equal strength may change places by rounding: seven descriptors of one patch.
        Assert.True(differing <= 7, $"{differing} of {expected.Length} differ");
        Assert.All(expected, value => Assert.InRange(value, -3f, 3f));
        for (int column = 0; column < 2 * GrooveDescriptors.Count; column++)
        {
            double[] one = [.. Enumerable.Range(0, 12).Select(i => (double)expected[(i * 2 * GrooveDescriptors.Count) + column])];
            Assert.InRange(one.Average(), -0.4, 0.4);
        }
    }

    [Fact]
    public void FeaturesTellAnEncoderWhatFewPairsCannot()
    {
        // Which flank of a groove is the steeper one, whichever way it runs and wherever it is seen, decides how much current flows.
        const int Side = 16, Points = 21;
        RandomStream random = RandomStream.Named(11, "uneven grooves");
        const int Pairs = 120;
        double[] patches = new double[Pairs * Side * Side], spectra = new double[Pairs * Points];
        for (int i = 0; i < Pairs; i++)
        {
            double angle = 2 * Math.PI * random.NextDouble(), off = 3 * (random.NextDouble() - 0.5), uneven = random.NextDouble();
            for (int k = 0; k < Side * Side; k++)
            {
                double u = (((k % Side) - 8) * Math.Cos(angle)) + (((k / Side) - 8) * Math.Sin(angle)) - off, w = u < 0 ? 1.5 : 1.5 + (4 * uneven);
                patches[(i * Side * Side) + k] = 3e-8 + (1e-8 * ((0.03 * random.NextNormal()) - Math.Exp(-(u / w) * (u / w))));
            }
            for (int k = 0; k < Points; k++)
                spectra[(i * Points) + k] = 1e-9 * uneven * k / Points;
        }
        var data = new DualVaeDataSet(new DualVaeShape(Side, Side, Points), patches, spectra);
        DualVaeOptions options = Small with { Epochs = 200, Beta = 0.05, CrossWeight = 1, Gamma = 0.1, TurnPatches = true, NoiseLevel = 0.1 };
        double plain = Error(options), told = Error(options with { Features = PatchFeatures.Groove });
        Assert.True(told < 0.6 * plain, $"{told} with features, {plain} without");

        double Error(DualVaeOptions chosen)
        {
            DualVaeModel model = new DualVaeTrainer(TestBackend.Host).Train(data, chosen, cancellationToken: TestContext.Current.CancellationToken);
            string path = Path.Combine(Path.GetTempPath(), $"dual-vae-{Guid.NewGuid():n}.fcc");
            try
            {
                model.Save(path);
                using var inference = new DualVaeInference(TestBackend.Host, model);
                using var again = new DualVaeInference(TestBackend.Host, DualVaeModel.Load(path));
                Assert.Equal(inference.EncodePatches(patches).Means, again.EncodePatches(patches).Means);
                DualVaeCrossError error = DualVaeMonitors.Evaluate(inference, data).SpectrumFromPatch;
                return error.Model / error.MeanOnly;
            }
            finally
            {
                File.Delete(path);
            }
        }
    }

    [Fact]
    public void PredictionsManifoldAndTraversalAgreeWithTheDecoders()
    {
        DualVaeDataSet data = Ridges(40);
        DualVaeModel model = new DualVaeTrainer(TestBackend.Host).Train(data, Small with { Epochs = 300, Beta = 0.2 },
            cancellationToken: TestContext.Current.CancellationToken);
        using var inference = new DualVaeInference(TestBackend.Host, model);
        DualVaeManifold manifold = inference.Manifold();
        double[] expected = [1.6449, 1.0364, .6745, .3853, .1257];
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(expected[i], manifold.RowValues[i], 1e-4);
            Assert.Equal(-expected[i], manifold.ColumnValues[i], 1e-4);
        }
        double[] cell = [manifold.RowValues[2], manifold.ColumnValues[7]];
        Assert.Equal(inference.DecodeSpectra(cell), manifold.Spectra[(27 * 9)..(28 * 9)]);
        Assert.Equal(inference.DecodePatches(cell), manifold.Patches[(27 * 36)..(28 * 36)]);
        Assert.Equal(inference.DecodePatches(cell), inference.DecodePatchCodes([0, 0, 0, .. cell]));
        DualVaeTraversal traversal = inference.Traverse(1, [-1, 0.5]);
        double[] point = [0, 0.5];
        Assert.Equal(inference.DecodeSpectra(point), traversal.Spectra[9..]);
        DualVaePrediction spectra = inference.PredictSpectra(data.Patches, samples: 200);
        double[] atMean = inference.DecodeSpectra(inference.EncodePatches(data.Patches).ContentMeans());
        Assert.All(spectra.Deviation, d => Assert.InRange(d, 1e-15, 3e-9));
        for (int k = 0; k < atMean.Length; k++)
            Assert.InRange(Math.Abs(atMean[k] - spectra.Mean[k]), 0, spectra.Deviation[k] + 1e-11);
        // Of two samples a and b the deviation is |a - b| / sqrt 2.
        DualVaeCodes first = inference.EncodePatches(data.Patch(0));
        RandomStream random = RandomStream.Named(5, "dualVae.prediction");
        double[] drawn = [.. Enumerable.Range(0, 4).Select(k => first.ContentMeans()[k % 2] + (Math.Exp(first.LogSigmas[3 + (k % 2)]) * random.NextNormal()))];
        double[] two = inference.DecodeSpectra(drawn);
        DualVaePrediction pair = inference.PredictSpectra(data.Patch(0), samples: 2, seed: 5);
        for (int k = 0; k < 9; k++)
        {
            Assert.Equal((two[k] + two[9 + k]) / 2, pair.Mean[k], 1e-15);
            Assert.Equal(Math.Abs(two[k] - two[9 + k]) / Math.Sqrt(2), pair.Deviation[k], 1e-15);
        }
        DualVaePrediction patches = inference.PredictPatches(data.Spectra, samples: 8);
        Assert.All(patches.Mean, value => Assert.InRange(value, 0, 1));
        DualVaeReport report = DualVaeMonitors.Evaluate(inference, data);
        Assert.True(report.HeldOut);
        Assert.True(report.SpectrumFromPatch.GainOverMean > 0.3, $"{report.SpectrumFromPatch}");
        // The errors of the pairs are the parts of the whole; those of the mean spectrum tell which pair is which.
        Assert.Equal(model.HeldOut, report.PairErrors.Select(error => error.Pair));
        Assert.Equal(1 - report.SpectrumFromPatch.GainOverMean, DualVaePairError.Share(report.PairErrors), 1e-12);
        int[] seen = [.. Enumerable.Range(0, data.Count).Except(model.HeldOut)];
        double range = data.Spectra.Max() - data.Spectra.Min();
        foreach (DualVaePairError error in report.PairErrors)
        {
            double square = Enumerable.Range(0, 9).Average(k => Math.Pow(data.Spectrum(error.Pair)[k] - seen.Average(i => data.Spectrum(i)[k]), 2));
            Assert.Equal(Math.Sqrt(square) / range, error.MeanOnly, 0.02);
        }
        Assert.True(report.NeighbourAgreement > report.NeighbourChance);
        Assert.True(report.ImportanceBound > report.EvidenceLowerBound);
        // One sample has no other to be weighed against; the mean of more weights grows slowly, their sum by ln 16.
        DualVaeReport single = DualVaeMonitors.Evaluate(inference, data, samples: 1), few = DualVaeMonitors.Evaluate(inference, data, samples: 4),
            many = DualVaeMonitors.Evaluate(inference, data, samples: 64);
        Assert.Equal(single.EvidenceLowerBound, single.ImportanceBound, 1e-9);
        Assert.InRange(many.ImportanceBound - few.ImportanceBound, -0.5, 1.5);
        double[] reconstructed = inference.ReconstructSpectra(data.Spectra);
        Assert.InRange(Math.Sqrt(reconstructed.Zip(data.Spectra, (a, b) => (a - b) * (a - b)).Average()), 0, 3e-10);
        Assert.Equal(data.Patches.Length, inference.ReconstructPatches(data.Patches).Length);
    }

    [Fact]
    public void ThePublishedManifoldMultipliesByAOnceMore()
    {
        DualVaeModel model = new DualVaeTrainer(TestBackend.Host).Train(Ridges(10), Small with { Mode = DualVaeMode.Published, LearningRate = 0.02 },
            cancellationToken: TestContext.Current.CancellationToken);
        using var inference = new DualVaeInference(TestBackend.Host, model);
        DualVaeManifold manifold = inference.Manifold(3);
        double z0 = manifold.RowValues[0], z1 = manifold.ColumnValues[0];
        double[] a = model.Alignment;
        Assert.Equal(inference.DecodeSpectra([(z0 * a[0]) + (z1 * a[2]), (z0 * a[1]) + (z1 * a[3])]), manifold.Spectra[..9]);
        Assert.NotEqual(inference.DecodeSpectra([z0, z1]), manifold.Spectra[..9]);
    }

    [Fact]
    public void ACollapsedDimensionIsNamed()
    {
        DualVaeDataSet data = Ridges(20);
        DualVaeModel model = new DualVaeTrainer(TestBackend.Host).Train(data, Small with { Beta = 100, Epochs = 300 },
            cancellationToken: TestContext.Current.CancellationToken);
        using var inference = new DualVaeInference(TestBackend.Host, model);
        DualVaeReport report = DualVaeMonitors.Evaluate(inference, data);
        Assert.Contains(report.Collapsed, s => s.StartsWith("The spectrum code has collapsed in content 1:", StringComparison.Ordinal));
        Assert.Equal(0, report.ActiveUnits("spectrum"));
        // A line through two dimensions, a square, and variances 4 and 1: 25 / 17.
        Assert.Equal(1, DualVaeMonitors.Directions([0, 1, 1, 3, 2, 5], 2), 1e-12);
        Assert.Equal(2, DualVaeMonitors.Directions([0, 0, 0, 1, 1, 0, 1, 1], 2), 1e-12);
        Assert.Equal(25.0 / 17, DualVaeMonitors.Directions([2, 0, -2, 0, 0, 1, 0, -1], 2), 1e-12);
        Assert.Equal(0, DualVaeMonitors.Directions([3, 4, 3, 4], 2));
        Assert.InRange(report.PatchDirections, 1, 2);
        double[] line = [0, 1, 2, 4, 8, 16];
        Assert.Equal(1, DualVaeMonitors.Agreement(line, line, 1, 6, 2));
        // 0, 4 and 5 keep their neighbour; those of 1, 2 and 3 are others.
        Assert.Equal(3.0 / 6, DualVaeMonitors.Agreement([0, 1, 10, 11, 20, 21], [0, 10, 10.5, 20.5, 30, 30.5], 1, 6, 1), 1e-12);
    }

    [Fact]
    public void DamagedAndForeignFilesAreRefusedInOneSentence()
    {
        DualVaeModel model = new DualVaeTrainer(TestBackend.Host).Train(Ridges(8), Small with { Epochs = 2 },
            cancellationToken: TestContext.Current.CancellationToken);
        string path = Path.Combine(Path.GetTempPath(), $"dual-vae-{Guid.NewGuid():n}.fcc");
        try
        {
            model.Save(path);
            byte[] bytes = File.ReadAllBytes(path);
            bytes[bytes.Length / 2] ^= 4;
            File.WriteAllBytes(path, bytes);
            Assert.Contains("checksum", Assert.Throws<InvalidDataException>(() => DualVaeModel.Load(path)).Message, StringComparison.Ordinal);
            var other = new Checkpoint();
            other.Add("dualVae", "3");
            CheckpointFile.Save(other, path);
            Assert.Contains("version 3", Assert.Throws<InvalidDataException>(() => DualVaeModel.Load(path)).Message, StringComparison.Ordinal);
            CheckpointFile.Save(new Checkpoint(), path);
            Assert.Contains("no Dual-VAE", Assert.Throws<InvalidDataException>(() => DualVaeModel.Load(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
        using var inference = new DualVaeInference(TestBackend.Host, model);
        Assert.Contains("6 x 6", Assert.Throws<ArgumentException>(() => inference.EncodePatches(new double[25])).Message, StringComparison.Ordinal);
        Assert.Contains("9 points", Assert.Throws<ArgumentException>(() => inference.EncodeSpectra(new double[10])).Message, StringComparison.Ordinal);
        Assert.Contains("smaller", Assert.Throws<ArgumentException>(() => inference.Map(new double[25], 5, 5)).Message, StringComparison.Ordinal);
        Assert.Equal([16, 16], [model.ToArrays()["weights.patchEncoder.0.bias"].Shape[1], model.ToArrays()["weights.patchEncoder.1.weight"].Shape[0]]);
    }

    [Fact]
    public void BadPairsAreRefusedInOneSentence()
    {
        DualVaeDataSet good = Ridges(6);
        Refused("One pair", () => new DualVaeDataSet(Shape, new double[36], new double[9]));
        Refused("each patch needs its spectrum", () => new DualVaeDataSet(Shape, new double[72], new double[9]));
        Refused("no patches of 6 x 6", () => new DualVaeDataSet(Shape, new double[71], new double[18]));
        Refused("no spectra of 9 points", () => new DualVaeDataSet(Shape, new double[72], new double[17]));
        double[] spectra = [.. good.Spectra];
        spectra[12] = double.NaN;
        Refused("Spectrum 1 has the value NaN at position 3", () => new DualVaeDataSet(Shape, good.Patches, spectra));
        double[] patches = [.. good.Patches];
        patches.AsSpan(36, 36).Fill(2e-9);
        Refused("Patch 1 is constant", () => Train(new DualVaeDataSet(Shape, patches, good.Spectra), Small with { ValidationShare = 0 }));
        Refused("All spectra", () => Train(new DualVaeDataSet(Shape, good.Patches, new double[54]), Small));
        Refused("no scaling was chosen", () => Train(new DualVaeDataSet(Shape, good.Patches, [.. good.Spectra.Select(v => 1e10 * v)]),
            Small with { SpectrumScaling = DualVaeScaling.None }));
        Refused("shape has 2 classes", () => new DualVaeDataSet(Shape with { Classes = 2 }, good.Patches, good.Spectra));
        Refused("class 5", () => new DualVaeDataSet(Shape with { Classes = 2 }, good.Patches, good.Spectra, [0, 1, 0, 5, 1, 0]));
        Refused("Early stopping", () => Train(good, Small with { ValidationShare = 0, Patience = 3 }));
        Refused("one-sample", () => Train(good, Small with { TransformCovariance = true, FreeBits = 0.1 }));
        Refused("at least 8 x 8 pixels; these have 6 x 6", () => Train(good, Small with { Features = PatchFeatures.Groove }));
        DualVaeModel model = Train(good, Small with { Epochs = 1 });
        Refused("other networks", () => new DualVaeTrainer(TestBackend.Host).Train(good, Small with { LatentSize = 3 }, continueFrom: model));
        Refused("was trained for patches of 6 x 6", () =>
            new DualVaeTrainer(TestBackend.Host).Train(Ridges(6, new DualVaeShape(5, 5, 9)), Small, continueFrom: model));
        Assert.Throws<ArithmeticException>(() => Train(good, Small with { LearningRate = 1e30 }));

        static DualVaeModel Train(DualVaeDataSet data, DualVaeOptions options) => new DualVaeTrainer(TestBackend.Host).Train(data, options);

        static void Refused(string part, Func<object> work)
        {
            string message = Assert.ThrowsAny<ArgumentException>(work).Message;
            Assert.Contains(part, message, StringComparison.Ordinal);
            Assert.DoesNotContain("\n", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ThePublishedLossBeginsWhereTheNotebooksDoes()
    {
        (DualVaeDataSet data, _) = Synthetic();
        double codes = 0;
        const int seeds = 6;
        for (long seed = 1; seed <= seeds; seed++)
        {
            DualVaeModel model = new DualVaeTrainer(TestBackend.Host).Train(data, Published with { Epochs = 1, Seed = seed },
                cancellationToken: TestContext.Current.CancellationToken);
            DualVaeLoss first = model.History[0].Training;
            // 507 ln 2 = 351.4 with decoders that say 1/2 everywhere; those that are not trained say something of their own.
            Assert.InRange(first.PatchError + first.SpectrumError - (507 * Math.Log(2)), -4, 8);
            codes += (first.Total - first.PatchError - first.SpectrumError) / seeds;
        }
        // The rest of the 363.8 of SPEC 3, with codes that are all noise: the angle's divergence, and 10 times the mean |z1 - z2| = 2 / sqrt(pi).
        double angle = (Math.PI / 2) - 0.5 + (0.5 * Math.Exp(-Math.PI));
        Assert.Equal(angle + (20 / Math.Sqrt(Math.PI)), codes, 0.5);
    }

    /// <summary>The notebook's 1,000 steps, and how well the codes tell height and width in both modes; minutes long.</summary>
    [Fact(Explicit = true)]
    public void AThousandStepsEndWhereTheNotebookDoes()
    {
        (DualVaeDataSet data, double[] factors) = Synthetic();
        foreach (DualVaeMode mode in Enum.GetValues<DualVaeMode>())
        {
            var watch = Stopwatch.StartNew();
            DualVaeModel model = new DualVaeTrainer(TestBackend.Host).Train(data, Published with { Mode = mode },
                cancellationToken: TestContext.Current.CancellationToken);
            using var inference = new DualVaeInference(TestBackend.Host, model);
            DualVaeCodes patches = inference.EncodePatches(data.Patches), spectra = inference.EncodeSpectra(data.Spectra);
            DualVaeReport report = DualVaeMonitors.Evaluate(inference, data);
            double last = model.History.TakeLast(10).Average(e => e.Training.Total);
            TestContext.Current.SendDiagnosticMessage($"{mode}: {model.History[0].Training.Total:f2} to {last:f2}, distance "
                + $"{model.History[^1].Training.Distance:f3}, {watch.Elapsed.TotalSeconds:f0} s; R^2 of width, height from patches "
                + $"{Explained(patches.ContentMeans(), factors, 2):f3}, {Explained(patches.ContentMeans(), factors, 3):f3}, from spectra "
                + $"{Explained(spectra.ContentMeans(), factors, 2):f3}, {Explained(spectra.ContentMeans(), factors, 3):f3}; "
                + $"{string.Join(" ", report.Collapsed)} {report.SpectrumFromPatch} {report.PatchFromSpectrum} agreement {report.NeighbourAgreement:f3}");
            if (mode == DualVaeMode.Published)
                Assert.True(last < 265.5, $"{last}");
        }
    }

    /// <summary>
    /// Four trainings, too long for every run. How well the published mode does is a matter of luck: two seeds.
    /// </summary>
    [Fact(Explicit = true)]
    public void CorrectedCodesFollowTheKnownFactorsBetterThanPublishedOnes()
    {
        (DualVaeDataSet data, double[] factors) = Synthetic();
        DualVaeOptions options = Published with { EncoderWidths = [64, 64], DecoderWidths = [64, 64], LearningRate = 1e-3, Epochs = 400 };
        (double published, int silent) = Shares(DualVaeMode.Published);
        (double corrected, int collapsed) = Shares(DualVaeMode.Corrected);
        TestContext.Current.SendDiagnosticMessage($"R^2 of width and height by codes of patches and of spectra, mean: corrected {corrected:f3} "
            + $"({collapsed} dimensions collapsed), published {published:f3} ({silent})");
        Assert.True(corrected > published + 0.03, $"corrected {corrected}, published {published}");
        Assert.Equal(0, collapsed);

        (double Share, int Collapsed) Shares(DualVaeMode mode)
        {
            double sum = 0;
            int lost = 0;
            foreach (long seed in (long[])[1, 2])
            {
                DualVaeModel model = new DualVaeTrainer(TestBackend.Host).Train(data, options with { Mode = mode, Seed = seed },
                    cancellationToken: TestContext.Current.CancellationToken);
                using var inference = new DualVaeInference(TestBackend.Host, model);
                foreach (double[] contents in (double[][])[inference.EncodePatches(data.Patches).ContentMeans(), inference.EncodeSpectra(data.Spectra).ContentMeans()])
                    sum += (Explained(contents, factors, 2) + Explained(contents, factors, 3)) / 8;
                lost += DualVaeMonitors.Evaluate(inference, data).Collapsed.Count;
            }
            return (sum, lost);
        }
    }

    private static DualVaeOptions Published { get; } = new()
    {
        Mode = DualVaeMode.Published,
        PatchScaling = DualVaeScaling.None,
        SpectrumScaling = DualVaeScaling.None,
    };

    private static void CompareCurves(string backend, int epochs)
    {
        using ExecutionBackend machine = ExecutionBackends.Open(backend);
        DualVaeDataSet data = Ridges(8);
        DualVaeModel host = new DualVaeTrainer(TestBackend.Host).Train(data, Small with { Epochs = epochs, LearningRate = 1e-3 },
            cancellationToken: TestContext.Current.CancellationToken);
        DualVaeModel other = new DualVaeTrainer(machine).Train(data, Small with { Epochs = epochs, LearningRate = 1e-3 },
            cancellationToken: TestContext.Current.CancellationToken);
        for (int i = 0; i < epochs; i++)
        {
            double expected = host.History[i].Training.Total;
            Assert.Equal(expected, other.History[i].Training.Total, 1e-4 * expected);
            Assert.Equal(host.History[i].Validation!.Value.Total, other.History[i].Validation!.Value.Total, 1e-4 * expected);
        }
    }

    // Squared correlation of a factor with its least-squares quadratic in the two contents.
    private static double Explained(double[] contents, double[] factors, int factor)
    {
        int n = factors.Length / 4;
        double[][] rows = [.. Enumerable.Range(0, n).Select(i => (contents[2 * i], contents[(2 * i) + 1]))
            .Select(z => new[] { 1, z.Item1, z.Item2, z.Item1 * z.Item1, z.Item1 * z.Item2, z.Item2 * z.Item2 })];
        double[] target = [.. Enumerable.Range(0, n).Select(i => factors[(4 * i) + factor])];
        var system = new double[6, 7];
        for (int i = 0; i < n; i++)
        {
            for (int a = 0; a < 6; a++)
            {
                for (int b = 0; b < 6; b++)
                    system[a, b] += rows[i][a] * rows[i][b];
                system[a, 6] += rows[i][a] * target[i];
            }
        }
        for (int a = 0; a < 6; a++)
            system[a, a] += 1e-9;
        for (int a = 0; a < 6; a++)
        {
            for (int r = 0; r < 6; r++)
            {
                if (r == a)
                    continue;
                double ratio = system[r, a] / system[a, a];
                for (int c = a; c < 7; c++)
                    system[r, c] -= ratio * system[a, c];
            }
        }
        double mean = target.Average(), rest = 0, all = 0;
        for (int i = 0; i < n; i++)
        {
            double value = 0;
            for (int a = 0; a < 6; a++)
                value += rows[i][a] * system[a, 6] / system[a, a];
            rest += (target[i] - value) * (target[i] - value);
            all += (target[i] - mean) * (target[i] - mean);
        }
        return 1 - (rest / all);
    }

    private static (DualVaeDataSet Data, double[] Factors) Synthetic()
    {
        Dictionary<string, NpyArray>? fixture = SharedFolder.Fixture("vae_synthetic_210");
        Assert.SkipWhen(fixture is null, SharedFolder.SkipReason);
        return (new DualVaeDataSet(new DualVaeShape(16, 16, 251), fixture["patches"].Values, fixture["spectra"].Values), fixture["factors"].Values);
    }

    // A ridge of some height and angle on a rough ground, nm in metres; the current (pA in amperes) rises with the height.
    private static DualVaeDataSet Ridges(int count, DualVaeShape? of = null)
    {
        DualVaeShape shape = of ?? Shape;
        RandomStream random = RandomStream.Named(5, "ridges");
        double[] patches = new double[count * shape.PatchValues], spectra = new double[count * shape.SpectrumValues];
        int[]? classes = shape.Classes > 0 ? new int[count] : null;
        for (int i = 0; i < count; i++)
        {
            double height = random.NextDouble(), angle = Math.PI * random.NextDouble();
            for (int k = 0; k < shape.PatchValues; k++)
            {
                double x = (2.0 * (k % shape.PatchWidth) / (shape.PatchWidth - 1)) - 1;
                double y = (2.0 * (k / shape.PatchWidth % shape.PatchHeight) / (shape.PatchHeight - 1)) - 1;
                double across = (x * Math.Cos(angle)) + (y * Math.Sin(angle));
                patches[(i * shape.PatchValues) + k] = 1e-9 * (Math.Exp(-across * across / (0.05 + (0.4 * height))) + (0.02 * random.NextNormal()));
            }
            for (int k = 0; k < shape.SpectrumValues; k++)
                spectra[(i * shape.SpectrumValues) + k] = 1e-9 * ((height * k / shape.SpectrumValues) + (0.01 * random.NextNormal()));
            if (classes is not null)
                classes[i] = i % shape.Classes;
        }
        return new DualVaeDataSet(shape, patches, spectra, classes);
    }
}
