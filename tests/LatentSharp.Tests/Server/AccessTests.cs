using System.Net;
using System.Net.Http.Headers;
using System.Text;
using LatentSharp.Server;
using LatentSharp.Server.Access;

namespace LatentSharp.Tests.Server;

/// <summary>A service that has keys: one of each scope.</summary>
public sealed class KeyServerFixture : ServerFixture
{
    internal Dictionary<string, string> Keys { get; } = [];

    private protected override ServerOptions Options(AutoencoderLibrary library) => new()
    {
        Keys = [.. Enum.GetValues<AccessScope>().Select(scope =>
        {
            (AccessKey kept, string key) = AccessKey.Make(scope.ToString(), scope);
            Keys[scope.ToString()] = key;
            return kept;
        })],
        Origins = ["https://studio.example"],
    };
}

/// <summary>Who may do what: keys, scopes, other sites' pages, names of the host, addresses to listen on.</summary>
public sealed class AccessTests(KeyServerFixture server) : IClassFixture<KeyServerFixture>
{
    [Theory]
    [InlineData("GET", "/v1/autoencoders", null, 401)]
    [InlineData("GET", "/v1/autoencoders", "Read", 200)]
    [InlineData("GET", "/v1/autoencoders", "Compute", 200)]
    [InlineData("POST", "/v1/inspect", "Read", 403)]
    [InlineData("POST", "/v1/inspect", "Compute", 400)]
    [InlineData("DELETE", "/v1/autoencoders/nix", "Compute", 403)]
    [InlineData("DELETE", "/v1/autoencoders/nix", "Admin", 404)]
    [InlineData("POST", "/sdapi/v1/interrupt", null, 401)]
    [InlineData("POST", "/remote-vae/embedded", null, 401)]
    [InlineData("GET", "/nowhere", null, 401)]
    [InlineData("GET", "/health/live", null, 200)]
    [InlineData("GET", "/health/ready", null, 200)]
    [InlineData("GET", "/", null, 200)]
    public async Task A_key_is_needed_with_the_scope_of_what_is_done(string method, string path, string? key, int status)
    {
        using HttpResponseMessage response = await SendAsync(method, path, key is null ? null : new("Bearer", server.Keys[key]));
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 401) Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Fact]
    public async Task Basic_carries_the_key_as_the_password_and_nothing_else_opens()
    {
        string key = server.Keys["Read"];
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(Basic("any:" + key)));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(new("bearer", key)));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(Basic(":")));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(Basic(key)));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(new("Bearer", key + "x")));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(new("Digest", key)));
        using HttpResponseMessage inAddress = await server.Client.GetAsync($"/v1/autoencoders?key={key}");
        Assert.Equal(HttpStatusCode.Unauthorized, inAddress.StatusCode);

        static AuthenticationHeaderValue Basic(string pair) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
    }

    [Theory]
    [InlineData("https://studio.example", true)]
    [InlineData("https://evil.example", false)]
    [InlineData("http://localhost:3000", false)]
    [InlineData("null", false)]
    public async Task Pages_of_other_sites_may_call_only_where_the_operator_said_so(string origin, bool allowed)
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/v1/inspect");
        preflight.Headers.Add("Origin", origin);
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        using HttpResponseMessage asked = await server.Client.SendAsync(preflight);
        Assert.Equal(allowed, asked.Headers.TryGetValues("Access-Control-Allow-Origin", out IEnumerable<string>? who) && who.Single() == origin);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/inspect") { Headers = { { "Origin", origin } } };
        request.Headers.Authorization = new("Bearer", server.Keys["Compute"]);
        using HttpResponseMessage answer = await server.Client.SendAsync(request);
        Assert.Equal(allowed ? HttpStatusCode.BadRequest : HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task The_pages_own_origin_may_call()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/inspect");
        request.Headers.Add("Origin", server.Address.GetLeftPart(UriPartial.Authority));
        request.Headers.Add("Sec-Fetch-Site", "same-origin");
        request.Headers.Authorization = new("Bearer", server.Keys["Compute"]);
        using HttpResponseMessage answer = await server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Every_answer_forbids_what_no_page_of_ours_needs()
    {
        foreach (string path in (string[])["/", "/v1/autoencoders", "/nowhere", "/health/live"])
        {
            using HttpResponseMessage response = await server.Client.GetAsync(path);
            Assert.DoesNotContain("unsafe", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.False(response.Headers.Contains("Server"));
        }
    }

    [Fact]
    public void An_address_that_others_reach_needs_keys_or_the_operators_word()
    {
        LatentSharpException refused = Assert.Throws<LatentSharpException>(() => LatentServer.Create(new ServerOptions(), "http://0.0.0.0:0"));
        Assert.Equal(ErrorKind.Usage, refused.Kind);
        Assert.Throws<LatentSharpException>(() => LatentServer.Create(new ServerOptions(), "https://127.0.0.1:0"));
        Assert.Throws<LatentSharpException>(() => LatentServer.Create(new ServerOptions(), "nonsense"));
        Assert.NotNull(LatentServer.Create(new ServerOptions { NoAuthentication = true }, "http://0.0.0.0:0"));
        Assert.NotNull(LatentServer.Create(new ServerOptions { Keys = [AccessKey.Make("a", AccessScope.Read).Kept] }, "http://*:0"));
    }

    [Fact]
    public void Keys_are_kept_as_digests_for_their_owner_only()
    {
        DirectoryInfo home = Directory.CreateTempSubdirectory("latent-keys-");
        string key = AccessKeys.Add(home.FullName, "studio", AccessScope.Compute), file = Path.Combine(home.FullName, "server-keys.json");
        Assert.DoesNotContain(key, File.ReadAllText(file), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(AccessScope.Compute, AccessKeys.InFile(home.FullName).Single().Scope);
        Assert.Throws<LatentSharpException>(() => AccessKeys.Add(home.FullName, "studio", AccessScope.Read));
        AccessKeys.Remove(home.FullName, "studio");
        Assert.Empty(AccessKeys.InFile(home.FullName));
        File.WriteAllText(file, "{");
        Assert.Throws<LatentSharpException>(() => AccessKeys.InFile(home.FullName));
        home.Delete(recursive: true);
    }

    private async Task<HttpStatusCode> StatusAsync(AuthenticationHeaderValue authorization)
    {
        using HttpResponseMessage response = await SendAsync("GET", "/v1/autoencoders", authorization);
        return response.StatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(string method, string path, AuthenticationHeaderValue? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), path) { Headers = { Authorization = authorization } };
        return await server.Client.SendAsync(request);
    }
}
