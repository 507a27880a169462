using FastCore.Microscopy.Imaging;

namespace FastCore.Microscopy.Simulation;

/// <summary>Scans a film as a microscope does, line by line, and gives the height image that it would store.</summary>
public static class OverviewScan
{
    // Feedback cycles per pixel: 10 kHz at one line a second, half of it forward, over 256 pixels.
    private const double FeedbackHertz = 10_000;
    private const int FeedbackMemory = 40;

    /// <summary>The overview of <paramref name="film"/> in metre; the same seed gives the same image to the bit.</summary>
    public static ScanImage Acquire(Film film, ScanOptions options, long seed)
    {
        ArgumentNullException.ThrowIfNull(film);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        ScanFrame frame = film.Frame;
        var values = new float[frame.Rows * frame.Columns];
        RandomStream noise = RandomStream.Named(seed, "scan.noise"), scars = RandomStream.Named(seed, "scan.scars");
        double pitch = frame.PixelPitch.Value, line = 1 / options.LineRateHertz;
        int cycles = Math.Clamp((int)(FeedbackHertz * line / 2 / frame.Columns), 1, 64);
        var errors = new double[FeedbackMemory];
        for (int row = 0; row < frame.Rows; row++)
        {
            double time = row * line;
            double driftX = options.DriftX * time / pitch, driftY = options.DriftY * time / pitch;
            double late = LinesLate(options, time);
            double height = double.NaN;
            Array.Clear(errors);
            double errorSum = 0;
            int cycle = 0;
            double previous = double.NaN;
            for (int column = 0; column < frame.Columns; column++)
            {
                double share = (double)column / frame.Columns;
                double x = column + driftX + (options.Hysteresis * frame.Columns * 4 * share * (1 - share)), y = row + driftY - late;
                // The feedback runs on the way from the previous pixel; what is stored is where it stands when the tip is at this one.
                double from = column == 0 ? x : previous;
                previous = x;
                for (int k = options.IntegralGain == 0 ? cycles : 1; k <= cycles; k++)
                {
                    double surface = Sample(film, k == cycles ? x : from + ((x - from) * k / cycles), y);
                    if (double.IsNaN(height) || options.IntegralGain == 0)
                    {
                        height = surface;
                        continue;
                    }
                    double error = height - surface;
                    errorSum += error - errors[cycle % FeedbackMemory];
                    errors[cycle++ % FeedbackMemory] = error;
                    height = Math.Max(surface, height - (options.IntegralGain * 1e-4 * errorSum));
                }
                double u = ((double)column / frame.Columns) - 0.5, v = ((double)row / frame.Rows) - 0.5;
                double bow = options.Bow * 2 * ((u * u) + (v * v)), tilt = options.Tilt * (u + (0.5 * v));
                values[(row * frame.Columns) + column] = (float)(height + bow + tilt + (options.FeedbackNoise * noise.NextNormal()));
            }
            if (scars.NextDouble() < options.ScarProbability)
                AddScar(values.AsSpan(row * frame.Columns, frame.Columns), ref scars);
        }
        return new ScanImage("Height", "m", frame, values);
    }

    /// <summary>
    /// How many lines the slow axis is behind after <paramref name="time"/> seconds of scanning. A step answered by 1 - c exp(-t/tau) makes a ramp of
    /// one line in 1/f seconds late by f times the integral of c exp(-t/tau): c tau f (1 - exp(-t/tau)).
    /// </summary>
    internal static double LinesLate(ScanOptions options, double time) =>
        options.Creep * options.CreepSeconds * options.LineRateHertz * (1 - Math.Exp(-time / options.CreepSeconds));

    // A particle that the tip drags along: some pixels of one line stand up to 20 nm too high.
    private static void AddScar(Span<float> line, ref RandomStream random)
    {
        int length = Math.Max(1, (int)(line.Length * (0.05 + (0.2 * random.NextDouble()))));
        int start = random.NextInt(Math.Max(1, line.Length - length));
        float lift = (float)(5e-9 + (15e-9 * random.NextDouble()));
        foreach (ref float value in line.Slice(start, Math.Min(length, line.Length - start)))
            value += lift;
    }

    private static double Sample(Film film, double column, double row)
    {
        ScanFrame frame = film.Frame;
        double x = Math.Clamp(column, 0, frame.Columns - 1), y = Math.Clamp(row, 0, frame.Rows - 1);
        int i = Math.Min((int)y, frame.Rows - 2), j = Math.Min((int)x, frame.Columns - 2);
        double fy = y - i, fx = x - j;
        ReadOnlySpan<float> top = film.TipHeightMetres.AsSpan((i * frame.Columns) + j, 2);
        ReadOnlySpan<float> bottom = film.TipHeightMetres.AsSpan(((i + 1) * frame.Columns) + j, 2);
        return ((1 - fy) * (((1 - fx) * top[0]) + (fx * top[1]))) + (fy * (((1 - fx) * bottom[0]) + (fx * bottom[1])));
    }
}
