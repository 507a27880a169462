namespace FastCore.Microscopy.Photovoltaics;

/// <summary>An analysed decay.</summary>
/// <param name="Name">Name of the curve.</param>
/// <param name="Best">The fit of least BIC.</param>
/// <param name="Candidates">All fits on the same window: one, two, three exponentials, stretched.</param>
/// <param name="MeasuredResponse">The measured response that was given and used; null without.</param>
public sealed record TrplResult(string Name, DecayFit Best, IReadOnlyList<DecayFit> Candidates, InstrumentResponse? MeasuredResponse);
