using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
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
    // Of each sample; FASTCORE_FUZZ names another number.
    private static readonly int Mutations = int.Parse(Environment.GetEnvironmentVariable("FASTCORE_FUZZ") ?? "100000", CultureInfo.InvariantCulture);

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
        ["cpr"] = () => Encoding.ASCII.GetBytes(EbsdBinaryFileTests.Project()),
        ["crc"] = () => EbsdBinaryFileTests.Points(),
        ["ibw 3"] = () => IgorBinaryWaveTests.Old(3, false, [1, 2, 3], "A:1"),
    };

    // Samples of two files: the one is damaged, the other whole.
    private static readonly Dictionary<string, Func<byte[], MeasuredFile>> Pairs = new()
    {
        ["cpr"] = static project => EbsdBinaryFile.Parse(project, "fuzz", EbsdBinaryFileTests.Points(), "fuzz", "fuzz"),
        ["crc"] = static points => EbsdBinaryFile.Parse(Encoding.ASCII.GetBytes(EbsdBinaryFileTests.Project()), "fuzz", points, "fuzz", "fuzz"),
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public void Damaged_file_is_refused_or_read(string sample)
    {
        byte[] bytes = All[sample]();
        Func<byte[], MeasuredFile> parse = Pairs.GetValueOrDefault(sample, static b => FileFormats.Parse(b, "fuzz"));
        Assert.NotEmpty(parse(bytes).Format);
        for (int length = 0; length < bytes.Length; length += Step(bytes))
            Check(bytes[..length], parse, $"{sample} cut at {length}");
        for (int at = 0; at < bytes.Length; at += Step(bytes))
        {
            foreach (byte flip in (ReadOnlySpan<byte>)[0x01, 0x80, 0xFF])
            {
                byte[] flipped = [.. bytes];
                flipped[at] ^= flip;
                Repair(flipped);
                Check(flipped, parse, $"{sample} with byte {at} flipped by {flip}");
            }
        }
        foreach (uint absurd in (ReadOnlySpan<uint>)[0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, 0x40000001, 0x00FFFFFF, 0])
        {
            for (int at = 0; at + 4 <= bytes.Length; at += Step(bytes))
            {
                byte[] lie = [.. bytes];
                BitConverter.TryWriteBytes(lie.AsSpan(at), absurd);
                Repair(lie);
                Check(lie, parse, $"{sample} with {absurd:x} at {at}");
            }
        }
        string? problem = null;
        Parallel.For(0, Mutations, (number, state) =>
        {
            if (Try(Mutate(bytes, new Dice((ulong)number)), parse) is { } found)
            {
                Interlocked.CompareExchange(ref problem, $"{sample}, mutation {number}: {found}", null);
                state.Stop();
            }
        });
        if (problem is not null)
            Assert.Fail(problem);
    }

    // Every byte of a small sample; a larger one, whose formats are made of words of 2 to 8 bytes, in odd steps that come to every byte of a word.
    private static int Step(byte[] bytes) => bytes.Length <= 1500 ? 1 : (bytes.Length / 1500 * 2) + 1;

    private static byte[] Mutate(byte[] bytes, Dice dice)
    {
        const int most = 8;
        Span<byte> room = stackalloc byte[bytes.Length + (5 * most)];
        bytes.CopyTo(room);
        int count = bytes.Length;
        for (int n = 1 + dice.Next(5); n > 0 && count > 0; n--)
        {
            int at = dice.Next(count);
            int length = Math.Min(1 + dice.Next(most), count - at);
            switch (dice.Next(6))
            {
                case 0:
                    room[at] = (byte)dice.Next(256);
                    break;
                case 1:
                    room[at] ^= (byte)(1 << dice.Next(8));
                    break;
                case 2:
                    room[(at + length)..count].CopyTo(room[at..]);
                    count -= length;
                    break;
                case 3:
                    room[at..count].CopyTo(room[(at + length)..]);
                    count += length;
                    break;
                case 4:
                    for (int i = 0; i < length; i++)
                        room[at + i] = dice.Next(2) == 0 ? (byte)0 : (byte)255;
                    break;
                default:
                    // Digits are what text formats believe in.
                    for (int i = 0; i < length; i++)
                        room[at + i] = "0123456789-.eE+;,\n\t x"u8[dice.Next(21)];
                    break;
            }
        }
        byte[] mutated = room[..count].ToArray();
        if (dice.Next(2) == 0)
            Repair(mutated);
        return mutated;
    }

    // SplitMix64 (Steele, Lea, Flood 2014): a mutation is known by its number, and the dice cost nothing beside a reader.
    private struct Dice(ulong state)
    {
        public int Next(int sides)
        {
            ulong z = state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return (int)((z ^ (z >> 31)) % (ulong)sides);
        }
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

    private static void Check(byte[] bytes, Func<byte[], MeasuredFile> parse, string what)
    {
        if (Try(bytes, parse) is { } problem)
            Assert.Fail($"{what}: {problem}");
    }

    // What is wrong, or null.
    private static string? Try(byte[] bytes, Func<byte[], MeasuredFile> parse)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long started = Stopwatch.GetTimestamp();
        try
        {
            parse(bytes);
        }
        catch (InvalidDataException refused)
        {
            if (!refused.Message.StartsWith("fuzz: ", StringComparison.Ordinal) && !refused.Message.StartsWith("fuzz, ", StringComparison.Ordinal))
                return $"the refusal does not name the file: {refused.Message}";
            if (refused.Message.Length > 600 || refused.Message.Any(char.IsControl))
                return $"the refusal is no short line: {refused.Message}";
        }
        catch (Exception wrong)
        {
            return wrong.ToString();
        }
        // Far above what any of these small files takes on a busy machine.
        if (Stopwatch.GetElapsedTime(started).TotalSeconds > 60)
            return $"took {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s";
        // Everything allocated, kept or not, so that what is in memory at once is certainly less.
        return GC.GetAllocatedBytesForCurrentThread() - before <= (4L * bytes.Length) + (64L << 20) ? null
            : $"took {GC.GetAllocatedBytesForCurrentThread() - before} bytes for a file of {bytes.Length}";
    }
}
