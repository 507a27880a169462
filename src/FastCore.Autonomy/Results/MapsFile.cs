using FastCore.Autonomy.Records;
using FastCore.Microscopy.Files;

namespace FastCore.Autonomy.Results;

/// <summary>The final maps: one array per map under its name, and "layout" with first row, first column and stride in overview pixels.</summary>
internal static class MapsFile
{
    public static void Write(string path, IReadOnlyList<CandidateMap> maps)
    {
        if (maps.Count == 0)
            return;
        var arrays = new Dictionary<string, NpyArray>(StringComparer.Ordinal)
        {
            ["layout"] = NpyArray.Of([maps[0].FirstRow, maps[0].FirstColumn, maps[0].Stride], 3),
        };
        foreach (CandidateMap map in maps)
            arrays[map.Name] = NpyArray.Of(Array.ConvertAll(map.Values, value => (double)value), map.Rows, map.Columns);
        WholeFile.Write(path, partial => NpzFile.Write(partial, arrays));
    }

    public static IReadOnlyList<CandidateMap> Read(string path)
    {
        if (!File.Exists(path))
            return [];
        Dictionary<string, NpyArray> arrays = NpzFile.Read(path);
        double[] layout = arrays["layout"].Values;
        return [.. arrays.Where(pair => pair.Key != "layout").Select(pair => new CandidateMap(pair.Key, "", (int)layout[0], (int)layout[1],
            (int)layout[2],
            pair.Value.Shape[0], pair.Value.Shape[1], Array.ConvertAll(pair.Value.Values, value => (float)value)))];
    }

    /// <summary>Mean, deviation, acquisition and structural novelty over the candidates as the run left them.</summary>
    public static IReadOnlyList<CandidateMap> Of(RunContext run, int step)
    {
        var maps = new List<CandidateMap>();
        foreach (Training.ModelChannel channel in run.Channels)
        {
            channel.EnsurePosterior();
            if (channel.Posterior is not { } posterior)
                continue;
            string prefix = channel.Role == "spectral" ? "" : channel.Role + " ";
            Add(prefix + "predicted mean", posterior.Mean.ToArray());
            Add(prefix + "predicted deviation", Array.ConvertAll(posterior.Variance.ToArray(), MathF.Sqrt));
        }
        float[] acquisition = run.Decisions.FinalAcquisition(step);
        if (acquisition.Length > 0)
            Add("acquisition", acquisition);
        if (step > 0)
            Add("structural novelty", run.Memory.Structure.OverCandidates.ToArray());
        return maps;

        void Add(string name, float[] values)
        {
            CandidateGeometry geometry = run.Candidates.Geometry;
            maps.Add(new CandidateMap(name, "", geometry.FirstRow, geometry.FirstColumn, geometry.Stride, geometry.Rows, geometry.Columns, values));
        }
    }
}
