namespace FastCore.Autonomy.Policies;

/// <summary>A regular grid over the image, row by row: a = -distance to the grid point of the step, in units of the image's diagonal.</summary>
internal sealed class GridChoice : Policy
{
    public override string Name => "grid";

    public override void Score(in PolicyView view, Span<float> acquisition)
    {
        (double row, double column) = Point(view.Step - view.Plan.SeedPoints, view.Plan.Budget - view.Plan.SeedPoints, view.Geometry.Rows,
            view.Geometry.Columns);
        double diagonal = Math.Sqrt(((double)view.Geometry.Rows * view.Geometry.Rows) + ((double)view.Geometry.Columns * view.Geometry.Columns));
        for (int c = 0; c < acquisition.Length; c++)
        {
            double dr = (c / view.Geometry.Columns) - row, dc = (c % view.Geometry.Columns) - column;
            acquisition[c] = (float)(-Math.Sqrt((dr * dr) + (dc * dc)) / diagonal);
        }
    }

    /// <summary>Grid point <paramref name="k"/> of about <paramref name="count"/> ones, in candidate rows and columns.</summary>
    internal static (double Row, double Column) Point(int k, int count, int rows, int columns)
    {
        int across = Math.Max(1, (int)Math.Round(Math.Sqrt(count * (double)columns / rows)));
        int down = Math.Max(1, (count + across - 1) / across);
        int wrapped = Math.Max(0, k) % (across * down);
        // Rows are run forth and back: the tip travels least.
        int i = wrapped / across, j = i % 2 == 0 ? wrapped % across : across - 1 - (wrapped % across);
        return (((i + 0.5) * rows / down) - 0.5, ((j + 0.5) * columns / across) - 0.5);
    }
}
