using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastCore.Microscopy.Usb.LibUsb;

/// <summary>The members of native-shim that the transport uses (native-shim/include/fastcore_shim.h). Status codes are those of <see cref="UsbStatus"/>.</summary>
internal static unsafe partial class NativePump
{
    /// <summary>Version of the library's interface that this code was written for.</summary>
    public const uint Abi = 2;

    private const string Library = "fastcore_shim";

    /// <summary>Whether the library is beside the program, fits, and finds libusb.</summary>
    public static bool IsAvailable { get; } = NativeLibraries.Load(Library) != 0 && AbiOf() == Abi;

    [StructLayout(LayoutKind.Sequential)]
    public struct Slot
    {
        public uint Length;
        public int Status;
        public ulong Nanoseconds;
        public byte* Data;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Reflex
    {
        public ushort Stream;
        public ushort Comparator;
        public float Threshold;
        public uint Consecutive;
    }

    [InlineArray(3)]
    public struct PerPipe
    {
        private ulong first;
    }

    [InlineArray(32)]
    public struct Buckets
    {
        private ulong first;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Statistics
    {
        public PerPipe Transfers;
        public PerPipe Bytes;
        public PerPipe Dropped;
        public PerPipe HighWater;
        public ulong Errors;
        public ulong ResubmitFailures;
        public ulong Heartbeats;
        public ulong HeartbeatsWithheld;
        public ulong Reflexes;
        public ulong EmergencyStops;
        public ulong ReflexNanoseconds;
        public Buckets Latency;
    }

    [LibraryImport(Library, EntryPoint = "fc_shim_abi")]
    private static partial uint AbiOf();

    [LibraryImport(Library, EntryPoint = "fc_pump_open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(ushort vendor, ushort product, string? serial, out nint pump, out int denied);

    [LibraryImport(Library, EntryPoint = "fc_pump_close")]
    public static partial void Close(nint pump);

    [LibraryImport(Library, EntryPoint = "fc_pump_serial")]
    public static partial byte* SerialOf(nint pump);

    [LibraryImport(Library, EntryPoint = "fc_pump_is_realtime")]
    public static partial int IsRealtime(nint pump);

    [LibraryImport(Library, EntryPoint = "fc_pump_is_locked")]
    public static partial int IsLocked(nint pump);

    [LibraryImport(Library, EntryPoint = "fc_pump_control")]
    public static partial UsbStatus Control(nint pump, byte type, byte request, ushort value, ushort index, byte* data, ref uint length, ulong timeout);

    [LibraryImport(Library, EntryPoint = "fc_pump_send")]
    public static partial UsbStatus Send(nint pump, byte* data, uint length, ulong timeout);

    [LibraryImport(Library, EntryPoint = "fc_pump_receive")]
    public static partial UsbStatus Receive(nint pump, int pipe, ulong timeout, out Slot* slot);

    [LibraryImport(Library, EntryPoint = "fc_pump_release")]
    public static partial void Release(nint pump, int pipe);

    [LibraryImport(Library, EntryPoint = "fc_pump_clear_halt")]
    public static partial UsbStatus ClearHalt(nint pump, int pipe);

    [LibraryImport(Library, EntryPoint = "fc_pump_discard")]
    public static partial void Discard(nint pump);

    [LibraryImport(Library, EntryPoint = "fc_pump_arm_heartbeat")]
    public static partial UsbStatus ArmHeartbeat(nint pump, byte* frame, uint length, ulong period, ulong liveness);

    [LibraryImport(Library, EntryPoint = "fc_pump_arm_reflex")]
    public static partial UsbStatus ArmReflex(nint pump, Reflex* reflex, byte* frame, uint length);

    [LibraryImport(Library, EntryPoint = "fc_pump_statistics")]
    public static partial void StatisticsOf(nint pump, out Statistics statistics);
}
