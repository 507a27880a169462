using System.Diagnostics;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Units;
using FastCore.Microscopy.Usb;
using FastCore.Microscopy.Usb.LibUsb;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Microscopy.Tests.Usb;

/// <summary>A continuous stream through the real libusb and the native pump while garbage is collected. Runs inside afm-usbmock.</summary>
public class MockedStreamTests
{
    private const int Bytes = 2_000_000;
    private const double StreamSeconds = 10;

    private static volatile bool stop;

    [Fact]
    public void Two_megabytes_a_second_arrive_without_a_gap_while_garbage_is_collected()
    {
        Assert.SkipUnless(UsbMock.Socket is not null, "Runs inside afm-usbmock, which UsbMockTests starts.");
        using PumpTransport transport = Open();
        using var session = new FcpSession(transport);
        session.Open();
        Assert.Equal(NakReason.None, session.Command(Opcode.StreamStart, BitConverter.GetBytes((uint)Bytes), out _));
        var load = new Thread(Litter) { IsBackground = true };
        load.Start();
        int collections = GC.CollectionCount(2);
        long frames = 0, gaps = 0, wanted = (long)(StreamSeconds * Bytes / FcpProtocol.DeviceFrame);
        uint expected = 0;
        TimeSpan pauses = GC.GetTotalPauseDuration();
        long before = GC.GetAllocatedBytesForCurrentThread();
        long begin = Stopwatch.GetTimestamp();
        while (frames < wanted && Stopwatch.GetElapsedTime(begin).TotalSeconds < 10 * StreamSeconds)
        {
            if (!session.TryStream(new Seconds(.1), out FrameHeader header, out _))
                continue;
            if (frames > 0 && (header.Sequence != expected || (header.Marks & FrameMarks.Discontinuity) != 0))
                gaps++;
            expected = header.Sequence + 1;
            frames++;
            session.ReleaseStream();
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        stop = true;
        load.Join();
        collections = GC.CollectionCount(2) - collections;
        PumpStatistics statistics = transport.Statistics;
        TestContext.Current.TestOutputHelper?.WriteLine($"{frames} frames, {gaps} gaps, {collections} full collections with "
            + $"{(GC.GetTotalPauseDuration() - pauses).TotalMilliseconds:0} ms of pauses, at most {statistics.HighWater} frames waiting, {statistics}");
        Assert.Equal((wanted, 0, 0), (frames, gaps, allocated));
        Assert.Equal((0, 0), (statistics.Dropped, statistics.Errors));
        Assert.Equal(0, session.Statistics.CorruptFrames);
        Assert.True(collections > 5, $"{collections} full collections: no load");
    }

    private static PumpTransport Open()
    {
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return PumpTransport.Open();
            }
            catch (InstrumentException) when (Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(20))
            {
                Thread.Sleep(20);
            }
        }
    }

    // A large live graph that is rebuilt all the time and collected in full, blocking every managed thread.
    private static void Litter()
    {
        var live = new List<object>();
        for (int k = 0; !stop; k++)
        {
            for (int i = 0; i < 20_000; i++)
                live.Add(new byte[32]);
            if (live.Count > 400_000)
                live.RemoveRange(0, 200_000);
            if (k % 10 == 0)
                GC.Collect(2, GCCollectionMode.Forced, blocking: true);
        }
    }
}
