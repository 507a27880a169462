using System.Runtime.InteropServices;
using FastCore.Microscopy.Control;

namespace FastCore.Microscopy.Usb.LibUsb;

/// <summary>An opened device with its interface claimed.</summary>
internal sealed unsafe class LibUsbDevice : IDisposable
{
    private nint context;
    private nint handle;

    private LibUsbDevice(nint context, nint handle, string serial) => (this.context, this.handle, Serial) = (context, handle, serial);

    public nint Context => context;

    public nint Handle => handle;

    public string Serial { get; }

    /// <summary>Opens the device with a serial number, or the only one.</summary>
    /// <exception cref="InstrumentException">No library, no such device, or no permission.</exception>
    public static LibUsbDevice Open(string? serial)
    {
        if (!LibUsb.IsAvailable)
        {
            throw Fault("libusb-1.0 is not on this machine; install it (Debian, Ubuntu: libusb-1.0-0) to drive a controller over USB, or use "
                + "'--controller virtual'.");
        }
        int code = LibUsb.Initialise(out nint context);
        if (code != 0)
            throw Fault($"libusb could not be started (error {code}); check that the system has USB.", code);
        try
        {
            nint handle = Find(context, serial, out string found);
            int claimed = LibUsb.ClaimInterface(handle, 0);
            if (claimed == 0)
                return new LibUsbDevice(context, handle, found);
            LibUsb.Close(handle);
            throw InUse(claimed);
        }
        catch
        {
            LibUsb.Exit(context);
            throw;
        }
    }

    /// <summary>Releases the interface; every transfer must have ended before.</summary>
    public void Dispose()
    {
        if (context == 0)
            return;
        _ = LibUsb.ReleaseInterface(handle, 0);
        LibUsb.Close(handle);
        LibUsb.Exit(context);
        (context, handle) = (0, 0);
    }

    private static nint Find(nint context, string? serial, out string found)
    {
        int denied = 0, matching = 0;
        nint opened = 0;
        found = "";
        nint count = LibUsb.GetDeviceList(context, out nint* list);
        for (nint k = 0; k < count; k++)
        {
            if (LibUsb.GetDeviceDescriptor(list[k], out LibUsb.DeviceDescriptor descriptor) != 0
                || descriptor.VendorId != FcpProtocol.VendorId || descriptor.ProductId != FcpProtocol.ProductId)
                continue;
            int code = LibUsb.Open(list[k], out nint handle);
            if (code != 0)
            {
                denied = code;
                continue;
            }
            string text = ReadText(handle, descriptor.SerialIndex);
            bool wanted = serial is null || serial == text;
            matching += wanted ? 1 : 0;
            if (wanted && opened == 0)
                (opened, found) = (handle, text);
            else
                LibUsb.Close(handle);
        }
        if (count >= 0)
            LibUsb.FreeDeviceList(list, 1);
        if (matching == 1)
            return opened;
        if (opened != 0)
            LibUsb.Close(opened);
        throw matching > 1 ? Several() : NotFound(serial, denied);
    }

    internal static InstrumentException InUse(int code) => Fault($"The controller could not be taken (error {code}); close the program that uses it, or "
        + "plug it in again.", code);

    internal static InstrumentException Several() => Fault("Several controllers are plugged in; say which one with '--controller usb:SERIAL'.");

    internal static InstrumentException NotFound(string? serial, int denied) => denied == LibUsb.AccessDenied
        ? Fault("A controller is plugged in but may not be opened; give your user access to it (Linux: a udev rule for 1209:0001).", denied)
        : Fault($"No controller{(serial is null ? "" : $" with serial number {serial}")} is plugged in"
            + $"{(denied == 0 ? "" : $" that can be opened (error {denied})")}; check cable and power, or use '--controller virtual'.", denied);

    private static string ReadText(nint handle, byte index)
    {
        byte* text = stackalloc byte[128];
        int length = index == 0 ? 0 : LibUsb.GetStringDescriptor(handle, index, text, 127);
        return length <= 0 ? "" : Marshal.PtrToStringUTF8((nint)text, length);
    }

    internal static InstrumentException Fault(string message, int code = 0) => FcpSession.Fault(InstrumentError.LinkLost, "Open", message, code);
}
