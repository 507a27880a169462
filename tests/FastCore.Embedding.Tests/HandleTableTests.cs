using Xunit;

namespace FastCore.Embedding.Tests;

public class HandleTableTests
{
    [Fact]
    public void Stale_or_foreign_handle_finds_nothing()
    {
        long text = HandleTable.Add("text");
        Assert.Equal("text", HandleTable.Find<string>(text));
        Assert.Null(HandleTable.Find<Version>(text));
        Assert.Null(HandleTable.Remove<Version>(text));
        Assert.Equal("text", HandleTable.Remove<string>(text));
        Assert.Null(HandleTable.Remove<string>(text));
        Assert.NotEqual(text, HandleTable.Add("text"));
        Assert.Null(HandleTable.Find<string>(text));
    }
}
