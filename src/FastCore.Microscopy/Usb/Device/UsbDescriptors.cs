using System.Buffers.Binary;
using System.Text;

namespace FastCore.Microscopy.Usb.Device;

/// <summary>Device, configuration and string descriptors of the virtual device (USB 2.0, chapter 9.6).</summary>
internal static class UsbDescriptors
{
    /// <summary>Number of interfaces.</summary>
    public const int Interfaces = 1;

    // Device class 0, not 0xFF: the class stands in the interface, or the kernel's class drivers never look at it.
    private static readonly byte[] Device =
    [
        18, 1, 0x00, 0x02, 0, 0, 0, 64, FcpProtocol.VendorId & 0xFF, FcpProtocol.VendorId >> 8, FcpProtocol.ProductId & 0xFF,
        FcpProtocol.ProductId >> 8, 0x00, 0x01, 1, 2, 3, 1,
    ];

    private static readonly byte[] Configuration =
    [
        9, 2, 9 + 9 + (4 * 7), 0, Interfaces, 1, 0, 0x80, 50,
        9, 4, 0, 0, 4, 0xFF, 0, 0, 0,
        7, 5, FcpProtocol.CommandEndpoint, 2, 0x00, 0x02, 0,
        7, 5, FcpProtocol.ReplyEndpoint, 2, 0x00, 0x02, 0,
        7, 5, FcpProtocol.StreamEndpoint, 2, 0x00, 0x02, 0,
        7, 5, FcpProtocol.EventEndpoint, 3, 64, 0, 1,
    ];

    private static readonly byte[] Qualifier = [10, 6, 0x00, 0x02, 0, 0, 0, 64, 1, 0];

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
                Configuration.CopyTo(destination);
                return Configuration.Length;
            case 3:
                return Text(number, options, destination);
            case 6:
                Qualifier.CopyTo(destination);
                return Qualifier.Length;
            default:
                return -1;
        }
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
