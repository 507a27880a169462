using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Imaging;

/// <summary>Operations on images against closed forms and windows gone over one by one.</summary>
public sealed class ImageFeatureTests
{
    [Fact]
    public void ImpulseBecomesTheGaussianAndNothingBeyondFourSigma()
    {
        const double sigma = 1.3;
        double[] smooth = Map(21, 23, (i, j) => i == 10 && j == 11 ? 1 : 0, (e, image, result) => e.GaussianFilter(image, sigma, result));
        double sum = Enumerable.Range(-6, 13).Sum(k => Math.Exp(-k * k / (2 * sigma * sigma)));
        for (int i = 0; i < 21; i++)
        {
            for (int j = 0; j < 23; j++)
            {
                int y = i - 10, x = j - 11;
                double expected = Math.Abs(y) > 6 || Math.Abs(x) > 6 ? 0 : Math.Exp(-((x * x) + (y * y)) / (2 * sigma * sigma)) / (sum * sum);
                Assert.Equal(expected, smooth[(i * 23) + j], 1e-15);
            }
        }
    }

    [Theory]
    [InlineData(1, 0.1)]
    [InlineData(2, 0.05)]
    [InlineData(4, 0.025)]
    public void WavesAreDampedAsTheFourierTransformSays(double sigma, double frequency)
    {
        // Even about both edges of the columns, so that mirroring continues the wave.
        int columns = 1 + (int)Math.Round(4 / frequency);
        double[] smooth = Map(5, columns, (_, j) => 3 + Math.Cos(2 * Math.PI * frequency * j), (e, image, result) => e.GaussianFilter(image, sigma, result));
        double gain = Math.Exp(-2 * Math.Pow(Math.PI * frequency * sigma, 2));
        for (int k = 0; k < smooth.Length; k++)
            Assert.Equal(3 + (gain * Math.Cos(2 * Math.PI * frequency * (k % columns))), smooth[k], 2e-4);
    }

    [Fact]
    public void TheEdgeIsMirroredAndNotRepeated()
    {
        double[] smooth = Map(9, 9, (i, j) => i == 0 && j == 0 ? 1 : 0, (e, image, result) => e.GaussianFilter(image, 1, result));
        double sum = Enumerable.Range(-4, 9).Sum(k => Math.Exp(-k * k / 2.0));
        Assert.Equal(1 / (sum * sum), smooth[0], 1e-15);
        // Pixel 1 is seen once from the corner's side and not a second time from beyond it.
        Assert.Equal(Math.Exp(-0.5) / (sum * sum), smooth[1], 1e-15);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void QuadraticSurfaceHasItsEigenvaluesAtEveryScale(double sigma)
    {
        const double a = 0.05, b = -0.02, c = 0.03, g = 0.4;
        const int side = 47;
        double[][] found = Run(side, side, (i, j) => (a * j * j) + (b * i * i) + (c * i * j) + (g * j) - i, 5,
            (e, image, to) => e.HessianEigenvalues(image, sigma, to[0], to[1], to[2], to[3], to[4]));
        double root = Math.Sqrt(((a - b) * (a - b)) + (c * c)), angle = 0.5 * Math.Atan2(2 * c, 2 * (a - b));
        int margin = (int)(4 * sigma) + 1;
        for (int i = margin; i < side - margin; i++)
        {
            for (int j = margin; j < side - margin; j++)
            {
                int k = (i * side) + j;
                Assert.Equal(sigma * sigma * (a + b + root), found[0][k], 1e-10);
                Assert.Equal(sigma * sigma * (a + b - root), found[1][k], 1e-10);
                double gx = (2 * a * j) + (c * i) + g, gy = (2 * b * i) + (c * j) - 1;
                Assert.Equal(sigma * Math.Sqrt((gx * gx) + (gy * gy)), found[2][k], 1e-10);
                // The sign of an eigenvector is arbitrary.
                Assert.Equal(1, Math.Abs((Math.Cos(angle) * found[3][k]) + (Math.Sin(angle) * found[4][k])), 1e-9);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(25)]
    [InlineData(60)]
    [InlineData(90)]
    [InlineData(-35)]
    [InlineData(-80)]
    public void PlaneWavesHaveTheirAngleAndFullCoherence(double degrees)
    {
        const int side = 64;
        double ky = 0.5 * Math.Sin(degrees * Math.PI / 180), kx = 0.5 * Math.Cos(degrees * Math.PI / 180);
        double[][] found = Run(side, side, (i, j) => Math.Sin((kx * j) + (ky * i) + 0.3), 2, (e, image, to) => e.StructureTensor(image, 2, 0, to[0], to[1]));
        float[][] single = RunSingle(side, side, (i, j) => Math.Sin((kx * j) + (ky * i) + 0.3), 2, (e, image, to) => e.StructureTensor(image, 2, 0, to[0], to[1]));
        // Central differences of a wave: sin k instead of k.
        double expected = Math.Atan(Math.Sin(ky) / Math.Sin(kx));
        for (int i = 10; i < side - 10; i++)
        {
            for (int j = 10; j < side - 10; j++)
            {
                int k = (i * side) + j;
                // Orientations a half turn apart are one.
                Assert.Equal(0, Math.Sin(found[0][k] - expected), 1e-9);
                Assert.InRange(found[0][k], -Math.PI / 2, Math.PI / 2);
                Assert.Equal(1, found[1][k], 1e-9);
                Assert.Equal(0, Math.Sin(single[0][k] - expected), 2e-6);
                Assert.Equal(1, single[1][k], 2e-6);
            }
        }
    }

    [Fact]
    public void CrossedWavesHaveNoOrientation()
    {
        double[][] found = Run(96, 96, (i, j) => Math.Sin(0.9 * i) + Math.Sin(0.9 * j), 2, (e, image, to) => e.StructureTensor(image, 8, 0, to[0], to[1]));
        for (int i = 34; i < 62; i++)
            Assert.InRange(found[1][(i * 96) + i], 0, 0.05);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(17)]
    public void MomentsFarFromZeroAreThoseOfTheWindows(int size)
    {
        // 1000 plus a deviation of 0.006: power sums of the values themselves would keep no digit of it in float.
        const int rows = 45, columns = 150;
        var random = new Random(4);
        double[] noise = [.. Enumerable.Range(0, rows * columns).Select(_ => 0.02 * random.NextDouble() * random.NextDouble())];
        double Value(int i, int j) => (float)(1000 + noise[(i * columns) + j] + (0.01 * j));
        float[][] single = RunSingle(rows, columns, Value, 5, (e, image, to) => e.LocalMoments(image, size, to[0], to[1], to[2], to[3], to[4]));
        double[][] twice = Run(rows, columns, Value, 5, (e, image, to) => e.LocalMoments(image, size, to[0], to[1], to[2], to[3], to[4]));
        for (int i = size; i < rows - size; i += 3)
        {
            for (int j = size; j < columns - size; j += 5)
            {
                double[] window = [.. from y in Enumerable.Range(i - (size / 2), size) from x in Enumerable.Range(j - (size / 2), size) select Value(y, x) - 1000];
                double mean = window.Average(), square = window.Average(v => Math.Pow(v - mean, 2));
                double skewness = window.Average(v => Math.Pow(v - mean, 3)) / Math.Pow(square, 1.5);
                double kurtosis = window.Average(v => Math.Pow(v - mean, 4)) / (square * square);
                int k = (i * columns) + j;
                Assert.Equal(1000 + mean, twice[0][k], 1e-10);
                Assert.Equal(Math.Sqrt(square), twice[1][k], 1e-10);
                Assert.Equal(skewness, twice[2][k], 1e-8);
                Assert.Equal(kurtosis, twice[3][k], 1e-8);
                Assert.Equal(Value(i, j) - 1000 - mean, twice[4][k], 1e-10);
                Assert.Equal(Math.Sqrt(square), single[1][k], 1e-8);
                Assert.Equal(skewness, single[2][k], 1e-5);
                Assert.Equal(kurtosis, single[3][k], 1e-5);
                Assert.Equal(Value(i, j) - 1000 - mean, single[4][k], 1e-7);
            }
        }
    }

    [Fact]
    public void FlatWindowsBesideASpikeHaveNoSkewness()
    {
        float[][] found = RunSingle(40, 40, (i, j) => i == 20 && j == 20 ? 5 : 0.1, 4, (e, image, to) => e.LocalMoments(image, 5, to[0], to[1], to[2], to[3], null));
        for (int k = 0; k < 1600; k++)
        {
            bool near = Math.Abs((k / 40) - 20) <= 2 && Math.Abs((k % 40) - 20) <= 2;
            Assert.Equal(near, found[3][k] != 0);
            Assert.Equal(near, found[2][k] != 0);
            Assert.Equal(near ? 0.1f + (4.9f / 25) : 0.1f, found[0][k], 1e-6f);
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(16)]
    public void ExtremesNormalisePatchesWithoutPatches(int size)
    {
        const int rows = 23, columns = 31;
        double Value(int i, int j) => Math.Sin((i * 1.7) + (j * j * 0.3)) + (0.1 * i);
        double[][] found = Run(rows, columns, Value, 2, (e, image, to) => e.PatchMinMax(image, size, to[0], to[1]));
        int[] centres = [.. Enumerable.Range(0, rows * columns)];
        double[] plain = Patches(PatchNormalization.None), normalised = Patches(PatchNormalization.Patch);
        for (int k = 0; k < plain.Length; k++)
        {
            double low = found[0][k / (size * size)], high = found[1][k / (size * size)];
            Assert.Equal(normalised[k], (plain[k] - low) / (high - low), 1e-12);
        }

        double[] Patches(PatchNormalization normalization)
        {
            var layout = new ArenaLayout();
            Tensor image = layout.Allocate("image", rows, columns), patches = layout.Allocate("patches", centres.Length, size * size);
            using var executor = new HostExecutor<double>(layout);
            executor.Upload(Fill(rows, columns, Value), image);
            executor.ExtractPatches(image, centres, size, normalization, patches);
            var values = new double[patches.Count];
            executor.Download(patches, values);
            return values;
        }
    }

    [Fact]
    public void QuadraticSurfaceHasItsCurvatures()
    {
        const double a = 0.05, b = -0.03, c = 0.04, g = 0.3, scale = 2;
        double[][] found = Run(20, 24, (i, j) => ((a * j * j) + (b * i * i) + (c * i * j) + (g * j)) / scale, 2, (e, image, to) => e.CurvatureFit(image, scale, to[0], to[1]));
        for (int i = 2; i < 18; i++)
        {
            for (int j = 2; j < 22; j++)
            {
                double x = (2 * a * j) + (c * i) + g, y = (2 * b * i) + (c * j), w = 1 + (x * x) + (y * y);
                double mean = (((1 + (y * y)) * 2 * a) - (2 * x * y * c) + ((1 + (x * x)) * 2 * b)) / (2 * Math.Pow(w, 1.5));
                Assert.Equal(mean, found[0][(i * 24) + j], 1e-12);
                Assert.Equal(((4 * a * b) - (c * c)) / (w * w), found[1][(i * 24) + j], 1e-12);
            }
        }
    }

    [Fact]
    public void SphereHasTheCurvatureOfItsRadius()
    {
        double[][] found = Run(41, 41, (i, j) => 200 - Math.Sqrt((200 * 200) - ((i - 20) * (i - 20)) - ((j - 20) * (j - 20))), 2, (e, image, to) => e.CurvatureFit(image, 1, to[0], to[1]));
        for (int k = 10; k < 30; k++)
        {
            Assert.Equal(1 / 200.0, found[0][(k * 41) + k], 2e-6);
            Assert.Equal(1 / 40_000.0, found[1][(k * 41) + k], 2e-8);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void LevellingTakesThePolynomialAndLeavesWhatIsOrthogonal(int order)
    {
        const int rows = 37, columns = 50;
        double bend = order == 2 ? 0.01 : 0;
        double Surface(int i, int j) => 5 + (0.3 * i) - (0.7 * j) + (bend * ((i * i) - (i * j) + (2 * j * j)));
        double[][] nothing = Run(rows, columns, Surface, 1, (e, image, to) => e.LevelPolynomial(image, order, to[0]));
        Assert.All(nothing[0], value => Assert.Equal(0, value, 1e-11));
        double[][] rest = Run(rows, columns, (i, j) => Surface(i, j) + Math.Sin((i * i) + j), 1, (e, image, to) => e.LevelPolynomial(image, order, to[0]));
        // Least squares: what is left has no part in the basis.
        foreach (Func<int, int, double> term in new Func<int, int, double>[] { (_, _) => 1, (i, _) => i, (_, j) => j, (i, j) => i * j * bend, (i, _) => i * i * bend, (_, j) => j * j * bend })
            Assert.Equal(0, rest[0].Select((value, k) => value * term(k / columns, k % columns)).Sum(), 1e-7);
        Assert.InRange(rest[0].Average(v => v * v), 0.4, 0.6);
    }

    [Fact]
    public void LinesLoseTheirMedians()
    {
        double[] values = [1, 2, 9, -4, 10, 30, 20, 40];
        double[][] found = Run(2, 4, (i, j) => values[(i * 4) + j], 1, (e, image, to) => e.LineMedian(image, to[0]));
        Assert.Equal([-0.5, 0.5, 7.5, -5.5, -15, 5, -5, 15], found[0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void StepsGoAndWhatCoversHalfALineStays(bool masked)
    {
        // The island fills most of the lines 8 .. 19: their medians are its own height. Its sides are steps of 3 that most columns see together.
        const int rows = 30, columns = 41;
        static double Island(int i, int j) => i is >= 8 and < 20 && j >= 15 ? 3 : 0;
        static double Truth(int i, int j) => Island(i, j) + (0.2 * Math.Sin(0.9 * j));
        static double Step(int i) => 0.7 * (i * i % 11);
        double[][] found = Run(rows, columns, (i, j) => Truth(i, j) + Step(i), 2, (e, image, to) =>
        {
            Tensor? mask = null;
            if (masked)
            {
                e.Upload(Fill(rows, columns, Island), to[1]);
                mask = to[1];
            }
            e.StepLineCorrection(image, mask, double.PositiveInfinity, to[0], null);
        });
        for (int k = 0; k < rows * columns; k++)
        {
            // Without the mask the median takes the side of the island for a step of the scanner.
            double lost = masked ? 0 : k / columns is >= 8 and < 20 ? 3 : 0;
            Assert.Equal(Truth(k / columns, k % columns) - lost, found[0][k], 1e-12);
        }
    }

    [Fact]
    public void BadLinesBecomeTheLineBetweenTheirNeighbours()
    {
        const int rows = 24, columns = 50;
        HashSet<int> bad = [0, 7, 8, 15, 23];
        var random = new Random(5);
        double[] noise = [.. Enumerable.Range(0, rows * columns).Select(_ => 0.01 * random.NextDouble())];
        double Truth(int i, int j) => Math.Sin(0.3 * j) + noise[(i * columns) + j];
        // A line 30 higher than its neighbours is no bad line but a step; one that jumps about is.
        double Seen(int i, int j) => bad.Contains(i) ? 100 * Math.Sin(j * j * (i + 1.7)) : Truth(i, j) + (i >= 12 ? 30 : 0);
        double[][] found = Run(rows, columns, Seen, 2, (e, image, to) => e.StepLineCorrection(image, null, 5, to[0], to[1].Block(0, 0, rows, 1)));
        for (int i = 0; i < rows; i++)
        {
            Assert.Equal(bad.Contains(i) ? 1 : 0, found[1][i * columns]);
            for (int j = 0; j < columns; j++)
                Assert.Equal(Math.Sin(0.3 * j), found[0][(i * columns) + j], 0.05);
        }
        for (int j = 0; j < columns; j++)
        {
            Assert.Equal(found[0][columns + j], found[0][j]);
            Assert.Equal(found[0][(22 * columns) + j], found[0][(23 * columns) + j]);
            double above = found[0][(6 * columns) + j], below = found[0][(9 * columns) + j];
            Assert.Equal(((2 * above) + below) / 3, found[0][(7 * columns) + j], 1e-14);
            Assert.Equal((above + (2 * below)) / 3, found[0][(8 * columns) + j], 1e-14);
        }
    }

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(2, 0, 0)]
    [InlineData(3, 0, 0)]
    [InlineData(4, 1, 0)]
    [InlineData(5, 0, 0)]
    [InlineData(6, 0, 0)]
    [InlineData(8, 1, 1)]
    public void HarmonicsOfTheAngleCountWhereTheTurnDividesThem(int harmonic, double fourfold, double eightfold)
    {
        // cos(m phi - 0.4) with a soft middle, far from 0 and not at the image's centre.
        double[][] found = Run(40, 44, (i, j) =>
        {
            double y = i - 18, x = j - 21, r = Math.Sqrt((x * x) + (y * y));
            return 200 + (r * r / (10 + (r * r)) * Math.Cos((harmonic * Math.Atan2(y, x)) - 0.4));
        }, 2, (e, image, to) => e.RotationEnergy(image, 32, to[0], to[1]));
        Assert.Equal(fourfold, found[0][(18 * 44) + 21], 0.03);
        Assert.Equal(eightfold, found[1][(18 * 44) + 21], 0.03);
    }

    [Fact]
    public void RoundPicturesKeepAllTheirEnergyAndNoiseItsShare()
    {
        double[][] round = Run(21, 21, (i, j) => Math.Exp(-(((i - 10) * (i - 10)) + ((j - 10) * (j - 10))) / 30.0), 2, (e, image, to) => e.RotationEnergy(image, 16, to[0], to[1]));
        Assert.Equal(1, round[0][(10 * 21) + 10], 1e-12);
        Assert.Equal(1, round[1][(10 * 21) + 10], 0.01);
        var random = new Random(8);
        double[][] noise = Run(80, 80, (_, _) => random.NextDouble(), 2, (e, image, to) => e.RotationEnergy(image, 16, to[0], to[1]));
        Assert.Equal(1 / 4.0, noise[0].Average(), 0.03);
        Assert.Equal(1 / 8.0, noise[1].Average(), 0.03);
        for (int k = 0; k < noise[0].Length; k++)
            Assert.True(noise[1][k] <= noise[0][k] + 1e-12);
    }

    [Fact]
    public void QuarterTurnsOfTheImageTurnTheEnergiesWithIt()
    {
        const int side = 24;
        static double Height(int i, int j) => Math.Sin((1.3 * i) + (0.02 * j * j)) + Math.Cos(0.7 * j);
        double[][] found = Run(side, side, Height, 2, (e, image, to) => e.RotationEnergy(image, 9, to[0], to[1]));
        double[][] turned = Run(side, side, (i, j) => Height(j, side - 1 - i), 2, (e, image, to) => e.RotationEnergy(image, 9, to[0], to[1]));
        for (int k = 0; k < side * side; k++)
        {
            int from = (k % side * side) + side - 1 - (k / side);
            Assert.Equal(found[0][from], turned[0][k], 1e-11);
            Assert.Equal(found[1][from], turned[1][k], 1e-11);
        }
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(2, 16)]
    [InlineData(3, 16)]
    [InlineData(3, 33)]
    [InlineData(4, 64)]
    public void RandomSurfacesHaveTheSlopeOfTheirSpectrum(double exponent, int size)
    {
        // Waves of random phase and direction whose power falls with a power of the frequency, in the plane: k^-exponent dk_x dk_y.
        var random = new Random(7);
        (double X, double Y, double Phase, double Height)[] waves = [.. Enumerable.Range(0, 600).Select(_ =>
        {
            double kx = random.NextDouble() - 0.5, ky = random.NextDouble() - 0.5, k = Math.Max(0.02, Math.Sqrt((kx * kx) + (ky * ky)));
            return (kx, ky, random.NextDouble(), Math.Pow(k, -exponent / 2));
        })];
        double Height(int i, int j) => waves.Sum(w => w.Height * Math.Cos(2 * Math.PI * ((w.X * j) + (w.Y * i) + w.Phase)));
        const int side = 96;
        double[] surface = Fill(side, side, Height);
        int[] centres = [.. from i in Enumerable.Range(0, 12) from j in Enumerable.Range(0, 12) select ((i * 8) * side) + (j * 8)];
        double[] found = Slopes(side, (i, j) => surface[(i * side) + j], centres, size);
        Assert.Equal(-exponent, found.Average(), 0.3);
        // Neither the unit nor the level of heights matters.
        double[] scaled = Slopes(side, (i, j) => 500 - (3 * surface[(i * side) + j]), centres, size);
        for (int k = 0; k < found.Length; k++)
            Assert.Equal(found[k], scaled[k], 1e-7);
    }

    private static double[] Slopes(int side, Func<int, int, double> value, int[] centres, int size)
    {
        var layout = new ArenaLayout();
        Tensor image = layout.Allocate("image", side, side), result = layout.Allocate("result", 1, centres.Length);
        using var executor = new HostExecutor<double>(layout);
        executor.Upload(Fill(side, side, value), image);
        executor.RadialSpectrumSlope(image, centres, size, result);
        var slopes = new double[centres.Length];
        executor.Download(result, slopes);
        return slopes;
    }

    [Fact]
    public void GradientOfAQuadraticIsExact()
    {
        double[][] found = Run(8, 9, (i, j) => (j * j) - (3 * i * j), 2, (e, image, to) => e.Gradient(image, to[0], to[1]));
        for (int i = 1; i < 7; i++)
        {
            for (int j = 1; j < 8; j++)
            {
                Assert.Equal((2 * j) - (3 * i), found[0][(i * 9) + j]);
                Assert.Equal(-3 * j, found[1][(i * 9) + j]);
            }
        }
        Assert.Equal(0, found[0][9]);
    }

    [Fact]
    public void WrongArgumentsAreNamed()
    {
        var layout = new ArenaLayout();
        Tensor image = layout.Allocate("image", 6, 5), other = layout.Allocate("other", 5, 6);
        Tensor first = layout.Allocate("first", 6, 5), second = layout.Allocate("second", 6, 5);
        using var executor = new HostExecutor<float>(layout);
        Assert.Contains("5 x 6; 6 x 5", Assert.Throws<ArgumentException>(() => executor.GaussianFilter(image, 1, other)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => executor.Gradient(image, first, other));
        Assert.Throws<ArgumentException>(() => executor.CurvatureFit(image, 1, other, first));
        Assert.Throws<ArgumentException>(() => executor.HessianEigenvalues(image, 1, first, second, other, null, null));
        Assert.Throws<ArgumentException>(() => executor.StructureTensor(image, 1, 0, other, first));
        Assert.Throws<ArgumentException>(() => executor.LocalMoments(image, 3, first, second, null, other, null));
        Assert.Throws<ArgumentException>(() => executor.TakePixels(image, [0], other));
        Assert.Throws<ArgumentException>(() => executor.NormalProfile(image, first, second, [0], 1, other));
        Assert.Throws<ArgumentOutOfRangeException>(() => executor.GaussianFilter(image, double.NaN, first));
        Assert.Throws<ArgumentOutOfRangeException>(() => executor.PatchMinMax(image, 0, first, second));
        Assert.Throws<ArgumentOutOfRangeException>(() => executor.LocalMoments(image, 65, first, second, null, null, null));
        Assert.Throws<ArgumentOutOfRangeException>(() => executor.LevelPolynomial(image, 3, image));
        Assert.Throws<ArgumentException>(() => executor.RotationEnergy(image, 3, first, other));
        Assert.Throws<ArgumentException>(() => executor.RadialSpectrumSlope(image, [0], 6, other));
        Assert.Throws<ArgumentException>(() => executor.RadialSpectrumSlope(image, [30], 6, other.Block(0, 0, 1, 1)));
        Assert.Throws<ArgumentException>(() => executor.StepLineCorrection(image, other, 3, first, null));
        Assert.Throws<ArgumentException>(() => executor.StepLineCorrection(image, null, 3, first, second));
        Assert.Throws<ArgumentOutOfRangeException>(() => executor.RotationEnergy(image, 2, first, second));
        Assert.Throws<ArgumentOutOfRangeException>(() => executor.RadialSpectrumSlope(image, [0], 5, other.Block(0, 0, 1, 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => executor.RadialSpectrumSlope(image, [0], 65, other.Block(0, 0, 1, 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => executor.StepLineCorrection(image, null, 0.5f, first, null));
        Assert.Throws<ArgumentOutOfRangeException>(() => executor.StepLineCorrection(image, null, float.NaN, first, null));
    }

    private static double[] Map(int rows, int columns, Func<int, int, double> value, Action<IExecutor<double>, Tensor, Tensor> run) =>
        Run(rows, columns, value, 1, (e, image, to) => run(e, image, to[0]))[0];

    private static double[][] Run(int rows, int columns, Func<int, int, double> value, int results, Action<IExecutor<double>, Tensor, Tensor[]> run)
    {
        var layout = new ArenaLayout();
        Tensor image = layout.Allocate("image", rows, columns);
        Tensor[] to = [.. Enumerable.Range(0, results).Select(k => layout.Allocate($"result {k}", rows, columns))];
        using var executor = new HostExecutor<double>(layout);
        executor.Upload(Fill(rows, columns, value), image);
        run(executor, image, to);
        return Array.ConvertAll(to, tensor =>
        {
            var values = new double[tensor.Count];
            executor.Download(tensor, values);
            return values;
        });
    }

    private static float[][] RunSingle(int rows, int columns, Func<int, int, double> value, int results, Action<IExecutor<float>, Tensor, Tensor[]> run)
    {
        var layout = new ArenaLayout();
        Tensor image = layout.Allocate("image", rows, columns);
        Tensor[] to = [.. Enumerable.Range(0, results).Select(k => layout.Allocate($"result {k}", rows, columns))];
        using var executor = new HostExecutor<float>(layout);
        executor.Upload(Array.ConvertAll(Fill(rows, columns, value), v => (float)v), image);
        run(executor, image, to);
        return Array.ConvertAll(to, tensor =>
        {
            var values = new float[tensor.Count];
            executor.Download(tensor, values);
            return values;
        });
    }

    private static double[] Fill(int rows, int columns, Func<int, int, double> value) =>
        [.. from i in Enumerable.Range(0, rows) from j in Enumerable.Range(0, columns) select value(i, j)];
}
