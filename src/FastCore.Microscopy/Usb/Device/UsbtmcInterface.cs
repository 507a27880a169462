using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace FastCore.Microscopy.Usb.Device;

/// <summary>
/// The message interface of the virtual device, for programs that look for instruments: USBTMC 1.0 (class 0xFE, subclass 3) with the SCPI commands
/// <c>*IDN?</c>, <c>SYSTem:ERRor[:NEXT]?</c> and <c>*CLS</c>. It reads; nothing moves by it and the watchdog does not hear it.
/// </summary>
/// <remarks>
/// A header that the class does not allow halts the endpoint; a message that makes no sense goes to the error queue (SCPI 1999, volume 2, 21.8).
/// An answer is asked for by a request of its own and sent in pieces as large as that allows, the last one marked as such.
/// </remarks>
internal sealed class UsbtmcInterface(VirtualAfmOptions options)
{
    /// <summary>Largest transfer to the host: one packet, so that it is always short and ends by itself.</summary>
    public const int MostAnswer = 508;

    private const int Head = 12;
    private const int PacketBytes = 512;
    private const int MostMessage = 1024;
    private const int MostErrors = 8;

    private const byte Send = 1;
    private const byte Ask = 2;

    private const byte Success = 0x01;
    private const byte Failed = 0x80;
    private const byte NotInProgress = 0x81;

    private readonly Queue<string> errors = new(MostErrors);
    private readonly byte[] message = new byte[MostMessage];
    private int messageLength;
    private bool tooLong;
    private bool ends;

    // The transfer that more parts belong to: bytes of its message and padding that have not come.
    private long dataLeft;
    private long bytesLeft;
    private byte outTag;
    private uint taken;

    private byte[] output = [];
    private int sent;
    private int asked;
    private byte inTag;

    /// <summary>Takes a bulk transfer, or the next part of one; false if its endpoint must halt.</summary>
    public bool Take(ReadOnlySpan<byte> part)
    {
        if (bytesLeft > 0)
            return TakeRest(part);
        if (part.Length < Head || part[1] == 0 || (byte)~part[1] != part[2] || part[3] != 0)
            return false;
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(part[4..]);
        if (size is 0 or > int.MaxValue)
            return false;
        switch (part[0])
        {
            case Send:
                if (sent < output.Length)
                    Interrupted();
                (outTag, dataLeft, bytesLeft, taken) = (part[1], size, (size + 3L) & ~3L, 0);
                ends = (part[8] & 1) != 0;
                return TakeRest(part[Head..], Head);
            case Ask:
                (inTag, asked) = (part[1], (int)size);
                if (sent == output.Length)
                    Report("-420,\"Query UNTERMINATED\"");
                return true;
            default:
                return false;
        }
    }

    /// <summary>The next transfer to the host and its length; 0 if none is asked for or nothing is there.</summary>
    public int Answer(Span<byte> destination)
    {
        int count = Math.Min(Math.Min(asked, output.Length - sent), MostAnswer - Head);
        if (count == 0)
            return 0;
        destination[..Head].Clear();
        (destination[0], destination[1], destination[2]) = (Ask, inTag, (byte)~inTag);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], count);
        output.AsSpan(sent, count).CopyTo(destination[Head..]);
        sent += count;
        asked = 0;
        destination[8] = (byte)(sent == output.Length ? 1 : 0);
        return Head + count;
    }

    /// <summary>A class request on endpoint 0; -1 if there is no such.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="answer">Receives the answer.</param>
    /// <param name="brokenOff">Whether a transfer to the host was broken off.</param>
    public int Control(UsbRequest request, Span<byte> answer, out bool brokenOff)
    {
        brokenOff = false;
        byte tag = (byte)request.Value;
        answer[..24].Clear();
        switch (request.Request)
        {
            case 1 when IsFor(FcpProtocol.MessageOutEndpoint): // INITIATE_ABORT_BULK_OUT
                (answer[0], answer[1]) = (bytesLeft == 0 ? Failed : tag == outTag ? Success : NotInProgress, outTag);
                if (answer[0] == Success)
                    DropMessage();
                return 2;
            case 2 when IsFor(FcpProtocol.MessageOutEndpoint): // CHECK_ABORT_BULK_OUT_STATUS
                answer[0] = Success;
                BinaryPrimitives.WriteUInt32LittleEndian(answer[4..], taken);
                return 8;
            case 3 when IsFor(FcpProtocol.MessageInEndpoint): // INITIATE_ABORT_BULK_IN
                brokenOff = asked > 0 && tag == inTag;
                (answer[0], answer[1]) = (asked == 0 ? Failed : brokenOff ? Success : NotInProgress, inTag);
                if (brokenOff)
                    asked = 0;
                return 2;
            case 4 when IsFor(FcpProtocol.MessageInEndpoint): // CHECK_ABORT_BULK_IN_STATUS
                answer[0] = Success;
                return 8;
            case 5 when IsFor(1): // INITIATE_CLEAR
                DropMessage();
                (output, sent, asked) = ([], 0, 0);
                answer[0] = Success;
                return 1;
            case 6 when IsFor(1): // CHECK_CLEAR_STATUS
                answer[0] = Success;
                return 2;
            case 7 when IsFor(1): // GET_CAPABILITIES
                answer[0] = Success;
                BinaryPrimitives.WriteUInt16LittleEndian(answer[2..], 0x0100);
                return 24;
            default:
                return -1;
        }

        bool IsFor(byte number) => (byte)request.Index == number && (request.RequestType == 0xA2) == (number != 1);
    }

    /// <summary>As after a start.</summary>
    public void Clear()
    {
        DropMessage();
        errors.Clear();
        (output, sent, asked) = ([], 0, 0);
    }

    private bool TakeRest(ReadOnlySpan<byte> part, int before = 0)
    {
        ReadOnlySpan<byte> data = part[..(int)Math.Min(part.Length, dataLeft)];
        bool isLast = part.Length >= bytesLeft;
        // A part that is no multiple of the packet is the last one, and more than was announced is none either.
        if (part.Length > bytesLeft || (!isLast && ((before + part.Length) % PacketBytes) != 0))
        {
            DropMessage();
            return false;
        }
        int room = Math.Min(data.Length, MostMessage - messageLength);
        data[..room].CopyTo(message.AsSpan(messageLength));
        messageLength += room;
        tooLong |= room < data.Length;
        (dataLeft, bytesLeft, taken) = (dataLeft - data.Length, bytesLeft - part.Length, taken + (uint)data.Length);
        if (bytesLeft > 0 || !ends)
            return true;
        if (tooLong)
            Report("-363,\"Input buffer overrun\"");
        else
            Execute(message.AsSpan(0, messageLength));
        DropMessage();
        return true;
    }

    private void DropMessage() => (messageLength, tooLong, dataLeft, bytesLeft) = (0, false, 0, 0);

    private void Interrupted()
    {
        (output, sent, asked) = ([], 0, 0);
        Report("-410,\"Query INTERRUPTED\"");
    }

    private void Execute(ReadOnlySpan<byte> text)
    {
        if (text.TrimEnd("\r\n"u8).ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            Report("-101,\"Invalid character\"");
            return;
        }
        var answers = new List<string>();
        foreach (string command in Encoding.ASCII.GetString(text).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] words = command.Split(' ', 2);
            if (ResultOf(words[0].ToUpperInvariant()) is not { } answer)
                Report("-113,\"Undefined header\"");
            else if (words.Length > 1)
                Report("-108,\"Parameter not allowed\"");
            else if (answer.Length > 0)
                answers.Add(answer);
        }
        if (answers.Count > 0)
            (output, sent) = (Encoding.ASCII.GetBytes(string.Join(';', answers) + "\n"), 0);
    }

    // Null for an unknown command, empty for one without an answer.
    private string? ResultOf(string header)
    {
        switch (header.TrimStart(':'))
        {
            case "*IDN?":
                return string.Create(CultureInfo.InvariantCulture, $"FastCore,Virtual conductive AFM,{options.Serial},{options.Firmware >> 8:X}."
                    + $"{options.Firmware & 0xFF:X2}");
            case "*CLS":
                errors.Clear();
                return "";
            case "SYST:ERR?" or "SYSTEM:ERR?" or "SYST:ERROR?" or "SYSTEM:ERROR?" or "SYST:ERR:NEXT?" or "SYSTEM:ERR:NEXT?" or "SYST:ERROR:NEXT?"
                or "SYSTEM:ERROR:NEXT?":
                return errors.TryDequeue(out string? error) ? error : "0,\"No error\"";
            default:
                return null;
        }
    }

    // The last place of a full queue says that it was full.
    private void Report(string error)
    {
        if (errors.Count < MostErrors - 1)
            errors.Enqueue(error);
        else if (errors.Count == MostErrors - 1)
            errors.Enqueue("-350,\"Queue overflow\"");
    }
}
