using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;
using FastCore.Microscopy.Usb;
using FastCore.Microscopy.Usb.Device;
using Xunit;

namespace FastCore.Microscopy.Tests.Usb;

/// <summary>A small film behind a virtual device, with whatever faults a test asks for.</summary>
internal static class UsbStand
{
    public static readonly BiasWaveform Waveform = BiasWaveform.Triangle(new Volts(1.5), 251, new Seconds(1));
    public static readonly Film SmallFilm = Film.Create(new FilmOptions { Rows = 32, Columns = 32, Width = new Metres(.625e-6) }, 7);

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static StagePosition Place(int row, int column) => SmallFilm.Frame.ToStage(new PixelIndex(row, column));

    public static SimulatedController Physics(InstrumentOptions? options = null) => new(SmallFilm, null, options, 3, Waveform,
        VirtualUsbController.BehindDevice(SafetyLimits.ForFrame(SmallFilm.Frame)));

    public static VirtualUsbController Open(VirtualAfmOptions? options = null, SafetyLimits? limits = null, InstrumentOptions? physics = null) =>
        VirtualUsbController.Open(Physics(physics), options, limits ?? SafetyLimits.ForFrame(SmallFilm.Frame));

    /// <summary>Lets time pass in the device without the host.</summary>
    public static void Pass(VirtualUsbController controller, double seconds)
    {
        var clock = (VirtualClock)controller.Clock;
        long end = controller.Device.NowNanoseconds + (long)(seconds * 1e9);
        while (controller.Device.NextDueNanoseconds < end)
        {
            clock.Advance(new Seconds(Math.Max(0, controller.Device.NextDueNanoseconds - controller.Device.NowNanoseconds + 99) * 1e-9));
            controller.Device.Process();
        }
        clock.Advance(new Seconds(Math.Max(0, end - controller.Device.NowNanoseconds) * 1e-9));
        controller.Device.Process();
    }

    public static double[] Visit(UsbCafmController controller, int row, int column)
    {
        var current = new double[Waveform.Count];
        controller.MoveTo(Place(row, column), Token);
        controller.Approach(Token);
        controller.Sweep(Waveform, current, Token);
        controller.Retract();
        return current;
    }
}
