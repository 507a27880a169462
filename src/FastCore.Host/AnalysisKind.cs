namespace FastCore.Host;

/// <summary>What a measured file is analysed as.</summary>
internal enum AnalysisKind
{
    /// <summary>All that it holds, as its content tells.</summary>
    Auto,

    /// <summary>Grains of heights.</summary>
    Topography,

    /// <summary>Grains of an electron image.</summary>
    Sem,

    /// <summary>Grains of orientations.</summary>
    Ebsd,

    /// <summary>Current-voltage curves of a probe.</summary>
    Iv,

    /// <summary>Photoluminescence decays.</summary>
    Trpl,

    /// <summary>Current-voltage curves of solar cells.</summary>
    Jv,
}
