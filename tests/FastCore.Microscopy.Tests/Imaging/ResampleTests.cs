using FastCore.Microscopy.Imaging;
using Xunit;

namespace FastCore.Microscopy.Tests.Imaging;

public class ResampleTests
{
    private static readonly ScanFrame Frame = new(5, 6, new(1e-8));

    [Fact]
    public void Identity_keeps_every_value_and_gap()
    {
        ScanImage image = Ramp("Height", "m", 5, 6);
        image.Values[8] = float.NaN;
        ScanImage same = Resample.Onto(image, AffineMap.Identity, Frame);
        Assert.Equal(image.Values, same.Values);
        Assert.Equal(("Height", "m", Frame), (same.Channel, same.Unit, same.Frame));
    }

    [Fact]
    public void A_plane_is_met_between_pixels_and_is_missing_outside()
    {
        ScanImage seen = Resample.Onto(Ramp("Height", "m", 5, 6), new AffineMap(1, 0.1, 0.5, 0, 1, -0.75), Frame);
        for (int k = 0; k < seen.Values.Length; k++)
        {
            double row = (k / 6) + (0.1 * (k % 6)) + 0.5, column = (k % 6) - 0.75;
            if (row <= 4 && column >= 0)
                Assert.Equal((10 * row) + column, seen.Values[k], 1e-4);
            else
                Assert.True(float.IsNaN(seen.Values[k]));
        }
    }

    [Theory]
    [InlineData("Phase", "", true)]
    [InlineData("Phase", "deg", false)]
    [InlineData("Euler2", "deg", true)]
    [InlineData("grain labels", "", true)]
    [InlineData("Height", "m", false)]
    public void Labels_are_never_mixed(string channel, string unit, bool label)
    {
        Assert.Equal(label, Resample.IsLabel(channel, unit));
        ScanImage seen = Resample.Onto(Ramp(channel, unit, 5, 6), new AffineMap(1, 0, 0, 0, 1, 0.3), Frame);
        Assert.Equal(label ? 2 : 2.3, seen.Values[2], 1e-5);
        Assert.Equal(2, Resample.Onto(Ramp(channel, unit, 5, 6), new AffineMap(1, 0, 0, 0, 1, 0.3), Frame, Interpolation.Nearest).Values[2]);
        Assert.Equal(2.3, Resample.Onto(Ramp(channel, unit, 5, 6), new AffineMap(1, 0, 0, 0, 1, 0.3), Frame, Interpolation.Bilinear).Values[2], 1e-5);
    }

    [Fact]
    public void Finer_pixels_are_averaged()
    {
        var fine = new ScanFrame(20, 24, new(2.5e-9));
        var board = new ScanImage("Current", "A", fine, [.. Enumerable.Range(0, 480).Select(k => (float)(((k / 24) + (k % 24)) % 2))]);
        ScanImage seen = Resample.Onto(board, AffineMap.OfPitches(Frame, fine), Frame);
        Assert.Equal(0.5, seen.Values[8], 0.01);
    }

    [Fact]
    public void Channels_share_a_frame_and_the_largest_rectangle()
    {
        ScanImage reference = Ramp("Height", "m", 5, 6), second = Ramp("Current", "A", 4, 5), third = Ramp("Phase", "", 5, 6);
        RegisteredChannels all = RegisteredChannels.Of(reference, (second, new AffineMap(1, 0, -1, 0, 1, 0)), (third, new AffineMap(1, 0, 0, 0, 1, -2)));
        Assert.Equal(["Height", "Current", "Phase"], all.Channels.Select(c => c.Channel));
        Assert.All(all.Channels, c => Assert.Equal(Frame, c.Frame));
        Assert.Equal(new PixelRectangle(1, 2, 4, 3), all.Common);
        RegisteredChannels cropped = all.Cropped();
        Assert.Equal(new ScanFrame(4, 3, new(1e-8), Frame.ToStage(new PixelIndex(1, 2))), cropped.Frame);
        Assert.All(cropped.Channels, c => Assert.All(c.Values, v => Assert.True(float.IsFinite(v))));
        Assert.Equal(12, cropped.Channels[0].Values[0]);
        Assert.Equal(2, cropped.Channels[1].Values[0]);
        Assert.Equal(10, cropped.Channels[2].Values[0]);
    }

    [Fact]
    public void The_rectangle_of_a_turned_image_lies_within_it_and_is_the_largest()
    {
        var frame = new ScanFrame(17, 23, new(1e-8));
        AffineMap map = AffineMap.Of(new AffineParts(1, -2, 18), 8, 11);
        PixelRectangle found = RegisteredChannels.Of(Ramp("Height", "m", 17, 23), (Ramp("SEM", "", 17, 23), map)).Common;
        int most = 0;
        for (int a = 0; a < 17 * 23; a++)
        {
            for (int b = a; b < 17 * 23; b++)
            {
                int rows = (b / 23) - (a / 23) + 1, columns = (b % 23) - (a % 23) + 1;
                if (columns < 1 || rows * columns <= most)
                    continue;
                // The image is convex: its corners decide.
                bool inside = Resample.Inside(frame, map, a / 23, a % 23) && Resample.Inside(frame, map, b / 23, b % 23)
                    && Resample.Inside(frame, map, a / 23, b % 23) && Resample.Inside(frame, map, b / 23, a % 23);
                most = inside ? rows * columns : most;
            }
        }
        Assert.Equal(most, found.Rows * found.Columns);
        Assert.True(Resample.Inside(frame, map, found.FirstRow, found.FirstColumn));
        Assert.True(Resample.Inside(frame, map, found.FirstRow + found.Rows - 1, found.FirstColumn + found.Columns - 1));
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        ScanImage image = Ramp("Height", "m", 5, 6);
        var apart = Assert.Throws<ArgumentException>(() => RegisteredChannels.Of(image, (image, new AffineMap(1, 0, 50, 0, 1, 0))));
        Assert.Contains("no pixel of the reference in common", apart.Message, StringComparison.Ordinal);
        var line = Assert.Throws<ArgumentException>(() => Resample.Onto(image, new AffineMap(1, 1, 0, 1, 1, 0), Frame));
        Assert.Contains("register again", line.Message, StringComparison.Ordinal);
    }

    private static ScanImage Ramp(string channel, string unit, int rows, int columns) =>
        new(channel, unit, new ScanFrame(rows, columns, Frame.PixelPitch), [.. Enumerable.Range(0, rows * columns).Select(k => (float)((10 * (k / columns)) + (k % columns)))]);
}
