namespace FastCore.Learning.DualVae;

/// <summary>The parts of a loss, in nats, as means over the pairs and without their weights.</summary>
/// <param name="Total">All parts with their weights: what is minimised.</param>
/// <param name="PatchError">Cross-entropy of the patch, summed over its values.</param>
/// <param name="SpectrumError">Cross-entropy of the spectrum, summed over its values.</param>
/// <param name="PatchDivergence">Divergence of the patch's code from its prior, summed over dimensions.</param>
/// <param name="SpectrumDivergence">Divergence of the spectrum's code from its prior, summed over dimensions.</param>
/// <param name="Distance">Mean |z1 - z2| over pairs and content dimensions.</param>
/// <param name="Cosine">Mean 1 - cosine of the angle between z1 and z2.</param>
/// <param name="Across">Cross-entropy of the spectrum decoded from the patch's code, summed over its values; 0 where it has no weight.</param>
public readonly record struct DualVaeLoss(double Total, double PatchError, double SpectrumError, double PatchDivergence, double SpectrumDivergence,
    double Distance, double Cosine, double Across)
{
    /// <summary>Evidence lower bound of a pair: minus both cross-entropies and both divergences.</summary>
    public double EvidenceLowerBound => -(PatchError + SpectrumError + PatchDivergence + SpectrumDivergence);
}

/// <summary>One epoch of a training.</summary>
/// <param name="Number">Counted from 1, over all trainings of the model.</param>
/// <param name="Training">Loss of the training pairs, before the step.</param>
/// <param name="Validation">Loss of the held-out pairs after the step, at full weights; null without such pairs.</param>
/// <param name="Beta">Weight of the divergence.</param>
/// <param name="Gamma">Weight of the distance.</param>
/// <param name="Seconds">Time since this training began.</param>
public readonly record struct DualVaeEpoch(int Number, DualVaeLoss Training, DualVaeLoss? Validation, double Beta, double Gamma, double Seconds);
