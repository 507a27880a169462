using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FastCore.Benchmarks.Peers;

/// <summary>OpenBLAS in this process, where the library is installed (Debian: libopenblas0-pthread).</summary>
internal static unsafe partial class OpenBlas
{
    private const string Library = "libopenblas.so.0";
    private const int RowMajor = 101;
    private const int NoTranspose = 111;
    private static readonly nint Handle = Load();

    /// <summary>Whether the library was found.</summary>
    internal static bool IsHere => Handle != 0;

    /// <summary>What is missing.</summary>
    internal const string Missing = Library + " is not here: install libopenblas0-pthread";

    /// <summary>Version and kernels chosen.</summary>
    internal static string Description => Marshal.PtrToStringUTF8(Config())!.Split(" NO_")[0] + " " + Marshal.PtrToStringUTF8(CoreName());

    /// <summary>
    /// OPENBLAS_CORETYPE that gives the library its widest kernels on this processor, or null where its own choice has them. A version older than the
    /// processor falls back to kernels of 128 bits (0.3.21 on Emerald Rapids: Prescott), which is no peer.
    /// </summary>
    internal static string? WiderCore()
    {
        if (!IsHere)
            return null;
        string chosen = Marshal.PtrToStringUTF8(CoreName())!;
        bool is512 = chosen is "SkylakeX" or "Cooperlake" or "SapphireRapids", is256 = is512 || chosen is "Haswell" or "Zen";
        return Vector512.IsHardwareAccelerated && !is512 ? "SkylakeX" : Vector256.IsHardwareAccelerated && !is256 ? "Haswell" : null;
    }

    /// <summary>Threads of the calls that follow.</summary>
    [LibraryImport(Library, EntryPoint = "openblas_set_num_threads")]
    internal static partial void SetThreads(int count);

    /// <summary>c := a b, row-major.</summary>
    internal static void Multiply(int m, int n, int k, float* a, float* b, float* c) =>
        Sgemm(RowMajor, NoTranspose, NoTranspose, m, n, k, 1, a, k, b, n, 0, c, n);

    /// <summary>Lower factor of a row-major matrix: the upper one of the column-major matrix that the library sees.</summary>
    internal static void Factor(int n, double* a)
    {
        byte upper = (byte)'U';
        int status;
        Dpotrf(&upper, &n, a, &n, &status, 1);
        if (status != 0)
            throw new InvalidOperationException($"dpotrf says {status}.");
    }

    [LibraryImport(Library, EntryPoint = "cblas_sgemm")]
    private static partial void Sgemm(int order, int transposeA, int transposeB, int m, int n, int k, float alpha, float* a, int strideA,
        float* b, int strideB, float beta, float* c, int strideC);

    [LibraryImport(Library, EntryPoint = "dpotrf_")]
    private static partial void Dpotrf(byte* triangle, int* n, double* a, int* stride, int* status, nint length);

    [LibraryImport(Library, EntryPoint = "openblas_get_config")]
    private static partial nint Config();

    [LibraryImport(Library, EntryPoint = "openblas_get_corename")]
    private static partial nint CoreName();

    private static nint Load()
    {
        foreach (string name in new[] { Library, "/usr/lib/x86_64-linux-gnu/openblas-pthread/" + Library })
        {
            if (!NativeLibrary.TryLoad(name, out nint handle))
                continue;
            NativeLibrary.SetDllImportResolver(typeof(OpenBlas).Assembly, (asked, _, _) => asked == Library ? handle : 0);
            return handle;
        }
        return 0;
    }
}
