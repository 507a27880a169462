using System.Text;
using FastCore.Microscopy.Files;
using Xunit;

namespace FastCore.Microscopy.Tests.Files;

public sealed class EbsdBinaryFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, true);

    /// <summary>A project of 3 x 2 points as AZtec writes it.</summary>
    internal static string Project(string fields = "3,4,5,6,7,8,10,11,12") => "[General]\r\nVersion=5.0\r\nAuthor=AZtec\r\nNotes=\r\nJobMode=RegularGrid\r\n[Job]\r\nMagnification=800\r\n"
        + "GridDistX=0.1200\r\nGridDistY=0.2500\r\nxCells=3\r\nyCells=2\r\n[Fields]\r\nCount=" + fields.Split(',').Length + "\r\n"
        + string.Concat(fields.Split(',').Select((code, i) => $"Field{i + 1}={code}\r\n")) + "[Phases]\r\nCount=1\r\n[Phase1]\r\nStructureName=Silicon\r\na=5.4309\r\n"
        + "[EDX Windows]\r\nCount=1\r\nWindow1=Pb\r\n";

    /// <summary>Its points: the fields of the code that was asked for, of each point and field a value of its own.</summary>
    internal static byte[] Points(string fields = "3,4,5,6,7,8,10,11,12")
    {
        var file = new MemoryStream();
        for (int point = 0; point < 6; point++)
        {
            file.WriteByte((byte)(point % 2));
            foreach (int code in fields.Split(',').Select(int.Parse))
            {
                if (code is 7 or 8 or 9 or 10 or 11)
                    file.WriteByte((byte)((10 * code) + point));
                else
                    file.Write(BitConverter.GetBytes(code + (point * .125f)));
            }
        }
        return file.ToArray();
    }

    [Fact]
    public void Map_is_read_by_either_name()
    {
        foreach (string name in (string[])["map.cpr", "map.crc"])
        {
            MeasuredFile file = MeasuredFile.Open(Pair(name, Project(), Points()));
            Assert.Equal("EBSD Channel 5 map", file.Format);
            Assert.Equal(["Phase", "Euler1", "Euler2", "Euler3", "MAD", "BC", "BS", "Bands", "Error"], file.Channels.Select(c => c.Name));
            Assert.Equal(["", "deg", "deg", "deg", "deg", "", "", "", ""], file.Channels.Select(c => c.Unit));
            Assert.All(file.Channels, c => Assert.Equal((2, 3), (c.Rows, c.Columns)));
            Assert.All(file.Channels, c => Assert.Equal((.36, .5), (Math.Round(c.Width * 1e6, 9), Math.Round(c.Height * 1e6, 9))));
            Assert.Equal([0, 1, 0, 1, 0, 1], file.Channels[0].Values);
            for (int c = 0; c < 3; c++)
            {
                for (int p = 0; p < 6; p++)
                    Assert.Equal((3 + c + (p * .125)) * 180 / Math.PI, file.Channels[1 + c].Values[p], 1e-4);
            }
            Assert.Equal([6, 6.125f, 6.25f, 6.375f, 6.5f, 6.625f], file.Channels[4].Values);
            Assert.Equal([70, 71, 72, 73, 74, 75], file.Channels[5].Values);
            Assert.Equal([80, 100, 110], file.Channels.Skip(6).Select(c => c.Values[0]));
            Assert.Equal(("800", "5.4309"), (file.Metadata["Job>Magnification"], file.Metadata["Phase1>A"]));
            Assert.Contains("12", Assert.Single(file.Remarks), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Fields_in_another_order_with_coordinates_and_a_window()
    {
        const string fields = "1,2,8,3,101,9";
        MeasuredFile file = Parse(Project(fields), Points(fields));
        Assert.Equal(["Phase", "BS", "Euler1", "Pb"], file.Channels.Select(c => c.Name));
        Assert.Equal([80, 81, 82, 83, 84, 85], file.Channels[1].Values);
        Assert.Equal(3.125 * 180 / Math.PI, file.Channels[2].Values[1], 1e-4);
        Assert.Equal([101, 101.125f, 101.25f, 101.375f, 101.5f, 101.625f], file.Channels[3].Values);
        Assert.Empty(Parse(Project("1,2,3"), Points("1,2,3")).Remarks);
    }

    [Fact]
    public void Capitals_and_order_of_the_project_do_not_matter()
    {
        string[] sections = Project().ToUpperInvariant().Split("\r\n[");
        string turned = "[GENERAL]\n" + string.Join("\n[", [sections[0][11..], .. sections[1..].Reverse()]).Replace("\r", "", StringComparison.Ordinal);
        Assert.Equal(Parse(Project(), Points()).Channels[1].Values, Parse(turned, Points()).Channels[1].Values);
    }

    [Theory]
    [InlineData("xCells=3", "xCells=0", "'xCells' of [Job] is \"0\"")]
    [InlineData("xCells=3", "xCells=-3", "xCells")]
    [InlineData("xCells=3", "xCells=2000000000", "bytes")]
    [InlineData("xCells=3\r\n", "", "'xCells' of [Job] is missing")]
    [InlineData("yCells=2", "yCells=3", "cut off, or the .cpr beside it is that of another map")]
    [InlineData("GridDistX=0.1200", "GridDistX=wide", "GridDistX")]
    [InlineData("GridDistY=0.2500", "GridDistY=-1", "GridDistY")]
    [InlineData("Field4=6", "Field4=13", "line 17: 'Field4' is the code 13, which is not known")]
    [InlineData("Field4=6", "Field4=5", "code 5, which an earlier field has already")]
    [InlineData("Field4=6", "Field4=", "'Field4' of [Fields] is \"\"")]
    [InlineData("Field9=12\r\n", "", "'Field9' of [Fields] is missing")]
    [InlineData("Field9=12", "Field9=11", "11")]
    [InlineData("Count=9", "Count=1000000", "1000000 fields are announced")]
    [InlineData("Count=9", "Count=8", "bytes")]
    [InlineData("RegularGrid", "Interactive", "JobMode")]
    [InlineData("[Job]", "[Jab]", "xCells")]
    public void Project_that_contradicts_itself_or_the_points_is_refused(string from, string to, string named)
    {
        Assert.Contains(from, Project(), StringComparison.Ordinal);
        string message = Assert.Throws<InvalidDataException>(() => Parse(Project().Replace(from, to, StringComparison.Ordinal), Points())).Message;
        Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("map.cpr", "map.crc")]
    [InlineData("map.crc", "map.cpr")]
    public void Map_without_its_other_file_is_refused(string named, string missing)
    {
        string path = Pair(named, Project(), Points());
        File.Delete(Path.Combine(folder, missing));
        Assert.Contains($"there is no '{missing}' beside it", Assert.Throws<InvalidDataException>(() => MeasuredFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Points_that_are_cut_off_or_go_on_are_refused_by_their_own_name()
    {
        byte[] points = Points();
        foreach (byte[] wrong in (byte[][])[points[..^1], [.. points, 0], []])
        {
            string message = Assert.Throws<InvalidDataException>(() => MeasuredFile.Open(Pair("map.cpr", Project(), wrong))).Message;
            Assert.Contains("map.crc: at offset", message, StringComparison.Ordinal);
            Assert.Contains($"3 x 2 points of 25 bytes need 150 bytes; the file has {wrong.Length}", message, StringComparison.Ordinal);
        }
    }

    private static MeasuredFile Parse(string project, byte[] points) => EbsdBinaryFile.Parse(Encoding.ASCII.GetBytes(project), "map.cpr", points, "map.crc", "map.cpr");

    private string Pair(string named, string project, byte[] points)
    {
        File.WriteAllText(Path.Combine(folder, "map.cpr"), project);
        File.WriteAllBytes(Path.Combine(folder, "map.crc"), points);
        return Path.Combine(folder, named);
    }
}
