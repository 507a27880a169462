using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Units;
using Xunit;

namespace FastCore.Microscopy.Tests.Simulation;

public class TipShapeTests
{
    private static readonly FilmOptions Options = new();

    [Theory]
    [InlineData(25e-9, 15)]
    [InlineData(80e-9, 35)]
    [InlineData(5e-9, 10)]
    public void Tip_is_the_upper_envelope_of_its_tangents(double radius, double degrees)
    {
        for (double distance = 0; distance < 5 * radius; distance += .0831 * radius)
            Assert.Equal(Envelope(distance, radius, degrees), TipShape.Height(distance, radius, degrees), 1e-15);
    }

    [Theory]
    [InlineData(25e-9, 15, 60e-9)]
    [InlineData(60e-9, 40, 20e-9)]
    [InlineData(0, 30, 60e-9)]
    public void Dilation_is_the_maximum_of_brute_force_and_lowers_nothing(double radius, double degrees, double relief)
    {
        const int Rows = 17, Columns = 23;
        var frame = new ScanFrame(Rows, Columns, Options.PixelPitch);
        RandomStream random = RandomStream.Named(3, "test.tip");
        var height = new float[Rows * Columns];
        for (int i = 0; i < height.Length; i++)
            height[i] = (float)(relief * random.NextNormal());
        FilmOptions options = Options with { TipRadius = new Metres(radius), TipConeDegrees = degrees };
        float[] seen = TipShape.Dilate(height, frame, options);
        int raised = 0;
        for (int a = 0; a < height.Length; a++)
        {
            double expected = double.NegativeInfinity;
            for (int b = 0; b < height.Length; b++)
            {
                int dy = (a / Columns) - (b / Columns), dx = (a % Columns) - (b % Columns);
                expected = Math.Max(expected, height[b] - Envelope(Math.Sqrt((dx * dx) + (dy * dy)) * frame.PixelPitch.Value, radius, degrees));
            }
            Assert.Equal(expected, seen[a], 5e-14);
            Assert.True(seen[a] >= height[a]);
            raised += seen[a] > height[a] ? 1 : 0;
        }
        Assert.True(raised > height.Length / 10, $"{raised} pixels raised");
    }

    [Fact]
    public void A_plane_stays_as_it_is()
    {
        var height = new float[20 * 16];
        Array.Fill(height, 3.25e-8f);
        Assert.Equal(height, TipShape.Dilate(height, new ScanFrame(20, 16, Options.PixelPitch), Options));
    }

    // Legendre transform of the sphere R (sqrt(1 + s^2) - 1), slopes s limited to that of the cone: its tangents' upper envelope.
    private static double Envelope(double distance, double radius, double degrees)
    {
        double steepest = 1 / Math.Tan(degrees * Math.PI / 180);
        double slope = distance >= radius ? steepest : Math.Min(steepest, distance / Math.Sqrt((radius * radius) - (distance * distance)));
        return (slope * distance) - (radius * (Math.Sqrt(1 + (slope * slope)) - 1));
    }
}
