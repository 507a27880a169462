using FastCore.Learning.Checkpoints;
using FastCore.Learning.CurvePrediction;

namespace FastCore.Learning.Surrogates;

/// <summary>
/// Saves and loads trained surrogates as checkpoints (<see cref="CheckpointFile"/>): the text "surrogate" holds the description as JSON, the tensors
/// are its arrays. A surrogate that predicts curves (<see cref="CurveTrainer"/>) has the text "curve surrogate" instead.
/// </summary>
public static class SurrogateFile
{
    private const string DescriptionName = "surrogate";

    /// <summary>Writes the file; a file of that name is replaced only when the new one is complete.</summary>
    /// <exception cref="ArgumentException">A surrogate that was made neither by <see cref="SurrogateTrainer"/> nor by <see cref="CurveTrainer"/>.</exception>
    /// <exception cref="IOException">The file cannot be written; what was there stays as it was.</exception>
    public static void Save(TrainedSurrogate surrogate, string path)
    {
        ArgumentNullException.ThrowIfNull(surrogate);
        if (surrogate is CurveSurrogate curves)
        {
            CheckpointFile.Save(CurveSurrogateContent.Of(curves), path);
            return;
        }
        if (surrogate is not FittedSurrogate fitted)
            throw new ArgumentException("Only surrogates made by SurrogateTrainer or CurveTrainer can be saved.", nameof(surrogate));
        SurrogateContent content = SurrogateContent.Of(fitted);
        var checkpoint = new Checkpoint();
        checkpoint.Add(DescriptionName, content.Description);
        foreach ((string name, double[] values) in content.Doubles)
            checkpoint.Add(name, values);
        foreach ((string name, float[] values) in content.Singles)
            checkpoint.Add(name, values);
        foreach ((string name, int[] values) in content.Integers)
            checkpoint.Add(name, values);
        CheckpointFile.Save(checkpoint, path);
    }

    /// <summary>Reads a surrogate for the same candidates as it was trained over; its predictions are the same to the last bit.</summary>
    /// <param name="path">File.</param>
    /// <param name="trainer">Trainer over the candidates.</param>
    /// <exception cref="InvalidDataException">No such file format, damage, or other candidates; the message says which.</exception>
    public static TrainedSurrogate Load(string path, SurrogateTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        Checkpoint checkpoint = CheckpointFile.Load(path);
        if (!checkpoint.Texts.TryGetValue(DescriptionName, out string? description))
        {
            throw new InvalidDataException($"{path}: this checkpoint holds no surrogate of this kind"
                + (checkpoint.Texts.ContainsKey(CurveSurrogateContent.DescriptionName) ? " but one that predicts curves; load it with a CurveTrainer."
                    : "; choose the file of one."));
        }
        var content = new SurrogateContent { Description = description };
        foreach ((string name, CheckpointTensor tensor) in checkpoint.Tensors)
        {
            if (tensor.Values is double[] doubles)
                content.Doubles[name] = doubles;
            else if (tensor.Values is float[] singles)
                content.Singles[name] = singles;
            else
                content.Integers[name] = (int[])tensor.Values;
        }
        try
        {
            return content.Build(trainer.Features);
        }
        catch (Exception problem) when (problem is InvalidDataException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: {problem.Message}", problem);
        }
    }

    /// <summary>Reads a surrogate that predicts curves, for the same candidates as it was trained over; its predictions are the same to the last bit.</summary>
    /// <param name="path">File.</param>
    /// <param name="trainer">Trainer over the candidates; how curves become novelty is taken from the file.</param>
    /// <exception cref="InvalidDataException">No such file format, damage, or other candidates; the message says which.</exception>
    public static TrainedSurrogate Load(string path, CurveTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        Checkpoint checkpoint = CheckpointFile.Load(path);
        if (!checkpoint.Texts.ContainsKey(CurveSurrogateContent.DescriptionName))
        {
            throw new InvalidDataException($"{path}: this checkpoint holds no surrogate that predicts curves"
                + (checkpoint.Texts.ContainsKey(DescriptionName) ? " but one of their novelty; load it with a SurrogateTrainer." : "; choose the file of one."));
        }
        return CurveSurrogateContent.Build(checkpoint, trainer.Features);
    }
}
