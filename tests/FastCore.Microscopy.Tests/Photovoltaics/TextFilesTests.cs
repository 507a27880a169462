using System.Text;
using FastCore.Microscopy.Files;
using FastCore.Microscopy.Photovoltaics;
using FastCore.TestKit;
using Xunit;

namespace FastCore.Microscopy.Tests.Photovoltaics;

public class TextFilesTests
{
    private static string Shared(params string[] parts)
    {
        string? path = SharedFolder.File(["data", .. parts]);
        Assert.SkipWhen(path is null, SharedFolder.SkipReason);
        return path;
    }

    [Fact]
    public void Hzb_table_has_six_sweeps_with_what_the_program_reported()
    {
        IReadOnlyList<JvCurve> curves = JvTextFile.Read(Shared("nomad-hzb+nomad-hysprint", "HZB_MiGo_20230913_Batch-Test-1_0_0.notessfdsf.jv.txt"));
        Assert.Equal(["b_rev", "b_for", "c_rev", "c_for", "f_rev", "f_for"], curves.Select(c => c.Name));
        Assert.Equal([false, true, false, true, false, true], curves.Select(c => c.IsForward));
        // First and last line of the text: 1.25 V 10.2589 mA/cm2, -0.19 V -22.02528 mA/cm2.
        Assert.Equal((1.25, 102.589), (curves[0].VoltageVolts[0], Math.Round(curves[0].Current[0], 9)));
        Assert.Equal((-.19, -220.2426), (curves[1].VoltageVolts[0], Math.Round(curves[1].Current[0], 9)));
        Assert.All(curves, c => Assert.Equal((1.6e-5, 1000d), (Math.Round(c.AreaSquareMetres!.Value, 12), c.IrradianceWattsPerSquareMetre!.Value)));
        Assert.Equal("1.199200", curves[1].Reported["V_oc [V]"]);
    }

    [Fact]
    public void Hzb_json_has_twelve_sweeps()
    {
        IReadOnlyList<JvCurve> curves = JvTextFile.Read(Shared("nomad-hzb+nomad-hysprint", "hzb_TestP_AA_1_c-1.1_JM261.jv.txt"));
        Assert.Equal(12, curves.Count);
        Assert.Equal(71, curves[3].VoltageVolts.Length);
        Assert.Equal((7.275390625e-05, -37.159770727157593), (curves[3].VoltageVolts[10], curves[3].Current[10]));
        Assert.Equal(1.6e-5, curves[3].AreaSquareMetres!.Value, 1e-12);
    }

    [Fact]
    public void Palmsens_export_in_utf16_is_split_at_its_turn()
    {
        IReadOnlyList<JvCurve> curves = JvTextFile.Read(Shared("Rusya665+Solar_cells_measurements_plotting", "10R.csv"));
        Assert.Equal(["10R forward", "10R reverse"], curves.Select(c => c.Name));
        Assert.Equal((141, 139), (curves[0].VoltageVolts.Length, curves[1].VoltageVolts.Length));
        Assert.Equal(-0.200039863586426, curves[0].VoltageVolts[0]);
        Assert.Equal(-2183.3740234375e-6, curves[0].Current[0], 1e-15);
        Assert.Equal(1.19926261901855, curves[0].VoltageVolts[^1]);
        Assert.Equal(1.18926239013672, curves[1].VoltageVolts[0]);
        Assert.All(curves, c => Assert.True(c.IsCurrent));
    }

    [Theory]
    [InlineData("Voltage (V),Current density (mA/cm2)\n0,1\n0.5,2\n1,3\n", false, 10)]
    [InlineData("a comment\nV [mV]\tI [nA]\n0\t1\n500\t2\n1000\t3\n", true, 1e-9)]
    [InlineData("Bias (V);Current (uA)\n0;1\n0,5;2\n1;3\n", true, 1e-6)]
    public void Table_with_titles_is_read_in_si(string text, bool isCurrent, double first)
    {
        MeasuredFile file = FileFormats.Parse(Encoding.UTF8.GetBytes(text), "cell.txt");
        JvCurve curve = Assert.Single(file.JvCurves);
        Assert.Equal([0, .5, 1], curve.VoltageVolts);
        Assert.Equal((isCurrent, first), (curve.IsCurrent, curve.Current[0]));
    }

    [Fact]
    public void Picoquant_histogram_has_its_bins_and_counts()
    {
        DecayCurve decay = Assert.Single(DecayTextFile.Read(Shared("nomad-hzb+nomad-hysprint", "07-Si6505_10kHz-ND1-0.40uW-300s.trpl.dat")));
        // awk: sum of the lines after "#counts".
        Assert.Equal((32768, 57177d, 1e-9), (decay.Counts.Length, decay.Counts.Sum(), decay.TimeSeconds[1]));
        Assert.True(decay.IsRaw);
    }

    [Fact]
    public void Decay_tables_are_read()
    {
        IReadOnlyList<DecayCurve> powers = DecayTextFile.Read(Shared("MaxGrossmann+TRPL", "sample1.csv"));
        Assert.Equal(5, powers.Count);
        Assert.Equal((0d, 18313d, 20083d), (powers[1].TimeSeconds[0], powers[1].Counts[0], powers[1].Counts[1]));
        Assert.Equal(2.4114636642784033, powers[1].BackgroundCounts);
        Assert.Equal(2.560491614390088e-10, powers[1].TimeSeconds[1], 1e-20);
        IReadOnlyList<DecayCurve> stacked = DecayTextFile.Read(Shared("HagesLab+MetroTRPL", "CD0_final.csv"));
        // Python: the time falls 13 times.
        Assert.Equal(14, stacked.Count);
        Assert.Equal(9655, stacked.Sum(d => d.Counts.Length));
        Assert.Equal((23063.32392, 230.6505821, 5e-11), (stacked[0].Counts[0], stacked[0].DeviationCounts![0], Math.Round(stacked[0].TimeSeconds[1], 15)));
        IReadOnlyList<DecayCurve> response = DecayTextFile.Read(Shared("HagesLab+MetroTRPL", "irf_520nm.csv"));
        Assert.Equal(-2e-9, response[0].TimeSeconds[0]);
        Assert.False(response[0].IsRaw);
    }

    [Fact]
    public void Cut_off_histogram_is_refused()
    {
        string text = "#TimeHarp\n#channels per curve\n4\n#ns/bin\n0.5\t\n#counts\n1\t\n2\t\n0\t\n7\t\n";
        Assert.Equal([0, 5e-10, 1e-9, 1.5e-9], FileFormats.Parse(Encoding.ASCII.GetBytes(text), "a.dat").Decays[0].TimeSeconds.Select(t => Math.Round(t, 15)));
        Assert.Contains("'#channels per curve' says 4", Assert.Throws<InvalidDataException>(() => FileFormats.Parse(Encoding.ASCII.GetBytes(text[..^3]), "a.dat")).Message,
            StringComparison.Ordinal);
        Assert.Contains("5 bins follow", Assert.Throws<InvalidDataException>(() => FileFormats.Parse(Encoding.ASCII.GetBytes(text + "3\t\n"), "a.dat")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Text_in_utf16_of_either_byte_order_is_read(bool bigEndian)
    {
        Encoding encoding = bigEndian ? Encoding.BigEndianUnicode : Encoding.Unicode;
        byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes("Date and time:,2023\r\nV,µA\r\n-0.2,1\r\n0,2\r\n0.2,3\r\n")];
        Assert.Equal([1e-6, 2e-6, 3e-6], Assert.Single(FileFormats.Parse(bytes, "cell.csv").JvCurves).Current.Select(i => Math.Round(i, 12)));
    }

    [Fact]
    public void Hzb_areas_and_sweeps_are_those_of_their_cells()
    {
        const string text = "K:\tx\nactive area [cm2]:\t0.16\t0.25\nintensity [mW/cm2]:\t80\n***\nParameter\ta_rev\ta_for\tb_rev\t\nV_oc [V]:\t1\t2\t3\t\n***\n"
            + "Voltage\ta_rev\ta_for\tb_rev\t\n[V]\t[mA/cm2]\t[mA/cm2]\t[mA/cm2]\t\n1.2\t1\t2\t3\n1.0\t4\t5\t6\n";
        IReadOnlyList<JvCurve> curves = FileFormats.Parse(Encoding.UTF8.GetBytes(text), "hzb.txt").JvCurves;
        Assert.Equal([1.6e-5, 1.6e-5, 2.5e-5], curves.Select(c => Math.Round(c.AreaSquareMetres!.Value, 12)));
        Assert.Equal([10, 50, 30], curves.Select(c => c.Current[0]));
        Assert.Equal(["1", "2", "3"], curves.Select(c => c.Reported["V_oc [V]"]));
        Assert.Equal(800, curves[0].IrradianceWattsPerSquareMetre);
        string wider = text.Replace("3\n1.0\t4\t5\t6\n", "3\t7\n1.0\t4\t5\t6\t8\n", StringComparison.Ordinal);
        Assert.Contains("5 columns of numbers", Assert.Throws<InvalidDataException>(() => FileFormats.Parse(Encoding.UTF8.GetBytes(wider), "hzb.txt")).Message, StringComparison.Ordinal);
    }
}
