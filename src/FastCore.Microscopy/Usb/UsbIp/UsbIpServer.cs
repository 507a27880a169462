using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FastCore.Microscopy.Usb.Device;

namespace FastCore.Microscopy.Usb.UsbIp;

/// <summary>
/// Offers a virtual device by USB/IP, so that another process, or a Linux kernel by <c>usbip attach</c>, can use it. One importer at a time. When it
/// goes, the cable is pulled; when the next one comes, the device has started anew.
/// </summary>
public sealed class UsbIpServer : IDisposable
{
    private readonly VirtualAfm device;
    private readonly Socket listener;
    private readonly string? path;
    private readonly object gate = new();
    private readonly Dictionary<uint, UsbRequest> waiting = [];
    private readonly byte[] answer = new byte[UsbIpProtocol.HeaderLength + FrameCodec.LargestFrame];
    private readonly Thread acceptor;
    private readonly Thread timer;
    private Socket? importer;
    private bool used;
    private bool disposed;

    /// <summary>Listens at an address (HOST:PORT, port 0 for any, or unix:PATH).</summary>
    /// <exception cref="SocketException">The address is in use or not this machine's.</exception>
    public UsbIpServer(VirtualAfm device, string address)
    {
        ArgumentNullException.ThrowIfNull(device);
        this.device = device;
        device.Completed = OnCompleted;
        EndPoint local = UsbIpProtocol.Parse(address);
        listener = UsbIpProtocol.NewSocket(local);
        listener.Bind(local);
        listener.Listen();
        path = address.StartsWith("unix:", StringComparison.Ordinal) ? address[5..] : null;
        Address = path is not null ? address : listener.LocalEndPoint!.ToString()!;
        acceptor = new Thread(Accept) { IsBackground = true, Name = "usbip" };
        timer = new Thread(Tick) { IsBackground = true, Name = "virtual device" };
        acceptor.Start();
        timer.Start();
    }

    /// <summary>Where it listens.</summary>
    public string Address { get; }

    /// <summary>Transfers that were completed to an importer.</summary>
    public long Transfers { get; private set; }

    /// <summary>Does something with the device between its transfers.</summary>
    public void WithDevice(Action<VirtualAfm> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        lock (gate)
            action(device);
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (disposed)
                return;
            disposed = true;
            importer?.Dispose();
            Monitor.PulseAll(gate);
        }
        listener.Dispose();
        acceptor.Join();
        timer.Join();
        if (path is not null)
            File.Delete(path);
    }

    private void Accept()
    {
        while (true)
        {
            try
            {
                using Socket socket = listener.Accept();
                if (socket.ProtocolType == ProtocolType.Tcp)
                    socket.NoDelay = true;
                Serve(socket);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                if (disposed)
                    return;
            }
        }
    }

    private void Serve(Socket socket)
    {
        Span<byte> request = stackalloc byte[8];
        Span<byte> reply = stackalloc byte[12 + UsbIpProtocol.DeviceRecordLength + (4 * UsbDescriptors.MostInterfaces)];
        if (!UsbIpProtocol.ReadAll(socket, request))
            return;
        reply.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(reply, UsbIpProtocol.Version);
        switch (BinaryPrimitives.ReadUInt16BigEndian(request[2..]))
        {
            case UsbIpProtocol.RequestDeviceList:
                BinaryPrimitives.WriteUInt16BigEndian(reply[2..], UsbIpProtocol.ReplyDeviceList);
                BinaryPrimitives.WriteUInt32BigEndian(reply[8..], 1);
                UsbIpProtocol.WriteDevice(device.Options, reply[12..]);
                int interfaces = UsbDescriptors.InterfacesOf(device.Options);
                for (int k = 0; k < interfaces; k++)
                    UsbDescriptors.ClassOf(k).CopyTo(reply[(12 + UsbIpProtocol.DeviceRecordLength + (4 * k))..]);
                UsbIpProtocol.SendAll(socket, reply[..(12 + UsbIpProtocol.DeviceRecordLength + (4 * interfaces))]);
                return;
            case UsbIpProtocol.RequestImport:
                Span<byte> bus = stackalloc byte[UsbIpProtocol.BusIdLength];
                if (!UsbIpProtocol.ReadAll(socket, bus))
                    return;
                int end = bus.IndexOf((byte)0);
                bool known = Encoding.ASCII.GetString(end < 0 ? bus : bus[..end]) == UsbIpProtocol.BusId;
                BinaryPrimitives.WriteUInt16BigEndian(reply[2..], UsbIpProtocol.ReplyImport);
                BinaryPrimitives.WriteUInt32BigEndian(reply[4..], known ? 0u : 1u);
                if (known)
                    UsbIpProtocol.WriteDevice(device.Options, reply[8..]);
                UsbIpProtocol.SendAll(socket, reply[..(known ? 8 + UsbIpProtocol.DeviceRecordLength : 8)]);
                if (known)
                    Import(socket);
                return;
        }
    }

    private void Import(Socket socket)
    {
        lock (gate)
        {
            if (used && !device.IsPlugged)
                device.Replug();
            used = true;
            importer = socket;
        }
        try
        {
            var header = new byte[UsbIpProtocol.HeaderLength];
            while (UsbIpProtocol.ReadAll(socket, header))
            {
                if (!Take(socket, header))
                    return;
            }
        }
        catch (SocketException)
        {
            // The importer is gone: the same as an orderly end.
        }
        finally
        {
            lock (gate)
            {
                importer = null;
                device.Unplug();
                waiting.Clear();
                Monitor.PulseAll(gate);
            }
        }
    }

    private bool Take(Socket socket, ReadOnlySpan<byte> header)
    {
        uint command = BinaryPrimitives.ReadUInt32BigEndian(header), number = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        if (command == UsbIpProtocol.Unlink)
        {
            lock (gate)
                Unlink(number, BinaryPrimitives.ReadUInt32BigEndian(header[20..]));
            return true;
        }
        int length = BinaryPrimitives.ReadInt32BigEndian(header[24..]);
        if (command != UsbIpProtocol.Submit || length is < 0 or > 1 << 20)
            return false;
        bool input = BinaryPrimitives.ReadUInt32BigEndian(header[12..]) == 1;
        uint endpoint = BinaryPrimitives.ReadUInt32BigEndian(header[16..]);
        var request = new UsbRequest(Math.Max(length, 1))
        {
            Endpoint = endpoint == 0 ? (byte)0 : (byte)(endpoint | (input ? 0x80u : 0)),
            RequestType = header[40],
            Request = header[41],
            Value = BinaryPrimitives.ReadUInt16LittleEndian(header[42..]),
            Index = BinaryPrimitives.ReadUInt16LittleEndian(header[44..]),
            Length = length,
            Tag = number,
        };
        if (!input && length > 0 && !UsbIpProtocol.ReadAll(socket, request.Buffer.AsSpan(0, length)))
            return false;
        lock (gate)
        {
            device.Process();
            waiting[number] = request;
            device.Submit(request);
            Monitor.PulseAll(gate);
        }
        return true;
    }

    // -104: it was waiting, and no return of the submission follows; 0: it had ended already.
    private void Unlink(uint number, uint victim)
    {
        int status = 0;
        if (waiting.Remove(victim, out UsbRequest? request) && device.Unlink(request))
            status = UsbIpProtocol.ConnectionReset;
        Span<byte> reply = stackalloc byte[UsbIpProtocol.HeaderLength];
        reply.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(reply, UsbIpProtocol.UnlinkReturn);
        BinaryPrimitives.WriteUInt32BigEndian(reply[4..], number);
        BinaryPrimitives.WriteInt32BigEndian(reply[20..], status);
        Send(reply);
    }

    private void OnCompleted(UsbRequest request)
    {
        // An unlinked one was taken out before, and is answered by its unlink.
        if (!waiting.Remove(request.Tag))
            return;
        Transfers++;
        bool input = (request.Endpoint & 0x80) != 0 || (request.Endpoint == 0 && (request.RequestType & 0x80) != 0);
        int bytes = input ? request.Actual : 0;
        Span<byte> header = answer.AsSpan(0, UsbIpProtocol.HeaderLength);
        header.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(header, UsbIpProtocol.SubmitReturn);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], request.Tag);
        BinaryPrimitives.WriteInt32BigEndian(header[20..], UsbIpProtocol.ErrorOf(request.Status));
        BinaryPrimitives.WriteInt32BigEndian(header[24..], request.Actual);
        BinaryPrimitives.WriteUInt32BigEndian(header[32..], 0xFFFFFFFF);
        request.Buffer.AsSpan(0, bytes).CopyTo(answer.AsSpan(UsbIpProtocol.HeaderLength));
        Send(answer.AsSpan(0, UsbIpProtocol.HeaderLength + bytes));
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (importer is not null)
                UsbIpProtocol.SendAll(importer, bytes);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The reader finds out and pulls the cable.
        }
    }

    // Lets the device do what is due when nobody sends anything.
    private void Tick()
    {
        lock (gate)
        {
            while (!disposed)
            {
                device.Process();
                long wait = device.NextDueNanoseconds == long.MaxValue ? 1_000_000_000 : device.NextDueNanoseconds - device.NowNanoseconds;
                if (wait > 0)
                    Monitor.Wait(gate, TimeSpan.FromMilliseconds(Math.Clamp(wait / 1e6, .05, 1000)));
            }
        }
    }
}
