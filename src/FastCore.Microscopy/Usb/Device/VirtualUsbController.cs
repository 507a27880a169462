using FastCore.Microscopy.Control;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;

namespace FastCore.Microscopy.Usb.Device;

/// <summary>A controller whose device lives in this process, so that the truth about its sample is known.</summary>
public sealed class VirtualUsbController : UsbCafmController, IKnowsGroundTruth
{
    private VirtualUsbController(VirtualAfm device, TimeProvider clock)
        : base(new InProcessTransport(device, clock)) => Device = device;

    /// <summary>The device at the other end.</summary>
    public VirtualAfm Device { get; }

    /// <inheritdoc/>
    public IGroundTruth Truth => Device.Physics.Truth;

    /// <inheritdoc/>
    public override BiasWaveform? FixedWaveform => Device.Physics.FixedWaveform;

    /// <summary>Plugs an instrument into a virtual device and opens it.</summary>
    /// <param name="physics">The instrument; its compliance should be infinite, so that the device's own trip acts.</param>
    /// <param name="options">What the device is like; null for the defaults.</param>
    /// <param name="limits">Limits of the hardware; null for those of the instrument.</param>
    /// <param name="realTime">Whether commands take the time that they would take.</param>
    public static VirtualUsbController Open(VirtualCafm physics, VirtualAfmOptions? options = null, SafetyLimits? limits = null,
        bool realTime = false)
    {
        TimeProvider clock = realTime ? TimeProvider.System : new VirtualClock();
        return new VirtualUsbController(new VirtualAfm(physics, options, clock, limits), clock);
    }

    /// <summary>Limits of a simulated instrument that stands behind a device with limits of its own: no compliance.</summary>
    public static SafetyLimits BehindDevice(SafetyLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return limits with { CurrentCompliance = new Amperes(double.PositiveInfinity) };
    }
}
