using FastCore.Autonomy.Plan;
using FastCore.Compute.Execution;
using FastCore.Learning;
using FastCore.Learning.DualVae;
using FastCore.Learning.Surrogates;

namespace FastCore.Autonomy.Learned;

/// <summary>
/// Codes of all candidates' patches by an autoencoder that is trained on some of them (rVAE), standardised over the candidates: what a patch is,
/// whichever way it lies and however high it stands. They follow from image, seed and backend alone.
/// </summary>
internal static class PatchCodes
{
    /// <summary>Numbers per candidate.</summary>
    public const int Dimensions = 4;

    private const int TrainingPatches = 384;

    private static readonly DualVaeOptions Options = new()
    {
        LatentSize = Dimensions,
        EncoderWidths = [128, 128],
        DecoderWidths = [64, 64],
        LearningRate = 2e-3,
        Divergence = DivergenceEstimate.ClosedForm,
        // Codes are wanted that tell patches apart, not ones to draw new patches from.
        Beta = 0.1,
        Epochs = 150,
    };

    /// <summary>Dimensions x M values.</summary>
    /// <exception cref="PlanException">Fewer than two patches that vary.</exception>
    public static float[] Of(CandidateInputs inputs, long seed, ExecutionBackend backend)
    {
        int side = inputs.PatchSize, columns = inputs.ImageColumns, count = inputs.Count;
        int[] centres = inputs.Centres;
        var room = new List<double>();
        var patch = new double[side * side];
        foreach (int candidate in Draw(count, seed))
        {
            inputs.CopyPatch(candidate, patch);
            // A flat patch has no range of its own to be scaled by, and nothing to learn from.
            if (patch.Max() - patch.Min() > 1e-6)
                room.AddRange(patch);
        }
        double[] patches = [.. room];
        if (patches.Length < 2 * side * side)
        {
            throw new PlanException("structural.input", "The plan's key 'structural.input' is codes, but hardly a patch of this image varies; use "
                + "descriptors, or scan a rougher place.");
        }
        DualVaeMap map = FallbackBackend.Repeat(backend, () =>
        {
            DualVaeModel model = PatchVae.Train(backend, patches, side, Options with { Seed = seed });
            using var inference = new DualVaeInference(backend, model);
            return inference.Map(Array.ConvertAll(inputs.Image, value => (double)value), inputs.ImageRows, columns, wholePatches: true);
        });
        var codes = new float[Dimensions * count];
        for (int d = 0; d < Dimensions; d++)
        {
            double[] content = map.Content(d);
            Span<float> row = codes.AsSpan(d * count, count);
            double sum = 0, squares = 0;
            for (int c = 0; c < count; c++)
            {
                double value = content[(((centres[c] / columns) - map.FirstRow) * map.Columns) + (centres[c] % columns) - map.FirstColumn];
                row[c] = (float)value;
                sum += value;
                squares += value * value;
            }
            double mean = sum / count, deviation = Math.Sqrt(Math.Max(0, (squares / count) - (mean * mean)));
            // A dimension that says nothing must not be blown up to say something.
            double scale = deviation > 0.05 ? 1 / (deviation * Math.Sqrt(Dimensions)) : 0;
            for (int c = 0; c < count; c++)
                row[c] = (float)((row[c] - mean) * scale);
        }
        return codes;
    }

    private static int[] Draw(int count, long seed)
    {
        if (count <= TrainingPatches)
            return [.. Enumerable.Range(0, count)];
        RandomStream random = RandomStream.Named(seed, "structural.codes");
        var chosen = new SortedSet<int>();
        while (chosen.Count < TrainingPatches)
            chosen.Add((int)(random.NextDouble() * count));
        return [.. chosen];
    }
}
