using FastCore.Autonomy.LatentMap;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Imaging;
using FastCore.Microscopy.Units;
using FastCore.TestKit;

namespace FastCore.Autonomy.Tests.LatentMap;

public sealed class PairReaderTests(SimulatedPairs pairs) : IClassFixture<SimulatedPairs>, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fastcore-reader-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_run_gives_its_accepted_curves_with_the_patches_around_their_pixels()
    {
        PairTable table = pairs.Table;
        StepRecord[] accepted = [.. pairs.Run.Steps.Where(step => step.Accepted)];
        Assert.Equal(accepted.Length, table.Count);
        Assert.Contains(table.Remarks, remark => remark.Contains("rejected", StringComparison.Ordinal));
        Assert.Equal(accepted.SelectMany(step => step.CurrentAmperes), table.Spectra);
        Assert.Equal(accepted.Select(step => step.TrueClass), table.TrueClasses);
        (MapImage image, int columns) = (table.Image!, table.Image!.Scan.Frame.Columns);
        Assert.Equal(1, Math.Sqrt(image.Levelled.Average(v => (double)v * v)), 1e-5);
        for (int i = 0; i < table.Count; i += 20)
        {
            PixelIndex pixel = table.Pixels[i];
            Assert.Equal(accepted[i].Pixel, pixel);
            // Row r - 8 comes first, and the centre stands at row and column 8 of a patch of 16.
            Assert.Equal(image.Levelled[(pixel.Row * columns) + pixel.Column], table.Patches[(i * 256) + (8 * 16) + 8]);
            Assert.Equal(image.Levelled[((pixel.Row - 8) * columns) + pixel.Column + 7], table.Patches[(i * 256) + 15]);
        }
    }

    [Fact]
    public void Quantities_carry_the_truth_of_the_film_in_metres()
    {
        PointQuantity boundary = Quantity(pairs.Table, "distance to boundary"), grain = Quantity(pairs.Table, "grain diameter");
        Assert.Equal(("m", "truth"), (boundary.Unit, boundary.Origin));
        // Boundary and asymmetric boundary reach 25 nm from the line; classes are drawn from the same truth.
        for (int i = 0; i < pairs.Table.Count; i++)
        {
            bool near = pairs.Table.ClassNames[pairs.Table.TrueClasses[i]] is "boundary" or "asymmetric boundary";
            Assert.True(!near || boundary.Values[i] <= 25e-9 + 1e-12);
        }
        Assert.InRange(grain.Values.Where(double.IsFinite).Average(), 2e-7, 4.5e-7);
        Assert.Contains(grain.Values, double.IsNaN);
        // The groove that the topography shows is the boundary that the film has.
        Assert.InRange(Learning.Statistics.CorrelationTable.Spearman(boundary.Values, Quantity(pairs.Table, "distance to groove").Values), 0.7, 1);
        Assert.InRange(Quantity(pairs.Table, "height over surroundings").Values.Max(Math.Abs), 5e-9, 1e-7);
    }

    [Fact]
    public void A_sample_without_truth_is_described_by_the_grains_of_its_overview()
    {
        // The same run, as if the film had been measured: its journal does not say that it was simulated.
        RunRecord measured = RunFolder.Open(pairs.Folder);
        measured = measured with { Plan = measured.Plan with { Controller = measured.Plan.Controller with { Kind = ControllerKind.Usb } } };
        PairTable table = PairReader.OfRun(measured);
        Assert.Contains(table.Remarks, remark => remark.Contains("that the overview shows", StringComparison.Ordinal));
        foreach ((string name, double agreement) in new[] { ("distance to boundary", 0.7), ("distance to junction", 0.7), ("grain diameter", 0.6) })
        {
            PointQuantity seen = Quantity(table, name), truth = Quantity(pairs.Table, name);
            Assert.Equal(("m", "grains"), (seen.Unit, seen.Origin));
            int[] both = [.. Enumerable.Range(0, table.Count).Where(i => double.IsFinite(seen.Values[i]) && double.IsFinite(truth.Values[i]))];
            Assert.InRange(both.Length, table.Count / 3, table.Count);
            Assert.InRange(Learning.Statistics.CorrelationTable.Spearman([.. both.Select(i => seen.Values[i])], [.. both.Select(i => truth.Values[i])]), agreement, 1);
            Assert.InRange(both.Average(i => seen.Values[i]) / both.Average(i => truth.Values[i]), 0.7, 1.4);
        }
    }

    [Fact]
    public void The_published_file_of_a_run_is_read_without_its_image()
    {
        PairTable table = PairReader.Read(Path.Combine(pairs.Folder, "iv_novelty.npz"));
        Assert.Equal(("published file", 180, 16, 251, "A"), (table.Kind, table.Count, table.PatchHeight, table.SpectrumLength, table.SpectrumUnit));
        Assert.Null(table.Image);
        Assert.Contains(table.Remarks, remark => remark.Contains("1.5 V", StringComparison.Ordinal));
        Assert.Contains(table.Quantities, q => q.Name == "hysteresis index");
        Assert.DoesNotContain(table.Quantities, q => q.Name is "indices_measured" or "img_novelty_scores");
        // Patches alone tell of the same groove, in pixels.
        PointQuantity groove = Quantity(table, "distance to groove");
        Assert.Equal("px", groove.Unit);
        // The same quantity from the whole image, at the accepted curves; patches end 8 pixels from their centres.
        int[] accepted = [.. Enumerable.Range(0, 180).Where(i => pairs.Run.Steps[i].Accepted)];
        Assert.InRange(Learning.Statistics.CorrelationTable.Spearman([.. accepted.Select(i => groove.Values[i])],
            Quantity(pairs.Table, "distance to groove").Values), 0.7, 1);
    }

    [Fact]
    public void Any_pair_of_arrays_is_read_and_what_else_has_n_rows_counts_as_quantities()
    {
        string file = Write(("patches", Numbers(6 * 2 * 5 * 4), [6, 2, 5, 4]), ("spectra", Numbers(6 * 9), [6, 9]), ("factors", Numbers(12), [6, 2]),
            ("temperature", Numbers(6), [6]), ("classes", [0, 1, 2, -1, 0, 1], [6]), ("unrelated", Numbers(7), [7]));
        PairTable table = PairReader.Read(file);
        Assert.Equal(("pairs", 6, 2, 5, 4, 9, ""), (table.Kind, table.Count, table.PatchChannels, table.PatchHeight, table.PatchWidth,
            table.SpectrumLength, table.SpectrumUnit));
        Assert.Equal(["factors 1", "factors 2", "temperature"], table.Quantities.Where(q => q.Kind == QuantityKind.Other).Select(q => q.Name));
        Assert.Equal(["class 0", "class 1", "class 2"], table.ClassNames);
        Assert.DoesNotContain(table.Quantities, q => q.Kind == QuantityKind.Transport);
        string volts = Write(("images", Numbers(3 * 16), [3, 16]), ("curves", Numbers(3 * 5), [3, 1, 5]), ("bias", [0, 1, 2, 1, 0], [5]));
        Assert.Equal(("A", 4, 2), (PairReader.Read(volts).SpectrumUnit, PairReader.Read(volts).PatchWidth,
            PairReader.Read(volts).Waveform!.Turnaround));
    }

    [Fact]
    public void The_set_with_known_factors_is_read()
    {
        string? file = SharedFolder.File("fixtures", "vae_synthetic_210.npz");
        Assert.SkipWhen(file is null, SharedFolder.SkipReason);
        PairTable table = PairReader.Read(file);
        Assert.Equal((210, 16, 251, ""), (table.Count, table.PatchHeight, table.SpectrumLength, table.SpectrumUnit));
        Assert.Equal(4, table.Quantities.Count(q => q.Kind == QuantityKind.Other));
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "no patches", "there are no patches" },
        { "no spectra", "there are no spectra" },
        { "one pair", "1 pair is not enough" },
        { "other count", "each patch needs its spectrum" },
        { "NaN", "'spectra' holds NaN in pair 1" },
        { "no square", "no square" },
        { "one axis", "has the shape (16)" },
        { "bias", "'bias' has 3 values" },
        { "bias turns", "'bias'" },
        { "classes", "'classes' holds 0.5" },
        { "not npz", "read from the folder of a run" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Bad_archives_are_refused_in_one_sentence(string name, string words)
    {
        double[] spectra = Numbers(2 * 5);
        string file = name switch
        {
            "no patches" => Write(("spectra", spectra, [2, 5])),
            "no spectra" => Write(("patches", Numbers(32), [2, 4, 4])),
            "one pair" => Write(("patches", Numbers(16), [1, 4, 4]), ("spectra", Numbers(5), [1, 5])),
            "other count" => Write(("patches", Numbers(48), [3, 4, 4]), ("spectra", spectra, [2, 5])),
            "NaN" => Write(("patches", Numbers(32), [2, 4, 4]), ("spectra", [.. spectra.Select((v, k) => k == 7 ? double.NaN : v)], [2, 5])),
            "no square" => Write(("patches", Numbers(30), [2, 15]), ("spectra", spectra, [2, 5])),
            "one axis" => Write(("patches", Numbers(16), [16]), ("spectra", spectra, [2, 5])),
            "bias" => Write(("patches", Numbers(32), [2, 4, 4]), ("spectra", spectra, [2, 5]), ("bias", [0, 1, 2], [3])),
            "bias turns" => Write(("patches", Numbers(32), [2, 4, 4]), ("spectra", spectra, [2, 5]), ("bias", [0, 1, 0, 1, 0], [5])),
            "classes" => Write(("patches", Numbers(32), [2, 4, 4]), ("spectra", spectra, [2, 5]), ("classes", [0.5, 1], [2])),
            _ => Path.Combine(folder, "pairs.txt"),
        };
        if (name == "not npz")
            File.WriteAllText(file, "1 2 3");
        InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => PairReader.Read(file));
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.StartsWith(file, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_there_or_no_run_is_refused()
    {
        Assert.Throws<FileNotFoundException>(() => PairReader.Read(Path.Combine(folder, "nothing.npz")));
        Assert.Throws<InvalidDataException>(() => PairReader.Read(folder));
        RunRecord run = pairs.Run with { Steps = [pairs.Run.Steps.First(step => step.Accepted)] };
        Assert.Contains("at least two pairs", Assert.Throws<InvalidDataException>(() => PairReader.OfRun(run)).Message, StringComparison.Ordinal);
        var frame = new ScanFrame(4, 4, new Metres(1e-8));
        Assert.Throws<InvalidDataException>(() => PairReader.Level(new ScanImage("Height", "m", frame, new float[16])));
        Assert.Throws<InvalidDataException>(() => PairReader.Level(new ScanImage("Height", "m", frame, [.. Enumerable.Repeat(float.NaN, 16)])));
    }

    private static PointQuantity Quantity(PairTable table, string name) => table.Quantities.Single(q => q.Name == name);

    private static double[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(k => Math.Sin(1.3 * k))];

    private string Write(params (string Name, double[] Values, int[] Shape)[] arrays)
    {
        string file = Path.Combine(folder, $"{Guid.NewGuid():N}.npz");
        NpzFile.Write(file, arrays.ToDictionary(a => a.Name, a => NpyArray.Of(a.Values, a.Shape)));
        return file;
    }
}
