using System.IO.Compression;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Files;
using Xunit;

namespace FastCore.Microscopy.Tests.Files;

/// <summary>Reading a file of plain numbers takes its bytes and the numbers handed out, and no third copy.</summary>
public sealed class FileMemoryTests : IDisposable
{
    private const int Side = 1024;
    private readonly string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public static TheoryData<string> Formats => [.. All.Keys];

    private static readonly Dictionary<string, Action<string>> All = new()
    {
        ["npy singles"] = path => NumpyMeasuredFile.WriteArray(path, Image()),
        ["npy doubles, spectra"] = path => File.WriteAllBytes(path, Npy(NpyArray.Of(Spectra().Values, 64, 64, 256))),
        ["npy singles, spectra"] = path => File.WriteAllBytes(path, Npy(NpyArray.Of(Spectra().Values, 64, 64, 256).As("<f4"))),
        ["npz image"] = path => Npz(path, ("image", Npy(NpyArray.Of(Array.ConvertAll(Image().Values, v => (double)v), Side, Side).As("<f4")))),
        ["npz channels"] = path => Npz(path, ("channels", Npy(NpyArray.Of(Spectra().Values, 4, Side / 2, Side / 2).As("<f4")))),
        ["npz channels of doubles"] = path => Npz(path, ("channels", Npy(NpyArray.Of(Spectra().Values, 4, Side / 2, Side / 2)))),
        ["npz curves"] = path => Npz(path, ("curves", Npy(NpyArray.Of(Spectra().Values, 64, 64, 256))), ("bias", Npy(NpyArray.Of(Spectra().Axis, 256)))),
        ["gsf"] = path => GwyddionSimpleField.Write(path, Image()),
        ["gwy image"] = path => GwyddionFile.Write(path, Of([Image()], [])),
        ["gwy volume"] = path => GwyddionFile.Write(path, Of([], [Spectra()])),
        ["h5 image"] = path => NsidFile.Write(path, Of([Image()], [])),
        ["h5 spectra"] = path => NsidFile.Write(path, Of([], [Spectra()])),
        ["ibw image"] = path => File.WriteAllBytes(path, IgorBinaryWaveTests.Version5(false, [Side, Side / 2, 2], "m", ["HeightTrace", "CurrentTrace"], "", i => i)),
        ["ibw image, big-endian"] = path => File.WriteAllBytes(path, IgorBinaryWaveTests.Version5(true, [Side, Side], "m", [], "", i => i)),
        ["ibw curves"] = path => File.WriteAllBytes(path, IgorBinaryWaveTests.Version5(false, [Side * Side / 4, 4], "s", ["Raw", "Defl", "ZSnsr", "Cur"], "", i => i)),
        ["sxm"] = path => File.WriteAllBytes(path, SyntheticFiles.Scan("up", Side, Side / 2)),
        ["3ds"] = path => File.WriteAllBytes(path, NanonisGridFileTests.Large(64, 64, 256)),
    };

    public void Dispose() => File.Delete(path);

    [Theory]
    [MemberData(nameof(Formats))]
    public void Numbers_are_read_without_a_third_copy(string format)
    {
        All[format](path);
        long length = new FileInfo(path).Length;
        // What is set up once in a process does not count.
        MeasuredFile.Open(path);
        long before = GC.GetAllocatedBytesForCurrentThread();
        MeasuredFile file = MeasuredFile.Open(path);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        long numbers = file.Channels.Sum(c => 4L * c.Values.Length) + file.Spectra.Sum(s => 8L * (s.Values.Length + s.Axis.Length));
        Assert.InRange(numbers, 4 * Side * Side, 10 * Side * Side);
        // Numbers of single precision are handed out as doubles where they are spectra: those are the data then.
        Assert.InRange(allocated, numbers, Math.Min(length + numbers, 2 * Math.Max(length, numbers)) + (1 << 20));
    }

    [Fact]
    public void Grid_to_be_played_back_is_read_without_a_third_copy()
    {
        File.WriteAllBytes(path, NanonisGridFileTests.Large(64, 64, 256));
        GridData.Open(path);
        long before = GC.GetAllocatedBytesForCurrentThread();
        GridData grid = GridData.Open(path);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, new FileInfo(path).Length + (8L * 64 * 64 * 256) + (1 << 20));
        Assert.Equal((64, 64, 256), (grid.Image.Frame.Rows, grid.Image.Frame.Columns, grid.Waveform.Count));
    }

    private static MeasuredChannel Image() => new("Height", "m", Side, Side, [.. Enumerable.Range(0, Side * Side).Select(i => i * 1e-12f)], 1e-6, 1e-6);

    private static SpectrumSet Spectra() => new("curves", "Bias", "V", [.. Enumerable.Range(0, 256).Select(i => i / 255.0)], ["Current"], ["A"],
        [.. Enumerable.Range(0, Side * Side).Select(i => i * 1e-15)], 64, 64)
    { PitchMetres = 1e-9 };

    private static MeasuredFile Of(MeasuredChannel[] channels, SpectrumSet[] spectra) => new() { Path = "made", Format = "made", Channels = channels, Spectra = spectra };

    private static byte[] Npy(NpyArray array)
    {
        var stream = new MemoryStream();
        array.Write(stream);
        return stream.ToArray();
    }

    private static void Npz(string path, params (string Name, byte[] Bytes)[] arrays)
    {
        using FileStream file = File.Create(path);
        using var archive = new ZipArchive(file, ZipArchiveMode.Create);
        foreach ((string name, byte[] bytes) in arrays)
        {
            using Stream stream = archive.CreateEntry(name + ".npy", CompressionLevel.NoCompression).Open();
            stream.Write(bytes);
        }
    }
}
