using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Usb.Device;

/// <summary>One endpoint of the virtual device: the requests that wait, what is ready to be sent, and the faults of its transfers.</summary>
internal sealed class DeviceEndpoint
{
    private const int Packets = 256;

    private static readonly UsbFaultKind[] RandomKinds = [UsbFaultKind.Busy, UsbFaultKind.Corrupt, UsbFaultKind.Drop, UsbFaultKind.Duplicate,
        UsbFaultKind.Reorder, UsbFaultKind.Truncate, UsbFaultKind.Delay, UsbFaultKind.Stall];

    private readonly UsbFault[] faults;
    private readonly double probability;
    private readonly long seed;
    private readonly Packet[] ring;
    private int head;
    private int count;

    public DeviceEndpoint(byte address, int packetBytes, VirtualAfmOptions options)
    {
        Address = address;
        faults = [.. options.Faults.Where(f => f.Endpoint == address)];
        probability = options.FaultProbability;
        seed = options.FaultSeed;
        ring = new Packet[Packets];
        for (int k = 0; k < Packets; k++)
            ring[k] = new Packet(packetBytes);
    }

    internal sealed class Packet(int capacity)
    {
        public byte[] Data { get; } = new byte[capacity];

        public int Length { get; set; }

        public long NotBefore { get; set; }

        public UsbStatus Status { get; set; }
    }

    public byte Address { get; }

    public Queue<UsbRequest> Waiting { get; } = new(64);

    public bool Halted { get; set; }

    public long Transfers { get; private set; }

    public bool HasReady => count > 0;

    public long NextDue => count == 0 ? long.MaxValue : ring[head].NotBefore;

    /// <summary>Counts a transfer and says which fault it has; kind is null for none.</summary>
    public UsbFaultKind? NextFault(out long delayNanoseconds, out RandomStream random)
    {
        Transfers++;
        random = default;
        delayNanoseconds = 0;
        foreach (UsbFault fault in faults)
        {
            if (fault.Transfer != Transfers)
                continue;
            random = RandomStream.Named(seed, "usb.fault", (Transfers << 8) | Address);
            delayNanoseconds = (long)(fault.Duration.Value * 1e9);
            return fault.Kind;
        }
        if (probability == 0)
            return null;
        random = RandomStream.Named(seed, "usb.fault", (Transfers << 8) | Address);
        if (random.NextDouble() >= probability)
            return null;
        delayNanoseconds = (long)(random.NextDouble() * 15e6);
        return RandomKinds[random.NextInt(RandomKinds.Length)];
    }

    /// <summary>A free packet behind the others, or null when the queue is full. <see cref="Push"/> makes it part of the queue.</summary>
    public Packet? Free() => count == Packets ? null : ring[(head + count) % Packets];

    public void Push() => count++;

    /// <summary>Exchanges the two youngest packets.</summary>
    public void SwapYoungest()
    {
        if (count < 2)
            return;
        int last = (head + count - 1) % Packets, before = (head + count - 2) % Packets;
        (ring[last], ring[before]) = (ring[before], ring[last]);
    }

    public Packet Oldest => ring[head];

    public void Pop()
    {
        head = (head + 1) % Packets;
        count--;
    }

    public void Clear() => count = 0;

    /// <summary>Flips one to eight bits.</summary>
    public static void Flip(Span<byte> data, ref RandomStream random)
    {
        if (data.Length == 0)
            return;
        int flips = 1 + random.NextInt(8);
        for (int k = 0; k < flips; k++)
            data[random.NextInt(data.Length)] ^= (byte)(1 << random.NextInt(8));
    }
}
