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
        output.WriteLine($"{channel}: corners {error:0.000} px, {result.ReferencePicture}/{result.MovingPicture} inverted {result.Inverted}, agreement {result.AgreementBefore:0.000} -> "
            + $"{result.AgreementAfter:0.000}, z {result.Significance:0.0}, residual {result.ResidualPixels:0.00} px, share {result.AgreeingShare:0.00}, {result.Iterations} steps, "
            + $"{watch.ElapsedMilliseconds} ms, {result.Correction}");
        Assert.Null(result.Doubt);
        Assert.InRange(error, 0, allowed);
        Assert.True(result.AgreementAfter > result.AgreementBefore);
        Assert.InRange(result.ResidualPixels, 0, 1.5);
        Assert.Equal(degrees, result.Correction.RotationDegrees, 0.6);
        Assert.Equal(channel == "inverted", result.Inverted);
    }

    [Fact]
    public void An_image_lies_on_itself()
    {
        ScanImage image = Scene.Value.Topography();
        RegistrationResult result = Registration.Of(image, image);
        Assert.InRange(RegistrationScene.CornerError(result.Map, AffineMap.Identity), 0, 1e-3);
        Assert.Equal(1, result.AgreementAfter, 1e-6);
        Assert.Equal(1, result.AgreeingShare);
        Assert.InRange(result.ResidualPixels, 0, 0.01);
        Assert.True(result.Trusted);
    }

    [Theory]
    [InlineData("height")]
    [InlineData("electrons")]
    [InlineData("current")]
    public void Unrelated_films_are_not_trusted(string channel)
    {
        RegistrationScene scene = Other.Value;
        ScanFrame frame = RegistrationScene.Frame(1, 170, 170);
        ScanImage moving = channel switch
        {
            "height" => scene.See("Height", "m", AffineMap.Identity, frame, scene.Height, 0),
            "electrons" => scene.See("SEM", "", AffineMap.Identity, frame, scene.Electrons, 12),
            _ => scene.See("Current", "A", AffineMap.Identity, frame, scene.Current, 0),
        };
        RegistrationResult result = Registration.Of(Scene.Value.Topography(), moving);
        output.WriteLine($"{result.AgreementAfter:0.000}, z {result.Significance:0.0}, share {result.AgreeingShare:0.00}, residual {result.ResidualPixels:0.00}, {result.Correction}");
        Assert.False(result.Trusted);
        Assert.Contains("check that both show the same area", result.Doubt, StringComparison.Ordinal);
        Assert.Contains($"'{moving.Channel}' on 'Height'", result.Doubt, StringComparison.Ordinal);
    }
}
