using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using FastCore.Microscopy.Files;

namespace FastCore.Benchmarks.Microscopy;

/// <summary>
/// <c>files</c>: reading a file of each plain format from the page cache: megabytes of the file per second, median of the rounds, and what was allocated
/// in sizes of the file and of the numbers that were handed out.
/// </summary>
internal static class FileReading
{
    private const int Rounds = 9;
    private const int Side = 4096;
    private const int Samples = 256;

    public static int Run(string[] args)
    {
        string only = args is [_, "--only", { } text, ..] ? text : "";
        string folder = Directory.CreateTempSubdirectory("fastcore-files-").FullName;
        try
        {
            Console.WriteLine("| format | MB | MB/s median [least, most] | allocated / file | allocated / numbers handed out |\n|---|---|---|---|---|");
            foreach ((string name, Action<string> write) in Formats())
            {
                if (!name.Contains(only, StringComparison.OrdinalIgnoreCase))
                    continue;
                string path = Path.Combine(folder, "file");
                write(path);
                Measure(name, path);
                File.Delete(path);
            }
        }
        finally
        {
            Directory.Delete(folder, true);
        }
        return 0;
    }

    private static void Measure(string name, string path)
    {
        long length = new FileInfo(path).Length;
        long numbers = 0;
        long allocated = 0;
        var rates = new double[Rounds];
        for (int round = -1; round < Rounds; round++)
        {
            // What the round before left would be collected within this one.
            GC.Collect();
            long before = GC.GetAllocatedBytesForCurrentThread();
            long started = Stopwatch.GetTimestamp();
            MeasuredFile file = MeasuredFile.Open(path);
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            numbers = file.Channels.Sum(c => 4L * c.Values.Length) + file.Spectra.Sum(s => 8L * s.Values.Length);
            if (round >= 0)
                rates[round] = length / 1e6 / seconds;
        }
        Array.Sort(rates);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {length / 1e6:0} | {rates[Rounds / 2]:0} [{rates[0]:0}, {rates[^1]:0}] | {(double)allocated / length:0.00} | {(double)allocated / numbers:0.00} |"));
    }

    private static IEnumerable<(string Name, Action<string> Write)> Formats()
    {
        yield return ("npy, image of singles", path => NumpyMeasuredFile.WriteArray(path, Image()));
        yield return ("npy, image of doubles", path => WriteNpy(path, NpyArray.Of(Doubles(Side * Side / 2), Side / 2, Side)));
        yield return ("npy, spectra of doubles", path => WriteNpy(path, NpyArray.Of(Doubles(Side * Side / 2), Side * Side / 2 / 64 / Samples, 64, Samples)));
        yield return ("npz stored, image of singles", path => WriteNpz(path, new() { ["image"] = NpyArray.Of(Doubles(Side * Side), Side, Side).As("<f4") }));
        yield return ("npz stored, curves of doubles", path => WriteNpz(path, new()
        {
            ["curves"] = NpyArray.Of(Doubles(Side * Side / 2), Side * Side / 2 / 64 / Samples, 64, Samples),
            ["bias"] = NpyArray.Of(Doubles(Samples), Samples),
        }));
        yield return ("gsf", path => GwyddionSimpleField.Write(path, Image()));
        yield return ("gwy, image", path => GwyddionFile.Write(path, Of([Image(Side / 2)], [])));
        yield return ("gwy, volume", path => GwyddionFile.Write(path, Of([], [Spectra()])));
        yield return ("HDF5 contiguous, image of singles", path => NsidFile.Write(path, Of([Image()], [])));
        yield return ("HDF5 contiguous, spectra of doubles", path => NsidFile.Write(path, Of([], [Spectra()])));
        yield return ("ibw, images of singles", path => WriteIgor(path, false));
        yield return ("ibw, big-endian", path => WriteIgor(path, true));
        yield return ("sxm, up", path => WriteScan(path));
        yield return ("3ds", path => WriteGrid(path));
    }

    private static MeasuredFile Of(IReadOnlyList<MeasuredChannel> channels, IReadOnlyList<SpectrumSet> spectra) =>
        new() { Path = "made", Format = "made", Channels = channels, Spectra = spectra };

    private static MeasuredChannel Image(int rows = Side) => new("Height", "m", rows, Side, Array.ConvertAll(Doubles(rows * Side), v => (float)v), 1e-6, 1e-6 * rows / Side);

    private static SpectrumSet Spectra() => new("curves", "Bias", "V", Doubles(Samples), ["Current"], ["A"], Doubles(Side * Side / 2), Side * Side / 2 / 64 / Samples, 64)
    { PitchMetres = 1e-9 };

    private static double[] Doubles(int count)
    {
        var values = new double[count];
        for (int i = 0; i < count; i++)
            values[i] = i % 1000 * 1e-9;
        return values;
    }

    private static void WriteNpy(string path, NpyArray array)
    {
        using FileStream stream = File.Create(path);
        array.Write(stream);
    }

    private static void WriteNpz(string path, Dictionary<string, NpyArray> arrays)
    {
        using FileStream file = File.Create(path);
        using var archive = new ZipArchive(file, ZipArchiveMode.Create);
        foreach ((string name, NpyArray array) in arrays)
        {
            using Stream stream = archive.CreateEntry(name + ".npy", CompressionLevel.NoCompression).Open();
            array.Write(stream);
        }
    }

    // Version 5: four images of singles in metre.
    private static void WriteIgor(string path, bool bigEndian)
    {
        const int layers = 4;
        var header = new byte[384];
        Whole(header, 4, 320 + (4 * Side * Side), bigEndian);
        Whole(header, 76, Side * Side, bigEndian);
        (header[bigEndian ? 1 : 0], header[bigEndian ? 81 : 80]) = (5, 2);
        foreach ((int at, int length) in ((int, int)[])[(132, Side / 2), (136, Side / 2), (140, layers)])
            Whole(header, at, length, bigEndian);
        (header[212], header[216], header[220]) = ((byte)'m', (byte)'m', (byte)'m');
        int sum = 0;
        for (int i = 0; i < header.Length; i += 2)
            sum += bigEndian ? (header[i] << 8) + header[i + 1] : (header[i + 1] << 8) + header[i];
        (header[2], header[3]) = bigEndian ? ((byte)(-sum >> 8), (byte)-sum) : ((byte)-sum, (byte)(-sum >> 8));
        using FileStream file = File.Create(path);
        file.Write(header);
        WriteSingles(file, Side * Side, bigEndian);
    }

    private static void WriteScan(string path)
    {
        using FileStream file = File.Create(path);
        file.Write(Encoding.ASCII.GetBytes($":NANONIS_VERSION:\n2\n:SCANIT_TYPE:\nFLOAT MSBFIRST\n:SCAN_PIXELS:\n{Side / 2} {Side / 2}\n:SCAN_RANGE:\n1E-6 1E-6\n:SCAN_DIR:\nup\n"
            + ":DATA_INFO:\n\tChannel\tName\tUnit\tDirection\tCalibration\tOffset\n\t14\tZ\tm\tboth\t1\t0\n\t0\tCurrent\tA\tboth\t1\t0\n\n:SCANIT_END:\n\n\n\u001A\u0004"));
        WriteSingles(file, Side * Side, true);
    }

    private static void WriteGrid(string path)
    {
        const int parameters = 4;
        const int points = Side * Side / ((2 * Samples) + parameters);
        using FileStream file = File.Create(path);
        file.Write(Encoding.ASCII.GetBytes($"Grid dim=\"1 x {points}\"\r\nGrid settings=0;0;1E-8;5E-9;0\r\nFixed parameters=\"Sweep Start;Sweep End\"\r\nExperiment parameters=\"X (m);Z (m)\"\r\n"
            + $"# Parameters (4 byte)={parameters}\r\nPoints={Samples}\r\nChannels=\"Current (A);LIX 1 omega (A)\"\r\n:HEADER_END:\r\n"));
        var point = new byte[4 * ((2 * Samples) + parameters)];
        for (int k = 0; k < point.Length / 4; k++)
            BinaryPrimitives.WriteSingleBigEndian(point.AsSpan(4 * k), k * 1e-12f);
        for (int p = 0; p < points; p++)
            file.Write(point);
    }

    private static void Whole(byte[] bytes, int at, int value, bool bigEndian) =>
        BitConverter.TryWriteBytes(bytes.AsSpan(at), bigEndian == BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

    private static void WriteSingles(FileStream file, int count, bool bigEndian)
    {
        var line = new byte[4 * Side];
        for (int k = 0; k < Side; k++)
            Whole(line, 4 * k, BitConverter.SingleToInt32Bits(k * 1e-9f), bigEndian);
        for (int written = 0; written < count; written += Side)
            file.Write(line);
    }
}
