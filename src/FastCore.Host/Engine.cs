using FastCore.Reporting;

namespace FastCore.Host;

/// <summary>The only place that speaks to Autonomy: turns options into a plan, opens what it needs, runs, resumes, replays, and collects what reports draw.</summary>
internal sealed class Engine : IDisposable
{
    public static IReadOnlyList<string> PolicyNames { get; } =
        ["dual-novelty", "information-gain", "spectral-novelty", "structural-novelty", "max-uncertainty", "expected-improvement", "dual-novelty-published", "random", "grid"];

    public string Policy => throw new NotSupportedException();

    public string Instrument => throw new NotSupportedException();

    public int Budget => throw new NotSupportedException();

    public string DefaultName => throw new NotSupportedException();

    public static Engine Prepare(RunRequest request, CancellationToken token) => throw new NotSupportedException();

    public static Engine PrepareResume(string folder, CancellationToken token) => throw new NotSupportedException();

    public static (bool Identical, string Sentence) Replay(string folder, CancellationToken token) => throw new NotSupportedException();

    public static RunReportContent LoadContent(string folder) => throw new NotSupportedException();

    public RunReportContent Execute(string folder, bool resume, Action<ProgressState> progress, CancellationToken token) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
