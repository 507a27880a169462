using FastCore.Compute.Execution;
using FastCore.Microscopy.Control;
using Xunit;

namespace FastCore.Host.Tests;

public sealed class ErrorMappingTests
{
    public static TheoryData<Exception, int, string> Known => new()
    {
        { new BadInputException("--seed must be a number"), 2, "--seed must be a number." },
        { new InstrumentException(InstrumentError.Timeout, "Sweep", "No answer in 5 s; check the cable."), 3,
            "The instrument failed in Sweep: No answer in 5 s; check the cable." },
        { new OperationCanceledException(), 130, "Cancelled." },
        { new IOException("No space left on device : '/x/journal.fcj'"), 1, "The disk is full: free some space." },
        { new IOException("Failed to create '/x/report.html' with allocation size '93365' because the disk was full."), 1,
            "The disk is full: free some space." },
        { new IOException("anything", unchecked((int)0x80070070)), 1, "The disk is full: free some space." },
        { new FileNotFoundException("", "film.3ds"), 2, "There is no file 'film.3ds'." },
        { new InvalidDataException("film.3ds ends after 100 of 5000 bytes"), 2, "film.3ds ends after 100 of 5000 bytes." },
        { new BackendUnavailableException("No CUDA device was found."), 2, "No CUDA device was found." },
        { new AggregateException(new BadInputException("one\nline")), 2, "one line." },
        { new UnauthorizedAccessException("Access to '/root/x' is denied."), 2,
            "Access to '/root/x' is denied. Choose a folder that you may write to with --out." },
    };

    [Theory]
    [MemberData(nameof(Known))]
    public void Known_failures_have_their_sentence_and_code(Exception exception, int code, string sentence) =>
        Assert.Equal((code, sentence), ErrorMapping.Describe(exception));

    [Fact]
    public void Defects_are_named_as_such_and_say_where_the_journal_is()
    {
        (int code, string sentence) = ErrorMapping.Describe(new InvalidOperationException("boom"), "runs/a");
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("boom.", sentence, StringComparison.Ordinal);
        Assert.Contains(Path.Combine("runs/a", "journal.fcj"), sentence, StringComparison.Ordinal);
        Assert.Contains("fastcore resume runs/a", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', sentence);
    }

    [Fact]
    public void Parameter_names_are_not_for_users() =>
        Assert.Equal("Must be positive.", ErrorMapping.OneLine(new ArgumentOutOfRangeException("pitch", "Must be positive.").Message));
}
