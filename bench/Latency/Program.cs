using System.Diagnostics;
using System.Globalization;
using FastCore.Latency;
using FastCore.Microscopy.Units;
using FastCore.Microscopy.Usb;
using FastCore.Microscopy.Usb.LibUsb;

// Histograms of the controller link. Nothing is asserted: times belong to the machine.
int seconds = args is ["--seconds", { } text] ? int.Parse(text, CultureInfo.InvariantCulture) : 20;
Console.WriteLine("| what | collections | samples | p50 us | p99 us | p99.9 us | max us |");
Console.WriteLine("|---|---|---|---|---|---|---|");
foreach (bool loaded in (bool[])[false, true])
    Codec(loaded);
if (!Loopback.Load())
{
    Console.WriteLine("\nnative-shim/build/loopback is not there: install CMake, a C compiler and libusb-1.0-0-dev, and build again.");
    return 1;
}
foreach (bool loaded in (bool[])[false, true])
{
    Commands("command -> reply, pump", () => PumpTransport.Open(), loaded);
    Commands("command -> reply, managed transport", () => LibUsbTransport.Open(), loaded);
}
foreach (bool loaded in (bool[])[false, true])
{
    Reflex("reflex, pump", () => PumpTransport.Open(), loaded);
    Reflex("reflex, managed transport", () => LibUsbTransport.Open(), loaded);
}
return 0;

void Codec(bool loaded)
{
    const int batch = 64;
    var times = new Histogram(1_000_000);
    var frame = new byte[64];
    var payload = new byte[20];
    using var load = new GarbageLoad(loaded);
    long end = Stopwatch.GetTimestamp() + Stopwatch.Frequency;
    int good = 0;
    for (uint k = 0; Stopwatch.GetTimestamp() < end; k++)
    {
        long begin = Stopwatch.GetTimestamp();
        for (int i = 0; i < batch; i++)
        {
            int length = FrameCodec.Encode(new FrameHeader(FrameType.Command, 0x0101, k, 7, 0, 0, FrameMarks.None), payload, frame);
            good += FrameCodec.Decode(frame.AsSpan(0, length), out _, out _) == FrameStatus.Good ? 1 : 0;
        }
        if (k > 2000)
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMicroseconds / batch);
    }
    Print($"codec, encode and decode a command of {payload.Length} B{(good > 0 ? "" : "!")}", load, times);
}

void Commands(string name, Func<IUsbTransport> open, bool loaded)
{
    Loopback.Reset();
    var times = new Histogram(2_000_000);
    using var session = new FcpSession(open());
    session.Open();
    using var load = new GarbageLoad(loaded);
    long end = Stopwatch.GetTimestamp() + (seconds * Stopwatch.Frequency / 4);
    int lost = 0;
    for (int k = 0; Stopwatch.GetTimestamp() < end; k++)
    {
        long begin = Stopwatch.GetTimestamp();
        lost += session.Command(Opcode.GetLimits, default, out _) == NakReason.None ? 0 : 1;
        if (k > 1000)
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMicroseconds);
    }
    Print(name + (lost == 0 ? "" : $" ({lost} refused)"), load, times);
}

// 1000 stream frames a second, one in eight with a sample beyond the threshold.
void Reflex(string name, Func<IUsbTransport> open, bool loaded)
{
    Loopback.Reset();
    using IUsbTransport transport = open();
    using var session = new FcpSession(transport);
    session.Open();
    using var load = new GarbageLoad(loaded);
    uint frames = (uint)(seconds * 1000);
    session.ArmReflex(.5f);
    long armed = session.ReflexCount;
    Loopback.StartStream(1_000_000, frames, 8);
    while (Loopback.Sent < frames)
    {
        if (session.TryStream(new Seconds(2e-3), out _, out _))
            session.ReleaseStream();
        // The replies to the stops.
        if (transport.Receive(UsbPipe.Replies, default, out _) == UsbStatus.Ok)
            transport.Release(UsbPipe.Replies);
        if (session.ReflexCount == armed)
            continue;
        armed = session.ReflexCount;
        session.ArmReflex(.5f);
    }
    var times = new Histogram(65536);
    foreach (ulong nanoseconds in Loopback.Reactions())
        times.Add(nanoseconds / 1e3);
    Print(name + (transport is PumpTransport pump ? pump.Statistics.IsRealtime ? ", real-time priority" : ", usual priority" : ""), load, times);
}

static void Print(string name, GarbageLoad load, Histogram times) => Console.WriteLine($"| {name} | {load.Summary} | {times.Count} | {times.Row()} |");
