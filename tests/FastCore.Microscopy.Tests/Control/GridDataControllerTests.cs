using FastCore.Microscopy.Control;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Microscopy.Tests.Control;

public class GridDataControllerTests
{
    private static readonly BiasWaveform Bias = BiasWaveform.Triangle(new Volts(1.5), 5, new Seconds(1));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Sweep_looks_up_the_nearest_point_and_the_truth_is_the_grid()
    {
        using var controller = new GridDataController(Grid());
        Assert.Same(controller.FixedWaveform, ((ICafmController)controller).FixedWaveform);
        Assert.Empty(controller.Truth.ClassNames);
        Assert.Equal(12, controller.AcquireOverview(Token).Values.Length);
        Assert.Equal(0, controller.Elapsed.Value, .0021);
        StagePosition there = controller.MoveTo(new StagePosition(new Metres(21e-9), new Metres(9e-9)), Token);
        Assert.Equal(20e-9, there.X.Value, 1e-15);
        Assert.Equal(10e-9, there.Y.Value, 1e-15);
        controller.Approach(Token);
        var current = new double[5];
        controller.Sweep(controller.FixedWaveform!, current, Token);
        controller.Retract();
        int pixel = (1 * 4) + 2;
        Assert.Equal(Enumerable.Range(0, 5).Select(k => ((pixel * 5) + k) * 1e-12), current);
        var truth = new double[5];
        controller.Truth.CurveAt(new PixelIndex(1, 2), truth);
        Assert.Equal(current, truth);
        Assert.Equal(-1, controller.Truth.ClassAt(new PixelIndex(1, 2)));
    }

    [Fact]
    public void Another_waveform_is_refused()
    {
        using var controller = new GridDataController(Grid());
        controller.Approach(Token);
        BiasWaveform other = BiasWaveform.Triangle(new Volts(1), 5, new Seconds(1));
        var refused = Assert.Throws<InstrumentException>(() => controller.Sweep(other, new double[5], Token));
        Assert.Equal(InstrumentError.LimitViolation, refused.Error);
        Assert.Contains("FixedWaveform", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Archive_is_read_and_a_wrong_one_refused()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var arrays = new Dictionary<string, NpyArray>
        {
            ["image"] = NpyArray.Of(new double[6], 2, 3),
            ["curves"] = NpyArray.Of([.. Enumerable.Range(0, 30).Select(k => k * 1e-12)], 2, 3, 5),
            ["bias"] = NpyArray.Of([0, .75, 1.5, .75, 0], 5),
            ["pixel_pitch"] = NpyArray.Of([2e-8]),
        };
        NpzFile.Write(path, arrays);
        GridData grid = GridData.Open(path);
        Assert.Equal(2e-8, grid.Image.Frame.PixelPitch.Value);
        Assert.Equal(2, grid.Waveform.Turnaround);
        Assert.Equal(29e-12, grid.Curve(new PixelIndex(1, 2))[4], 1e-20);
        Refused("curves", () => arrays["curves"] = NpyArray.Of(new double[25], 5, 5));
        Refused("bias", () => arrays["bias"] = NpyArray.Of(new double[4], 2, 2));
        Refused("does not change", () => arrays["bias"] = NpyArray.Of(new double[5], 5));
        Refused("row 1, column 2", () => arrays["image"] = NpyArray.Of([0, 0, 0, 0, 0, double.NaN], 2, 3));
        Refused("image", () => arrays.Remove("image"));
        File.Delete(path);

        void Refused(string named, Action change)
        {
            var saved = new Dictionary<string, NpyArray>(arrays);
            change();
            NpzFile.Write(path, arrays);
            arrays.Clear();
            foreach ((string key, NpyArray value) in saved)
                arrays[key] = value;
            var refused = Assert.Throws<InvalidDataException>(() => GridData.Open(path));
            Assert.Contains(named, refused.Message, StringComparison.Ordinal);
            Assert.StartsWith(path, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Real_grid_can_be_visited_completely()
    {
        string? file = SharedFolder.File("data", "pycroscopy+SciFiDatasets", "NanonisReader_STS_grid_lockin.3ds");
        Assert.SkipWhen(file is null, SharedFolder.SkipReason);
        GridData grid = GridData.ReadNanonis(file);
        using var controller = new GridDataController(grid);
        Assert.Contains("NanonisReader_STS_grid_lockin.3ds", controller.Identity, StringComparison.Ordinal);
        var gate = new QualityGate();
        double[] current = new double[200], cleaned = new double[200], truth = new double[200];
        int good = 0;
        for (int row = 0; row < 30; row++)
        {
            for (int column = 0; column < 30; column++)
            {
                var pixel = new PixelIndex(row, column);
                Assert.Equal(grid.Image.Frame.ToStage(pixel), controller.MoveTo(grid.Image.Frame.ToStage(pixel), Token));
                controller.Approach(Token);
                controller.Sweep(grid.Waveform, current, Token);
                controller.Retract();
                controller.Truth.CurveAt(pixel, truth);
                Assert.Equal(truth, current);
                IvAssessment found = gate.Assess(grid.Waveform, current, cleaned);
                good += found.IsGood ? 1 : 0;
                Assert.True(double.IsFinite(IvQuantities.Of(grid.Waveform, cleaned, found.NoiseAmperes).LargestConductance!.Value));
            }
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"{good} of 900 curves are good");
        Assert.InRange(good, 880, 900);
    }

    private static GridData Grid() => new(
        "made up", new ScanImage("Height", "m", new ScanFrame(3, 4, new Metres(10e-9)), new float[12]), Bias,
        [.. Enumerable.Range(0, 60).Select(k => k * 1e-12)]);
}
