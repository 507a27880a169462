using System.Buffers.Binary;
using System.Text;
using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Usb;

/// <summary>What a device says of itself on endpoint 0 before any frame is exchanged (64 bytes).</summary>
/// <param name="Major">Major protocol version; another one is refused.</param>
/// <param name="Minor">Minor protocol version; payloads grow at their end only.</param>
/// <param name="Credits">Unacknowledged commands that the device takes.</param>
/// <param name="Firmware">Version of the firmware, binary coded decimal.</param>
/// <param name="LimitsHash">Hash of the limits in force.</param>
/// <param name="BootCounter">Number of times that the device has started.</param>
/// <param name="Epoch">Epoch in force.</param>
public readonly record struct DeviceInformation(
    byte Major, byte Minor, ushort Credits, uint Firmware, uint LimitsHash, uint BootCounter, uint Epoch)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Length = 64;

    internal void Write(Span<byte> destination)
    {
        destination[..Length].Clear();
        destination[0] = Major;
        destination[1] = Minor;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[2..], Credits);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Firmware);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], FcpProtocol.DeviceFrame);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[16..], 2);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[20..], 1_000_000_000);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[28..], LimitsHash);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[32..], BootCounter);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[36..], Epoch);
    }

    internal static DeviceInformation Read(ReadOnlySpan<byte> source) => new(source[0], source[1],
        BinaryPrimitives.ReadUInt16LittleEndian(source[2..]), BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[28..]), BinaryPrimitives.ReadUInt32LittleEndian(source[32..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[36..]));
}

/// <summary>What the device is doing; reply of heartbeats and of endpoint 0 (32 bytes).</summary>
/// <param name="State">State.</param>
/// <param name="FinishedReason">How the last operation ended; <see cref="NakReason.None"/> for well.</param>
/// <param name="LastSequence">Sequence number of the last command that was executed.</param>
/// <param name="FinishedSequence">Sequence number of the last operation that ended.</param>
/// <param name="WatchdogMilliseconds">Time until the watchdog acts; the whole timeout while it sleeps.</param>
/// <param name="X">Position as the sensors read it, in picometre.</param>
/// <param name="Y">The same along Y.</param>
/// <param name="Z">Height above contact in picometre.</param>
/// <param name="BiasMicrovolts">Bias.</param>
public readonly record struct DeviceStatus(
    DeviceState State, NakReason FinishedReason, uint LastSequence, uint FinishedSequence, uint WatchdogMilliseconds, int X, int Y, int Z,
    int BiasMicrovolts)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Length = 32;

    internal void Write(Span<byte> destination)
    {
        destination[0] = (byte)State;
        destination[1] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[2..], (ushort)FinishedReason);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], LastSequence);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], FinishedSequence);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], WatchdogMilliseconds);
        BinaryPrimitives.WriteInt32LittleEndian(destination[16..], X);
        BinaryPrimitives.WriteInt32LittleEndian(destination[20..], Y);
        BinaryPrimitives.WriteInt32LittleEndian(destination[24..], Z);
        BinaryPrimitives.WriteInt32LittleEndian(destination[28..], BiasMicrovolts);
    }

    internal static DeviceStatus Read(ReadOnlySpan<byte> source) => new((DeviceState)source[0],
        (NakReason)BinaryPrimitives.ReadUInt16LittleEndian(source[2..]), BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[8..]), BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
        BinaryPrimitives.ReadInt32LittleEndian(source[16..]), BinaryPrimitives.ReadInt32LittleEndian(source[20..]),
        BinaryPrimitives.ReadInt32LittleEndian(source[24..]), BinaryPrimitives.ReadInt32LittleEndian(source[28..]));
}

/// <summary>One event of the interrupt endpoint (24 bytes, so that a frame fits its 64).</summary>
/// <param name="Code">What happened.</param>
/// <param name="Reason">How it ended.</param>
/// <param name="Sequence">The command that it belongs to.</param>
/// <param name="X">Position in picometre.</param>
/// <param name="Y">The same along Y.</param>
/// <param name="Z">Height above contact in picometre.</param>
/// <param name="Value">Current in ampere, or a count.</param>
public readonly record struct DeviceEvent(EventCode Code, NakReason Reason, uint Sequence, int X, int Y, int Z, float Value)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Length = 24;

    internal void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(destination, (ushort)Code);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[2..], (ushort)Reason);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Sequence);
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], X);
        BinaryPrimitives.WriteInt32LittleEndian(destination[12..], Y);
        BinaryPrimitives.WriteInt32LittleEndian(destination[16..], Z);
        BinaryPrimitives.WriteSingleLittleEndian(destination[20..], Value);
    }

    internal static DeviceEvent Read(ReadOnlySpan<byte> source) => new((EventCode)BinaryPrimitives.ReadUInt16LittleEndian(source),
        (NakReason)BinaryPrimitives.ReadUInt16LittleEndian(source[2..]), BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
        BinaryPrimitives.ReadInt32LittleEndian(source[8..]), BinaryPrimitives.ReadInt32LittleEndian(source[12..]),
        BinaryPrimitives.ReadInt32LittleEndian(source[16..]), BinaryPrimitives.ReadSingleLittleEndian(source[20..]));
}

/// <summary>Limits as the wire carries them (40 bytes).</summary>
/// <param name="MinimumX">Left edge in picometre.</param>
/// <param name="MaximumX">Right edge in picometre.</param>
/// <param name="MinimumY">Lower edge in picometre.</param>
/// <param name="MaximumY">Upper edge in picometre.</param>
/// <param name="ApproachTravel">Largest way down in picometre.</param>
/// <param name="SlewPicometresPerMillisecond">Largest lateral speed.</param>
/// <param name="BiasMicrovolts">Largest magnitude of the bias.</param>
/// <param name="BiasSlewMillivoltsPerSecond">Largest rate of the bias.</param>
/// <param name="CurrentTrip">Largest magnitude of the current in ampere; more stops a sweep.</param>
/// <param name="ContactMilliseconds">Longest time in contact.</param>
public readonly record struct DeviceLimits(
    int MinimumX, int MaximumX, int MinimumY, int MaximumY, int ApproachTravel, uint SlewPicometresPerMillisecond, uint BiasMicrovolts,
    uint BiasSlewMillivoltsPerSecond, float CurrentTrip, uint ContactMilliseconds)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Length = 40;

    /// <summary>The number that motion commands quote.</summary>
    public uint Hash
    {
        get
        {
            Span<byte> bytes = stackalloc byte[Length];
            Write(bytes);
            return FrameCodec.Checksum(~0u, bytes);
        }
    }

    /// <summary>The limits of a run.</summary>
    public static DeviceLimits From(SafetyLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return new DeviceLimits(FcpProtocol.ToPicometres(limits.MinimumX.Value), FcpProtocol.ToPicometres(limits.MaximumX.Value),
            FcpProtocol.ToPicometres(limits.MinimumY.Value), FcpProtocol.ToPicometres(limits.MaximumY.Value),
            FcpProtocol.ToPicometres(limits.MaximumApproachTravel.Value), (uint)Math.Round(limits.MaximumSpeedMetresPerSecond * 1e9),
            (uint)FcpProtocol.ToMicrovolts(limits.MaximumBias.Value), (uint)Math.Round(limits.MaximumBiasSlewVoltsPerSecond * 1e3),
            (float)limits.CurrentCompliance.Value, (uint)Math.Round(limits.MaximumContactTime.Value * 1e3));
    }

    /// <summary>As the run knows them.</summary>
    public SafetyLimits ToSafetyLimits() => new(new Metres(FcpProtocol.FromPicometres(MinimumX)), new Metres(FcpProtocol.FromPicometres(MaximumX)),
        new Metres(FcpProtocol.FromPicometres(MinimumY)), new Metres(FcpProtocol.FromPicometres(MaximumY)),
        new Volts(BiasMicrovolts / 1e6), new Amperes(CurrentTrip), SlewPicometresPerMillisecond / 1e9)
    {
        MaximumApproachTravel = new Metres(FcpProtocol.FromPicometres(ApproachTravel)),
        MaximumBiasSlewVoltsPerSecond = BiasSlewMillivoltsPerSecond / 1e3,
        MaximumContactTime = new Seconds(ContactMilliseconds / 1e3),
    };

    /// <summary>Whether nothing that these limits allow is forbidden by <paramref name="other"/>.</summary>
    public bool IsWithin(in DeviceLimits other) => MinimumX >= other.MinimumX && MaximumX <= other.MaximumX && MinimumY >= other.MinimumY
        && MaximumY <= other.MaximumY && ApproachTravel <= other.ApproachTravel
        && SlewPicometresPerMillisecond <= other.SlewPicometresPerMillisecond && BiasMicrovolts <= other.BiasMicrovolts
        && BiasSlewMillivoltsPerSecond <= other.BiasSlewMillivoltsPerSecond && CurrentTrip <= other.CurrentTrip
        && ContactMilliseconds <= other.ContactMilliseconds;

    internal void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, MinimumX);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], MaximumX);
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], MinimumY);
        BinaryPrimitives.WriteInt32LittleEndian(destination[12..], MaximumY);
        BinaryPrimitives.WriteInt32LittleEndian(destination[16..], ApproachTravel);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], SlewPicometresPerMillisecond);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[24..], BiasMicrovolts);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[28..], BiasSlewMillivoltsPerSecond);
        BinaryPrimitives.WriteSingleLittleEndian(destination[32..], CurrentTrip);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[36..], ContactMilliseconds);
    }

    internal static DeviceLimits Read(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadInt32LittleEndian(source),
        BinaryPrimitives.ReadInt32LittleEndian(source[4..]), BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
        BinaryPrimitives.ReadInt32LittleEndian(source[12..]), BinaryPrimitives.ReadInt32LittleEndian(source[16..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[20..]), BinaryPrimitives.ReadUInt32LittleEndian(source[24..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[28..]), BinaryPrimitives.ReadSingleLittleEndian(source[32..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[36..]));
}

/// <summary>Reply of IDENTIFY: what the device is, the frame that it scans, and how fast it is.</summary>
/// <param name="Model">Model, at most 64 bytes of UTF-8.</param>
/// <param name="Serial">Serial number, at most 16 bytes.</param>
/// <param name="Frame">Frame of the overview.</param>
/// <param name="Motion">Speed and times of motions.</param>
/// <param name="LineTime">Time of one line of the overview.</param>
public sealed record DeviceIdentity(string Model, string Serial, ScanFrame Frame, MotionModel Motion, Seconds LineTime)
{
    private const int ModelBytes = 64;
    private const int SerialBytes = 16;

    /// <summary>Bytes on the wire.</summary>
    public const int Length = ModelBytes + SerialBytes + 8 + (7 * 8);

    internal void Write(Span<byte> destination)
    {
        destination[..Length].Clear();
        WriteText(Model, destination[..ModelBytes]);
        WriteText(Serial, destination.Slice(ModelBytes, SerialBytes));
        Span<byte> rest = destination[(ModelBytes + SerialBytes)..];
        BinaryPrimitives.WriteInt32LittleEndian(rest, Frame.Rows);
        BinaryPrimitives.WriteInt32LittleEndian(rest[4..], Frame.Columns);
        ReadOnlySpan<double> numbers = [Frame.PixelPitch.Value, Frame.Origin.X.Value, Frame.Origin.Y.Value, Motion.SpeedMetresPerSecond,
            Motion.Lift.Value, Motion.Settle.Value, LineTime.Value];
        for (int k = 0; k < numbers.Length; k++)
            BinaryPrimitives.WriteDoubleLittleEndian(rest[(8 + (8 * k))..], numbers[k]);
    }

    internal static DeviceIdentity Read(ReadOnlySpan<byte> source)
    {
        ReadOnlySpan<byte> rest = source[(ModelBytes + SerialBytes)..];
        Span<double> numbers = stackalloc double[7];
        for (int k = 0; k < numbers.Length; k++)
            numbers[k] = BinaryPrimitives.ReadDoubleLittleEndian(rest[(8 + (8 * k))..]);
        return new DeviceIdentity(ReadText(source[..ModelBytes]), ReadText(source.Slice(ModelBytes, SerialBytes)),
            new ScanFrame(BinaryPrimitives.ReadInt32LittleEndian(rest), BinaryPrimitives.ReadInt32LittleEndian(rest[4..]), new Metres(numbers[0]),
                new StagePosition(new Metres(numbers[1]), new Metres(numbers[2]))),
            new MotionModel { SpeedMetresPerSecond = numbers[3], Lift = new Seconds(numbers[4]), Settle = new Seconds(numbers[5]) },
            new Seconds(numbers[6]));
    }

    private static void WriteText(string text, Span<byte> destination) =>
        Encoding.UTF8.GetBytes(text.AsSpan(0, Math.Min(text.Length, destination.Length / (text.All(char.IsAscii) ? 1 : 3))), destination);

    private static string ReadText(ReadOnlySpan<byte> source)
    {
        int end = source.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? source : source[..end]);
    }
}
