namespace FastCore.Autonomy.Journal;

/// <summary>What a journal record states. The numbers are part of the file format.</summary>
internal enum EntryKind
{
    /// <summary>The run began: plan, instrument, executor.</summary>
    Opened = 1,

    /// <summary>The sample: overview image, waveform, candidates, class names.</summary>
    Sample = 2,

    /// <summary>A position was chosen; the tip may have moved there.</summary>
    Chosen = 3,

    /// <summary>A sweep was recorded.</summary>
    Measured = 4,

    /// <summary>Novelties and targets after the sweep.</summary>
    Updated = 5,

    /// <summary>Real times of a step: the only records that differ between two runs of one seed on a virtual clock.</summary>
    Timings = 6,

    /// <summary>A model came into use.</summary>
    Model = 7,

    /// <summary>Real time of a training.</summary>
    ModelTimings = 8,

    /// <summary>A chosen position was given up; the sample may have been touched there.</summary>
    Skipped = 9,

    /// <summary>The instrument or a file failed.</summary>
    Fault = 10,

    /// <summary>The run ended.</summary>
    Ended = 11,

    /// <summary>The run was taken up again.</summary>
    Resumed = 12,

    /// <summary>A command failed in passing and is sent again.</summary>
    Retried = 13,
}

/// <summary>One record of a journal.</summary>
/// <param name="Kind">What it states.</param>
/// <param name="Sequence">Its number, from 0.</param>
/// <param name="Json">Its statement as JSON in UTF-8.</param>
/// <param name="Bulk">Its bulk values, little-endian; empty for most kinds.</param>
internal readonly record struct JournalEntry(EntryKind Kind, long Sequence, byte[] Json, byte[] Bulk);
