namespace FastCore.Host;

/// <summary>The user asked for something impossible. The message is one sentence: what, where, what is allowed.</summary>
internal sealed class BadInputException(string message, Exception? inner = null) : Exception(message, inner);
