using System.Net;
using System.Net.Sockets;
using System.Text;
using LatentSharp.Server;

namespace LatentSharp.Tests.Server;

/// <summary>All bodies in flight share one limit, on every route, and what is over gives its room back.</summary>
public sealed class BodyLimitTests(BodyLimitTests.Service server) : IClassFixture<BodyLimitTests.Service>
{
    private const int Most = 400_000;

    public static TheoryData<string, string, int> Routes() => new()
    {
        { "/v1/inspect", "application/octet-stream", Most - 100_000 },
        { "/v1/encode", "image/png", Most - 100_000 },
        { "/v1/report", "multipart/form-data; boundary=b", Most - 100_000 },
        { "/remote-vae/embedded", "image/png", Most - 100_000 },
        { "/remote-vae/embedded?output_type=pt&shape=1&shape=16&shape=64&shape=64&dtype=float32", "tensor/binary", 16 * 64 * 64 * 4 },
        { "/v1/images/edits", "multipart/form-data; boundary=b", Most - 100_000 },
        { "/sdapi/v1/png-info", "application/json", 70_000 },        // JSON counts five times
        { "/v1/generate", "application/json", 70_000 },
    };

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_body_that_finds_no_room_is_told_to_come_again_and_later_has_it(string target, string type, int length)
    {
        using (Socket first = await SendAsync(target, type, length, sent: 1))
        {
            await server.WaitAsync("latent_bodies_size_bytes", v => v > Most / 2);
            using var picture = new ByteArrayContent(new byte[Most - 100_000]);
            using HttpResponseMessage full = await server.Client.PostAsync("/v1/inspect", picture);
            Assert.Equal(HttpStatusCode.TooManyRequests, full.StatusCode);
            Assert.NotNull(full.Headers.RetryAfter);
        }
        await server.WaitAsync("latent_bodies_size_bytes", v => v < Most / 4);
        using var again = new ByteArrayContent(SamplePicture.Png(64, 64));
        using HttpResponseMessage taken = await server.Client.PostAsync("/v1/inspect", again);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }

    [Fact]
    public async Task A_body_without_a_length_counts_as_it_comes_and_ends_at_the_limit()
    {
        using var body = new StreamContent(new Unsized(new byte[Most + 1]));
        using HttpResponseMessage response = await server.Client.PostAsync("/v1/inspect", body);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        await server.WaitAsync("latent_bodies_size_bytes", v => v < Most / 4);
    }

    [Fact]
    public async Task A_body_larger_than_all_of_it_is_refused_as_too_large()
    {
        using Socket socket = await SendAsync("/v1/inspect", "application/octet-stream", Most + 1, sent: 0);
        var answer = new byte[4096];
        Assert.Contains(" 413 ", Encoding.ASCII.GetString(answer, 0, await socket.ReceiveAsync(answer)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_job_was_sent_counts_until_it_is_over()
    {
        byte[] picture = SamplePicture.Png(16, 16);
        for (int i = 0; i < 3; i++)
        {
            using var form = new MultipartFormDataContent
            {
                { new StringContent("pixels"), "autoencoder" }, { new ByteArrayContent(picture), "pictures", "a.png" },
                { new ByteArrayContent(new byte[Most / 2]), "unused", "b.bin" },
            };
            using HttpResponseMessage response = await server.Client.PostAsync("/v1/report?experiments=false", form);
            string text = await response.Content.ReadAsStringAsync();
            Assert.True(response.StatusCode == HttpStatusCode.Accepted, text);
            string id = text.Split("\"id\":\"")[1].Split('"')[0];
            Assert.Contains("\"status\":\"done\"", await server.Client.GetStringAsync($"/v1/jobs/{id}/events"), StringComparison.Ordinal);
            await server.WaitAsync("latent_bodies_size_bytes", v => v < Most / 4);
        }
    }

    private async Task<Socket> SendAsync(string target, string type, int length, int sent)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\nContent-Length: {length}\r\n\r\n"));
        await socket.SendAsync(new byte[sent]);
        return socket;
    }

    /// <summary>A service with little room.</summary>
    public sealed class Service : ServerFixture
    {
        private protected override ServerOptions Options(AutoencoderLibrary library) => new() { MaximumBodies = Most };
    }

    /// <summary>A stream that does not say how long it is.</summary>
    private sealed class Unsized(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
