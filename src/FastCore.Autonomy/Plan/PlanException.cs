namespace FastCore.Autonomy.Plan;

/// <summary>A plan asks for something impossible. The message is one sentence with the key, its value and what is allowed.</summary>
public sealed class PlanException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="key">Path of the key, for example "sweep.samples"; empty for the plan as a whole.</param>
    /// <param name="message">The sentence.</param>
    /// <param name="innerException">What was thrown below, if anything.</param>
    public PlanException(string key, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Key = key;
    }

    /// <summary>Path of the key.</summary>
    public string Key { get; }
}
