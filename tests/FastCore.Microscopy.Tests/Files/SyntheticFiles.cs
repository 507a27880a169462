using System.Buffers.Binary;
using System.Text;
using FastCore.Microscopy.Files;

namespace FastCore.Microscopy.Tests.Files;

/// <summary>Small files with values that tell where they came from.</summary>
internal static class SyntheticFiles
{
    /// <summary>Two images of 2 x 3 and a grid of sweeps there and back with two channels.</summary>
    public static MeasuredFile Measured() => new()
    {
        Path = "made",
        Format = "made",
        Channels =
        [
            new MeasuredChannel("HeightTrace", "m", 2, 3, [1e-9f, 2e-9f, 3e-9f, 4e-9f, float.NaN, 6e-9f], 3e-6, 2e-6) { OffsetX = 1e-6, OffsetY = -2e-6 },
            new MeasuredChannel("CurrentTrace", "A", 2, 3, [1e-12f, -2e-12f, 3e-12f, 4e-12f, 5e-12f, 6e-12f], 3e-6, 2e-6),
        ],
        Spectra =
        [
            new SpectrumSet("sweeps", "Bias", "V", [0, .5, 1, .5], ["Current", "Deflection"], ["A", "m"],
                [.. Enumerable.Range(0, 48).Select(i => i * 1e-12)], 2, 3) { PitchMetres = 1e-6, DurationSeconds = 2 },
        ],
        Metadata = new Dictionary<string, string> { ["ScanRate"] = "1.0", ["Probe"] = "Pt µ" },
    };

    /// <summary>The bytes of what <paramref name="write"/> writes into a temporary file.</summary>
    public static byte[] Written(string extension, Action<string> write)
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + extension);
        try
        {
            write(path);
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Scan, of 3 x 2 pixels by itself, with a channel in both directions and one forward; values count through the file.</summary>
    public static byte[] Scan(string direction, int columns = 3, int rows = 2)
    {
        string header = $":NANONIS_VERSION:\n2\n:SCANIT_TYPE:\n FLOAT  MSBFIRST\n:SCAN_PIXELS:\n {columns} {rows}\n:SCAN_RANGE:\n 3E-9 2E-9\n:SCAN_OFFSET:\n 1E-6 0\n:SCAN_DIR:\n"
            + $"{direction}\n:COMMENT:\n\n:DATA_INFO:\n\tChannel\tName\tUnit\tDirection\tCalibration\tOffset\n\t14\tZ\tm\tboth\t1\t0\n\t0\tCurrent\tA\tforward\t1\t0\n\n"
            + ":SCANIT_END:\n\n\n";
        var stream = new MemoryStream();
        stream.Write(Encoding.ASCII.GetBytes(header));
        stream.Write([0x1A, 0x04]);
        Span<byte> raw = stackalloc byte[4];
        for (int i = 0; i < 3 * columns * rows; i++)
        {
            BinaryPrimitives.WriteSingleBigEndian(raw, i);
            stream.Write(raw);
        }
        return stream.ToArray();
    }

    public static byte[] Spectrum() => Encoding.Latin1.GetBytes("Experiment\tbias spectroscopy\t\r\nX (m)\t1E-9\t\r\nY (m)\t2E-9\t\r\nSettling time (s)\t1E-3\t\r\n"
        + "Integration time (s)\t3E-3\t\r\n\r\n[DATA]\r\nBias calc (V)\tCurrent [bwd] (A)\tCurrent (A) [filt]\r\n-1E-1\t1E-12\t2E-12\r\n1,5E-1\t3E-12\tNaN\r\n");
}
