using FastCore.Microscopy.Control;
using FastCore.Microscopy.Usb.LibUsb;

namespace FastCore.Microscopy.Usb;

/// <summary>The way to a controller that is plugged into this machine.</summary>
public static class UsbTransport
{
    /// <summary>Another way to open a controller, which a program that has one sets at its start; null for those of this project.</summary>
    public static Func<string?, IUsbTransport>? Adapter { get; set; }

    /// <summary>Opens the controller through the native pump, or without it where native-shim was not built: the one with a serial number; null for the only one that is plugged in.</summary>
    /// <exception cref="InstrumentException">
    /// With <see cref="InstrumentError.LinkLost"/> and what to do: libusb is missing, no such controller is plugged in, or it may not be opened.
    /// </exception>
    public static IUsbTransport Open(string? serial = null) => Adapter is not null ? Adapter(serial)
        : PumpTransport.IsAvailable ? PumpTransport.Open(serial) : LibUsbTransport.Open(serial);

    /// <summary>What <see cref="Open"/> would use, in words; null if this machine lacks it.</summary>
    public static string? Description => Adapter is not null ? "an adapter that this program was built with" : PumpTransport.IsAvailable
        ? "libusb-1.0 through native-shim" : LibUsbTransport.IsAvailable ? "libusb-1.0 without native-shim" : null;
}
