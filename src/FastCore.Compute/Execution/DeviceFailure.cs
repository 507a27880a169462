using ILGPU.Runtime;

namespace FastCore.Compute.Execution;

/// <summary>Tells failures of a device from mistakes of the caller.</summary>
internal static class DeviceFailure
{
    /// <summary>
    /// Whether the driver reported it (lost, out of memory, refused), or it stands for such a report. Launches let the driver's exception through
    /// as it is, because an operation is queued and its failure may come up in any later one.
    /// </summary>
    internal static bool Is(Exception error) => error is DeviceLostException or AcceleratorException
        || (error is AggregateException several && several.InnerExceptions.All(Is));

    /// <summary>Runs what touches the device as a whole; a failure comes out as <see cref="DeviceLostException"/>.</summary>
    internal static TResult Name<TResult>(string device, string what, Func<TResult> work)
    {
        try
        {
            return work();
        }
        catch (AcceleratorException error)
        {
            throw new DeviceLostException($"{device} failed at {what}: {error.Message}", error);
        }
    }
}
