using System.Globalization;
using System.Text.Json;

namespace FastCore.Autonomy.Plan;

/// <summary>Reads one JSON object key by key; each key has a type, a default and a range, and keys that nobody asked for are refused.</summary>
internal sealed class PlanReader
{
    private readonly string path;
    private readonly Dictionary<string, JsonElement> values = new(StringComparer.Ordinal);
    private readonly List<string> asked = [];

    public PlanReader(JsonElement element, string path)
    {
        this.path = path;
        if (element.ValueKind != JsonValueKind.Object)
            throw Refuse(path, element, "an object in braces is expected");
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!values.TryAdd(property.Name, property.Value))
                throw new PlanException(Path(property.Name), $"The plan's key '{Path(property.Name)}' stands there twice; keep one of them.");
        }
    }

    public PlanReader? Section(string key) => Take(key) is { } element ? new PlanReader(element, Path(key)) : null;

    /// <summary>A list of sections; null where the key is absent.</summary>
    public List<PlanReader>? Sections(string key)
    {
        if (Take(key) is not { } element)
            return null;
        if (element.ValueKind != JsonValueKind.Array)
            throw Refuse(Path(key), element, "a list in brackets is expected");
        var sections = new List<PlanReader>();
        foreach (JsonElement one in element.EnumerateArray())
            sections.Add(new PlanReader(one, $"{Path(key)}[{sections.Count}]"));
        return sections;
    }

    /// <summary>A section that null switches off.</summary>
    public PlanReader? SectionOrNull(string key) =>
        Take(key) is { ValueKind: not JsonValueKind.Null } element ? new PlanReader(element, Path(key)) : null;

    public int Whole(string key, int standard, int least, int most) => (int)Whole(key, (long)standard, least, most);

    public long Whole(string key, long standard, long least, long most) => WholeOrNull(key, standard, least, most, null) ?? standard;

    /// <summary><paramref name="word"/> stands for null.</summary>
    public long? WholeOrNull(string key, long? standard, long least, long most, string? word)
    {
        if (Take(key) is not { } element)
            return standard;
        if (word is not null && (element.ValueKind == JsonValueKind.Null || (element.ValueKind == JsonValueKind.String
            && element.GetString() == word)))
            return null;
        string allowed = $"a whole number from {least} to {most}{(word is null ? "" : $" or \"{word}\"")} is expected";
        if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt64(out long value) || value < least || value > most)
            throw Refuse(Path(key), element, allowed);
        return value;
    }

    /// <summary>A number between the bounds; the lower bound itself is excluded if <paramref name="open"/>.</summary>
    public double Number(string key, double standard, double least, double most, bool open = false) => Take(key) is { } element ? Number(key, element,
        least, most, open) : standard;

    public double? NumberOrNull(string key, double? standard, double least, double most, bool open = false) =>
        Take(key) is not { } element ? standard : element.ValueKind == JsonValueKind.Null ? null : Number(key, element, least, most, open);

    public bool Flag(string key, bool standard) => Take(key) is not { } element ? standard
        : element.ValueKind is JsonValueKind.True or JsonValueKind.False ? element.GetBoolean() : throw Refuse(Path(key), element,
            "true or false is expected");

    public string? TextOrNull(string key, string? standard)
    {
        if (Take(key) is not { } element)
            return standard;
        return element.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String when element.GetString()!.Length > 0 => element.GetString(),
            _ => throw Refuse(Path(key), element, "a text in quotes is expected"),
        };
    }

    public string Word(string key, string standard, IReadOnlyList<string> allowed)
    {
        if (Take(key) is not { } element)
            return standard;
        return element.ValueKind == JsonValueKind.String && allowed.Contains(element.GetString()!)
            ? element.GetString()!
            : throw Refuse(Path(key), element, $"one of {string.Join(", ", allowed)} is expected");
    }

    public T Choice<T>(string key, T standard)
        where T : struct, Enum
    {
        T[] all = Enum.GetValues<T>();
        return all[IndexOf(Word(key, NameOf(standard), [.. all.Select(NameOf)]))];

        int IndexOf(string name) => Array.FindIndex(all, v => NameOf(v) == name);
    }

    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    /// <summary>To be called when all known keys were asked for.</summary>
    public void End()
    {
        foreach ((string key, JsonElement _) in values)
        {
            if (!asked.Contains(key))
                throw new PlanException(Path(key), $"The plan's key '{Path(key)}' is unknown; allowed{(path.Length == 0 ? "" : $" in '{path}'")} "
                    + $"are {string.Join(", ", asked)}.");
        }
    }

    /// <summary>Refuses a combination of values.</summary>
    public PlanException Refuse(string key, object? value, string allowed) =>
        new(Path(key), $"The plan's key '{Path(key)}' is {Convert.ToString(value, CultureInfo.InvariantCulture)}; {allowed}.");

    private static PlanException Refuse(string key, JsonElement element, string allowed)
    {
        string text = element.GetRawText().ReplaceLineEndings(" ");
        if (text.Length > 60)
            text = text[..57] + "...";
        return new PlanException(key, $"The plan{(key.Length == 0 ? "" : $"'s key '{key}'")} is {text}; {allowed}.");
    }

    private double Number(string key, JsonElement element, double least, double most, bool open)
    {
        string allowed = $"a number {(open ? "above" : "from")} {Show(least)} {(open ? "up to" : "to")} {Show(most)} is expected";
        // Written so that NaN is refused; a literal beyond double becomes infinite.
        if (element.ValueKind != JsonValueKind.Number || !element.TryGetDouble(out double value) || !(value >= least && value <= most) || (open
            && value == least))
            throw Refuse(Path(key), element, allowed);
        return value;
    }

    private static string Show(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    private JsonElement? Take(string key)
    {
        asked.Add(key);
        return values.TryGetValue(key, out JsonElement element) ? element : null;
    }

    private string Path(string key) => path.Length == 0 ? key : $"{path}.{key}";
}
