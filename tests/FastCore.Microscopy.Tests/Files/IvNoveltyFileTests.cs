using System.Diagnostics;
using System.IO.Compression;
using FastCore.Microscopy.Files;
using Xunit;

namespace FastCore.Microscopy.Tests.Files;

public class IvNoveltyFileTests
{
    // The Debian package python3-numpy belongs to this interpreter, whatever other python3 comes first in the path.
    private const string SystemPython = "/usr/bin/python3";

    private static readonly string[] PublishedKeys =
        ["X_measured", "img_novelty_scores", "indices_measured", "iv_curves", "last_filename", "spectra_novelty_scores"];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public void Exactly_the_published_keys_are_written_and_read_back(int count)
    {
        string path = Temporary();
        IvNoveltyFile written = Sample(count);
        written.Write(path);
        using (ZipArchive archive = ZipFile.OpenRead(path))
            Assert.Equal(PublishedKeys, archive.Entries.Select(e => Path.GetFileNameWithoutExtension(e.FullName)).Order(StringComparer.Ordinal));
        Dictionary<string, NpyArray> arrays = NpzFile.Read(path);
        Assert.Equal([count, 251], arrays["iv_curves"].Shape);
        Assert.Equal([count, 256], arrays["X_measured"].Shape);
        Assert.Equal([count], arrays["indices_measured"].Shape);
        IvNoveltyFile read = IvNoveltyFile.Read(path);
        File.Delete(path);
        Assert.Equal(written.IvCurves, read.IvCurves);
        Assert.Equal(written.Patches, read.Patches);
        Assert.Equal(written.Indices, read.Indices);
        Assert.Equal(written.ImageNovelty, read.ImageNovelty);
        Assert.Equal(written.SpectraNovelty, read.SpectraNovelty);
        Assert.Equal("curve_0007.ibw", read.LastFileName);
        Assert.Equal((251, 256, count), (read.Samples, read.PatchSize, read.Count));
    }

    [Fact]
    public void NumPy_reads_the_archive()
    {
        string path = Temporary() + ".npz";
        Sample(3).Write(path);
        const string Script = "import sys, numpy as n; d = n.load(sys.argv[1]); assert d['iv_curves'].dtype == 'f8' and d['iv_curves'].shape "
            + "== (3, 251); "
            + "assert d['indices_measured'].dtype.kind == 'i'; assert str(d['last_filename']) == 'curve_0007.ibw'; "
            + "print(repr(float(d['iv_curves'][2, 5])))";
        string answer, error;
        try
        {
            var start = new ProcessStartInfo(File.Exists(SystemPython) ? SystemPython : "python3")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add(Script);
            start.ArgumentList.Add(path);
            using Process python = Process.Start(start)!;
            answer = python.StandardOutput.ReadToEnd();
            error = python.StandardError.ReadToEnd();
            python.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            answer = "";
            error = "No module named numpy: there is no python3";
        }
        finally
        {
            File.Delete(path);
        }
        Assert.SkipWhen(error.Contains("No module named", StringComparison.Ordinal), "python3 with numpy is not installed (Debian: python3-numpy)");
        Assert.Equal("", error);
        Assert.Equal(Sample(3).IvCurves[(2 * 251) + 5], double.Parse(answer));
    }

    [Fact]
    public void Indices_are_stored_as_whole_numbers()
    {
        var stream = new MemoryStream();
        NpyArray.OfIntegers([3, 1_000_000, 0], 3).Write(stream);
        byte[] bytes = stream.ToArray();
        Assert.True(bytes.AsSpan().IndexOf("'<i8'"u8) > 0);
        Assert.Equal(1_000_000, BitConverter.ToInt64(bytes, bytes.Length - 16));
        Assert.Equal([3.0, 1_000_000, 0], NpyArray.Read(bytes, "i.npy").Values);
    }

    [Fact]
    public void Parts_that_do_not_fit_are_refused_before_anything_is_written()
    {
        string path = Temporary();
        Assert.Throws<InvalidDataException>(() => (Sample(3) with { ImageNovelty = new double[2] }).Write(path));
        Assert.Throws<InvalidDataException>(() => (Sample(3) with { IvCurves = new double[250] }).Write(path));
        Assert.False(File.Exists(path));
        NpzFile.Write(path, new Dictionary<string, NpyArray> { ["iv_curves"] = NpyArray.Of(new double[4], 2, 2) });
        var refused = Assert.Throws<InvalidDataException>(() => IvNoveltyFile.Read(path));
        File.Delete(path);
        Assert.Contains("X_measured", refused.Message, StringComparison.Ordinal);
    }

    private static string Temporary() => Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    private static IvNoveltyFile Sample(int count) => new(
        [.. Enumerable.Range(0, count * 251).Select(k => k * 1.1e-12)], 251, [.. Enumerable.Range(0, count * 256).Select(k => k / 7.0)], 256,
        [.. Enumerable.Range(0, count).Select(k => 58_000 + k)], [.. Enumerable.Range(0, count).Select(k => k * .5)],
        [.. Enumerable.Range(0, count).Select(k => k * .25)], "curve_0007.ibw");
}
