using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace FastCore.Host.Tests.Architecture;

/// <summary>Who may know whom: the table of the architecture, compared with the project files and with the sources.</summary>
public sealed partial class ReferenceRulesTests
{
    private static readonly string Root = FindRoot();

    // project -> (projects it may reference, packages it may reference).
    private static readonly Dictionary<string, (string[] Projects, string[] Packages)> Allowed = new()
    {
        ["FastCore.Compute"] = ([], ["ILGPU", "ILGPU.Algorithms", "System.Numerics.Tensors"]),
        ["FastCore.Learning"] = (["FastCore.Compute"], ["MathNet.Numerics"]),
        ["FastCore.Microscopy"] = ([], ["MathNet.Numerics"]),
        ["FastCore.Microscopy.LibUsbDotNet"] = (["FastCore.Microscopy"], ["LibUsbDotNet"]),
        ["FastCore.Autonomy"] = (["FastCore.Compute", "FastCore.Learning", "FastCore.Microscopy"], []),
        ["FastCore.Reporting"] = (["FastCore.Autonomy", "FastCore.Microscopy"], []),
        ["FastCore.Embedding"] = (["FastCore.Compute", "FastCore.Learning", "FastCore.Microscopy", "FastCore.Autonomy", "FastCore.Reporting"], []),
        ["FastCore.Host"] = (["FastCore.Compute", "FastCore.Learning", "FastCore.Microscopy", "FastCore.Microscopy.LibUsbDotNet", "FastCore.Autonomy",
            "FastCore.Reporting"],
            ["System.CommandLine", "Spectre.Console"]),
    };

    // project -> words that its sources must not contain, with the reason.
    private static readonly (string Project, string Pattern, string Reason)[] Forbidden =
    [
        ("FastCore.Compute", @"\b(DateTime|DateTimeOffset|Stopwatch|TimeProvider|Environment\.TickCount)\b", "Compute knows no clock"),
        ("FastCore.Compute", @"\bnew Random\b|\bRandom\.Shared\b|\bRandomStream\b|\bGuid\.NewGuid\b|\bRandomNumberGenerator\b",
            "Compute knows no randomness: noise is an input"),
        ("FastCore.Compute", @"\bSystem\.IO\b|\bFile\.(Read|Write|Open|Create)|\bFileStream\b|\bConsole\.", "Compute knows no file and no console"),
        ("FastCore.Learning", @"\bILGPU\b", "only Compute sees devices"),
        ("FastCore.Learning", @"\bFastCore\.(Microscopy|Autonomy|Reporting|Host)\b|\b(Volts|Amperes|Metres)\b|\bConsole\.",
            "Learning is dimensionless and knows no instrument"),
        ("FastCore.Microscopy", @"\bILGPU\b|\bFastCore\.(Compute|Learning|Autonomy)\b|\bConsole\.", "Microscopy knows neither devices nor models"),
        ("FastCore.Autonomy", @"\bILGPU\b|\bConsole\.|\bSpectre\b|\blibusb\b", "Autonomy knows neither device types, nor USB, nor the console"),
        ("FastCore.Reporting", @"\bILGPU\b|\bICafmController\b|\bExecutionBackend\b|\bConsole\.|\bDateTime\b",
            "Reporting draws records and touches no instrument or device"),
        ("FastCore.Host", @"\bILGPU\b|\bFastCore\.Embedding\b", "Host opens devices through Compute and does not know Embedding"),
        ("FastCore.Embedding", @"\bFastCore\.Host\b", "the two composition roots do not know each other"),
    ];

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    [Fact]
    public void The_projects_below_src_are_those_of_the_table()
    {
        string[] found = [.. Directory.GetFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(f => Path.GetFileNameWithoutExtension(f)).Order()];
        Assert.Equal(Allowed.Keys.Order(), found);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_table_allows(string project)
    {
        XDocument file = XDocument.Load(Path.Combine(Root, "src", project, project + ".csproj"));
        string[] projects = [.. file.Descendants("ProjectReference").Select(r =>
            Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')))];
        string[] packages = [.. file.Descendants("PackageReference").Select(r => r.Attribute("Include")!.Value)];
        Assert.Empty(projects.Except(Allowed[project].Projects));
        Assert.Empty(packages.Except(Allowed[project].Packages));
        Assert.Empty(file.Descendants("Reference"));
    }

    [Fact]
    public void Device_packages_stay_private_to_compute()
    {
        XDocument file = XDocument.Load(Path.Combine(Root, "src", "FastCore.Compute", "FastCore.Compute.csproj"));
        foreach (XElement package in file.Descendants("PackageReference")
            .Where(p => p.Attribute("Include")!.Value.StartsWith("ILGPU", StringComparison.Ordinal)))
            Assert.Equal("compile", package.Attribute("PrivateAssets")?.Value);
        Assert.Equal("[1.5.3]", Versions()["ILGPU"]);
        Assert.Equal("[1.5.3]", Versions()["ILGPU.Algorithms"]);
    }

    [Fact]
    public void References_are_not_passed_on()
    {
        XDocument properties = XDocument.Load(Path.Combine(Root, "Directory.Build.props"));
        Assert.Equal(["true"], properties.Descendants("DisableTransitiveProjectReferences").Select(e => e.Value));
        Assert.Equal(["true"], properties.Descendants("TreatWarningsAsErrors").Select(e => e.Value));
        foreach (string file in Directory.GetFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories))
            Assert.Empty(XDocument.Load(file).Descendants("DisableTransitiveProjectReferences"));
    }

    [Fact]
    public void Versions_stand_in_one_place()
    {
        Assert.NotEmpty(Versions());
        foreach (string folder in (string[])["src", "tests", "bench"])
        {
            foreach (string file in Directory.GetFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories))
                Assert.DoesNotContain(XDocument.Load(file).Descendants("PackageReference"), p => p.Attribute("Version") is not null
                    || p.Attribute("VersionOverride") is not null);
        }
    }

    [Fact]
    public void The_top_level_shows_what_was_agreed()
    {
        HashSet<string> agreed = ["FastCore.sln", "src", "native-shim", "tests", "bench", "README.md", "Directory.Build.props"];
        HashSet<string> ignored = IgnoredAtRoot();
        string[] shown = [.. new DirectoryInfo(Root).EnumerateFileSystemInfos().Select(e => e.Name).Where(n => n[0] != '.' && !ignored.Contains(n))];
        Assert.Empty(shown.Except(agreed));
        Assert.Empty(agreed.Except(shown));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Sources_do_not_mention_what_their_project_must_not_know(string project)
    {
        var violations = new List<string>();
        foreach (string file in Sources(project))
        {
            string[] lines = File.ReadAllLines(file);
            for (int k = 0; k < lines.Length; k++)
            {
                string code = Comment().Replace(lines[k], "");
                violations.AddRange(Forbidden.Where(rule => rule.Project == project && Regex.IsMatch(code, rule.Pattern))
                    .Select(rule => $"{Path.GetRelativePath(Root, file)}:{k + 1}: {rule.Reason}: {code.Trim()}"));
            }
        }
        Assert.Empty(violations);
    }

    [Fact]
    public void The_rules_find_what_they_forbid()
    {
        Assert.Matches(Forbidden[0].Pattern, "long t = Stopwatch.GetTimestamp();");
        Assert.Matches(Forbidden[1].Pattern, "var r = new Random(1);");
        Assert.DoesNotMatch(Forbidden[1].Pattern, "RandomizedSketch(x)");
        Assert.Matches(Forbidden[3].Pattern, "using ILGPU;");
        Assert.Equal("int x = 1; ", Comment().Replace("int x = 1; // ILGPU is not seen here", ""));
    }

    private static Dictionary<string, string> Versions() => XDocument.Load(Path.Combine(Root, "src", "Packages.props")).Descendants("PackageVersion")
        .ToDictionary(e => e.Attribute("Include")!.Value, e => e.Attribute("Version")!.Value);

    private static IEnumerable<string> Sources(string project)
    {
        string folder = Path.Combine(Root, "src", project);
        return Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(f => Path.GetRelativePath(folder, f).Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj"));
    }

    // Folders of results and tools that .gitignore names at the root are not part of the project.
    private static HashSet<string> IgnoredAtRoot() =>
        [.. File.ReadAllLines(Path.Combine(Root, ".gitignore")).Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#')
            .Select(l => l.Trim('/'))];

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FastCore.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException(
            "These tests read the sources: run them from a checkout that holds FastCore.sln.");
    }

    [GeneratedRegex("//.*$")]
    private static partial Regex Comment();
}
