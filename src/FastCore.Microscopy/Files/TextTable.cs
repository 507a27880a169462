using System.Globalization;
using System.Text;

namespace FastCore.Microscopy.Files;

/// <summary>Lines of a text file in whatever encoding instruments' programs chose, and cells of its lines.</summary>
internal sealed class TextTable
{
    private readonly string file;

    private TextTable(string file, string[] lines)
    {
        this.file = file;
        Lines = lines;
    }

    /// <summary>All lines without their ends.</summary>
    public string[] Lines { get; }

    /// <summary>Whether the bytes can be a text: a mark of UTF-16, or no control characters but tabs and line ends at the start.</summary>
    public static bool Recognises(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2)
            return false;
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return true;
        foreach (byte b in bytes[..Math.Min(bytes.Length, 512)])
        {
            if (b < 32 && b is not ((byte)'\t' or (byte)'\n' or (byte)'\r' or 12))
                return false;
        }
        return true;
    }

    public static TextTable Of(byte[] bytes, string file)
    {
        // A line end is one byte in most files; more than this many are no table of a measurement.
        ReadOnlySpan<byte> b = bytes;
        string text = b.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) ? Encoding.Unicode.GetString(b[2..])
            : b.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) ? Encoding.BigEndianUnicode.GetString(b[2..])
            : b.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? ByteReader.Text(b[3..]) : ByteReader.Text(b);
        // Some programs end their files with another mark of byte order.
        text = text.Trim('\uFEFF');
        return new TextTable(file, text.ReplaceLineEndings("\n").Split('\n'));
    }

    /// <summary>The first line from <paramref name="from"/> on that begins so, or -1.</summary>
    public int Find(string start, int from = 0)
    {
        for (int i = from; i < Lines.Length; i++)
        {
            if (Lines[i].StartsWith(start, StringComparison.OrdinalIgnoreCase))
                return i;
        }
        return -1;
    }

    public InvalidDataException Refuse(int line, string problem) => new($"{file}: line {line + 1}: {problem}");

    /// <summary>
    /// Numbers of all lines from <paramref name="from"/> to <paramref name="to"/>; empty lines are passed over. All lines have as many cells as the first.
    /// </summary>
    /// <returns>Columns x rows.</returns>
    public double[][] Columns(int from, int to, char separator, int fewest)
    {
        List<double>[]? columns = null;
        for (int i = from; i < to; i++)
        {
            if (Lines[i].AsSpan().Trim().Length == 0)
                continue;
            string[] cells = Cells(Lines[i], separator);
            columns ??= [.. cells.Select(_ => new List<double>())];
            if (cells.Length != columns.Length || cells.Length < fewest)
                throw Refuse(i, $"{cells.Length} cells; {Math.Max(columns.Length, fewest)} were expected. The line is cut off or damaged: remove it or copy the file again.");
            for (int c = 0; c < cells.Length; c++)
            {
                if (!ByteReader.TryNumber(cells[c], out double value))
                    throw Refuse(i, $"{ByteReader.Quote(cells[c])} is no number. Remove the line or copy the file again.");
                columns[c].Add(value);
            }
        }
        if (columns is null)
            throw Refuse(Math.Max(0, to - 1), "no line of numbers; the file is cut off or holds no measurement.");
        return [.. columns.Select(column => column.ToArray())];
    }

    /// <summary>The cells of a line; spaces in any number part cells where they are the separator.</summary>
    public static string[] Cells(string line, char separator) => separator == ' '
        ? line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)
        : line.TrimEnd().TrimEnd(separator).Split(separator, StringSplitOptions.TrimEntries);

    /// <summary>What parts the cells of a line of numbers: tab, semicolon, comma (where points are decimal signs) or space.</summary>
    public static char Separator(string line) =>
        line.Contains('\t') ? '\t' : line.Contains(';') ? ';' : line.Contains(',') ? ',' : ' ';

    /// <summary>Whether every cell of a line is a number.</summary>
    public static bool IsNumbers(string line, out char separator)
    {
        separator = Separator(line);
        string[] cells = Cells(line, separator);
        if (cells.Length < 1)
            return false;
        foreach (string cell in cells)
        {
            if (!double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out _) && !ByteReader.TryNumber(cell, out _))
                return false;
        }
        return true;
    }
}
