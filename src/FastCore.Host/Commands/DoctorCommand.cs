using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;
using FastCore.Compute.Execution;
using FastCore.Microscopy.Usb;

namespace FastCore.Host.Commands;

/// <summary><c>fastcore doctor</c>: what is on this machine and what it is used for.</summary>
internal static class DoctorCommand
{
    private static readonly string[] Compilers = ["cc", "gcc", "clang"];

    private sealed record Finding(string Part, bool Present, string What, string Purpose);

    public static Command Create(CommandContext context)
    {
        var json = CommonOptions.Json();
        var command = new Command("doctor", "Say which devices and libraries are here and what they are used for.") { json };
        command.SetAction(parse => context.Guard(() => Execute(context.Terminal, parse.GetValue(json))));
        return command;
    }

    private static int Execute(Terminal terminal, bool json)
    {
        List<Finding> findings = [.. Machine(), .. Backends(), .. Libraries()];
        if (json)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(findings, SummaryJson.Options));
            return ExitCode.Done;
        }
        int part = findings.Max(f => f.Part.Length) + 2;
        foreach (Finding finding in findings)
        {
            terminal.Out.WriteLine($"{(finding.Present ? "yes" : "no "),-5}{finding.Part.PadRight(part)}{finding.What}");
            if (finding.Purpose.Length > 0)
                terminal.Out.WriteLine($"{"",5}{"".PadRight(part)}for: {finding.Purpose}");
        }
        return ExitCode.Done;
    }

    private static IEnumerable<Finding> Machine()
    {
        string version = typeof(DoctorCommand).Assembly.GetName().Version?.ToString(3) ?? "unknown";
        yield return new("fastcore", true, $"{version} on {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, "
            + $"{RuntimeInformation.ProcessArchitecture}", "");
        string simd = Vector512.IsHardwareAccelerated ? "512-bit vectors" : Vector256.IsHardwareAccelerated ? "256-bit vectors"
            : Vector128.IsHardwareAccelerated ? "128-bit vectors" : "no vectors";
        yield return new("processor", true, $"{Environment.ProcessorCount} threads, {simd}", "all computing unless a GPU is chosen");
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        yield return new("memory", true, $"{Gigabytes(memory.TotalAvailableMemoryBytes)} for this process",
            "a run of 210 points needs less than 0.6 GB");
        yield return Disk();
    }

    private static Finding Disk()
    {
        string folder = Directory.GetCurrentDirectory();
        try
        {
            long free = new DriveInfo(folder).AvailableFreeSpace;
            return new("disk", free > 100_000_000, $"{Gigabytes(free)} free in {folder}", "runs/ in this folder unless --out says otherwise");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new("disk", false, $"free space in {folder} cannot be told", "runs/ in this folder unless --out says otherwise");
        }
    }

    private static IEnumerable<Finding> Backends() =>
        ExecutionBackends.Describe().Select(b => new Finding($"executor {b.Name}", b.Available, b.Available ? b.Details : $"{b.Details}; "
            + $"{Remedy(b.Name)}", b.Purpose));

    private static string Remedy(string name) => name switch
    {
        "cuda" => "install the driver of an NVIDIA GPU to use it",
        "opencl" => "install the GPU's OpenCL driver, or pocl-opencl-icd for the processor",
        _ => "it is part of fastcore and should be here",
    };

    private static IEnumerable<Finding> Libraries()
    {
        string? compiler = Compilers.FirstOrDefault(OnPath);
        yield return new("C compiler", compiler is not null, compiler
            ?? "none found; install build-essential (Debian, Ubuntu) or Xcode's command line tools",
            "building native-shim; runs on simulated and measured data do not need it");
        string? link = UsbTransport.Description;
        yield return new("USB controller", link is not null, link ?? "no libusb-1.0; install libusb-1.0-0 (Debian, Ubuntu)", "driving a microscope");
    }

    private static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => folder.Length > 0 && (File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, program + ".exe"))));

    private static string Gigabytes(long bytes) => (bytes / 1e9).ToString("0.0", CultureInfo.InvariantCulture) + " GB";
}
