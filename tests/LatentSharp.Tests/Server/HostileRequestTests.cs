using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace LatentSharp.Tests.Server;

/// <summary>Requests that must be refused, or survived: each gets the stated status, as JSON, and soon.</summary>
public sealed class HostileRequestTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    // These are about time, and have tests of their own.
    private static readonly string[] Timed = ["slow-body", "gone-client"];

    public static TheoryData<string> Cases() => [.. GoldenService.Names("hostile.json", "requests").Except(Timed)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task It_is_answered_as_it_should_be(string name)
    {
        JsonElement hostile = GoldenService.Case("hostile.json", "requests", name);
        using var request = new HttpRequestMessage(HttpMethod.Parse(hostile.GetProperty("method").GetString()),
            Target(hostile.GetProperty("target").GetString()!));
        if (Body(hostile.GetProperty("body")) is { } body) request.Content = new ByteArrayContent(body);
        foreach (JsonProperty header in hostile.GetProperty("headers").EnumerateObject())
        {
            if (header.Name == "Content-Type") request.Content!.Headers.TryAddWithoutValidation(header.Name, header.Value.GetString());
            else request.Headers.TryAddWithoutValidation(header.Name, header.Value.GetString());
        }
        using HttpResponseMessage response = await server.Client.SendAsync(request);
        JsonElement expected = hostile.GetProperty("expect");
        if (expected.ValueKind == JsonValueKind.String)
        {
            Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
            return;
        }
        string text = response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync();
        Assert.True(GoldenService.AnyOf(expected).Any(s => s.GetInt32() == (int)response.StatusCode), $"{(int)response.StatusCode} {text}");
        if (response.IsSuccessStatusCode) return;
        using JsonDocument problem = JsonDocument.Parse(text);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Repository.Root, text, StringComparison.Ordinal);
        if (name == "get-decode") Assert.Equal("POST", response.Content.Headers.Allow.Single());
    }

    [Fact]
    public async Task A_body_that_drips_is_given_up_with_408()
    {
        if (Environment.GetEnvironmentVariable("LATENTSHARP_LONG") != "1") Assert.Skip("takes ten seconds: LATENTSHARP_LONG=1");
        using Socket socket = await ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(Head("flux1", 8, 4096)));
        await socket.SendAsync(new byte[1]);
        Assert.Contains(" 408 ", await AnswerAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_client_is_gone_the_next_request_does_not_wait_for_its_picture()
    {
        const int side = 128;       // a picture of 1024 x 1024, seconds of work
        for (int i = 0; i < 3; i++)
        {
            using Socket socket = await ConnectAsync();
            await socket.SendAsync(Encoding.ASCII.GetBytes(Head("embedded", side, 16 * side * side * 4)));
            await socket.SendAsync(new byte[16 * side * side * 4]);
            await Task.Delay(100);
            socket.LingerState = new LingerOption(true, 0);
        }
        var watch = Stopwatch.StartNew();
        using var body = new ByteArrayContent(new byte[16 * 8 * 8 * 4]);
        body.Headers.TryAddWithoutValidation("Content-Type", "tensor/binary");
        using HttpResponseMessage next = await server.Client.PostAsync(
            "/remote-vae/embedded?output_type=pt&shape=1&shape=16&shape=8&shape=8&dtype=float32", body);
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"the next request took {watch.Elapsed}");
    }

    [Theory]
    [InlineData("127.0.0.1", 200)]
    [InlineData("LOCALHOST:1", 200)]
    [InlineData("[::1]:7860", 200)]
    [InlineData("127.0.0.1.evil.example", 400)]
    [InlineData("localhost.", 400)]
    [InlineData("[fe80::1%25eth0]", 400)]
    [InlineData("8.8.8.8", 400)]
    [InlineData("0", 400)]
    public async Task Only_names_of_this_machine_are_answered(string host, int status)
    {
        using Socket socket = await ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /v1/autoencoders HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        Assert.StartsWith($"HTTP/1.1 {status} ", await AnswerAsync(socket), StringComparison.Ordinal);
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port);
        return socket;
    }

    private static string Head(string autoencoder, int side, int length)
        => $"POST /remote-vae/{autoencoder}?output_type=pt&shape=1&shape=16&shape={side}&shape={side}&dtype=float32 HTTP/1.1\r\n"
            + $"Host: localhost\r\nContent-Type: tensor/binary\r\nContent-Length: {length}\r\n\r\n";

    private static async Task<string> AnswerAsync(Socket socket)
    {
        var answer = new byte[4096];
        return Encoding.ASCII.GetString(answer, 0, await socket.ReceiveAsync(answer));
    }

    // The paths of the document stand for the service's own.
    private static string Target(string target) => target.Replace("/api/v1/vae/flux1/decode", "/remote-vae/flux1", StringComparison.Ordinal)
        .Replace("/api/v1/vae/flux1/encode", "/remote-vae/flux1", StringComparison.Ordinal)
        .Replace("/api/v1/models/", "/v1/autoencoders/", StringComparison.Ordinal);

    private static byte[]? Body(JsonElement body)
    {
        if (body.ValueKind == JsonValueKind.Null) return null;
        if (body.ValueKind == JsonValueKind.Object) return Encoding.UTF8.GetBytes(body.GetRawText());
        string[] notation = body.GetString()!.Split(':');
        return notation[0] switch
        {
            "zeros" => new byte[int.Parse(notation[1])],
            "nan" => [.. Enumerable.Repeat(BitConverter.GetBytes(float.NaN), int.Parse(notation[1]) / 4).SelectMany(b => b)],
            "repeat" => Encoding.ASCII.GetBytes(new string(notation[1][0], int.Parse(notation[2]))),
            "png-header" => PngHeader(60000),
            "png-half" => GoldenService.File("remote-vae/encode-png.req.bin")[..4700],
            "gif" => Convert.FromBase64String("R0lGODlhAQABAPAAAP8AAAAAACH5BAAKAAAALAAAAAABAAEAAAICRAEAIfkEAAoAAAAsAAAAAAEAAQAAAgJEAQA7"),
            _ => throw new ArgumentException($"no body is written \"{body}\"", nameof(body)),
        };
    }

    // A signature and a header chunk that promise a picture of side x side in 8-bit RGB.
    private static byte[] PngHeader(int side)
    {
        byte[] chunk = [.. "IHDR"u8, .. Big((uint)side), .. Big((uint)side), 8, 2, 0, 0, 0];
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. Big(13), .. chunk, .. Big(Crc32(chunk))];

        // ISO 3309, bit by bit.
        static uint Crc32(ReadOnlySpan<byte> bytes)
        {
            uint crc = ~0u;
            foreach (byte b in bytes)
            {
                crc ^= b;
                for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
            }
            return ~crc;
        }

        static byte[] Big(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
    }
}
