using System.Diagnostics;

namespace FastCore.TestKit;

/// <summary>
/// afm-usbmock: lets a child process see a device through the real libusb. It is built with native-shim where umockdev is installed. Continuous integration
/// sets FASTCORE_REQUIRE_USB=1, which turns its absence into a failure.
/// </summary>
public static class UsbMock
{
    /// <summary>What a skipped test says.</summary>
    public const string SkipReason = "needs umockdev (Debian: umockdev, libumockdev-dev), libusb-1.0-0-dev, CMake and a C compiler; then build again";

    /// <summary>The socket where a server is plugged in; null outside of the program.</summary>
    public static string? Socket => Environment.GetEnvironmentVariable("FASTCORE_USBMOCK");

    /// <summary>The built program, or null.</summary>
    /// <exception cref="FileNotFoundException">It is required and absent.</exception>
    public static string? Program
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FastCore.sln")))
                folder = folder.Parent;
            string program = Path.Combine(folder?.FullName ?? "", "native-shim", "build", "afm-usbmock");
            if (File.Exists(program))
                return program;
            if (Environment.GetEnvironmentVariable("FASTCORE_REQUIRE_USB") == "1")
                throw new FileNotFoundException($"native-shim/build/afm-usbmock was not built: {SkipReason}.");
            return null;
        }
    }

    /// <summary>A socket that no other test has.</summary>
    public static string NewSocket() => Path.Combine(Path.GetTempPath(), $"fc-{Environment.ProcessId}-{Guid.NewGuid():N}"[..40] + ".sock");

    /// <summary>Runs a command that sees what a server offers at a socket, and returns its exit code and what it printed.</summary>
    public static (int Code, string Text) Run(string socket, params string[] command)
    {
        var start = new ProcessStartInfo(Program!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[socket, "--", .. command])
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(5)))
            process.Kill(true);
        process.WaitForExit();
        return (process.ExitCode, output.Result + errors.Result);
    }

    /// <summary>Runs the tests of a class in its own assembly.</summary>
    public static (int Code, string Text) RunClass(string socket, Type tests)
    {
        ArgumentNullException.ThrowIfNull(tests);
        return Run(socket, "dotnet", tests.Assembly.Location, "-class", tests.FullName!, "-noColor");
    }
}
