using System.Buffers.Binary;
using System.Text;
using FastCore.Microscopy.Usb;
using FastCore.Microscopy.Usb.Device;
using Xunit;

namespace FastCore.Microscopy.Tests.Usb;

/// <summary>The message interface, with headers written byte by byte as the class defines them (USBTMC 1.0, tables 1 to 9 and 15 to 37).</summary>
public class UsbtmcInterfaceTests
{
    private const byte Out = FcpProtocol.MessageOutEndpoint;
    private const byte In = FcpProtocol.MessageInEndpoint;
    private const string Identity = "FastCore,Virtual conductive AFM,VIRTUAL0,1.00\n";

    private readonly VirtualAfm device = new(UsbStand.Physics(), new VirtualAfmOptions { Usbtmc = true });
    private readonly List<UsbRequest> completed = [];
    private byte tag;

    public UsbtmcInterfaceTests() => device.Completed = completed.Add;

    [Fact]
    public void Says_who_it_is()
    {
        Assert.Equal(UsbStatus.Ok, Write("*IDN?\n"));
        UsbRequest answer = Read(256);
        Assert.Equal(12 + Identity.Length, answer.Actual);
        Assert.Equal([2, tag, (byte)~tag, 0, (byte)Identity.Length, 0, 0, 0, 1, 0, 0, 0], answer.Buffer[..12]);
        Assert.Equal(Identity, Encoding.ASCII.GetString(answer.Buffer, 12, answer.Actual - 12));
        Assert.Equal("0,\"No error\"\n", Query("SYST:ERR?"));
    }

    [Theory]
    [InlineData("SYST:ERR?")]
    [InlineData("SYSTem:ERRor?")]
    [InlineData(":system:error:next?")]
    [InlineData("*cls;syst:err?")]
    public void Errors_are_asked_for_in_every_spelling(string query) => Assert.Equal("0,\"No error\"\n", Query(query));

    [Theory]
    [InlineData("FIRE", "-113,\"Undefined header\"\n")]
    [InlineData("SYST?", "-113,\"Undefined header\"\n")]
    [InlineData("*IDN? 1", "-108,\"Parameter not allowed\"\n")]
    [InlineData("*IDN?\u0007", "-101,\"Invalid character\"\n")]
    public void What_makes_no_sense_goes_to_the_error_queue(string message, string error)
    {
        Assert.Equal(UsbStatus.Ok, Write(message));
        Assert.Equal(error, Query("SYST:ERR?"));
        Assert.Equal("0,\"No error\"\n", Query("SYST:ERR?"));
    }

    [Fact]
    public void Several_queries_of_a_message_are_answered_in_one()
    {
        Assert.Equal($"{Identity.TrimEnd()};-113,\"Undefined header\"\n", Query("*IDN?;FIRE;SYST:ERR?"));
        for (int k = 0; k < 20; k++)
            Write("FIRE");
        for (int k = 0; k < 7; k++)
            Assert.StartsWith("-113", Query("SYST:ERR?"), StringComparison.Ordinal);
        Assert.Equal("-350,\"Queue overflow\"\n", Query("SYST:ERR?"));
        Assert.Equal("0,\"No error\"\n", Query("SYST:ERR?"));
    }

    [Fact]
    public void An_answer_comes_in_pieces_as_small_as_asked_for()
    {
        Write("*IDN?");
        var text = new StringBuilder();
        UsbRequest answer;
        do
        {
            answer = Read(10);
            Assert.InRange(answer.Actual, 13, 22);
            text.Append(Encoding.ASCII.GetString(answer.Buffer, 12, answer.Actual - 12));
        }
        while (answer.Buffer[8] == 0);
        Assert.Equal(Identity, text.ToString());
    }

    [Fact]
    public void A_message_may_come_in_several_transfers_and_a_transfer_in_several_parts()
    {
        Assert.Equal(UsbStatus.Ok, Write("*ID", last: false));
        Assert.Equal(UsbStatus.Ok, Write("N?"));
        Assert.Equal(Identity, Answer());
        byte[] whole = Message(new string(' ', 700) + "*IDN?");
        Assert.Equal(UsbStatus.Ok, Submit(whole[..512]));
        Assert.Equal(UsbStatus.Ok, Submit(whole[512..]));
        Assert.Equal(Identity, Answer());
        Assert.Equal(UsbStatus.Ok, Submit(Message(new string(' ', 2000) + "*IDN?")));
        Assert.Equal("-363,\"Input buffer overrun\"\n", Query("SYST:ERR?"));
    }

    [Fact]
    public void A_reader_waits_until_something_is_asked_and_an_unread_answer_gives_way()
    {
        var early = new UsbRequest(512) { Endpoint = In, Length = 512 };
        device.Submit(early);
        Assert.Empty(completed);
        Write("*IDN?");
        Assert.DoesNotContain(early, completed);
        Ask(100);
        Assert.Contains(early, completed);
        Assert.Equal(Identity.Length + 12, early.Actual);

        Write("*IDN?");
        Write("SYST:ERR?");
        Assert.Equal("-410,\"Query INTERRUPTED\"\n", Answer());
        // Nothing to say: the reader waits, and the queue says why.
        completed.Clear();
        Ask(100);
        device.Submit(early);
        Assert.DoesNotContain(early, completed);
        Write("SYST:ERR?");
        Assert.Contains(early, completed);
        Assert.Equal("-420,\"Query UNTERMINATED\"\n", Encoding.ASCII.GetString(early.Buffer, 12, early.Actual - 12));
    }

    public static TheoryData<byte[]> BadHeaders => new(
        [],
        [1, 5, 0xFA],
        [9, 5, 0xFA, 0, 4, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4], // unknown message
        [126, 5, 0xFA, 0, 4, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4], // the vendor's own: there is none
        [1, 0, 0xFF, 0, 4, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4], // tag 0
        [1, 5, 0xFB, 0, 4, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4], // tag and its inverse disagree
        [1, 5, 0xFA, 0, 0, 0, 0, 0, 1, 0, 0, 0], // no byte announced
        [1, 5, 0xFA, 0, 8, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4], // fewer than announced
        [1, 5, 0xFA, 0, 1, 0, 0, 0, 1, 0, 0, 0, 42, 0, 0, 0, 0, 0, 0, 0], // more than announced
        [1, 5, 0xFA, 0, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 1, 2, 3, 4],
        [2, 5, 0xFA, 0, 0, 0, 0, 0, 0, 0, 0, 0]); // nothing asked for

    [Theory]
    [MemberData(nameof(BadHeaders))]
    public void A_bad_header_halts_the_endpoint_until_it_is_cleared(byte[] bytes)
    {
        Assert.Equal(UsbStatus.Stall, Submit(bytes));
        Assert.Equal(UsbStatus.Stall, Write("*IDN?"));
        Assert.Equal(1, Control(0x82, 0, 0, Out, 2)[0]);
        Control(0x02, 1, 0, Out, 0);
        Assert.Equal(0, Control(0x82, 0, 0, Out, 2)[0]);
        Assert.Equal(Identity, Query("*IDN?"));
        // The control of the tip is another pipe.
        Assert.Equal(0, Control(0x82, 0, 0, FcpProtocol.CommandEndpoint, 2)[0]);
    }

    [Fact]
    public void Class_requests_are_answered()
    {
        byte[] capabilities = Control(0xA1, 7, 0, 1, 24);
        Assert.Equal([1, 0, 0, 1, 0, 0], capabilities[..6]);
        Assert.Equal(24, capabilities.Length);
        // Nothing to break off.
        Assert.Equal(0x80, Control(0xA2, 1, 5, Out, 2)[0]);
        Assert.Equal(0x80, Control(0xA2, 3, 5, In, 2)[0]);

        // A message of which the second part never comes.
        byte[] whole = Message(new string(' ', 700) + "*IDN?");
        Submit(whole[..512]);
        Assert.Equal(0x81, Control(0xA2, 1, (byte)(tag + 1), Out, 2)[0]);
        Assert.Equal([1, tag], Control(0xA2, 1, tag, Out, 2));
        Assert.Equal(500, BinaryPrimitives.ReadInt32LittleEndian(Control(0xA2, 2, 0, Out, 8).AsSpan(4)));

        // A read that never gets an answer ends with a short packet.
        Ask(100);
        Assert.Equal(0x81, Control(0xA2, 3, (byte)(tag + 1), In, 2)[0]);
        Assert.Equal([1, tag], Control(0xA2, 3, tag, In, 2));
        var last = new UsbRequest(512) { Endpoint = In, Length = 512 };
        device.Submit(last);
        Assert.Equal((true, 0), (completed.Contains(last), last.Actual));
        Assert.Equal(1, Control(0xA2, 4, 0, In, 8)[0]);

        Write("*IDN?");
        Assert.Equal([1], Control(0xA1, 5, 0, 1, 1));
        Assert.Equal([1, 0], Control(0xA1, 6, 0, 1, 2));
        Assert.Equal("-420,\"Query UNTERMINATED\"\n", Query("SYST:ERR?"));
        Assert.Equal(Identity, Query("*IDN?"));
        // Another interface, another request, another direction.
        foreach ((byte type, byte request, ushort index) in new (byte, byte, ushort)[] { (0xA1, 7, 0), (0xA1, 99, 1), (0xA2, 1, In), (0xA2, 3, Out), (0x21, 5, 1) })
            Assert.Equal(UsbStatus.Stall, Submit(new UsbRequest(24) { RequestType = type, Request = request, Index = index, Length = 24 }));
    }

    [Fact]
    public void Chance_bytes_never_break_it()
    {
        var random = new Random(11);
        for (int k = 0; k < 20_000; k++)
        {
            var bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            // Half of them with a header that is nearly right.
            if (bytes.Length > 12 && k % 2 == 0)
                Message(Encoding.ASCII.GetString(bytes, 12, bytes.Length - 12)).AsSpan(0, 12).CopyTo(bytes);
            UsbStatus status = Submit(bytes);
            Assert.True(status is UsbStatus.Ok or UsbStatus.Stall);
            if (status == UsbStatus.Stall)
                Control(0x02, 1, 0, Out, 0);
            if (k % 7 == 0)
                Submit(new UsbRequest(24) { RequestType = 0xA2, Request = (byte)random.Next(9), Value = (ushort)random.Next(256), Index = k % 2 == 0 ? Out : In, Length = 24 });
        }
        Control(0xA1, 5, 0, 1, 1);
        Query("*CLS;*IDN?");
        Assert.Equal(Identity, Query("*IDN?"));
    }

    [Fact]
    public void It_does_not_keep_the_watchdog_quiet_and_ends_with_the_cable()
    {
        using VirtualUsbController usb = UsbStand.Open(new VirtualAfmOptions { Usbtmc = true });
        usb.Approach(UsbStand.Token);
        for (int k = 0; k < 11; k++)
        {
            UsbStand.Pass(usb, .01);
            tag++;
            usb.Device.Submit(new UsbRequest(512) { Endpoint = In, Length = 512 });
            var message = new UsbRequest(20) { Endpoint = Out, Length = 20 };
            Message("*IDN?").CopyTo(message.Buffer, 0);
            usb.Device.Submit(message);
            Assert.Equal(UsbStatus.Ok, message.Status);
        }
        Assert.Equal((DeviceState.Lifted, 1), (usb.Device.State, usb.Device.WatchdogTrips));
        UsbStand.Visit(usb, 3, 3);

        var waiting = new UsbRequest(512) { Endpoint = In, Length = 512 };
        device.Submit(waiting);
        Write("FIRE");
        device.Unplug();
        Assert.Equal(UsbStatus.NoDevice, waiting.Status);
        Assert.Equal(UsbStatus.NoDevice, Write("*IDN?"));
        device.Replug();
        Assert.Equal("0,\"No error\"\n", Query("SYST:ERR?"));
    }

    [Fact]
    public void Descriptors_name_the_interface_only_where_it_is()
    {
        byte[] with = Control(0x80, 6, 0x0200, 0, 512);
        Assert.Equal((9 + 9 + 28 + 9 + 14, 2), (BinaryPrimitives.ReadUInt16LittleEndian(with.AsSpan(2)), with[4]));
        Assert.Equal(with.Length, BinaryPrimitives.ReadUInt16LittleEndian(with.AsSpan(2)));
        Assert.Equal([9, 4, 1, 0, 2, 0xFE, 3, 0, 0, 7, 5, 0x03, 2, 0, 2, 0, 7, 5, 0x84, 2, 0, 2, 0], with[46..]);
        // The class stands in the interfaces alone.
        Assert.Equal(0, Control(0x80, 6, 0x0100, 0, 18)[4]);
        var without = new VirtualAfm(UsbStand.Physics());
        var request = new UsbRequest(512) { RequestType = 0x80, Request = 6, Value = 0x0200, Length = 512 };
        without.Submit(request);
        Assert.Equal((46, 1), (request.Actual, request.Buffer[4]));
        foreach (UsbRequest one in new UsbRequest[] { new(20) { Endpoint = Out, Length = 20 }, new(512) { Endpoint = In, Length = 512 },
            new(24) { RequestType = 0xA1, Request = 7, Index = 1, Length = 24 } })
        {
            without.Submit(one);
            Assert.Equal(UsbStatus.Stall, one.Status);
        }
    }

    // DEV_DEP_MSG_OUT: its length is filled up to a multiple of four.
    private byte[] Message(string text, bool last = true)
    {
        byte[] data = Encoding.ASCII.GetBytes(text);
        var bytes = new byte[(12 + data.Length + 3) & ~3];
        tag = (byte)(tag % 255 + 1);
        (bytes[0], bytes[1], bytes[2], bytes[8]) = (1, tag, (byte)~tag, last ? (byte)1 : (byte)0);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), data.Length);
        data.CopyTo(bytes, 12);
        return bytes;
    }

    private UsbStatus Write(string text, bool last = true) => Submit(Message(text, last));

    // REQUEST_DEV_DEP_MSG_IN.
    private void Ask(int most)
    {
        tag = (byte)(tag % 255 + 1);
        Assert.Equal(UsbStatus.Ok, Submit([2, tag, (byte)~tag, 0, (byte)most, (byte)(most >> 8), 0, 0, 0, 0, 0, 0]));
    }

    private UsbRequest Read(int most)
    {
        Ask(most);
        var request = new UsbRequest(512) { Endpoint = In, Length = 512 };
        device.Submit(request);
        Assert.Contains(request, completed);
        Assert.Equal(UsbStatus.Ok, request.Status);
        return request;
    }

    private string Answer()
    {
        UsbRequest answer = Read(400);
        return Encoding.ASCII.GetString(answer.Buffer, 12, answer.Actual - 12);
    }

    private string Query(string text)
    {
        Assert.Equal(UsbStatus.Ok, Write(text));
        return Answer();
    }

    private UsbStatus Submit(byte[] bytes)
    {
        var request = new UsbRequest(Math.Max(1, bytes.Length)) { Endpoint = Out, Length = bytes.Length };
        bytes.CopyTo(request.Buffer, 0);
        return Submit(request);
    }

    private UsbStatus Submit(UsbRequest request)
    {
        device.Submit(request);
        return request.Status;
    }

    private byte[] Control(byte type, byte code, ushort value, ushort index, int length)
    {
        var request = new UsbRequest(Math.Max(1, length)) { RequestType = type, Request = code, Value = value, Index = index, Length = length };
        Assert.Equal(UsbStatus.Ok, Submit(request));
        return request.Buffer[..request.Actual];
    }
}
