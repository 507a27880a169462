using System.Runtime.InteropServices;

namespace FastCore.Latency;

/// <summary>The loopback libusb of native-shim/tests: once it is loaded, the shim finds it under the name of libusb.</summary>
internal static unsafe class Loopback
{
    private static nint module;

    /// <summary>Loads it; false where native-shim was not built.</summary>
    public static bool Load()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FastCore.sln")))
            folder = folder.Parent;
        return folder is not null && NativeLibrary.TryLoad(Path.Combine(folder.FullName, "native-shim", "build", "loopback", "libusb-1.0.so.0"), out module);
    }

    /// <summary>Sends stream frames from a native thread; every so many holds a sample beyond the threshold.</summary>
    public static void StartStream(ulong periodNanoseconds, uint frames, uint spikeEvery) =>
        ((delegate* unmanaged<ulong, uint, uint, void>)Export("loopback_start_stream"))(periodNanoseconds, frames, spikeEvery);

    public static uint Sent => ((delegate* unmanaged<uint>)Export("loopback_sent"))();

    public static void Reset() => ((delegate* unmanaged<void>)Export("loopback_reset"))();

    /// <summary>Nanoseconds from such a frame to the arrival of the stop, measured natively.</summary>
    public static ulong[] Reactions()
    {
        var times = new ulong[65536];
        fixed (ulong* at = times)
            return times[..(int)((delegate* unmanaged<ulong*, uint, uint>)Export("loopback_reactions"))(at, (uint)times.Length)];
    }

    private static nint Export(string name) => NativeLibrary.GetExport(module, name);
}
