using System.Globalization;
using FastCore.TestKit;

namespace FastCore.Microscopy.Tests.Files;

/// <summary>Tables of values that other programs read from the shared files.</summary>
internal static class Oracle
{
    /// <summary>The rows of a table below data/oracles by the names of its columns; null where the folder is absent.</summary>
    public static List<Dictionary<string, string>>? Read(string name)
    {
        if (SharedFolder.File("data", "oracles", name) is not { } file)
            return null;
        string[] lines = File.ReadAllLines(file);
        string[] keys = Split(lines[0]);
        return [.. lines.Skip(1).Where(line => line.Length > 0).Select(line =>
        {
            string[] cells = Split(line);
            return keys.Select((key, i) => (key, i)).ToDictionary(pair => pair.key, pair => cells[pair.i], StringComparer.Ordinal);
        })];
    }

    /// <summary>The shared file that a row speaks of.</summary>
    public static string FileOf(Dictionary<string, string> row) =>
        SharedFolder.File(["data", .. row["file"].Split('/')]) ?? throw new FileNotFoundException(row["file"]);

    public static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string[] Split(string line)
    {
        var cells = new List<string> { "" };
        bool quoted = false;
        foreach (char c in line)
        {
            if (c == '"')
                quoted = !quoted;
            else if (c == ',' && !quoted)
                cells.Add("");
            else
                cells[^1] += c;
        }
        return [.. cells];
    }
}
