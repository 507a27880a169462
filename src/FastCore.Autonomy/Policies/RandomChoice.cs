namespace FastCore.Autonomy.Policies;

/// <summary>Uniform among the candidates that may be chosen: what every other policy is compared with.</summary>
internal sealed class RandomChoice : Policy
{
    public override string Name => "random";

    public override void Score(in PolicyView view, Span<float> acquisition)
    {
        RandomStream random = RandomStream.Named(view.Plan.Seed, "policy.random", view.Step);
        int lot = random.NextInt(view.AllowedCount);
        for (int c = 0; c < acquisition.Length; c++)
            acquisition[c] = view.Allowed[c] && lot-- == 0 ? 1 : 0;
    }
}
