using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using FastCore.Microscopy.Files;

namespace FastCore.Autonomy.Results;

/// <summary>How results are written for people and scripts: camel case, states as words, null for what is no number.</summary>
internal static class ResultJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower), new FiniteDouble() },
    };

    /// <summary>Writes a file that is either complete or as it was before.</summary>
    public static void Write<T>(string path, T value) => WholeFile.WriteText(path, JsonSerializer.Serialize(value, Options) + "\n");

    private sealed class FiniteDouble : JsonConverter<double>
    {
        public override bool HandleNull => true;

        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
                writer.WriteNumberValue(value);
            else
                writer.WriteNullValue();
        }
    }
}
