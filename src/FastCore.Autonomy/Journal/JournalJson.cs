using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using FastCore.Autonomy.Records;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;

namespace FastCore.Autonomy.Journal;

/// <summary>How statements are written: doubles with all their digits, NaN as a word.</summary>
internal static class JournalJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    public static T Read<T>(JournalEntry entry) => JsonSerializer.Deserialize<T>(entry.Json, Options)
        ?? throw new InvalidDataException($"Record {entry.Sequence} of the journal states nothing.");

    public static T[] Bulk<T>(ReadOnlySpan<byte> bulk)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(bulk).ToArray();
}

internal sealed record OpenedStatement(string Plan, string Instrument, string Executor);

/// <summary>Bulk: the image in float, then the bias in double.</summary>
internal sealed record SampleStatement(string Channel, string Unit, int Rows, int Columns, double PitchMetres, double OriginXMetres,
    double OriginYMetres,
    int Samples, double DurationSeconds, CandidateGeometry Candidates, IReadOnlyList<string> ClassNames,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<MapStatement>? Maps = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PixelRectangle? Common = null);

/// <summary>A further map on the overview's frame; its values stand behind the waveform, NaN where it does not reach.</summary>
internal sealed record MapStatement(string Channel, string Unit);

/// <param name="Step">Number of the step.</param>
/// <param name="Candidate">Index of the candidate.</param>
/// <param name="Row">Overview row.</param>
/// <param name="Column">Overview column.</param>
/// <param name="XMetres">Commanded position.</param>
/// <param name="YMetres">Commanded position.</param>
/// <param name="IsSeed">Whether no model was asked.</param>
/// <param name="Mean">Predicted target.</param>
/// <param name="Deviation">Deviation of the prediction, noise included.</param>
/// <param name="Acquisition">Score.</param>
/// <param name="Model">Number of the model, -1 for none.</param>
/// <param name="Promise">What the stopping rule watches; NaN where there is nothing to watch.</param>
/// <param name="Waiting">Candidates of the same batch that are still to come, in order.</param>
internal sealed record ChosenStatement(int Step, int Candidate, int Row, int Column, double XMetres, double YMetres, bool IsSeed, double Mean,
    double Deviation, double Acquisition, int Model, double Promise, IReadOnlyList<BatchPoint> Waiting);

internal sealed record BatchPoint(int Candidate, double Mean, double Deviation, double Acquisition);

/// <summary>Bulk: the current in double.</summary>
internal sealed record MeasuredStatement(int Step, double XMetres, double YMetres, IvQuality Quality, double NoiseAmperes, int TrueClass,
    double InstrumentSeconds);

internal sealed record UpdatedStatement(int Step, double SpectralNovelty, double StructuralNovelty, double ObservedTarget);

internal sealed record TimingsStatement(int Step, double DecisionMilliseconds, double DeadTimeMilliseconds);

internal sealed record ModelTimingsStatement(int Number, double TrainingMilliseconds);

internal sealed record SkippedStatement(int Step, int Candidate, string Reason);

internal sealed record FaultStatement(int Step, string Operation, string Message);

/// <param name="Step">Number of the step.</param>
/// <param name="Attempt">Which retry of this command, from 1.</param>
/// <param name="Operation">What failed.</param>
/// <param name="Error">How.</param>
/// <param name="Reason">The fault in the instrument's words.</param>
internal sealed record RetriedStatement(int Step, int Attempt, string Operation, InstrumentError Error, string Reason);

internal sealed record EndedStatement(RunStatus Status, string Reason);

internal sealed record ResumedStatement(int Step, long DroppedBytes, int OpenCandidate);
