namespace FastCore.Compute.Execution;

/// <summary>One line about a backend.</summary>
/// <param name="Name">Name under which it is opened.</param>
/// <param name="Available">Whether it can be opened here.</param>
/// <param name="Details">Devices, or what is missing.</param>
/// <param name="Purpose">What it is used for.</param>
public sealed record BackendDescription(string Name, bool Available, string Details, string Purpose);
