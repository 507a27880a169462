using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Usb.UsbIp;

/// <summary>
/// The smallest client of a USB/IP server, without a kernel: for tests across processes. A thread takes what comes; received transfers wait in a queue
/// per pipe. Its reflex is managed code.
/// </summary>
public sealed class UsbIpTransport : IUsbTransport
{
    private const int Posted = 8;
    private const int TransferBytes = 4096;
    private const int Slots = 64;

    // The number of a transfer says what it is: bit 27 from the device, bits 28 to 30 its pipe plus 1, 7 for the reflex.
    private const uint InputMark = 0x0800_0000;

    private readonly Socket socket;
    private readonly object gate = new();
    private readonly Thread reader;
    private readonly byte[] outgoing = new byte[UsbIpProtocol.HeaderLength + FrameCodec.LargestFrame];
    private readonly byte[] incoming = new byte[UsbIpProtocol.HeaderLength + FrameCodec.LargestFrame];
    private readonly byte[] controlData = new byte[512];
    private readonly Slot[][] rings = [NewRing(), NewRing(), NewRing()];
    private readonly int[] heads = new int[3];
    private readonly int[] counts = new int[3];
    private readonly int[] posted = new int[3];
    private readonly byte[] reflexFrame = new byte[64];
    private int reflexLength;
    private float reflexThreshold = float.PositiveInfinity;
    private uint number = 1;
    private uint awaited;
    private bool awaitedDone;
    private UsbStatus awaitedStatus;
    private int awaitedLength;
    private bool gone;
    private bool disposed;

    private UsbIpTransport(Socket socket)
    {
        this.socket = socket;
        reader = new Thread(Read) { IsBackground = true, Name = "usbip client" };
        reader.Start();
        Span<byte> text = stackalloc byte[64];
        if (Control(0x80, 6, 0x0303, 0x0409, text, new Seconds(1), out int length) == UsbStatus.Ok && length > 2)
            Serial = Encoding.Unicode.GetString(text[2..length]);
        for (int pipe = 0; pipe < 3; pipe++)
            Fill(pipe);
    }

    private sealed class Slot
    {
        public byte[] Data { get; } = new byte[TransferBytes];

        public int Length { get; set; }

        public UsbStatus Status { get; set; }
    }

    /// <summary>Imports the first device of a server.</summary>
    /// <exception cref="InstrumentException">With <see cref="InstrumentError.LinkLost"/>: nobody answers, or it offers no such device.</exception>
    public static UsbIpTransport Connect(string address)
    {
        EndPoint remote = UsbIpProtocol.Parse(address);
        Socket socket = UsbIpProtocol.NewSocket(remote);
        try
        {
            socket.Connect(remote);
            Span<byte> request = stackalloc byte[8 + UsbIpProtocol.BusIdLength];
            request.Clear();
            BinaryPrimitives.WriteUInt16BigEndian(request, UsbIpProtocol.Version);
            BinaryPrimitives.WriteUInt16BigEndian(request[2..], UsbIpProtocol.RequestImport);
            Encoding.ASCII.GetBytes(UsbIpProtocol.BusId, request[8..]);
            UsbIpProtocol.SendAll(socket, request);
            Span<byte> reply = stackalloc byte[8 + UsbIpProtocol.DeviceRecordLength];
            if (!UsbIpProtocol.ReadAll(socket, reply[..8]) || BinaryPrimitives.ReadUInt32BigEndian(reply[4..]) != 0
                || !UsbIpProtocol.ReadAll(socket, reply[8..]))
                throw new SocketException((int)SocketError.ConnectionRefused);
            return new UsbIpTransport(socket);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw FcpSession.Fault(InstrumentError.LinkLost, "Open", $"No device answers at {address} ({exception.Message}); start one with 'fastcore "
                + "virtual-device ADDRESS'.", exception.ErrorCode);
        }
    }

    /// <inheritdoc/>
    public TimeProvider Clock => TimeProvider.System;

    /// <inheritdoc/>
    public string Serial { get; } = "";

    /// <inheritdoc/>
    public long ReflexCount { get; private set; }

    /// <inheritdoc/>
    public UsbStatus ControlIn(VendorRequest request, uint value, Span<byte> destination, Seconds timeout, out int length) =>
        Control(0xC0, (byte)request, (ushort)value, (ushort)(value >> 16), destination, timeout, out length);

    /// <inheritdoc/>
    public UsbStatus ControlOut(VendorRequest request, uint value, Seconds timeout) =>
        Control(0x40, (byte)request, (ushort)value, (ushort)(value >> 16), default, timeout, out _);

    /// <inheritdoc/>
    public UsbStatus Send(ReadOnlySpan<byte> transfer, Seconds timeout)
    {
        lock (gate)
        {
            uint sent = Submit(FcpProtocol.CommandEndpoint, false, 0, 0, 0, 0, transfer.Length, transfer);
            return Wait(sent, timeout, out _);
        }
    }

    /// <inheritdoc/>
    public UsbStatus Receive(UsbPipe pipe, Seconds timeout, out ReadOnlySpan<byte> transfer)
    {
        transfer = default;
        int p = (int)pipe;
        long end = Stopwatch.GetTimestamp() + (long)(timeout.Value * Stopwatch.Frequency);
        lock (gate)
        {
            while (counts[p] == 0)
            {
                if (gone)
                    return UsbStatus.NoDevice;
                long left = end - Stopwatch.GetTimestamp();
                if (left <= 0)
                    return UsbStatus.Timeout;
                Monitor.Wait(gate, TimeSpan.FromMilliseconds(Math.Max(.1, left * 1e3 / Stopwatch.Frequency)));
            }
            Slot slot = rings[p][heads[p]];
            if (slot.Status != UsbStatus.Ok)
            {
                Pop(p);
                return slot.Status;
            }
            transfer = slot.Data.AsSpan(0, slot.Length);
            return UsbStatus.Ok;
        }
    }

    /// <inheritdoc/>
    public void Release(UsbPipe pipe)
    {
        lock (gate)
        {
            if (counts[(int)pipe] > 0)
                Pop((int)pipe);
            Fill((int)pipe);
        }
    }

    /// <inheritdoc/>
    public UsbStatus ClearHalt(UsbPipe? pipe)
    {
        byte address = pipe is { } known ? (byte)(FcpProtocol.ReplyEndpoint + (int)known) : FcpProtocol.CommandEndpoint;
        UsbStatus status = Control(0x02, 1, 0, address, default, new Seconds(.2), out _);
        lock (gate)
        {
            if (pipe is { } halted)
                Fill((int)halted);
        }
        return status;
    }

    /// <inheritdoc/>
    public void Discard()
    {
        lock (gate)
        {
            for (int pipe = 0; pipe < 3; pipe++)
            {
                while (counts[pipe] > 0)
                    Pop(pipe);
                Fill(pipe);
            }
        }
    }

    /// <inheritdoc/>
    public bool ArmReflex(float threshold, ReadOnlySpan<byte> frame)
    {
        lock (gate)
        {
            reflexThreshold = frame.Length == 0 ? float.PositiveInfinity : threshold;
            frame.CopyTo(reflexFrame);
            reflexLength = frame.Length;
        }
        return true;
    }

    /// <summary>Closes the connection: the cable is out.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        socket.Dispose();
        reader.Join();
    }

    private static Slot[] NewRing()
    {
        var ring = new Slot[Slots];
        for (int k = 0; k < Slots; k++)
            ring[k] = new Slot();
        return ring;
    }

    private void Pop(int pipe)
    {
        heads[pipe] = (heads[pipe] + 1) % Slots;
        counts[pipe]--;
    }

    // As many requests as there are free slots, at most eight; the number says the pipe, so that nothing has to be looked up.
    private void Fill(int pipe)
    {
        while (!gone && posted[pipe] < Posted && posted[pipe] + counts[pipe] < Slots)
        {
            posted[pipe]++;
            Submit((byte)(FcpProtocol.ReplyEndpoint + pipe), true, 0, 0, 0, 0, TransferBytes, default, (uint)(pipe + 1) << 28);
        }
    }

    private UsbStatus Control(byte type, byte request, ushort value, ushort index, Span<byte> data, Seconds timeout, out int length)
    {
        lock (gate)
        {
            uint sent = Submit(0, (type & 0x80) != 0, type, request, value, index, data.Length, default);
            UsbStatus status = Wait(sent, timeout, out length);
            controlData.AsSpan(0, Math.Min(length, data.Length)).CopyTo(data);
            return status;
        }
    }

    private uint Submit(byte endpoint, bool input, byte type, byte request, ushort value, ushort index, int length, ReadOnlySpan<byte> data,
        uint mark = 0)
    {
        number = (number + 1) & 0x07FF_FFFF;
        uint sequence = number | mark | (input ? InputMark : 0);
        Span<byte> header = outgoing.AsSpan(0, UsbIpProtocol.HeaderLength);
        header.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(header, UsbIpProtocol.Submit);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], 0x10002);
        BinaryPrimitives.WriteUInt32BigEndian(header[12..], input ? 1u : 0u);
        BinaryPrimitives.WriteUInt32BigEndian(header[16..], endpoint & 0x7Fu);
        BinaryPrimitives.WriteInt32BigEndian(header[24..], length);
        BinaryPrimitives.WriteUInt32BigEndian(header[32..], 0xFFFFFFFF);
        (header[40], header[41]) = (type, request);
        BinaryPrimitives.WriteUInt16LittleEndian(header[42..], value);
        BinaryPrimitives.WriteUInt16LittleEndian(header[44..], index);
        BinaryPrimitives.WriteUInt16LittleEndian(header[46..], (ushort)length);
        data.CopyTo(outgoing.AsSpan(UsbIpProtocol.HeaderLength));
        if (mark == 0)
            (awaited, awaitedDone) = (sequence, false);
        try
        {
            UsbIpProtocol.SendAll(socket, outgoing.AsSpan(0, UsbIpProtocol.HeaderLength + data.Length));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            gone = true;
        }
        return sequence;
    }

    private UsbStatus Wait(uint sent, Seconds timeout, out int length)
    {
        long end = Stopwatch.GetTimestamp() + (long)(timeout.Value * Stopwatch.Frequency);
        length = 0;
        while (!awaitedDone || awaited != sent)
        {
            long left = end - Stopwatch.GetTimestamp();
            if (gone)
                return UsbStatus.NoDevice;
            if (left <= 0)
            {
                Unlink(sent);
                return UsbStatus.Timeout;
            }
            Monitor.Wait(gate, TimeSpan.FromMilliseconds(Math.Max(.1, left * 1e3 / Stopwatch.Frequency)));
        }
        length = awaitedLength;
        return awaitedStatus;
    }

    private void Unlink(uint sent)
    {
        awaited = 0;
        Span<byte> header = stackalloc byte[UsbIpProtocol.HeaderLength];
        header.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(header, UsbIpProtocol.Unlink);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], 0x0FFF_FFFF);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], 0x10002);
        BinaryPrimitives.WriteUInt32BigEndian(header[20..], sent);
        try
        {
            UsbIpProtocol.SendAll(socket, header);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            gone = true;
        }
    }

    private void Read()
    {
        try
        {
            Span<byte> header = incoming.AsSpan(0, UsbIpProtocol.HeaderLength);
            while (UsbIpProtocol.ReadAll(socket, header))
            {
                if (BinaryPrimitives.ReadUInt32BigEndian(header) != UsbIpProtocol.SubmitReturn)
                    continue;
                uint sequence = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
                int error = BinaryPrimitives.ReadInt32BigEndian(header[20..]), actual = BinaryPrimitives.ReadInt32BigEndian(header[24..]);
                int pipe = (int)(sequence >> 28) - 1;
                // Only what was asked for from the device brings data back.
                bool data = (sequence & InputMark) != 0;
                if (actual < 0 || (data && actual > (pipe < 0 ? controlData.Length : TransferBytes)))
                    break;
                if (data && !UsbIpProtocol.ReadAll(socket, incoming.AsSpan(UsbIpProtocol.HeaderLength, actual)))
                    break;
                lock (gate)
                    Take(sequence, pipe, UsbIpProtocol.StatusOf(error), incoming.AsSpan(UsbIpProtocol.HeaderLength, data ? actual : 0), actual);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Ends as an orderly end does.
        }
        lock (gate)
        {
            gone = true;
            Monitor.PulseAll(gate);
        }
    }

    private void Take(uint sequence, int pipe, UsbStatus status, ReadOnlySpan<byte> data, int actual)
    {
        if (pipe < 0)
        {
            if (sequence == awaited)
            {
                (awaitedDone, awaitedStatus, awaitedLength) = (true, status, actual);
                data.CopyTo(controlData);
            }
        }
        else if (pipe <= (int)UsbPipe.Events)
        {
            posted[pipe]--;
            if (status == UsbStatus.NoDevice)
                gone = true;
            Slot slot = rings[pipe][(heads[pipe] + counts[pipe]) % Slots];
            // All requests of a halted pipe end: one of them is enough to say so.
            if (status == UsbStatus.Ok || counts[pipe] == 0)
            {
                data.CopyTo(slot.Data);
                (slot.Length, slot.Status) = (data.Length, status);
                counts[pipe]++;
            }
            if (pipe == (int)UsbPipe.Stream && Reflex.Exceeds(data, reflexThreshold) && reflexLength > 0)
            {
                reflexThreshold = float.PositiveInfinity;
                ReflexCount++;
                Submit(FcpProtocol.CommandEndpoint, false, 0, 0, 0, 0, reflexLength, reflexFrame.AsSpan(0, reflexLength), 0x7000_0000);
            }
            if (status == UsbStatus.Ok)
                Fill(pipe);
        }
        Monitor.PulseAll(gate);
    }
}
