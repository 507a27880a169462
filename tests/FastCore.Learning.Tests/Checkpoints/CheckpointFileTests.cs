using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using FastCore.Learning.Checkpoints;
using FastCore.Learning.Surrogates;
using FastCore.Learning.Tests.Surrogates;
using Xunit;

namespace FastCore.Learning.Tests.Checkpoints;

public sealed class CheckpointFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fastcore-checkpoint-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string At(string name) => Path.Combine(folder, name);

    private static Checkpoint Small()
    {
        var checkpoint = new Checkpoint();
        checkpoint.Add("weights", [1f, -0f, float.NaN, float.MaxValue, 5, 6], 2, 3);
        checkpoint.Add("bias", [double.Epsilon, double.NegativeInfinity]);
        checkpoint.Add("steps", [int.MinValue, 7], 2, 1, 1);
        checkpoint.Add("empty", Array.Empty<double>(), 3, 0);
        checkpoint.Add("model", "Größe 光");
        checkpoint.Add("note", "");
        return checkpoint;
    }

    [Fact]
    public void EverythingComesBackToTheBit()
    {
        Checkpoint written = Small();
        CheckpointFile.Save(written, At("a.fc"));
        Checkpoint read = CheckpointFile.Load(At("a.fc"));
        Assert.Equal(written.Texts, read.Texts);
        Assert.Equal(["bias", "empty", "steps", "weights"], read.Tensors.Keys);
        Assert.Equal(written.Values<float>("weights", 2, 3).Select(BitConverter.SingleToInt32Bits), read.Values<float>("weights", 2,
            -1).Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(written.Values<double>("bias", 2), read.Values<double>("bias"));
        Assert.Equal([int.MinValue, 7], read.Values<int>("steps", 2, 1, 1));
        Assert.Empty(read.Values<double>("empty", 3, 0));
        Assert.Equal("Größe 光", read.Text("model"));
        CheckpointFile.Save(read, At("b.fc"));
        Assert.Equal(File.ReadAllBytes(At("a.fc")), File.ReadAllBytes(At("b.fc")));
        CheckpointFile.Save(new Checkpoint(), At("a.fc"));
        Assert.Empty(CheckpointFile.Load(At("a.fc")).Tensors);
        Assert.Equal(["a.fc", "b.fc"], Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void TheBytesAreThoseOfTheFormat()
    {
        var checkpoint = new Checkpoint();
        checkpoint.Add("k", "v");
        checkpoint.Add("t", [1.0], 1, 1);
        byte[] expected =
        [
            .. "FCCHECKP"u8, 1, 0, 0, 0, 75, 0, 0, 0, 0, 0, 0, 0,
            1, 0, 0, 0, 1, 0, 0, 0, .. "k"u8, 1, 0, 0, 0, .. "v"u8,
            1, 0, 0, 0, 1, 0, 0, 0, .. "t"u8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F,
        ];
        byte[] bytes = CheckpointFile.ToBytes(checkpoint);
        Assert.Equal(expected, bytes[..^8]);
        // FNV-1a, 64 bits: offset basis and prime as published; "a" hashes to af63dc4c8601ec8c.
        Assert.Equal(0xaf63dc4c8601ec8cUL, CheckpointFile.Checksum("a"u8));
        Assert.Equal(CheckpointFile.Checksum(expected), BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(bytes.Length - 8)));
    }

    [Fact]
    public void EveryChangeOfOneByteIsRefusedWithFileAndByte()
    {
        byte[] good = CheckpointFile.ToBytes(Small());
        for (int at = 0; at < good.Length; at++)
        {
            for (int change = 1; change < 256; change++)
            {
                byte[] bad = (byte[])good.Clone();
                bad[at] ^= (byte)change;
                AssertRefusal(Assert.Throws<InvalidDataException>(() => CheckpointFile.FromBytes(bad, "some/model.fc")), "some/model.fc");
            }
        }
    }

    [Fact]
    public void EveryCutAndEveryExtensionIsRefusedWithFileAndByte()
    {
        byte[] good = CheckpointFile.ToBytes(Small());
        string path = At("cut.fc");
        for (int length = 0; length < good.Length; length++)
        {
            File.WriteAllBytes(path, good[..length]);
            string message = AssertRefusal(Assert.Throws<InvalidDataException>(() => CheckpointFile.Load(path)), path);
            Assert.Contains($"byte {length}: the file ends", message, StringComparison.Ordinal);
        }
        File.WriteAllBytes(path, [.. good, 0]);
        AssertRefusal(Assert.Throws<InvalidDataException>(() => CheckpointFile.Load(path)), path);
    }

    [Fact]
    public void AnotherVersionAndAnotherFormatAreNamed()
    {
        byte[] bytes = CheckpointFile.ToBytes(Small());
        bytes[8] = 9;
        Assert.Contains("byte 8: version 9 is unknown", Assert.Throws<InvalidDataException>(() => CheckpointFile.FromBytes(bytes, "p")).Message,
            StringComparison.Ordinal);
        byte[] other = Encoding.ASCII.GetBytes("FCSURR01 and so on, long enough for a header");
        Assert.Contains("byte 2: this is no checkpoint", Assert.Throws<InvalidDataException>(() => CheckpointFile.FromBytes(other, "p")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AHeaderThatLiesUnderARightChecksumTakesNoMemoryAndIsRefused()
    {
        byte[] good = CheckpointFile.ToBytes(Small());
        // The first exception from each place loads what describes it: only the second round is measured.
        (int refused, long bytes) = (0, 0);
        for (int round = 0; round < 2; round++)
        {
            (refused, bytes) = (0, 0);
            for (int at = 20; at < good.Length - 12; at++)
            {
                foreach (int claim in new[] { -1, int.MinValue, int.MaxValue, 0x10000000, 10_000, 0 })
                {
                    byte[] lie = (byte[])good.Clone();
                    BinaryPrimitives.WriteInt32LittleEndian(lie.AsSpan(at), claim);
                    BinaryPrimitives.WriteUInt64LittleEndian(lie.AsSpan(lie.Length - 8), CheckpointFile.Checksum(lie.AsSpan(0, lie.Length - 8)));
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    InvalidDataException? refusal = null;
                    try
                    {
                        // What changed may have been a value, and then it is one.
                        CheckpointFile.FromBytes(lie, "p");
                    }
                    catch (InvalidDataException problem)
                    {
                        refusal = problem;
                    }
                    bytes = Math.Max(bytes, GC.GetAllocatedBytesForCurrentThread() - before);
                    if (refusal is null)
                        continue;
                    refused++;
                    Assert.InRange(AssertRefusal(refusal, "p").Length, 0, 200);
                }
            }
        }
        // An exception with its trace; the smallest claim above what is there would take 40 kB, the largest 16 GB.
        Assert.InRange(bytes, 0, 30_000);
        Assert.True(refused > 500, refused.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void AFileThatCannotBeWrittenLeavesTheOldOne()
    {
        string path = At("a.fc");
        CheckpointFile.Save(Small(), path);
        byte[] old = File.ReadAllBytes(path);
        // The new file cannot be begun.
        Directory.CreateDirectory(path + ".part");
        Assert.ThrowsAny<Exception>(() => CheckpointFile.Save(new Checkpoint(), path));
        Assert.Equal(old, File.ReadAllBytes(path));
        // It cannot be put into place.
        Directory.CreateDirectory(At("taken"));
        Assert.ThrowsAny<Exception>(() => CheckpointFile.Save(new Checkpoint(), At("taken")));
        Assert.False(File.Exists(At("taken.part")));
    }

    [Fact]
    public void WhatDoesNotFitIsNamed()
    {
        Checkpoint made = Small();
        Assert.Throws<ArgumentException>(() => made.Add("weights", [1f]));
        Assert.Throws<ArgumentException>(() => made.Add("model", "twice"));
        Assert.Throws<ArgumentException>(() => made.Add("", "nameless"));
        Assert.Throws<ArgumentException>(() => made.Add("square", [1f, 2, 3], 2, 2));
        Assert.Throws<ArgumentException>(() => made.Add("negative", Array.Empty<int>(), -1, 0));
        Assert.Throws<ArgumentException>(() => made.Add("negative", [1f, 2], -1, -2));
        CheckpointFile.Save(made, At("a.fc"));
        Checkpoint read = CheckpointFile.Load(At("a.fc"));
        void Names(Func<object> ask, params string[] parts)
        {
            string message = Assert.Throws<InvalidDataException>(ask).Message;
            Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
            Assert.StartsWith(At("a.fc"), message, StringComparison.Ordinal);
        }
        Names(() => read.Values<float>("missing"), "'missing'");
        Names(() => read.Text("weights"), "'weights'");
        Names(() => read.Values<double>("weights"), "float and not double");
        Names(() => read.Values<float>("weights", 3, 2), "2 x 3; 3 x 2");
        Names(() => read.Values<float>("weights", 6), "2 x 3; 6");
    }

    [Fact]
    public void ACheckpointWithoutASurrogateIsNoSurrogate()
    {
        using var trainer = new SurrogateTrainer(TestBackend.Host, SurrogateCases.Inputs(), new SurrogateOptions());
        CheckpointFile.Save(Small(), At("a.fc"));
        Assert.Contains("holds no surrogate", Assert.Throws<InvalidDataException>(() => SurrogateFile.Load(At("a.fc"), trainer)).Message,
            StringComparison.Ordinal);
    }

    private static string AssertRefusal(InvalidDataException problem, string path)
    {
        Assert.StartsWith($"{path}: byte ", problem.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem.Message);
        return problem.Message;
    }
}
