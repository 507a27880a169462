using FastCore.Microscopy.Imaging;
using Xunit;

namespace FastCore.Microscopy.Tests.Imaging;

public class RegistrationTests(ITestOutputHelper output)
{
    private static readonly Lazy<RegistrationScene> Scene = new(() => new RegistrationScene(5));
    private static readonly Lazy<RegistrationScene> Other = new(() => new RegistrationScene(6));

    public static TheoryData<string, double, double, double, double, double, double, double> Cases => new()
    {
        // channel, shift rows, shift columns, degrees, scale rows, scale columns, pitch, allowed error in pixels
        { "height", 6.3, -8.6, 0, 1, 1, 1, 0.5 },
        { "height", -4.2, 5.7, 3, 1.03, 0.99, 1, 0.5 },
        { "height", 3.1, 2.4, -5, 0.97, 0.98, 1.37, 0.5 },
        { "height", 25, -31, 2, 1, 1, 0.7, 0.5 },
        { "inverted", -7.5, 4.4, 4, 1.03, 1.01, 1, 1.5 },
        { "electrons", 5.4, 9.2, -3, 1.03, 1, 0.8, 1.5 },
        { "dark electrons", 5.4, 9.2, 2, 0.97, 1, 1.2, 1.5 },
        { "current", -6, 3.3, 2.5, 0.97, 1.02, 1.3, 1.5 },
        { "grains", 4, -7, -2, 1.03, 1, 1.6, 1.5 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_known_map_is_found(string channel, double rows, double columns, double degrees, double scaleRows, double scaleColumns, double pitch, double allowed)
    {
        RegistrationScene scene = Scene.Value;
        int side = (int)(170 / pitch);
        ScanFrame frame = RegistrationScene.Frame(pitch, side, side + 6);
        AffineMap truth = RegistrationScene.Truth(rows, columns, degrees, scaleRows, scaleColumns, pitch, frame);
        ScanImage moving = channel switch
        {
            "height" => scene.See("Height", "m", truth, frame, scene.Height, 0.5e-9),
            "inverted" => scene.See("Signal", "", truth, frame, scene.Inverted, 0.3e-9),
            "electrons" => scene.See("SEM", "", truth, frame, scene.Electrons, 12),
            "dark electrons" => scene.See("SEM", "", truth, frame, scene.DarkElectrons, 12),
            "current" => scene.See("Current", "A", truth, frame, scene.Current, 10e-12),
            _ => scene.See("Contrast", "", truth, frame, scene.Grey, 2),
        };
        var watch = System.Diagnostics.Stopwatch.StartNew();
        RegistrationResult result = Registration.Of(scene.Topography(), moving);
        double error = RegistrationScene.CornerError(result.Map, truth);
        output.WriteLine($"{channel}: corners {error:0.000} px, {result.ReferencePicture}/{result.MovingPicture} values {result.ValueCorrelation:0.00}, agreement {result.AgreementBefore:0.000} -> "
            + $"{result.AgreementAfter:0.000}, z {result.Significance:0.0}, residual {result.ResidualPixels:0.00} px, share {result.AgreeingShare:0.00}, {result.Iterations} steps, "
            + $"{watch.ElapsedMilliseconds} ms, {result.Correction}");
        Assert.Null(result.Doubt);
        Assert.InRange(error, 0, allowed);
        Assert.True(result.AgreementAfter > result.AgreementBefore);
        Assert.InRange(result.ResidualPixels, 0, 1.5);
        Assert.Equal(degrees, result.Correction.RotationDegrees, 0.6);
        Assert.Equal(channel is "inverted" or "electrons" or "current", result.ValueCorrelation < -0.2);
    }

    [Fact]
    public void An_image_lies_on_itself()
    {
        ScanImage image = Scene.Value.Topography();
        RegistrationResult result = Registration.Of(image, image);
        Assert.InRange(RegistrationScene.CornerError(result.Map, AffineMap.Identity), 0, 1e-3);
        Assert.Equal(1, result.AgreementAfter, 1e-6);
        Assert.Equal(1, result.AgreeingShare);
        Assert.InRange(result.ResidualPixels, 0, 0.05);
        Assert.True(result.Trusted);
    }

    [Theory]
    [InlineData("height")]
    [InlineData("electrons")]
    [InlineData("mirrored")]
    public void Unrelated_films_are_not_trusted(string channel)
    {
        RegistrationScene scene = channel == "mirrored" ? Scene.Value : Other.Value;
        ScanFrame frame = RegistrationScene.Frame(1, 170, 170);
        ScanImage moving = channel switch
        {
            "height" => scene.See("Height", "m", AffineMap.Identity, frame, scene.Height, 0),
            "electrons" => scene.See("SEM", "", AffineMap.Identity, frame, scene.Electrons, 12),
            _ => scene.See("Current", "A", new AffineMap(1, 0, 0, 0, -1, 159), frame, scene.Current, 0),
        };
        RegistrationResult result = Registration.Of(Scene.Value.Topography(), moving);
        output.WriteLine($"{result.AgreementAfter:0.000}, z {result.Significance:0.0}, share {result.AgreeingShare:0.00}, residual {result.ResidualPixels:0.00}, {result.Correction}");
        Assert.False(result.Trusted);
        Assert.Contains("check that both show the same area", result.Doubt, StringComparison.Ordinal);
        Assert.Contains($"'{moving.Channel}' on 'Height'", result.Doubt, StringComparison.Ordinal);
    }

    [Fact]
    public void A_close_up_on_finer_pixels_is_found_within_the_reference()
    {
        RegistrationScene scene = Scene.Value;
        ScanFrame frame = RegistrationScene.Frame(0.5, 220, 220);
        AffineMap truth = RegistrationScene.Truth(13, -12, 4, 1.03, 1, 0.5, frame);
        RegistrationResult result = Registration.Of(scene.Topography(), scene.See("SEM", "", truth, frame, scene.Electrons, 12));
        (double row, double column) = result.Map.Then(truth.Inverse()).Apply(80, 80);
        output.WriteLine($"middle {row - 80:0.00}, {column - 80:0.00}; corners {RegistrationScene.CornerError(result.Map, truth):0.00}; {result.AgreementAfter:0.000}; {result.Doubt}");
        Assert.True(result.Trusted);
        Assert.Equal(80, row, 0.5);
        Assert.Equal(80, column, 0.5);
    }

    [Fact]
    public void Missing_points_and_a_tilt_do_not_move_the_map()
    {
        RegistrationScene scene = Scene.Value;
        ScanFrame frame = RegistrationScene.Frame(1, 160, 170);
        AffineMap truth = RegistrationScene.Truth(4, 6, 2, 1.02, 1, 1, frame);
        ScanImage moving = scene.See("Height", "m", truth, frame, scene.Height, 0);
        var random = new Random(3);
        for (int k = 0; k < moving.Values.Length; k++)
        {
            moving.Values[k] += 2e-9f * (k / 170) - (1e-9f * (k % 170));
            bool torn = k / 170 is > 40 and < 60 && k % 170 is > 90 and < 125;
            if (torn || random.NextDouble() < 0.002)
                moving.Values[k] = float.NaN;
        }
        RegistrationResult result = Registration.Of(scene.Topography(), moving, new() { RotationRangeDegrees = 2.5, ScaleRange = 0 });
        Assert.Null(result.Doubt);
        Assert.InRange(RegistrationScene.CornerError(result.Map, truth), 0, 0.5);
    }

    [Fact]
    public void A_shift_alone_leaves_rotation_and_scale()
    {
        RegistrationScene scene = Scene.Value;
        ScanFrame frame = RegistrationScene.Frame(1, 160, 160);
        AffineMap truth = RegistrationScene.Truth(-7.3, 3.6, 0, 1, 1, 1, frame);
        RegistrationResult result = Registration.Of(scene.Topography(), scene.See("Height", "m", truth, frame, scene.Height, 0), new() { Freedom = MapFreedom.Shift });
        Assert.InRange(RegistrationScene.CornerError(result.Map, truth), 0, 0.1);
        Assert.Equal(1, result.Map.RowFromRow);
        Assert.Equal(0, result.Map.RowFromColumn);
        Assert.Equal(-7.3, result.Correction.ShiftRows, 0.1);
    }

    [Fact]
    public void Images_without_structure_are_refused_in_one_sentence()
    {
        ScanImage good = Scene.Value.Topography();
        var frame = new ScanFrame(64, 80, new(2e-8));
        float[] plane = [.. Enumerable.Range(0, 64 * 80).Select(k => 3e-9f + (1e-10f * (k / 80)))], empty = new float[64 * 80];
        Array.Fill(empty, float.NaN);
        Refused(good, new ScanImage("Current", "A", frame, plane), "'Current' (moving image) is flat or a bent plane", "take a channel that shows the grains");
        Refused(new ScanImage("SEM", "", frame, empty), good, "'SEM' (reference image) has no value at 5120 of 5120 pixels; up to half may be missing", "crop it");
        Refused(good, new ScanImage("IQ", "", new ScanFrame(64, 80, new(2e-9)), [.. Enumerable.Range(0, 5120).Select(k => (float)(k * 37 % 11))]),
            "'IQ' (moving image) covers 9 x 11 pixels of 15.625 nm", "32 x 32 are needed");
        ArgumentException exception = Assert.Throws<ArgumentException>(() => Registration.Of(good, good, new() { LeastOverlap = 0 }));
        Assert.Contains("LeastOverlap is 0; 0.1 to 1 is allowed", exception.Message, StringComparison.Ordinal);
    }

    private static void Refused(ScanImage reference, ScanImage moving, params string[] words)
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => Registration.Of(reference, moving));
        foreach (string word in words)
            Assert.Contains(word, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }
}
