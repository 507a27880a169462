namespace FastCore.Microscopy.Grains;

/// <summary>What a place of the film is. Where several hold, junction goes before asymmetric boundary before boundary before interior.</summary>
public enum StructuralClass
{
    /// <summary>Inside a grain.</summary>
    Interior = 0,

    /// <summary>Near a boundary between two grains; such boundaries carry an electromotive force.</summary>
    Boundary = 1,

    /// <summary>Near a triple junction.</summary>
    Junction = 2,

    /// <summary>Near a boundary with unlike flanks and a step.</summary>
    AsymmetricBoundary = 3,
}
