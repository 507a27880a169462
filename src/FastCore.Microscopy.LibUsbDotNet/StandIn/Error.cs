namespace LibUsbDotNet;

internal enum Error
{
    Success = 0,
    NoDevice = -4,
    Busy = -6,
    Timeout = -7,
    Overflow = -8,
    Pipe = -9,
}
