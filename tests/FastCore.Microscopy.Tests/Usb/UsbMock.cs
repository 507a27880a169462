using System.Diagnostics;
using Xunit;

namespace FastCore.Microscopy.Tests.Usb;

/// <summary>The program that lets a child process see a device through the real libusb: built with the shim where umockdev is installed.</summary>
internal static class UsbMock
{
    /// <summary>The socket where a server is plugged in; null outside.</summary>
    public static string? Socket => Environment.GetEnvironmentVariable("FASTCORE_USBMOCK");

    public static bool IsInside => Socket is not null;

    private static string? Program
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FastCore.sln")))
                folder = folder.Parent;
            string? program = folder is null ? null : Path.Combine(folder.FullName, "native-shim", "build", "afm-usbmock");
            return program is not null && File.Exists(program) ? program : null;
        }
    }

    /// <summary>Runs the tests of a class of this assembly as a child of the mock and returns what they printed.</summary>
    public static string RunClass(string socket, Type tests)
    {
        string? program = Program;
        if (Environment.GetEnvironmentVariable("FASTCORE_REQUIRE_USB") == "1")
            Assert.True(program is not null, "native-shim/build/afm-usbmock was not built: umockdev, libusb or a C compiler is missing.");
        Assert.SkipUnless(program is not null, "Needs umockdev (libumockdev-dev), libusb-1.0 and a C compiler; then build again.");
        var start = new ProcessStartInfo(program!)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { socket, "--", Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet" },
        };
        start.ArgumentList.Add(tests.Assembly.Location);
        foreach (string argument in (string[])["-class", tests.FullName!, "-noColor"])
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(4)))
            process.Kill(true);
        string text = output.Result + errors.Result;
        Assert.True(process.ExitCode == 0, text);
        return text;
    }
}
