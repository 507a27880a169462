namespace FastCore.Microscopy.Files;

/// <summary>
/// The published result file of an autonomous run (IV_Novelty.npz): exactly the keys iv_curves, X_measured, indices_measured, img_novelty_scores,
/// spectra_novelty_scores, last_filename.
/// </summary>
/// <param name="IvCurves">Currents in ampere, n x <paramref name="Samples"/>, row-major.</param>
/// <param name="Samples">Samples per curve; 251 in the publication.</param>
/// <param name="Patches">Patches, n x <paramref name="PatchSize"/>, row-major.</param>
/// <param name="PatchSize">Values per patch; 256 in the publication.</param>
/// <param name="Indices">Index of each measured point.</param>
/// <param name="ImageNovelty">Structural novelty of each measured point.</param>
/// <param name="SpectraNovelty">Spectral novelty of each measured point.</param>
/// <param name="LastFileName">Name of the last raw file.</param>
public sealed record IvNoveltyFile(
    double[] IvCurves, int Samples, double[] Patches, int PatchSize, int[] Indices,
    double[] ImageNovelty, double[] SpectraNovelty, string LastFileName)
{
    /// <summary>Number of measured points.</summary>
    public int Count => Indices.Length;

    /// <summary>Writes the archive; an existing file is replaced only when the new one is complete.</summary>
    /// <exception cref="InvalidDataException">Lengths that do not fit together.</exception>
    public void Write(string path)
    {
        Check(path);
        WholeFile.Write(path, partial => NpzFile.Write(partial, new Dictionary<string, NpyArray>(StringComparer.Ordinal)
        {
            ["iv_curves"] = NpyArray.Of(IvCurves, Count, Samples),
            ["X_measured"] = NpyArray.Of(Patches, Count, PatchSize),
            ["indices_measured"] = NpyArray.OfIntegers(Indices, Count),
            ["img_novelty_scores"] = NpyArray.Of(ImageNovelty, Count),
            ["spectra_novelty_scores"] = NpyArray.Of(SpectraNovelty, Count),
            ["last_filename"] = NpyArray.OfText(LastFileName),
        }));
    }

    /// <summary>Reads an archive. The scores may have any shape of n elements; the indices must be whole numbers, one per point.</summary>
    /// <exception cref="InvalidDataException">A missing key, or shapes that do not fit together; the message names file and key.</exception>
    public static IvNoveltyFile Read(string path)
    {
        Dictionary<string, NpyArray> arrays = NpzFile.Read(path);
        NpyArray curves = Table(arrays, "iv_curves", path);
        NpyArray patches = Table(arrays, "X_measured", path);
        double[] numbers = Get(arrays, "indices_measured", path).Values;
        var indices = new int[numbers.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            if (!(numbers[i] >= 0 && numbers[i] <= int.MaxValue) || numbers[i] != Math.Floor(numbers[i]))
                throw new InvalidDataException($"{path}: 'indices_measured' holds {numbers[i]} at element {i}; whole numbers from 0 are needed.");
            indices[i] = (int)numbers[i];
        }
        var file = new IvNoveltyFile(
            curves.Values, curves.Shape[1], patches.Values, patches.Shape[1], indices, Get(arrays, "img_novelty_scores", path).Values,
            Get(arrays, "spectra_novelty_scores", path).Values, Get(arrays, "last_filename", path).Text ?? "");
        file.Check(path);
        return file;
    }

    private void Check(string path)
    {
        Fits(IvCurves.Length, (long)Count * Samples, "iv_curves");
        Fits(Patches.Length, (long)Count * PatchSize, "X_measured");
        Fits(ImageNovelty.Length, Count, "img_novelty_scores");
        Fits(SpectraNovelty.Length, Count, "spectra_novelty_scores");
        void Fits(int length, long needed, string key)
        {
            if (length != needed)
                throw new InvalidDataException($"{path}: '{key}' has {length} values; {Count} measured points need {needed}.");
        }
    }

    private static NpyArray Get(Dictionary<string, NpyArray> arrays, string key, string path) => arrays.TryGetValue(key, out NpyArray? array)
        ? array
        : throw new InvalidDataException($"{path}: there is no array '{key}'; the archive holds {string.Join(", ", arrays.Keys.Order())}.");

    private static NpyArray Table(Dictionary<string, NpyArray> arrays, string key, string path)
    {
        NpyArray array = Get(arrays, key, path);
        return array.Shape.Length == 2
            ? array
            : throw new InvalidDataException($"{path}: '{key}' has the shape ({string.Join(", ", array.Shape)}); two axes, points and values, "
            + $"are needed.");
    }
}
