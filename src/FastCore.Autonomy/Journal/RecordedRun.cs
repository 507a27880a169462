using System.Runtime.InteropServices;
using System.Text.Json;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Autonomy.Journal;

/// <summary>The sample of a run as its journal holds it.</summary>
internal sealed record RecordedSample(ScanImage Overview, BiasWaveform Waveform, CandidateGeometry Candidates, IReadOnlyList<string> ClassNames)
{
    /// <summary>Further maps on the overview's frame, NaN where they do not reach.</summary>
    public IReadOnlyList<ScanImage> Maps { get; init; } = [];

    /// <summary>Pixels that every map reaches; all of them without maps.</summary>
    public PixelRectangle Common { get; init; } = new(0, 0, Overview.Frame.Rows, Overview.Frame.Columns);

    public static (SampleStatement Statement, byte[] Bulk) Write(RecordedSample sample)
    {
        ScanFrame frame = sample.Overview.Frame;
        var statement = new SampleStatement(sample.Overview.Channel, sample.Overview.Unit, frame.Rows, frame.Columns, frame.PixelPitch.Value,
            frame.Origin.X.Value, frame.Origin.Y.Value, sample.Waveform.Count, sample.Waveform.Duration.Value, sample.Candidates, sample.ClassNames);
        if (sample.Maps.Count > 0)
            statement = statement with { Maps = [.. sample.Maps.Select(map => new MapStatement(map.Channel, map.Unit))], Common = sample.Common };
        float[] maps = [.. sample.Maps.SelectMany(map => map.Values)];
        return (statement, [.. MemoryMarshal.AsBytes(sample.Overview.Values.AsSpan()), .. MemoryMarshal.AsBytes(sample.Waveform.BiasVolts),
            .. MemoryMarshal.AsBytes(maps.AsSpan())]);
    }

    public static RecordedSample Read(JournalEntry entry)
    {
        SampleStatement statement = JournalJson.Read<SampleStatement>(entry);
        var frame = new ScanFrame(statement.Rows, statement.Columns, new Metres(statement.PitchMetres),
            new StagePosition(new Metres(statement.OriginXMetres), new Metres(statement.OriginYMetres)));
        int imageBytes = 4 * statement.Rows * statement.Columns, waveformBytes = 8 * statement.Samples;
        IReadOnlyList<MapStatement> maps = statement.Maps ?? [];
        return new RecordedSample(
            new ScanImage(statement.Channel, statement.Unit, frame, JournalJson.Bulk<float>(entry.Bulk.AsSpan(0, imageBytes))),
            BiasWaveform.FromSamples(JournalJson.Bulk<double>(entry.Bulk.AsSpan(imageBytes, waveformBytes)), new Seconds(statement.DurationSeconds)),
            statement.Candidates, statement.ClassNames)
        {
            Maps = [.. maps.Select((map, k) => new ScanImage(map.Channel, map.Unit, frame,
                JournalJson.Bulk<float>(entry.Bulk.AsSpan(imageBytes + waveformBytes + (k * imageBytes), imageBytes))))],
            Common = statement.Common ?? new PixelRectangle(0, 0, statement.Rows, statement.Columns),
        };
    }
}

/// <summary>One step as the journal holds it. A step without a measurement is an open position.</summary>
internal sealed class RecordedStep(ChosenStatement chosen)
{
    public ChosenStatement Chosen { get; } = chosen;

    public MeasuredStatement? Measured { get; set; }

    public double[] CurrentAmperes { get; set; } = [];

    public UpdatedStatement? Updated { get; set; }

    public TimingsStatement? Timings { get; set; }

    /// <summary>Positions that were given up before this step was decided.</summary>
    public List<SkippedStatement> SkippedBefore { get; } = [];
}

/// <summary>A journal in order of its steps.</summary>
internal sealed class RecordedRun
{
    private RecordedRun(JournalReader journal, OpenedStatement opened, ExperimentPlan plan)
    {
        Journal = journal;
        Opened = opened;
        Plan = plan;
    }

    public JournalReader Journal { get; }

    public OpenedStatement Opened { get; }

    public ExperimentPlan Plan { get; }

    public RecordedSample? Sample { get; private set; }

    /// <summary>Complete steps, in order.</summary>
    public List<RecordedStep> Steps { get; } = [];

    /// <summary>The position that was chosen last and neither measured nor given up; null if there is none.</summary>
    public RecordedStep? Open { get; private set; }

    /// <summary>Positions that were given up after the last complete step.</summary>
    public List<SkippedStatement> SkippedAtEnd { get; } = [];

    public List<ModelRecord> Models { get; } = [];

    public List<FaultStatement> Faults { get; } = [];

    public List<RetriedStatement> Retries { get; } = [];

    public EndedStatement? Ended { get; private set; }

    /// <exception cref="InvalidDataException">No journal, or one whose records contradict each other.</exception>
    public static RecordedRun Read(string path)
    {
        if (!File.Exists(path))
            throw new InvalidDataException($"There is no journal '{path}': the folder is not that of a run.");
        JournalReader journal = JournalReader.Read(path);
        if (journal.Entries.Count == 0 || journal.Entries[0].Kind != EntryKind.Opened)
            throw new InvalidDataException($"{path}: the journal ends before its first record: nothing was measured; start the run again in a new "
                + "folder.");
        try
        {
            OpenedStatement opened = JournalJson.Read<OpenedStatement>(journal.Entries[0]);
            if (!JournalFormat.PlanHash(opened.Plan).AsSpan().SequenceEqual(journal.PlanHash))
                throw new InvalidDataException($"{path}: the plan in the journal is not the one that its header names; nothing in it can be "
                    + "trusted.");
            var run = new RecordedRun(journal, opened, ExperimentPlan.Parse(opened.Plan));
            foreach (JournalEntry entry in journal.Entries)
                run.Take(entry, path);
            return run;
        }
        catch (Exception exception) when (exception is JsonException or PlanException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: a record of the journal cannot be understood: {exception.Message}", exception);
        }
    }

    private void Take(JournalEntry entry, string path)
    {
        switch (entry.Kind)
        {
            case EntryKind.Sample:
                Sample = RecordedSample.Read(entry);
                break;
            case EntryKind.Chosen:
                Open = new RecordedStep(JournalJson.Read<ChosenStatement>(entry));
                Open.SkippedBefore.AddRange(SkippedAtEnd);
                SkippedAtEnd.Clear();
                break;
            case EntryKind.Measured:
                MeasuredStatement measured = JournalJson.Read<MeasuredStatement>(entry);
                if (Open is null || Open.Chosen.Step != measured.Step || measured.Step != Steps.Count)
                    throw new InvalidDataException($"{path}: record {entry.Sequence} holds a measurement of step {measured.Step}, which was not "
                        + "chosen before it.");
                Open.Measured = measured;
                Open.CurrentAmperes = JournalJson.Bulk<double>(entry.Bulk);
                Steps.Add(Open);
                Open = null;
                break;
            case EntryKind.Updated:
                UpdatedStatement updated = JournalJson.Read<UpdatedStatement>(entry);
                Steps[updated.Step].Updated = updated;
                break;
            case EntryKind.Timings:
                TimingsStatement timings = JournalJson.Read<TimingsStatement>(entry);
                Steps[timings.Step].Timings = timings;
                break;
            case EntryKind.Model:
                Models.Add(JournalJson.Read<ModelRecord>(entry));
                break;
            case EntryKind.ModelTimings:
                ModelTimingsStatement training = JournalJson.Read<ModelTimingsStatement>(entry);
                Models[training.Number] = Models[training.Number] with { TrainingMilliseconds = training.TrainingMilliseconds };
                break;
            case EntryKind.Skipped:
                SkippedStatement skipped = JournalJson.Read<SkippedStatement>(entry);
                SkippedAtEnd.AddRange(Open?.SkippedBefore ?? []);
                SkippedAtEnd.Add(skipped);
                Open = null;
                break;
            case EntryKind.Retried:
                Retries.Add(JournalJson.Read<RetriedStatement>(entry));
                break;
            case EntryKind.Fault:
                Faults.Add(JournalJson.Read<FaultStatement>(entry));
                break;
            case EntryKind.Ended:
                Ended = JournalJson.Read<EndedStatement>(entry);
                break;
            case EntryKind.Resumed:
                Ended = null;
                break;
            default:
                // Kinds that a later version of the same format adds state nothing that this one needs.
                break;
        }
    }

    /// <summary>The steps as the report reads them.</summary>
    public StepRecord[] StepRecords() => [.. Steps.Select(ToRecord)];

    private static StepRecord ToRecord(RecordedStep step) => new()
    {
        Step = step.Chosen.Step,
        Candidate = step.Chosen.Candidate,
        Pixel = new PixelIndex(step.Chosen.Row, step.Chosen.Column),
        Commanded = new StagePosition(new Metres(step.Chosen.XMetres), new Metres(step.Chosen.YMetres)),
        ReadBack = new StagePosition(new Metres(step.Measured!.XMetres), new Metres(step.Measured.YMetres)),
        IsSeed = step.Chosen.IsSeed,
        CurrentAmperes = step.CurrentAmperes,
        Quality = step.Measured.Quality,
        SpectralNovelty = step.Updated?.SpectralNovelty ?? double.NaN,
        StructuralNovelty = step.Updated?.StructuralNovelty ?? double.NaN,
        PredictedMean = step.Chosen.Mean,
        PredictedDeviation = step.Chosen.Deviation,
        ObservedTarget = step.Updated?.ObservedTarget ?? double.NaN,
        Acquisition = step.Chosen.Acquisition,
        Model = step.Chosen.Model,
        TrueClass = step.Measured.TrueClass,
        DecisionMilliseconds = step.Timings?.DecisionMilliseconds ?? 0,
        DeadTimeMilliseconds = step.Timings?.DeadTimeMilliseconds ?? 0,
        InstrumentSeconds = step.Measured.InstrumentSeconds,
    };
}
