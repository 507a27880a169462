using FastCore.Microscopy.Imaging;
using Xunit;

namespace FastCore.Microscopy.Tests.Imaging;

public class AffineMapTests
{
    private static readonly AffineMap First = new(1.02, 0.11, -3.5, -0.08, 0.97, 6.25);
    private static readonly AffineMap Second = new(0.5, -0.2, 1, 0.3, 0.6, -2);

    [Fact]
    public void Maps_follow_each_other()
    {
        (double row, double column) = First.Apply(7, 11);
        Assert.Equal((1.02 * 7) + (0.11 * 11) - 3.5, row, 1e-12);
        Assert.Equal((-0.08 * 7) + (0.97 * 11) + 6.25, column, 1e-12);
        Close(Second.Apply(row, column), First.Then(Second).Apply(7, 11));
    }

    [Fact]
    public void The_inverse_leads_back()
    {
        (double row, double column) = First.Apply(-4, 19);
        Close((-4, 19), First.Inverse().Apply(row, column));
        Close((5, 6), First.Then(First.Inverse()).Apply(5, 6));
        var line = Assert.Throws<InvalidOperationException>(() => new AffineMap(1, 2, 0, 2, 4, 0).Inverse());
        Assert.Contains("cannot be inverted", line.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(20, 31.5)]
    public void Parts_make_the_map_again(double row, double column)
    {
        foreach (AffineParts parts in new[] { new AffineParts(3, -2, 4, 1.03, 0.97, 0.02), new AffineParts(0, 1, -170, 0.5, 0.6, -0.3), new AffineParts(0, 0, 30, -1, 1) })
        {
            AffineParts again = AffineMap.Of(parts, row, column).Decompose(row, column);
            Assert.Equal(parts.ShiftRows, again.ShiftRows, 1e-9);
            Assert.Equal(parts.ShiftColumns, again.ShiftColumns, 1e-9);
            Assert.Equal(parts.RotationDegrees, again.RotationDegrees, 1e-9);
            Assert.Equal(parts.ScaleRows, again.ScaleRows, 1e-9);
            Assert.Equal(parts.ScaleColumns, again.ScaleColumns, 1e-9);
            Assert.Equal(parts.Shear, again.Shear, 1e-9);
        }
    }

    [Fact]
    public void A_quarter_turn_takes_a_row_down_and_a_shear_moves_rows_along_themselves()
    {
        Close((5, 0), AffineMap.Of(new AffineParts(0, 0, 90)).Apply(0, 5));
        Close((-5, 0), AffineMap.Of(new AffineParts(0, 0, 0, -1)).Apply(5, 0));
        Close((2, 0.2), AffineMap.Of(new AffineParts(0, 0, 0, 1, 1, 0.1)).Apply(2, 0));
    }

    [Fact]
    public void Pitches_scale_about_the_first_pixel() =>
        Close((8, 10), AffineMap.OfPitches(new ScanFrame(9, 9, new(2e-8)), new ScanFrame(9, 9, new(1e-8), new(new(1e-6), default))).Apply(4, 5));

    private static void Close((double Row, double Column) expected, (double Row, double Column) found)
    {
        Assert.Equal(expected.Row, found.Row, 1e-9);
        Assert.Equal(expected.Column, found.Column, 1e-9);
    }
}
