using System.Buffers.Binary;

namespace FastCore.Microscopy.Usb;

/// <summary>The test of the armed reflex, as the native pump does it: sweep frames alone, payload behind its 12 bytes of head.</summary>
internal static class Reflex
{
    /// <summary>Stream number of sweeps.</summary>
    public const ushort SweepStream = 1;

    /// <summary>Whether a good sweep frame at the start of a transfer holds a sample beyond the threshold.</summary>
    public static bool Exceeds(ReadOnlySpan<byte> transfer, float threshold)
    {
        if (FrameCodec.Decode(transfer, out FrameHeader header, out ReadOnlySpan<byte> payload) != FrameStatus.Good
            || header.Type != FrameType.Stream || header.Code != SweepStream)
            return false;
        for (int k = 12; k + 4 <= payload.Length; k += 4)
        {
            if (Math.Abs(BinaryPrimitives.ReadSingleLittleEndian(payload[k..])) > threshold)
                return true;
        }
        return false;
    }
}
