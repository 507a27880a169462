using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace FastCore.Learning.DualVae;

/// <summary>Options of a Dual-VAE as NAME=VALUE, the names those of <see cref="DualVaeOptions"/> in any case.</summary>
public static class DualVaeOptionText
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ToJson(new DualVaeOptions()).Select(pair => char.ToLowerInvariant(pair.Key[0]) + pair.Key[1..])];

    /// <summary>Options with some of them replaced: numbers, true or false, words of a choice, lists as 128,64.</summary>
    /// <exception cref="ArgumentException">An unknown name, or a value that it cannot have; the sentence says what is allowed.</exception>
    public static DualVaeOptions Apply(DualVaeOptions options, IEnumerable<string> settings)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(settings);
        foreach (string setting in settings)
        {
            string[] parts = setting.Split('=', 2);
            JsonObject json = ToJson(options);
            string? key = json.Select(pair => pair.Key).FirstOrDefault(name => string.Equals(name, parts[0].Trim(), StringComparison.OrdinalIgnoreCase));
            if (parts.Length < 2 || key is null)
                throw new ArgumentException($"'{setting}' sets nothing: NAME=VALUE is expected, with one of the names {string.Join(", ", Names)}.");
            Type type = typeof(DualVaeOptions).GetProperty(key)!.PropertyType;
            json[key] = Node(parts[1].Trim(), type);
            try
            {
                options = json.Deserialize<DualVaeOptions>(Json)!;
            }
            catch (JsonException)
            {
                throw new ArgumentException($"'{setting}': {Allowed(type)} is expected.");
            }
        }
        options.Validate();
        return options;
    }

    private static JsonObject ToJson(DualVaeOptions options) => JsonSerializer.SerializeToNode(options, Json)!.AsObject();

    private static JsonNode? Node(string text, Type type)
    {
        if (type == typeof(IReadOnlyList<int>))
            return new JsonArray([.. text.Split(',').Select(part => Literal(part.Trim()))]);
        // JSON knows no .5, which people write.
        if ((Nullable.GetUnderlyingType(type) ?? type) == typeof(double) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number))
            return JsonValue.Create(number);
        // A number would pass for a word of a choice.
        return type.IsEnum ? JsonValue.Create(char.IsLetter(text.FirstOrDefault()) ? text.Replace("-", "", StringComparison.Ordinal) : "?") : Literal(text);
    }

    private static JsonNode? Literal(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static string Allowed(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is var plain && plain.IsEnum
        ? "one of " + string.Join(", ", Enum.GetNames(plain).Select(name => char.ToLowerInvariant(name[0]) + name[1..]))
        : plain == typeof(bool) ? "true or false" : plain == typeof(IReadOnlyList<int>) ? "a list of whole numbers such as 128,64"
        : plain == typeof(double) ? "a number" : "a whole number";
}
