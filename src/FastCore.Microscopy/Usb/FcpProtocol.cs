namespace FastCore.Microscopy.Usb;

/// <summary>What a frame is.</summary>
public enum FrameType : byte
{
    /// <summary>Host to device: do something.</summary>
    Command = 1,

    /// <summary>Device to host: done or accepted.</summary>
    Acknowledge = 2,

    /// <summary>Device to host: not done, with a <see cref="NakReason"/>.</summary>
    Refuse = 3,

    /// <summary>Device to host: something happened.</summary>
    Event = 4,

    /// <summary>Device to host: samples.</summary>
    Stream = 5,
}

/// <summary>Marks of a frame.</summary>
[Flags]
public enum FrameMarks : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The command stands outside the sequence and is executed at once: heartbeat, stop, abort.</summary>
    Urgent = 1,

    /// <summary>The frame's time says when to execute.</summary>
    ExecuteAt = 2,

    /// <summary>More frames of the same stream follow.</summary>
    More = 4,

    /// <summary>Samples before this frame were lost in the device.</summary>
    Discontinuity = 8,
}

/// <summary>Commands of FCP/1.</summary>
public enum Opcode : ushort
{
    /// <summary>Model, serial, overview frame, motion times, channels.</summary>
    Identify = 0x0001,

    /// <summary>Keeps the watchdog quiet and returns the status; urgent.</summary>
    Heartbeat = 0x0002,

    /// <summary>Timeout and policy of the watchdog.</summary>
    SetWatchdog = 0x0003,

    /// <summary>The limits in force.</summary>
    GetLimits = 0x0004,

    /// <summary>Tighter limits; returns the hash that motion commands must quote.</summary>
    SetLimits = 0x0005,

    /// <summary>To an absolute position, tip lifted.</summary>
    MoveTip = 0x0101,

    /// <summary>Along way-points to the last of them, tip lifted.</summary>
    MovePath = 0x0102,

    /// <summary>Stops a motion and holds; urgent.</summary>
    StopMotion = 0x0103,

    /// <summary>Into contact at the setpoint.</summary>
    Approach = 0x0110,

    /// <summary>Off the sample.</summary>
    Retract = 0x0111,

    /// <summary>Setpoint and gains of the height feedback.</summary>
    SetFeedback = 0x0120,

    /// <summary>One line of the overview.</summary>
    ScanLine = 0x0130,

    /// <summary>A current-voltage sweep.</summary>
    RunSweep = 0x0140,

    /// <summary>Samples of the last sweep or line again, by index.</summary>
    ReadSamples = 0x0141,

    /// <summary>Values of channels at one time.</summary>
    ReadChannels = 0x0150,

    /// <summary>Starts a continuous stream.</summary>
    StreamStart = 0x0160,

    /// <summary>Ends it.</summary>
    StreamStop = 0x0161,

    /// <summary>Stops motion, sweep and stream, bias to 0; urgent.</summary>
    Abort = 0x01F0,
}

/// <summary>Why a device refuses.</summary>
public enum NakReason : ushort
{
    /// <summary>It does not.</summary>
    None = 0,

    /// <summary>A frame came that no checksum fits; sequence 0.</summary>
    BadChecksum = 1,

    /// <summary>A sequence number was left out; the expected one stands in the reply.</summary>
    SequenceGap = 2,

    /// <summary>This firmware has no such command.</summary>
    UnknownCommand = 3,

    /// <summary>The payload is too short or holds impossible values.</summary>
    BadPayload = 4,

    /// <summary>Outside the device's limits.</summary>
    LimitViolation = 5,

    /// <summary>Not possible in the present state.</summary>
    WrongState = 6,

    /// <summary>The quoted limits hash is not the one in force.</summary>
    WrongLimits = 7,

    /// <summary>Another major version.</summary>
    WrongVersion = 8,

    /// <summary>The current exceeded the trip.</summary>
    OverCurrent = 9,

    /// <summary>The tip lost feedback.</summary>
    TipCrash = 10,

    /// <summary>Stopped by an abort or a stop.</summary>
    Aborted = 11,

    /// <summary>The watchdog acted.</summary>
    Watchdog = 12,

    /// <summary>The instrument refused once; the same command may succeed.</summary>
    Refused = 13,
}

/// <summary>Events of the interrupt endpoint.</summary>
public enum EventCode : ushort
{
    /// <summary>Motion, approach, retract, line or sweep of a sequence number ended.</summary>
    Finished = 1,

    /// <summary>A limit acted by itself (contact time).</summary>
    LimitTrip = 2,

    /// <summary>The current trip stopped a sweep.</summary>
    OverCurrent = 3,

    /// <summary>The watchdog acted by its policy.</summary>
    Watchdog = 4,

    /// <summary>Stream frames were lost in the device.</summary>
    StreamOverrun = 5,
}

/// <summary>What the device is doing.</summary>
public enum DeviceState : byte
{
    /// <summary>Tip off the sample, at rest: the safe state. The watchdog sleeps.</summary>
    Lifted = 0,

    /// <summary>On the way, lifted.</summary>
    Moving = 1,

    /// <summary>On the way into contact.</summary>
    Approaching = 2,

    /// <summary>In contact, bias 0.</summary>
    Contact = 3,

    /// <summary>In contact, bias running.</summary>
    Sweeping = 4,

    /// <summary>On the way off the sample.</summary>
    Retracting = 5,

    /// <summary>Scanning a line.</summary>
    Scanning = 6,
}

/// <summary>What the device does when its watchdog expires.</summary>
public enum WatchdogPolicy : byte
{
    /// <summary>Stops and holds.</summary>
    Hold = 0,

    /// <summary>Bias to 0 and off the sample.</summary>
    Retract = 1,

    /// <summary>Bias to 0, stays in contact.</summary>
    RampBiasToZero = 2,
}

/// <summary>Vendor requests on endpoint 0; they work with every bulk queue stuck.</summary>
public enum VendorRequest : byte
{
    /// <summary>IN, 64 bytes: <see cref="DeviceInformation"/>.</summary>
    GetInformation = 1,

    /// <summary>OUT, value and index hold the new epoch.</summary>
    Resynchronise = 2,

    /// <summary>IN, 32 bytes: <see cref="DeviceStatus"/>.</summary>
    GetStatus = 3,

    /// <summary>OUT: everything stops, bias 0, tip off the sample.</summary>
    EmergencyStop = 4,

    /// <summary>OUT: tip off the sample.</summary>
    SafeRetract = 5,
}

/// <summary>Numbers of FCP/1 that both ends share.</summary>
public static class FcpProtocol
{
    /// <summary>Major version, in every frame.</summary>
    public const byte Major = 1;

    /// <summary>Minor version, in <see cref="DeviceInformation"/>.</summary>
    public const byte Minor = 0;

    /// <summary>Vendor of the test identity (pid.codes).</summary>
    public const ushort VendorId = 0x1209;

    /// <summary>Product of the test identity; a product needs its own.</summary>
    public const ushort ProductId = 0x0001;

    /// <summary>Commands, bulk OUT.</summary>
    public const byte CommandEndpoint = 0x01;

    /// <summary>Replies, bulk IN.</summary>
    public const byte ReplyEndpoint = 0x81;

    /// <summary>Samples, bulk IN.</summary>
    public const byte StreamEndpoint = 0x82;

    /// <summary>Events, interrupt IN.</summary>
    public const byte EventEndpoint = 0x83;

    /// <summary>Messages to the optional USBTMC interface, bulk OUT.</summary>
    public const byte MessageOutEndpoint = 0x03;

    /// <summary>Its answers, bulk IN.</summary>
    public const byte MessageInEndpoint = 0x84;

    /// <summary>Largest frame of replies and streams.</summary>
    public const int DeviceFrame = 2048;

    /// <summary>Number of replies that the device keeps.</summary>
    public const int ReplyMemory = 64;

    /// <summary>Most way-points of a path.</summary>
    public const int MostWaypoints = 256;

    /// <summary>Unacknowledged commands that are allowed unless the device says otherwise.</summary>
    public const int DefaultCredits = 8;

    /// <summary>Metres of one picometre.</summary>
    public const double Picometre = 1e-12;

    /// <summary>Nearest whole number of picometres; positions beyond +-2.1 mm saturate.</summary>
    public static int ToPicometres(double metres) => (int)Math.Clamp(Math.Round(metres / Picometre), int.MinValue, int.MaxValue);

    /// <summary>Nearest whole number of microvolts.</summary>
    public static int ToMicrovolts(double volts) => (int)Math.Clamp(Math.Round(volts * 1e6), int.MinValue, int.MaxValue);

    /// <summary>Volts of a whole number of microvolts.</summary>
    public static double FromMicrovolts(int microvolts) => microvolts / 1e6;

    /// <summary>Metres of a whole number of picometres.</summary>
    public static double FromPicometres(int picometres) => picometres / 1e12;
}
