using Xunit;

namespace FastCore.Microscopy.Tests.Usb;

/// <summary>Starts what runs through the real libusb.</summary>
public class UsbMockTests
{
    [Fact]
    public void The_link_holds_through_the_real_libusb()
    {
        string output = UsbMock.RunClass(Path.Combine(Path.GetTempPath(), $"fc-mock-{Environment.ProcessId}.sock"), typeof(MockedUsbTests));
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.DoesNotContain("Skipped: 1", output, StringComparison.Ordinal);
    }
}
