using FastCore.Microscopy.Grains;

namespace FastCore.Microscopy.Tests.Grains;

/// <summary>How well found boundaries are those of a truth: precision and recall within a distance, as segmentation benchmarks count them.</summary>
internal static class BoundaryScore
{
    /// <summary>Harmonic mean of the share of found line pixels that have a true one within <paramref name="tolerance"/> pixels, and the reverse.</summary>
    public static double F1(bool[] found, bool[] truth, int rows, int columns, double tolerance)
    {
        double precision = Share(found, truth, rows, columns, tolerance), recall = Share(truth, found, rows, columns, tolerance);
        return 2 * precision * recall / (precision + recall);
    }

    /// <summary>Pixels whose right or lower neighbour has another label.</summary>
    public static bool[] Lines(int[] labels, int rows, int columns)
    {
        var lines = new bool[labels.Length];
        for (int k = 0; k < labels.Length; k++)
            lines[k] = (k % columns < columns - 1 && labels[k] != labels[k + 1]) || (k < labels.Length - columns && labels[k] != labels[k + columns]);
        return lines;
    }

    private static double Share(bool[] of, bool[] near, int rows, int columns, double tolerance)
    {
        int reach = (int)tolerance, hits = 0, all = 0;
        for (int k = 0; k < of.Length; k++)
        {
            if (!of[k])
                continue;
            all++;
            bool hit = false;
            for (int dr = -reach; dr <= reach && !hit; dr++)
            {
                for (int dc = -reach; dc <= reach && !hit; dc++)
                {
                    int r = (k / columns) + dr, c = (k % columns) + dc;
                    hit = (dr * dr) + (dc * dc) <= tolerance * tolerance && r >= 0 && c >= 0 && r < rows && c < columns && near[(r * columns) + c];
                }
            }
            hits += hit ? 1 : 0;
        }
        return (double)hits / all;
    }
}
