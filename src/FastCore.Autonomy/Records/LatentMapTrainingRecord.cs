namespace FastCore.Autonomy.Records;

/// <summary>One training of the latent map beside a run.</summary>
/// <param name="Pairs">Pairs that it knew.</param>
/// <param name="Epochs">Epochs.</param>
/// <param name="Loss">Loss of the training pairs at the end, in nats a pair.</param>
/// <param name="Milliseconds">Time that it took in the background.</param>
public sealed record LatentMapTrainingRecord(int Pairs, int Epochs, double Loss, double Milliseconds);

/// <summary>What came of the latent map beside a run.</summary>
/// <param name="Trainings">Finished trainings, the oldest first.</param>
/// <param name="Problem">Why the last one failed; empty if it did not.</param>
public sealed record LatentMapProgress(IReadOnlyList<LatentMapTrainingRecord> Trainings, string Problem);
