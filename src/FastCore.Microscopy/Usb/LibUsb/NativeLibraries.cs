using System.Reflection;
using System.Runtime.InteropServices;

namespace FastCore.Microscopy.Usb.LibUsb;

/// <summary>Where the native libraries of the link are found: beside the program, then where the system keeps them.</summary>
internal static class NativeLibraries
{
    private static readonly object Gate = new();
    private static readonly Dictionary<string, nint> Loaded = [];

    static NativeLibraries() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    /// <summary>Handle of a library, 0 if it is not there.</summary>
    public static nint Load(string name) => Resolve(name, typeof(NativeLibraries).Assembly, null);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        lock (Gate)
        {
            if (Loaded.TryGetValue(name, out nint handle))
                return handle;
            foreach (string candidate in Candidates(name))
            {
                if (NativeLibrary.TryLoad(candidate, assembly, path, out handle))
                    break;
            }
            Loaded[name] = handle;
            return handle;
        }
    }

    private static IEnumerable<string> Candidates(string name)
    {
        string file = OperatingSystem.IsWindows() ? name + ".dll" : (name.StartsWith("lib", StringComparison.Ordinal) ? "" : "lib") + name
            + (OperatingSystem.IsMacOS() ? ".dylib" : ".so");
        yield return Path.Combine(AppContext.BaseDirectory, file);
        // Development files carry the bare name; the library alone has its version behind it.
        if (OperatingSystem.IsLinux())
            yield return file + ".0";
        yield return file;
    }
}
