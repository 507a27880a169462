using System.Globalization;
using System.Text.Json;
using FastCore.Microscopy.Files;

namespace FastCore.Microscopy.Photovoltaics;

/// <summary>
/// Current-voltage curves of solar cells as text: the tables of HZB's Keithley program, its newer JSON form, PalmSens exports (UTF-16, V and uA, there
/// and back in one list), and any table with titles that name a voltage and currents with their units.
/// </summary>
public static class JvTextFile
{
    // 1 mA/cm2 = 10 A/m2.
    private const double MilliamperesPerSquareCentimetre = 10;

    /// <summary>Reads all curves of a file.</summary>
    /// <exception cref="InvalidDataException">No curves, or a line that is no row of numbers; the message names file and line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<JvCurve> Read(string path)
    {
        byte[] bytes = FileFormats.Bytes(path);
        return TryParse(bytes, path, out _, out _) ?? throw new InvalidDataException($"{path}: no current-voltage table: neither HZB's, nor PalmSens's, nor one "
            + "with titles such as \"Voltage (V)\" and \"Current density (mA/cm2)\"; add such a line of titles.");
    }

    /// <summary>The curves, or null where the text is something else.</summary>
    internal static List<JvCurve>? TryParse(byte[] bytes, string path, out string format, out Dictionary<string, string> notes)
    {
        format = "";
        notes = new Dictionary<string, string>(StringComparer.Ordinal);
        if (bytes.Length > 0 && bytes[0] == (byte)'{')
        {
            format = "J-V curves (HZB, JSON)";
            return Json(bytes, path);
        }
        TextTable table = TextTable.Of(bytes, path);
        int parameters = table.Find("Parameter\t");
        if (parameters >= 0 && table.Find("Voltage\t", parameters) is var titles and >= 0)
        {
            format = "J-V curves (HZB)";
            return Hzb(table, parameters, titles, notes);
        }
        int units = Array.FindIndex(table.Lines, line => line.Trim() is "V,µA" or "V,uA" or "V,μA" or "V,mA" or "V,nA" or "V,A");
        if (units >= 0)
        {
            format = "J-V curve (PalmSens)";
            return PalmSens(table, units, path, notes);
        }
        int title = Titles(table, out char separator, out List<(int Column, string Name, double Factor, bool Density)> currents, out int voltage, out double voltageFactor);
        if (title < 0)
            return null;
        format = "J-V curves (table)";
        double[][] columns = table.Columns(title + 1, table.Lines.Length, separator, 2);
        if (columns.Length <= currents.Max(c => c.Column) || columns.Length <= voltage)
            throw table.Refuse(title, $"the titles name {currents.Max(c => c.Column) + 1} columns, the numbers fill {columns.Length}.");
        double[] volts = Array.ConvertAll(columns[voltage], v => v * voltageFactor);
        return [.. currents.SelectMany(c => Branches(c.Name, volts, Array.ConvertAll(columns[c.Column], v => v * c.Factor), !c.Density))];
    }

    private static List<JvCurve> Hzb(TextTable table, int parameters, int titles, Dictionary<string, string> notes)
    {
        string[] names = TextTable.Cells(table.Lines[titles], '\t')[1..];
        if (names.Length == 0 || titles + 1 >= table.Lines.Length)
            throw table.Refuse(titles, "no curve is named after \"Voltage\"; the file is cut off.");
        string[] units = TextTable.Cells(table.Lines[titles + 1], '\t');
        if (units.Length != names.Length + 1 || units[0] != "[V]" || units.AsSpan(1).IndexOfAnyExcept("[mA/cm2]") >= 0)
            throw table.Refuse(titles + 1, $"the units are {ByteReader.Quote(table.Lines[titles + 1])}; [V] and [mA/cm2] for {names.Length} curves were expected.");
        double[] areas = [];
        double? intensity = null;
        for (int i = 0; i < parameters; i++)
        {
            int colon = table.Lines[i].IndexOf(":\t", StringComparison.Ordinal);
            if (colon < 0)
                continue;
            string key = table.Lines[i][..colon];
            string value = table.Lines[i][(colon + 2)..];
            notes.TryAdd(key, value.Trim());
            string[] cells = TextTable.Cells(value, '\t');
            if (key.StartsWith("active area [cm2]", StringComparison.Ordinal))
                areas = [.. cells.Select(cell => ByteReader.TryNumber(cell, out double area) && area > 0 ? area * 1e-4 : double.NaN)];
            else if (key.StartsWith("intensity [mW/cm2]", StringComparison.Ordinal) && ByteReader.TryNumber(cells[0], out double milliwatts))
                intensity = milliwatts * MilliamperesPerSquareCentimetre;
        }
        double[][] columns = table.Columns(titles + 2, table.Lines.Length, '\t', names.Length + 1);
        if (columns.Length != names.Length + 1)
            throw table.Refuse(titles + 2, $"{columns.Length} columns of numbers; the titles name {names.Length + 1}.");
        // Two sweeps, "b_rev" and "b_for", share a cell; areas are listed by cell.
        string[] cellsOfNames = [.. names.Select(name => name.Split('_')[0])];
        string[] distinct = [.. cellsOfNames.Distinct()];
        var curves = new List<JvCurve>();
        for (int c = 0; c < names.Length; c++)
        {
            var reported = new Dictionary<string, string>(StringComparer.Ordinal);
            for (int i = parameters + 1; i < titles; i++)
            {
                string[] cells = TextTable.Cells(table.Lines[i], '\t');
                if (cells.Length == names.Length + 1)
                    reported.TryAdd(cells[0].TrimEnd(':', ' '), cells[c + 1]);
            }
            int cell = Array.IndexOf(distinct, cellsOfNames[c]);
            // The table lists all sweeps from high to low voltage; a forward one was measured the other way round.
            bool turn = names[c].EndsWith("_for", StringComparison.Ordinal) && columns[0][0] > columns[0][^1];
            double[] volts = [.. columns[0]];
            double[] densities = Array.ConvertAll(columns[c + 1], v => v * MilliamperesPerSquareCentimetre);
            if (turn)
            {
                Array.Reverse(volts);
                Array.Reverse(densities);
            }
            curves.Add(new JvCurve(names[c], volts, densities)
            {
                AreaSquareMetres = cell < areas.Length && double.IsFinite(areas[cell]) ? areas[cell] : null,
                IrradianceWattsPerSquareMetre = intensity,
                Reported = reported,
            });
        }
        return curves;
    }

    private static List<JvCurve> PalmSens(TextTable table, int units, string path, Dictionary<string, string> notes)
    {
        for (int i = 0; i < units; i++)
        {
            int end = table.Lines[i].IndexOf(":,", StringComparison.Ordinal);
            if (end > 0)
                notes.TryAdd(table.Lines[i][..end], table.Lines[i][(end + 2)..].Trim());
        }
        double factor = table.Lines[units].Trim()[2..] switch { "A" => 1, "mA" => 1e-3, "nA" => 1e-9, _ => 1e-6 };
        double[][] columns = table.Columns(units + 1, table.Lines.Length, ',', 2);
        return Branches(Path.GetFileNameWithoutExtension(path), columns[0], Array.ConvertAll(columns[1], v => v * factor), true);
    }

    // A sweep there and back in one list is two curves that part at the extreme voltage.
    private static List<JvCurve> Branches(string name, double[] volts, double[] currents, bool isCurrent)
    {
        int turn = 0;
        for (int k = 1; k < volts.Length; k++)
        {
            if (volts.Length > 2 && (volts[1] > volts[0] ? volts[k] > volts[turn] : volts[k] < volts[turn]))
                turn = k;
        }
        bool both = turn > 0 && volts.Length - turn > 2;
        JvCurve Part(int from, int to) => new(both ? name + (volts[to - 1] >= volts[from] ? " forward" : " reverse") : name, volts[from..to], currents[from..to]) { IsCurrent = isCurrent };
        return both ? [Part(0, turn + 1), Part(turn + 1, volts.Length)] : [Part(0, volts.Length)];
    }

    private static int Titles(TextTable table, out char separator, out List<(int, string, double, bool)> currents, out int voltage, out double voltageFactor)
    {
        for (int i = 0; i + 1 < table.Lines.Length && i < 100; i++)
        {
            if (!TextTable.IsNumbers(table.Lines[i + 1], out separator))
                continue;
            string[] cells = TextTable.Cells(table.Lines[i], separator);
            voltage = -1;
            voltageFactor = 1;
            currents = [];
            for (int c = 0; c < cells.Length; c++)
            {
                (string name, string unit) = NameAndUnit(cells[c]);
                if (voltage < 0 && unit is "V" or "mV" && (name.StartsWith('V') || name.StartsWith('v') || name.StartsWith("bias", StringComparison.OrdinalIgnoreCase)
                    || name.StartsWith('U') || name.StartsWith("pot", StringComparison.OrdinalIgnoreCase)))
                {
                    voltage = c;
                    voltageFactor = unit == "mV" ? 1e-3 : 1;
                }
                else if (Current(unit) is { } current)
                {
                    currents.Add((c, name, current.Factor, current.Density));
                }
            }
            if (voltage >= 0 && currents.Count > 0)
                return i;
        }
        separator = ',';
        currents = [];
        voltage = -1;
        voltageFactor = 1;
        return -1;
    }

    private static (double Factor, bool Density)? Current(string unit) => unit switch
    {
        "A" => (1, false),
        "mA" => (1e-3, false),
        "uA" or "µA" or "μA" => (1e-6, false),
        "nA" => (1e-9, false),
        "A/m2" or "A/m^2" or "A/m²" => (1, true),
        "mA/cm2" or "mA/cm^2" or "mA/cm²" => (MilliamperesPerSquareCentimetre, true),
        "A/cm2" or "A/cm^2" or "A/cm²" => (1e4, true),
        _ => null,
    };

    private static (string Name, string Unit) NameAndUnit(string title)
    {
        int open = title.LastIndexOfAny(['(', '[']);
        int close = open < 0 ? -1 : title.IndexOfAny([')', ']'], open);
        return close < 0 ? (title, "") : (title[..open].Trim(), title[(open + 1)..close].Trim());
    }

    private static List<JvCurve> Json(byte[] bytes, string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            var curves = new List<JvCurve>();
            if (!document.RootElement.TryGetProperty("data", out JsonElement data) || data.ValueKind != JsonValueKind.Array)
                throw new InvalidDataException($"{path}: the JSON has no list 'data' of sweeps; it is no J-V file of this kind.");
            var areas = new Dictionary<string, double>(StringComparer.Ordinal);
            double? irradiance = null;
            if (document.RootElement.TryGetProperty("parameters", out JsonElement settings))
            {
                if (settings.TryGetProperty("irradiance", out JsonElement light) && light.ValueKind == JsonValueKind.Number)
                    irradiance = light.GetDouble();
                if (settings.TryGetProperty("sample_info", out JsonElement samples) && samples.ValueKind == JsonValueKind.Array)
                {
                    foreach (JsonElement pin in samples.EnumerateArray().Where(s => s.TryGetProperty("pins", out _)).SelectMany(s => s.GetProperty("pins").EnumerateArray()))
                    {
                        if (double.TryParse(Text(pin, "area"), NumberStyles.Float, CultureInfo.InvariantCulture, out double area) && area > 0)
                            areas[Text(pin, "pin")] = area * 1e-4;
                    }
                }
            }
            foreach (JsonElement sweep in data.EnumerateArray())
            {
                JsonElement[] samples = [.. sweep.GetProperty("measurements").EnumerateArray()];
                string pin = Text(sweep, "pin");
                var reported = new Dictionary<string, string>(StringComparer.Ordinal);
                if (sweep.TryGetProperty("parameters", out JsonElement values))
                {
                    foreach (JsonProperty value in values.EnumerateObject())
                        reported.TryAdd(value.Name, value.Value.ToString());
                }
                curves.Add(new JvCurve($"{Text(sweep, "sample_name")} {pin} {Text(sweep, "direction")}".Trim(),
                    Array.ConvertAll(samples, s => s.GetProperty("voltage").GetDouble()),
                    Array.ConvertAll(samples, s => s.GetProperty("current_density").GetDouble() * MilliamperesPerSquareCentimetre))
                {
                    AreaSquareMetres = areas.TryGetValue(pin, out double area) ? area : null,
                    IrradianceWattsPerSquareMetre = irradiance,
                    Reported = reported,
                });
            }
            return curves.Count > 0 ? curves : throw new InvalidDataException($"{path}: the list 'data' is empty; no sweep was measured.");
        }
        catch (JsonException problem)
        {
            throw new InvalidDataException($"{path}: line {problem.LineNumber + 1}: the JSON is not valid; the file is cut off or damaged.", problem);
        }
        catch (Exception problem) when (problem is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path}: a sweep has no list 'measurements' of voltage and current_density in numbers; it is no J-V file of this kind.", problem);
        }
    }

    private static string Text(JsonElement element, string key) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out JsonElement value) ? value.ToString() : "";
}
