using System.Buffers.Binary;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Usb;

/// <summary>
/// A bias waveform on the wire: kind (0 line, 1 triangle, 2 table), zero, samples (u16), duration in nanosecond (u64), then start and stop
/// or peak, or every sample, in microvolt (i32). Line and triangle are computed by both ends in the same way, to the bit.
/// </summary>
internal static class SweepPayload
{
    /// <summary>Most samples of a sweep.</summary>
    public const int MostSamples = 4000;

    private const int Head = 12;

    /// <summary>Writes a waveform and returns the number of bytes. Allocates; callers keep the result.</summary>
    public static int Write(BiasWaveform waveform, Span<byte> destination)
    {
        ReadOnlySpan<double> bias = waveform.BiasVolts;
        destination[1] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[2..], (ushort)bias.Length);
        BinaryPrimitives.WriteInt64LittleEndian(destination[4..], (long)Math.Round(waveform.Duration.Value * 1e9));
        int first = FcpProtocol.ToMicrovolts(bias[0]), last = FcpProtocol.ToMicrovolts(bias[^1]);
        int peak = FcpProtocol.ToMicrovolts(bias[waveform.Turnaround]);
        if (Same(waveform, Make(1, bias.Length, waveform.Duration, 0, peak)))
        {
            destination[0] = 1;
            BinaryPrimitives.WriteInt32LittleEndian(destination[Head..], 0);
            BinaryPrimitives.WriteInt32LittleEndian(destination[(Head + 4)..], peak);
            return Head + 8;
        }
        if (Same(waveform, Make(0, bias.Length, waveform.Duration, first, last)))
        {
            destination[0] = 0;
            BinaryPrimitives.WriteInt32LittleEndian(destination[Head..], first);
            BinaryPrimitives.WriteInt32LittleEndian(destination[(Head + 4)..], last);
            return Head + 8;
        }
        destination[0] = 2;
        for (int k = 0; k < bias.Length; k++)
            BinaryPrimitives.WriteInt32LittleEndian(destination[(Head + (4 * k))..], FcpProtocol.ToMicrovolts(bias[k]));
        return Head + (4 * bias.Length);
    }

    /// <summary>Reads a waveform; one that is already known by its bytes is kept.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, ref BiasWaveform? waveform, Span<byte> known, ref int knownLength)
    {
        if (waveform is not null && knownLength == payload.Length && payload.SequenceEqual(known[..knownLength]))
            return true;
        if (payload.Length < Head + 8)
            return false;
        int count = BinaryPrimitives.ReadUInt16LittleEndian(payload[2..]);
        long nanoseconds = BinaryPrimitives.ReadInt64LittleEndian(payload[4..]);
        if (count is < 2 or > MostSamples || nanoseconds <= 0 || payload[0] > 2 || (payload[0] == 2 && payload.Length < Head + (4 * count)))
            return false;
        var duration = new Seconds(nanoseconds / 1e9);
        BiasWaveform? made;
        if (payload[0] < 2)
        {
            made = Make(payload[0], count, duration, BinaryPrimitives.ReadInt32LittleEndian(payload[Head..]),
                BinaryPrimitives.ReadInt32LittleEndian(payload[(Head + 4)..]));
        }
        else
        {
            var bias = new double[count];
            for (int k = 0; k < count; k++)
                bias[k] = FcpProtocol.FromMicrovolts(BinaryPrimitives.ReadInt32LittleEndian(payload[(Head + (4 * k))..]));
            try
            {
                made = BiasWaveform.FromSamples(bias, duration);
            }
            catch (ArgumentException)
            {
                made = null;
            }
        }
        if (made is null)
            return false;
        waveform = made;
        payload.CopyTo(known);
        knownLength = payload.Length;
        return true;
    }

    private static BiasWaveform? Make(int kind, int samples, Seconds duration, int first, int last)
    {
        if (kind == 1)
            return samples % 2 == 1 && samples >= 3 && last != 0 ? BiasWaveform.Triangle(new Volts(FcpProtocol.FromMicrovolts(last)), samples, duration) : null;
        return first != last ? BiasWaveform.Line(new Volts(FcpProtocol.FromMicrovolts(first)), new Volts(FcpProtocol.FromMicrovolts(last)), samples,
            duration) : null;
    }

    private static bool Same(BiasWaveform asked, BiasWaveform? made) => made is not null && asked.BiasVolts.SequenceEqual(made.BiasVolts);
}
