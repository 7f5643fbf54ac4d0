using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LatentSharp.Tests.Server;

/// <summary>Who closes the connection ends the computation, whichever route it is of and however the connection ends.</summary>
public sealed class GoneClientTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly byte[] Picture = SamplePicture.Png(2048, 2048), Latent = NoiseLatent.File(256);

    private const string Running = "latent_queue_running", Completed = "latent_compute_duration_seconds_count";

    // Seconds of work each on any machine of today; none is done before the client goes.
    public static TheoryData<string, string, bool> Requests()
    {
        var all = new TheoryData<string, string, bool>();
        foreach (bool reset in (bool[])[false, true])
            foreach (string target in (string[])["/v1/encode", "/v1/roundtrip", "/v1/diagnose?autoencoder=embedded", "/remote-vae/embedded"])
                all.Add(target, "picture", reset);
        all.Add("/v1/decode?format=png", "latent", false);
        all.Add("/v1/check?autoencoder=embedded", "latent", false);
        return all;
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task It_ends_before_it_is_done(string target, string kind, bool reset)
    {
        await server.WaitAsync(Running, v => v == 0);
        double before = await server.MetricAsync(Completed);
        byte[] body = kind == "picture" ? Picture : Latent;
        using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"POST {target} HTTP/1.1\r\nHost: localhost\r\n"
                + $"Content-Type: application/octet-stream\r\nContent-Length: {body.Length}\r\n\r\n"));
            await socket.SendAsync(body);
            await server.WaitAsync(Running, v => v == 1);
            if (reset) socket.LingerState = new LingerOption(true, 0);
        }
        await server.WaitAsync(Running, v => v == 0);
        Assert.Equal(before, await server.MetricAsync(Completed));
    }
}
