using FastCore.Microscopy.Control;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Simulation;
using FastCore.Microscopy.Spectroscopy;
using FastCore.Microscopy.Units;
using Xunit;

namespace FastCore.Microscopy.Tests.Spectroscopy;

/// <summary>How often the gate is right about contacts that are known, with all noise on.</summary>
public class GateRatesTests(ITestOutputHelper output)
{
    [Fact]
    public void Contacts_are_told_apart()
    {
        Film film = Film.Create(new FilmOptions { Rows = 128, Columns = 128, Width = new Metres(2.5e-6) }, 11);
        var options = new InstrumentOptions { Contact = new ContactOptions { OpenProbability = .15, JumpProbability = .15, LossesPerSweep = .15 } };
        using var controller = new SimulatedController(film, ScanOptions.Ideal, options, 5);
        BiasWaveform waveform = BiasWaveform.Triangle(new Volts(1.5), 251, new Seconds(1));
        var counts = new Dictionary<(string Contact, string Class), (int All, int Flagged, int Right)>();
        var gate = new QualityGate();
        var current = new double[251];
        var cleaned = new double[251];
        var random = RandomStream.Named(1, "places");
        for (int k = 0; k < 1500; k++)
        {
            // A quarter of the places in each class.
            PixelIndex pixel;
            do
            {
                pixel = new PixelIndex(random.NextInt(128), random.NextInt(128));
            }
            while ((int)film.ClassAt(pixel) != k % 4);
            controller.MoveTo(film.Frame.ToStage(pixel), TestContext.Current.CancellationToken);
            controller.Approach(TestContext.Current.CancellationToken);
            controller.Sweep(waveform, current, TestContext.Current.CancellationToken);
            controller.Retract();
            IvAssessment found = gate.Assess(waveform, current, cleaned);
            ContactKind kind = controller.LastContact.Kind;
            IvQuality expected = kind switch
            {
                ContactKind.Open => IvQuality.Open,
                ContactKind.JumpOn => IvQuality.Jump,
                ContactKind.Lost => IvQuality.Jump | IvQuality.Lost | IvQuality.Open,
                _ => IvQuality.Good,
            };
            bool right = kind == ContactKind.Normal ? found.IsGood : (found.Quality & expected) != 0;
            var key = (kind.ToString(), film.ClassAt(pixel).ToString());
            (int All, int Flagged, int Right) count = counts.GetValueOrDefault(key);
            if (kind == ContactKind.Normal && !found.IsGood)
                output.WriteLine($"{key.Item2}: {found.Quality}, range {new Amperes(found.RangeAmperes)}, noise {new Amperes(found.NoiseAmperes)}");
            counts[key] = (count.All + 1, count.Flagged + (found.IsGood ? 0 : 1), count.Right + (right ? 1 : 0));
        }
        foreach (var (key, count) in counts.OrderBy(c => c.Key))
            output.WriteLine($"{key.Contact} {key.Class}: {count.All} sweeps, {count.Flagged} flagged, {count.Right} as expected");

        Assert.Equal(1, Share("Open", null), .01);
        Assert.InRange(1 - Share("Normal", null), 0, .02);
        foreach (string structure in new[] { "Interior", "Boundary", "Junction" })
            Assert.InRange(Share("JumpOn", structure), .9, 1);

        double Share(string contact, string? structure)
        {
            var chosen = counts.Where(c => c.Key.Contact == contact && (structure is null || c.Key.Class == structure)).Select(c => c.Value).ToList();
            return chosen.Sum(c => c.Right) / (double)chosen.Sum(c => c.All);
        }
    }
}
