using System.Runtime.InteropServices;

namespace FastCore.Microscopy.Usb.LibUsb;

/// <summary>
/// The members of libusb-1.0 that the transport uses. No managed function is ever given to libusb: an event thread looks at the status of
/// its transfers instead, so that a garbage collection cannot stand between libusb and a callback.
/// </summary>
internal static unsafe partial class LibUsb
{
    public const int Interrupted = -10;
    public const int AccessDenied = -3;
    public const int NoDevice = -4;

    private const string Library = "libusb-1.0";

    private static readonly nint Module = NativeLibraries.Load(Library);

    /// <summary>Whether the library is on this machine.</summary>
    public static bool IsAvailable => Module != 0;

    /// <summary>
    /// A native function without effect that stands where libusb wants a callback: it returns a constant and looks at no argument.
    /// </summary>
    public static nint NoCallback { get; } = Module == 0 ? 0 : NativeLibrary.GetExport(Module, "libusb_get_version");

    /// <summary>libusb_transfer, up to its isochronous packets, which are not used.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Transfer
    {
        public nint Handle;
        public byte Flags;
        public byte Endpoint;
        public byte Type;
        public uint Timeout;
        public int Status;
        public int Length;
        public int ActualLength;
        public nint Callback;
        public nint UserData;
        public byte* Buffer;
        public int IsochronousPackets;
    }

    /// <summary>libusb_device_descriptor.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct DeviceDescriptor
    {
        public byte Length;
        public byte DescriptorType;
        public ushort UsbVersion;
        public byte Class;
        public byte SubClass;
        public byte Protocol;
        public byte MaximumPacket0;
        public ushort VendorId;
        public ushort ProductId;
        public ushort DeviceVersion;
        public byte ManufacturerIndex;
        public byte ProductIndex;
        public byte SerialIndex;
        public byte Configurations;
    }

    /// <summary>struct timeval.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeValue
    {
        public CLong Seconds;
        public CLong Microseconds;
    }

    [LibraryImport(Library, EntryPoint = "libusb_init")]
    public static partial int Initialise(out nint context);

    [LibraryImport(Library, EntryPoint = "libusb_exit")]
    public static partial void Exit(nint context);

    [LibraryImport(Library, EntryPoint = "libusb_get_device_list")]
    public static partial nint GetDeviceList(nint context, out nint* list);

    [LibraryImport(Library, EntryPoint = "libusb_free_device_list")]
    public static partial void FreeDeviceList(nint* list, int unreference);

    [LibraryImport(Library, EntryPoint = "libusb_get_device_descriptor")]
    public static partial int GetDeviceDescriptor(nint device, out DeviceDescriptor descriptor);

    [LibraryImport(Library, EntryPoint = "libusb_open")]
    public static partial int Open(nint device, out nint handle);

    [LibraryImport(Library, EntryPoint = "libusb_close")]
    public static partial void Close(nint handle);

    [LibraryImport(Library, EntryPoint = "libusb_get_string_descriptor_ascii")]
    public static partial int GetStringDescriptor(nint handle, byte index, byte* data, int length);

    [LibraryImport(Library, EntryPoint = "libusb_set_auto_detach_kernel_driver")]
    public static partial int SetAutoDetachKernelDriver(nint handle, int enable);

    [LibraryImport(Library, EntryPoint = "libusb_claim_interface")]
    public static partial int ClaimInterface(nint handle, int number);

    [LibraryImport(Library, EntryPoint = "libusb_release_interface")]
    public static partial int ReleaseInterface(nint handle, int number);

    [LibraryImport(Library, EntryPoint = "libusb_clear_halt")]
    public static partial int ClearHalt(nint handle, byte endpoint);

    [LibraryImport(Library, EntryPoint = "libusb_alloc_transfer")]
    public static partial Transfer* AllocateTransfer(int isochronousPackets);

    [LibraryImport(Library, EntryPoint = "libusb_free_transfer")]
    public static partial void FreeTransfer(Transfer* transfer);

    [LibraryImport(Library, EntryPoint = "libusb_submit_transfer")]
    public static partial int Submit(Transfer* transfer);

    [LibraryImport(Library, EntryPoint = "libusb_cancel_transfer")]
    public static partial int Cancel(Transfer* transfer);

    [LibraryImport(Library, EntryPoint = "libusb_handle_events_timeout")]
    public static partial int HandleEvents(nint context, TimeValue* timeout);

    [LibraryImport(Library, EntryPoint = "libusb_interrupt_event_handler")]
    public static partial void InterruptEventHandler(nint context);
}
