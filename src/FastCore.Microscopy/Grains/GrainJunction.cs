namespace FastCore.Microscopy.Grains;

/// <summary>A place where three grains or more meet.</summary>
/// <param name="Row">Row of its centre.</param>
/// <param name="Column">Column of its centre.</param>
/// <param name="Grains">Labels of the grains that meet there, rising.</param>
/// <param name="DihedralRadians">
/// Angles between neighbouring branches, once around; they add up to 2 pi. In equilibrium with equal energies each of three is 2 pi / 3. Empty where
/// fewer than three branches are long enough to have a direction.
/// </param>
public sealed record GrainJunction(double Row, double Column, int[] Grains, double[] DihedralRadians);
