using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Usb.LibUsb;

/// <summary>
/// A controller through the system's libusb, without the native pump. A thread handles libusb's events and then looks which transfers have ended;
/// received ones are lent in place. Its reflex is managed code: a garbage collection can delay it by tens of milliseconds.
/// </summary>
public sealed unsafe class LibUsbTransport : IUsbTransport
{
    private const int PacketBytes = 512;
    private const int StatusNone = -1;
    private const byte ControlType = 0;
    private const byte BulkType = 2;
    private const byte InterruptType = 3;
    private const byte AddZeroPacket = 8;
    private const int ControlHead = 8;

    private static readonly int[] Posted = [4, 32, 4];
    private static readonly int[] Bytes = [4096, 4096, 512];
    // What a cancelled transfer may take to come back before the device is given up.
    private static readonly Seconds CancelTime = new(2);

    private readonly LibUsbDevice device;
    private readonly object gate = new();
    private readonly Thread events;
    private readonly Pipe[] pipes = new Pipe[3];
    private readonly Slot control;
    private readonly Slot send;
    private readonly Slot reflex;
    private readonly byte[] reflexFrame = new byte[256];
    private int reflexLength;
    private float reflexThreshold = float.PositiveInfinity;
    private bool gone;
    private bool closing;
    private bool ended;
    private bool disposed;

    private LibUsbTransport(LibUsbDevice device)
    {
        this.device = device;
        control = new Slot(device.Handle, 0, ControlType, ControlHead + 512);
        send = new Slot(device.Handle, FcpProtocol.CommandEndpoint, BulkType, FrameCodec.LargestFrame);
        reflex = new Slot(device.Handle, FcpProtocol.CommandEndpoint, BulkType, 256);
        for (int p = 0; p < pipes.Length; p++)
            pipes[p] = new Pipe(device.Handle, (byte)(FcpProtocol.ReplyEndpoint + p), p == (int)UsbPipe.Events ? InterruptType : BulkType, Posted[p], Bytes[p]);
        foreach (Pipe pipe in pipes)
            pipe.PostAll();
        events = new Thread(HandleEvents) { IsBackground = true, Name = "usb events", Priority = ThreadPriority.Highest };
        events.Start();
    }

    private enum SlotState
    {
        Idle,
        Posted,
        Received,
        Lent,
        Stopped,
    }

    // One transfer with its buffer. The status says that it has ended: libusb writes it, in the event thread, last but its callback.
    private sealed class Slot
    {
        public Slot(nint handle, byte endpoint, byte type, int bytes)
        {
            Native = LibUsb.AllocateTransfer(0);
            if (Native == null)
                throw LibUsbDevice.Fault("libusb has no memory for a transfer; close other programs.");
            Native->Handle = handle;
            Native->Endpoint = endpoint;
            Native->Type = type;
            Native->Length = bytes;
            Native->Callback = LibUsb.NoCallback;
            Native->Buffer = (byte*)NativeMemory.AllocZeroed((nuint)bytes);
            Capacity = bytes;
        }

        public int Capacity { get; }

        public LibUsb.Transfer* Native { get; }

        public SlotState State { get; set; }

        public UsbStatus Status { get; set; }

        public bool HasEnded => State == SlotState.Posted && Volatile.Read(ref Native->Status) != StatusNone;

        // Lock held.
        public bool Post()
        {
            Volatile.Write(ref Native->Status, StatusNone);
            State = SlotState.Posted;
            int code = LibUsb.Submit(Native);
            if (code == 0)
                return true;
            State = SlotState.Idle;
            Status = code == LibUsb.NoDevice ? UsbStatus.NoDevice : UsbStatus.Failed;
            return false;
        }

        public void End()
        {
            Status = StatusOf(Native->Status);
            State = SlotState.Received;
        }

        public void Free()
        {
            NativeMemory.Free(Native->Buffer);
            LibUsb.FreeTransfer(Native);
        }
    }

    // Transfers of one endpoint end in the order in which they were posted.
    private sealed class Pipe
    {
        public Pipe(nint handle, byte endpoint, byte type, int count, int bytes)
        {
            Slots = new Slot[count];
            for (int k = 0; k < count; k++)
                Slots[k] = new Slot(handle, endpoint, type, bytes);
            Waiting = new Queue<Slot>(count);
            Received = new Queue<Slot>(count);
        }

        public Slot[] Slots { get; }

        public Queue<Slot> Waiting { get; }

        public Queue<Slot> Received { get; }

        public Slot? Lent { get; set; }

        public bool Halted { get; set; }

        public bool Post(Slot slot)
        {
            if (Halted)
            {
                slot.State = SlotState.Stopped;
                return true;
            }
            if (!slot.Post())
            {
                slot.State = SlotState.Stopped;
                return slot.Status != UsbStatus.NoDevice;
            }
            Waiting.Enqueue(slot);
            return true;
        }

        public bool PostAll()
        {
            bool there = true;
            foreach (Slot slot in Slots)
            {
                if (slot.State is SlotState.Idle or SlotState.Stopped)
                    there &= Post(slot);
            }
            return there;
        }
    }

    /// <summary>Opens the controller with a serial number; null for the only one.</summary>
    /// <exception cref="InstrumentException">
    /// With <see cref="InstrumentError.LinkLost"/>: libusb is not on this machine, no such device is plugged in, or it may not be opened.
    /// </exception>
    public static LibUsbTransport Open(string? serial = null) => new(LibUsbDevice.Open(serial));

    /// <summary>Whether libusb is on this machine.</summary>
    public static bool IsAvailable => LibUsb.IsAvailable;

    /// <inheritdoc/>
    public TimeProvider Clock => TimeProvider.System;

    /// <inheritdoc/>
    public string Serial => device.Serial;

    /// <inheritdoc/>
    public long ReflexCount { get; private set; }

    /// <inheritdoc/>
    public UsbStatus ControlIn(VendorRequest request, uint value, Span<byte> destination, Seconds timeout, out int length)
    {
        lock (gate)
        {
            UsbStatus status = Control(0xC0, request, value, Math.Min(destination.Length, 512), timeout);
            length = status == UsbStatus.Ok ? control.Native->ActualLength : 0;
            new ReadOnlySpan<byte>(control.Native->Buffer + ControlHead, length).CopyTo(destination);
            return status;
        }
    }

    /// <inheritdoc/>
    public UsbStatus ControlOut(VendorRequest request, uint value, Seconds timeout)
    {
        lock (gate)
            return Control(0x40, request, value, 0, timeout);
    }

    /// <inheritdoc/>
    public UsbStatus Send(ReadOnlySpan<byte> transfer, Seconds timeout)
    {
        lock (gate)
        {
            Fill(send, transfer);
            return Transact(send, timeout);
        }
    }

    /// <inheritdoc/>
    public UsbStatus Receive(UsbPipe pipe, Seconds timeout, out ReadOnlySpan<byte> transfer)
    {
        transfer = default;
        Pipe from = pipes[(int)pipe];
        long end = Stopwatch.GetTimestamp() + (long)(timeout.Value * Stopwatch.Frequency);
        lock (gate)
        {
            while (from.Received.Count == 0)
            {
                if (gone)
                    return UsbStatus.NoDevice;
                if (from.Halted)
                    return UsbStatus.Stall;
                if (!Wait(end))
                    return UsbStatus.Timeout;
            }
            Slot slot = from.Received.Dequeue();
            if (slot.Status != UsbStatus.Ok)
            {
                gone |= !from.Post(slot);
                return slot.Status;
            }
            slot.State = SlotState.Lent;
            from.Lent = slot;
            transfer = new ReadOnlySpan<byte>(slot.Native->Buffer, slot.Native->ActualLength);
            return UsbStatus.Ok;
        }
    }

    /// <inheritdoc/>
    public void Release(UsbPipe pipe)
    {
        lock (gate)
        {
            Pipe from = pipes[(int)pipe];
            if (from.Lent is not { } slot)
                return;
            from.Lent = null;
            slot.State = SlotState.Idle;
            if (!gone)
                gone |= !from.Post(slot);
        }
    }

    /// <inheritdoc/>
    public UsbStatus ClearHalt(UsbPipe? pipe)
    {
        byte endpoint = pipe is { } known ? (byte)(FcpProtocol.ReplyEndpoint + (int)known) : FcpProtocol.CommandEndpoint;
        lock (gate)
        {
            // All that wait on a halted endpoint end with it, one after the other; a late one would look like a second halt.
            if (pipe is { } one && !CallBack(pipes[(int)one]))
                return UsbStatus.NoDevice;
        }
        // Not under the lock: it waits for the device.
        int code = LibUsb.ClearHalt(device.Handle, endpoint);
        lock (gate)
        {
            if (code == LibUsb.NoDevice)
                gone = true;
            if (pipe is { } halted && !gone)
            {
                pipes[(int)halted].Halted = code != 0;
                gone |= !pipes[(int)halted].PostAll();
            }
        }
        return code switch { 0 => UsbStatus.Ok, LibUsb.NoDevice => UsbStatus.NoDevice, _ => UsbStatus.Failed };
    }

    /// <inheritdoc/>
    public void Discard()
    {
        lock (gate)
        {
            foreach (Pipe pipe in pipes)
            {
                for (int left = pipe.Received.Count; left > 0 && !gone; left--)
                    gone |= !pipe.Post(pipe.Received.Dequeue());
            }
        }
    }

    /// <inheritdoc/>
    public bool ArmReflex(float threshold, ReadOnlySpan<byte> frame)
    {
        lock (gate)
        {
            frame.CopyTo(reflexFrame);
            reflexLength = frame.Length;
            reflexThreshold = frame.Length == 0 ? float.PositiveInfinity : threshold;
            return true;
        }
    }

    /// <summary>Cancels everything, waits until it has come back, and closes the device.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        lock (gate)
        {
            closing = true;
            CancelAll();
        }
        LibUsb.InterruptEventHandler(device.Context);
        events.Join();
        if (!ended)
        {
            // A transfer that libusb never gave back may still be written to: leaving it costs memory, freeing it would cost more.
            return;
        }
        foreach (Slot slot in AllSlots())
            slot.Free();
        device.Dispose();
    }

    private static UsbStatus StatusOf(int status) => status switch
    {
        0 => UsbStatus.Ok,
        2 => UsbStatus.Timeout,
        3 => UsbStatus.Cancelled,
        4 => UsbStatus.Stall,
        5 => UsbStatus.NoDevice,
        6 => UsbStatus.Overflow,
        _ => UsbStatus.Failed,
    };

    private static void Fill(Slot slot, ReadOnlySpan<byte> data)
    {
        data.CopyTo(new Span<byte>(slot.Native->Buffer, slot.Capacity));
        slot.Native->Length = data.Length;
        slot.Native->Flags = data.Length % PacketBytes == 0 ? AddZeroPacket : (byte)0;
    }

    private IEnumerable<Slot> AllSlots() => pipes.SelectMany(pipe => pipe.Slots).Concat([control, send, reflex]);

    private void CancelAll()
    {
        foreach (Slot slot in AllSlots())
        {
            if (slot.State == SlotState.Posted && !slot.HasEnded)
                _ = LibUsb.Cancel(slot.Native);
        }
    }

    private UsbStatus Control(byte type, VendorRequest request, uint value, int length, Seconds timeout)
    {
        var setup = new Span<byte>(control.Native->Buffer, ControlHead);
        (setup[0], setup[1]) = (type, (byte)request);
        BinaryPrimitives.WriteUInt32LittleEndian(setup[2..], value);
        BinaryPrimitives.WriteUInt16LittleEndian(setup[6..], (ushort)length);
        control.Native->Length = ControlHead + length;
        return Transact(control, timeout);
    }

    // Posts a transfer and waits for its end; one that is late is cancelled. Lock held.
    private UsbStatus Transact(Slot slot, Seconds timeout)
    {
        if (gone || slot.State == SlotState.Posted)
            return gone ? UsbStatus.NoDevice : UsbStatus.Failed;
        if (!slot.Post())
        {
            gone |= slot.Status == UsbStatus.NoDevice;
            return slot.Status;
        }
        long end = Stopwatch.GetTimestamp() + (long)(timeout.Value * Stopwatch.Frequency);
        while (slot.State == SlotState.Posted && Wait(end))
        {
        }
        if (slot.State == SlotState.Posted)
        {
            _ = LibUsb.Cancel(slot.Native);
            end = Stopwatch.GetTimestamp() + (long)(CancelTime.Value * Stopwatch.Frequency);
            while (slot.State == SlotState.Posted && Wait(end))
            {
            }
            if (slot.State == SlotState.Posted)
            {
                gone = true;
                return UsbStatus.NoDevice;
            }
        }
        slot.State = SlotState.Idle;
        gone |= slot.Status == UsbStatus.NoDevice;
        return slot.Status == UsbStatus.Cancelled ? UsbStatus.Timeout : slot.Status;
    }

    // Cancels what waits on a pipe until all of it has come back; false when the device is lost. Lock held.
    private bool CallBack(Pipe pipe)
    {
        foreach (Slot slot in pipe.Waiting)
        {
            if (!slot.HasEnded)
                _ = LibUsb.Cancel(slot.Native);
        }
        long end = Stopwatch.GetTimestamp() + (long)(CancelTime.Value * Stopwatch.Frequency);
        while (pipe.Waiting.Count > 0 && !gone)
            gone |= !Wait(end);
        return !gone;
    }

    private bool Wait(long end)
    {
        long left = end - Stopwatch.GetTimestamp();
        if (left <= 0)
            return false;
        Monitor.Wait(gate, TimeSpan.FromMilliseconds(Math.Max(.1, left * 1e3 / Stopwatch.Frequency)));
        return true;
    }

    private void HandleEvents()
    {
        var slice = new LibUsb.TimeValue { Seconds = new CLong(0), Microseconds = new CLong(100_000) };
        long giveUp = long.MaxValue;
        while (true)
        {
            LibUsb.TimeValue timeout = slice;
            int code = LibUsb.HandleEvents(device.Context, &timeout);
            if (code is not (0 or LibUsb.Interrupted))
                Thread.Sleep(1);
            lock (gate)
            {
                bool news = Look();
                if (closing)
                {
                    giveUp = Math.Min(giveUp, Stopwatch.GetTimestamp() + (long)(CancelTime.Value * Stopwatch.Frequency));
                    ended = AllSlots().All(slot => slot.State != SlotState.Posted);
                    if (ended || Stopwatch.GetTimestamp() > giveUp)
                        return;
                }
                if (news)
                    Monitor.PulseAll(gate);
            }
        }
    }

    // Takes what has ended. Lock held.
    private bool Look()
    {
        bool news = false;
        foreach (Pipe pipe in pipes)
        {
            while (pipe.Waiting.TryPeek(out Slot? slot) && slot.HasEnded)
            {
                pipe.Waiting.Dequeue();
                slot.End();
                news = true;
                Take(pipe, slot);
            }
        }
        news |= EndOf(control) | EndOf(send);
        if (EndOf(reflex))
            reflex.State = SlotState.Idle;
        return news;
    }

    private static bool EndOf(Slot slot)
    {
        if (!slot.HasEnded)
            return false;
        slot.End();
        return true;
    }

    private void Take(Pipe pipe, Slot slot)
    {
        switch (slot.Status)
        {
            case UsbStatus.NoDevice:
                gone = true;
                slot.State = SlotState.Stopped;
                return;
            case UsbStatus.Stall:
                pipe.Halted = true;
                slot.State = SlotState.Stopped;
                return;
            case UsbStatus.Cancelled:
                slot.State = SlotState.Stopped;
                return;
        }
        pipe.Received.Enqueue(slot);
        if (!float.IsPositiveInfinity(reflexThreshold) && pipe == pipes[(int)UsbPipe.Stream]
            && Reflex.Exceeds(new ReadOnlySpan<byte>(slot.Native->Buffer, slot.Native->ActualLength), reflexThreshold))
        {
            reflexThreshold = float.PositiveInfinity;
            ReflexCount++;
            if (reflex.State != SlotState.Posted)
            {
                Fill(reflex, reflexFrame.AsSpan(0, reflexLength));
                reflex.Post();
            }
        }
    }
}
