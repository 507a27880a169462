using System.Text;
using Xunit;

namespace FastCore.Embedding.Tests;

public class LastErrorTests
{
    [Fact]
    public void Message_is_copied_with_its_end()
    {
        LastError.Set(Status.BadInput, "no file");
        var buffer = new byte[16];
        Assert.Equal(8, LastError.CopyTo(buffer));
        Assert.Equal("no file\0", Encoding.UTF8.GetString(buffer, 0, 8));
    }

    [Theory]
    [InlineData(1, "")]
    [InlineData(2, "a")]
    [InlineData(3, "a")]
    [InlineData(4, "aµ")]
    [InlineData(6, "aµm")]
    public void Short_buffer_gets_whole_characters_only(int capacity, string expected)
    {
        var buffer = new byte[capacity];
        Array.Fill(buffer, (byte)0xFF);
        int needed = LastError.CopyText("aµm", buffer);
        Assert.Equal(5, needed);
        Assert.Equal(expected, Encoding.UTF8.GetString(buffer, 0, Array.IndexOf(buffer, (byte)0)));
    }

    [Fact]
    public void Empty_buffer_asks_for_the_length() => Assert.Equal(5, LastError.CopyText("aµm", []));

    [Fact]
    public void Each_thread_has_its_own_message()
    {
        LastError.Set(Status.BadInput, "mine");
        var other = new byte[8];
        var thread = new Thread(() => LastError.CopyTo(other));
        thread.Start();
        thread.Join();
        Assert.Equal(0, other[0]);
    }
}
