using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FastCore.Microscopy.Usb.Device;

namespace FastCore.Microscopy.Usb.UsbIp;

/// <summary>Numbers and records of USB/IP 1.1.1, big endian (Linux, Documentation/usb/usbip_protocol.rst).</summary>
internal static class UsbIpProtocol
{
    public const ushort Version = 0x0111;
    public const ushort RequestDeviceList = 0x8005;
    public const ushort ReplyDeviceList = 0x0005;
    public const ushort RequestImport = 0x8003;
    public const ushort ReplyImport = 0x0003;
    public const uint Submit = 1;
    public const uint Unlink = 2;
    public const uint SubmitReturn = 3;
    public const uint UnlinkReturn = 4;
    public const int HeaderLength = 48;
    public const int DeviceRecordLength = 312;
    public const int BusIdLength = 32;
    public const string BusId = "1-1";
    public const int ConnectionReset = -104;

    /// <summary>"HOST:PORT", "HOST" (port 3240), or "unix:PATH".</summary>
    public static EndPoint Parse(string address)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(address);
        if (address.StartsWith("unix:", StringComparison.Ordinal))
            return new UnixDomainSocketEndPoint(address[5..]);
        int colon = address.LastIndexOf(':');
        string host = colon < 0 ? address : address[..colon];
        int port = 3240;
        if (colon >= 0 && !int.TryParse(address[(colon + 1)..], out port))
            throw new FormatException($"'{address}' is no address; HOST, HOST:PORT or unix:PATH is expected.");
        return IPAddress.TryParse(host, out IPAddress? number) ? new IPEndPoint(number, port)
            : host == "localhost" ? new IPEndPoint(IPAddress.Loopback, port) : new DnsEndPoint(host, port);
    }

    public static Socket NewSocket(EndPoint address) => address is UnixDomainSocketEndPoint
        ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        : new Socket(address is IPEndPoint ip ? ip.AddressFamily : AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>Linux error number of a transfer.</summary>
    public static int ErrorOf(UsbStatus status) => status switch
    {
        UsbStatus.Ok => 0,
        UsbStatus.Stall => -32,
        UsbStatus.NoDevice => -108,
        UsbStatus.Overflow => -75,
        UsbStatus.Timeout => -110,
        UsbStatus.Cancelled => ConnectionReset,
        _ => -71,
    };

    public static UsbStatus StatusOf(int error) => error switch
    {
        0 => UsbStatus.Ok,
        -32 => UsbStatus.Stall,
        -108 or -19 => UsbStatus.NoDevice,
        -75 => UsbStatus.Overflow,
        -110 => UsbStatus.Timeout,
        ConnectionReset => UsbStatus.Cancelled,
        _ => UsbStatus.Failed,
    };

    /// <summary>The record of the one device, high speed, on bus 1.</summary>
    public static void WriteDevice(VirtualAfmOptions options, Span<byte> destination)
    {
        destination[..DeviceRecordLength].Clear();
        Encoding.ASCII.GetBytes("/sys/devices/platform/fastcore/usb1/1-1", destination);
        Encoding.ASCII.GetBytes(BusId, destination[256..]);
        BinaryPrimitives.WriteUInt32BigEndian(destination[288..], 1);
        BinaryPrimitives.WriteUInt32BigEndian(destination[292..], 2);
        BinaryPrimitives.WriteUInt32BigEndian(destination[296..], 3);
        BinaryPrimitives.WriteUInt16BigEndian(destination[300..], FcpProtocol.VendorId);
        BinaryPrimitives.WriteUInt16BigEndian(destination[302..], FcpProtocol.ProductId);
        BinaryPrimitives.WriteUInt16BigEndian(destination[304..], (ushort)options.Firmware);
        destination[309] = 1;
        destination[310] = 1;
        destination[311] = (byte)UsbDescriptors.InterfacesOf(options);
    }

    public static bool ReadAll(Socket socket, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int got = socket.Receive(destination);
            if (got == 0)
                return false;
            destination = destination[got..];
        }
        return true;
    }

    public static void SendAll(Socket socket, ReadOnlySpan<byte> source)
    {
        while (source.Length > 0)
            source = source[socket.Send(source)..];
    }
}
