using System.Globalization;
using System.Text;

namespace FastCore.Microscopy.Usb;

/// <summary>The last frames in both directions, kept without allocation and written out when something goes wrong.</summary>
public sealed class TraceRing
{
    /// <summary>Frames that are kept.</summary>
    public const int Capacity = 4096;

    private readonly Entry[] entries = new Entry[Capacity];
    private long count;

    private readonly record struct Entry(long Nanoseconds, bool ToDevice, FrameHeader Header, NakReason Reason);

    /// <summary>Frames noted so far, those overwritten included.</summary>
    public long Count => count;

    /// <summary>Notes a frame.</summary>
    public void Note(long nanoseconds, bool toDevice, in FrameHeader header, NakReason reason = NakReason.None) =>
        entries[count++ % Capacity] = new Entry(nanoseconds, toDevice, header, reason);

    /// <summary>One line per frame, the oldest first: microseconds, direction, type, code, sequence, epoch, bytes, reason.</summary>
    public string Dump()
    {
        var text = new StringBuilder();
        for (long k = Math.Max(0, count - Capacity); k < count; k++)
        {
            Entry entry = entries[k % Capacity];
            FrameHeader header = entry.Header;
            string code = header.Type switch
            {
                FrameType.Event => ((EventCode)header.Code).ToString(),
                FrameType.Stream => header.Code.ToString(CultureInfo.InvariantCulture),
                _ => ((Opcode)header.Code).ToString(),
            };
            text.Append(CultureInfo.InvariantCulture, $"{entry.Nanoseconds / 1e3,14:0.0} us {(entry.ToDevice ? "->" : "<-")} {header.Type} {code} ");
            text.Append(CultureInfo.InvariantCulture, $"seq {header.Sequence} epoch {header.Epoch} {header.PayloadLength} B");
            text.AppendLine(entry.Reason == NakReason.None ? "" : " " + entry.Reason);
        }
        return text.ToString();
    }
}
