using FastCore.Autonomy.Journal;

namespace FastCore.Autonomy.Decisions;

/// <summary>Where to measure next, and why.</summary>
/// <param name="Candidate">Index of the candidate.</param>
/// <param name="IsSeed">Whether no model was asked.</param>
/// <param name="Mean">Predicted target; NaN without a prediction.</param>
/// <param name="Deviation">Deviation of the prediction, noise included; NaN without a prediction.</param>
/// <param name="Acquisition">Score; NaN for seeds.</param>
/// <param name="Model">Number of the model, -1 for none.</param>
/// <param name="Promise">What the stopping rule watches; NaN where there is nothing to watch.</param>
/// <param name="Waiting">Candidates of the same batch that are still to come.</param>
internal sealed record Decision(
    int Candidate, bool IsSeed, double Mean, double Deviation, double Acquisition, int Model, double Promise, IReadOnlyList<BatchPoint> Waiting);
