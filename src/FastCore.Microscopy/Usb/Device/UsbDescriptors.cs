using System.Buffers.Binary;
using System.Text;

namespace FastCore.Microscopy.Usb.Device;

/// <summary>Device, configuration and string descriptors of the virtual device (USB 2.0, chapter 9.6).</summary>
internal static class UsbDescriptors
{
    /// <summary>Most interfaces that a device can have.</summary>
    public const int MostInterfaces = 2;

    // Device class 0, not 0xFF: the class stands in the interface, or the kernel's class drivers never look at it.
    private static readonly byte[] Device =
    [
        18, 1, 0x00, 0x02, 0, 0, 0, 64, FcpProtocol.VendorId & 0xFF, FcpProtocol.VendorId >> 8, FcpProtocol.ProductId & 0xFF,
        FcpProtocol.ProductId >> 8, 0x00, 0x01, 1, 2, 3, 1,
    ];

    private static readonly byte[] Configuration =
    [
        9, 2, 9 + 9 + (4 * 7), 0, 1, 1, 0, 0x80, 50,
        9, 4, 0, 0, 4, 0xFF, 0, 0, 0,
        7, 5, FcpProtocol.CommandEndpoint, 2, 0x00, 0x02, 0,
        7, 5, FcpProtocol.ReplyEndpoint, 2, 0x00, 0x02, 0,
        7, 5, FcpProtocol.StreamEndpoint, 2, 0x00, 0x02, 0,
        7, 5, FcpProtocol.EventEndpoint, 3, 64, 0, 1,
    ];

    // Protocol 0: messages without the status byte and the service request of USB488.
    private static readonly byte[] Messages =
    [
        9, 4, 1, 0, 2, 0xFE, 3, 0, 0,
        7, 5, FcpProtocol.MessageOutEndpoint, 2, 0x00, 0x02, 0,
        7, 5, FcpProtocol.MessageInEndpoint, 2, 0x00, 0x02, 0,
    ];

    private static readonly byte[] Qualifier = [10, 6, 0x00, 0x02, 0, 0, 0, 64, 1, 0];

    /// <summary>Number of interfaces.</summary>
    public static int InterfacesOf(VirtualAfmOptions options) => options.Usbtmc ? 2 : 1;

    /// <summary>Class, subclass and protocol of an interface.</summary>
    public static ReadOnlySpan<byte> ClassOf(int number) => number == 0 ? Configuration.AsSpan(14, 3) : Messages.AsSpan(5, 3);

    /// <summary>Copies a descriptor and returns its length; -1 if there is none.</summary>
    public static int Find(byte type, byte number, VirtualAfmOptions options, Span<byte> destination)
    {
        switch (type)
        {
            case 1:
                Device.CopyTo(destination);
                BinaryPrimitives.WriteUInt16LittleEndian(destination[12..], (ushort)options.Firmware);
                return Device.Length;
            case 2 when number == 0:
                return Configure(options, destination);
            case 3:
                return Text(number, options, destination);
            case 6:
                Qualifier.CopyTo(destination);
                return Qualifier.Length;
            default:
                return -1;
        }
    }

    private static int Configure(VirtualAfmOptions options, Span<byte> destination)
    {
        Configuration.CopyTo(destination);
        if (!options.Usbtmc)
            return Configuration.Length;
        int length = Configuration.Length + Messages.Length;
        Messages.CopyTo(destination[Configuration.Length..]);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[2..], (ushort)length);
        destination[4] = (byte)InterfacesOf(options);
        return length;
    }

    private static int Text(byte number, VirtualAfmOptions options, Span<byte> destination)
    {
        string? text = number switch { 1 => "FastCore", 2 => "Virtual conductive AFM", 3 => options.Serial, _ => null };
        destination[1] = 3;
        if (number == 0)
        {
            destination[0] = 4;
            BinaryPrimitives.WriteUInt16LittleEndian(destination[2..], 0x0409);
            return 4;
        }
        if (text is null)
            return -1;
        int length = 2 + Encoding.Unicode.GetBytes(text, destination[2..]);
        destination[0] = (byte)length;
        return length;
    }
}
