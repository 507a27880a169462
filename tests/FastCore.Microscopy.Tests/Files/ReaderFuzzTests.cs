using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using FastCore.Microscopy.Files;
using Xunit;

namespace FastCore.Microscopy.Tests.Files;

/// <summary>
/// Every reader under damage: cut off at every byte of small samples, each byte flipped, sizes made absurd, and seeded random mutations. It answers or
/// refuses with <see cref="InvalidDataException"/> in one line that begins with the file's name, in time and memory bounded by the file.
/// </summary>
public class ReaderFuzzTests
{
    private const int RandomMutations = 5_000;

    public static TheoryData<string> Samples => [.. All.Keys];

    private static readonly Dictionary<string, Func<byte[]>> All = new()
    {
        ["ibw image"] = () => IgorBinaryWaveTests.Version5(false, [4, 3, 2], "m", ["HeightTrace", "CurrentTrace"], "ScanSize:1e-6", i => i),
        ["ibw curve, big-endian"] = () => IgorBinaryWaveTests.Version5(true, [5, 2], "s", ["Bias", "Cur"], "ARDoIVCurve:1\rIndexes:0,2,4\rDirection:NaN,1,-1", i => i),
        ["ibw 1"] = () => IgorBinaryWaveTests.Old(1, false, [1, 2, 3], ""),
        ["ibw 2"] = () => IgorBinaryWaveTests.Old(2, true, [1, 2, 3], "A:1"),
        ["gwy"] = () => SyntheticFiles.Written(".gwy", path => GwyddionFile.Write(path, SyntheticFiles.Measured())),
        ["h5 NSID"] = () => SyntheticFiles.Written(".h5", path => NsidFile.Write(path, SyntheticFiles.Measured())),
        ["h5 USID"] = () => Hdf5FileTests.Usid(2),
        ["npz"] = () => SyntheticFiles.Written(".npz", path => NumpyMeasuredFile.WriteArchive(path, SyntheticFiles.Measured())),
        ["npy"] = () => SyntheticFiles.Written(".npy", path => NumpyMeasuredFile.WriteArray(path, SyntheticFiles.Measured().Channels[0])),
        ["png"] = () => PictureFileTests.Png(3, 2, 2, 8, [.. Enumerable.Range(0, 18).Select(i => (byte)i)], 4),
        ["tiff"] = () => PictureFileTests.Tiff(false, 16, 1, 1),
        ["tiff, packed, big-endian"] = () => PictureFileTests.Tiff(true, 8, 1, 32773),
        ["ctf"] = PictureFileTests.ChannelText,
        ["ang"] = PictureFileTests.Ang,
        ["J-V table"] = () => Encoding.UTF8.GetBytes("a comment\nV [mV]\tI [nA]\n0\t1\n500\t2\n1000\t3\n500\t2\n0\t1\n"),
        ["J-V HZB"] = () => Encoding.UTF8.GetBytes("K:\tx\nactive area [cm2]:\t0.16\nintensity [mW/cm2]:\t100\n***\nParameter\tb_rev\tb_for\t\nV_oc [V]:\t1\t2\n***\n"
            + "Voltage\tb_rev\tb_for\t\n[V]\t[mA/cm2]\t[mA/cm2]\t\n1.2E+0\t1\t2\n1.0E+0\t3\t4\n"),
        ["J-V PalmSens"] = () => [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("Date and time:,2023\r\nV,µA\r\n-0.2,1\r\n0,2\r\n0.2,3\r\n0,2\r\n-0.2,1\r\n")],
        ["J-V JSON"] = () => Encoding.UTF8.GetBytes("{\"parameters\":{\"irradiance\":1000,\"sample_info\":[{\"pins\":[{\"pin\":\"A\",\"area\":\"0.16\"}]}]},\"data\":[{\"pin\":\"A\","
            + "\"direction\":\"FWD\",\"sample_name\":\"s\",\"parameters\":{\"FF\":1},\"measurements\":[{\"voltage\":0,\"current\":1,\"current_density\":2}]}]}"),
        ["decay PicoQuant"] = () => Encoding.ASCII.GetBytes("#TimeHarp\n#channels per curve\n4\n#ns/bin\n0.5\t\n#counts\n1\t\n2\t\n0\t\n7\t\n"),
        ["decay table"] = () => Encoding.ASCII.GetBytes("time,counts,sigma\n0,5,2\n1,4,2\n2,3,1\n0,5,2\n1,2,1\n"),
        ["decay powers"] = () => Encoding.ASCII.GetBytes("x1,x2,x3\n0,1e-8,1e-7\n0,1,2\n0,0.5,0.6\n0.0,10,20\n0.5,9,18\n"),
        ["table"] = () => Encoding.ASCII.GetBytes("a b c\n1 2 3\n4 5 6\n"),
        ["gsf"] = () => SyntheticFiles.Written(".gsf", path => GwyddionSimpleField.Write(path, SyntheticFiles.Measured().Channels[0])),
        ["sxm"] = () => SyntheticFiles.Scan("up"),
        ["dat"] = () => SyntheticFiles.Spectrum(),
        ["3ds"] = () => NanonisGridFileTests.Synthetic(header => header, -1, -1),
        ["ibw 3"] = () => IgorBinaryWaveTests.Old(3, false, [1, 2, 3], "A:1"),
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public void Damaged_file_is_refused_or_read(string sample)
    {
        byte[] bytes = All[sample]();
        MeasuredFile whole = FileFormats.Parse(bytes, "fuzz");
        Assert.NotEmpty(whole.Format);
        for (int length = 0; length < bytes.Length; length += Step(bytes))
            Try(bytes[..length], () => $"{sample} cut at {length}");
        for (int at = 0; at < bytes.Length; at += Step(bytes))
        {
            foreach (byte flip in (ReadOnlySpan<byte>)[0x01, 0x80, 0xFF])
            {
                byte[] flipped = [.. bytes];
                flipped[at] ^= flip;
                Repair(flipped);
                Try(flipped, () => $"{sample} with byte {at} flipped by {flip}");
            }
        }
        foreach (uint absurd in (ReadOnlySpan<uint>)[0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, 0x40000001, 0x00FFFFFF, 0])
        {
            for (int at = 0; at + 4 <= bytes.Length; at += Step(bytes))
            {
                byte[] lie = [.. bytes];
                BitConverter.TryWriteBytes(lie.AsSpan(at), absurd);
                Repair(lie);
                Try(lie, () => $"{sample} with {absurd:x} at {at}");
            }
        }
        var random = new Random(7);
        for (int k = 0; k < RandomMutations; k++)
        {
            int seed = random.Next();
            Try(Mutate(bytes, new Random(seed)), () => $"{sample}, mutation of seed {seed}");
        }
    }

    // Every byte of a small sample; a larger one, whose formats are made of words of 2 to 8 bytes, in odd steps that come to every byte of a word.
    private static int Step(byte[] bytes) => bytes.Length <= 1500 ? 1 : (bytes.Length / 1500 * 2) + 1;

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        List<byte> result = [.. bytes];
        for (int n = random.Next(1, 6); n > 0 && result.Count > 0; n--)
        {
            int at = random.Next(result.Count);
            int length = Math.Min(random.Next(1, 9), result.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    result[at] = (byte)random.Next(256);
                    break;
                case 1:
                    result[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    result.RemoveRange(at, length);
                    break;
                case 3:
                    result.InsertRange(at, result.GetRange(at, length));
                    break;
                case 4:
                    for (int i = 0; i < length; i++)
                        result[at + i] = random.Next(2) == 0 ? (byte)0 : (byte)255;
                    break;
                default:
                    // Digits are what text formats believe in.
                    for (int i = 0; i < length; i++)
                        result[at + i] = (byte)"0123456789-.eE+;,\n\t x"[random.Next(21)];
                    break;
            }
        }
        byte[] mutated = [.. result];
        if (random.Next(2) == 0)
            Repair(mutated);
        return mutated;
    }

    // A wave's checksum would refuse nearly everything; made right again, the damage goes on into the reader.
    private static void Repair(byte[] bytes)
    {
        RepairPicture(bytes);
        if (!IgorBinaryWave.Recognises(bytes))
            return;
        bool bigEndian = bytes[0] == 0;
        int version = bytes[0] + bytes[1];
        (int at, int count) = version switch { 5 => (2, 384), 1 => (6, 134), 2 => (14, 142), _ => (18, 146) };
        if (bytes.Length < count)
            return;
        bytes[at] = bytes[at + 1] = 0;
        int sum = 0;
        for (int i = 0; i < count; i += 2)
            sum += bigEndian ? (bytes[i] << 8) + bytes[i + 1] : (bytes[i + 1] << 8) + bytes[i];
        bytes[at + (bigEndian ? 1 : 0)] = (byte)-sum;
        bytes[at + (bigEndian ? 0 : 1)] = (byte)(-sum >> 8);
    }

    private static void RepairPicture(byte[] bytes)
    {
        for (int at = 8; bytes is [0x89, 0x50, ..] && at + 12 <= bytes.Length;)
        {
            long length = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));
            if (at + 12 + length > bytes.Length)
                return;
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at + 8 + (int)length), PictureFileTests.Crc(bytes.AsSpan(at + 4, (int)length + 4)));
            at += 12 + (int)length;
        }
    }

    private static void Try(byte[] bytes, Func<string> what)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long started = Stopwatch.GetTimestamp();
        try
        {
            FileFormats.Parse(bytes, "fuzz");
        }
        catch (InvalidDataException refused)
        {
            if (!refused.Message.StartsWith("fuzz: ", StringComparison.Ordinal) && !refused.Message.StartsWith("fuzz, ", StringComparison.Ordinal))
                Assert.Fail($"{what()}: the refusal does not name the file: {refused.Message}");
            if (refused.Message.Length > 600 || refused.Message.Any(char.IsControl))
                Assert.Fail($"{what()}: the refusal is no short line: {refused.Message}");
        }
        catch (Exception wrong)
        {
            Assert.Fail($"{what()}: {wrong}");
        }
        if (Stopwatch.GetElapsedTime(started).TotalSeconds > 5)
            Assert.Fail($"{what()}: took {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        // Everything allocated, kept or not, so that what is in memory at once is certainly less.
        if (GC.GetAllocatedBytesForCurrentThread() - before > (4L * bytes.Length) + (64L << 20))
            Assert.Fail($"{what()}: took {GC.GetAllocatedBytesForCurrentThread() - before} bytes for a file of {bytes.Length}");
    }
}
