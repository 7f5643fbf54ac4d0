using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LatentSharp.Tests.Server;

/// <summary>The OpenAPI document says what the service answers, and the page over it loads nothing from elsewhere.</summary>
public sealed partial class OpenApiTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Every_route_of_the_native_API_is_an_operation_and_nothing_else_is()
    {
        using JsonDocument document = await DocumentAsync(server);
        string[] described = [.. from path in document.RootElement.GetProperty("paths").EnumerateObject()
                                 from operation in path.Value.EnumerateObject()
                                 select $"{operation.Name.ToUpperInvariant()} {path.Name}"];
        string[] answered = [.. server.Routes.Where(r => r.Pattern.StartsWith("/v1/", StringComparison.Ordinal) && r.Method != "HEAD"
            && !r.Pattern.StartsWith("/v1/images", StringComparison.Ordinal) && r.Pattern != "/v1/models")
            .Select(r => $"{r.Method} {r.Pattern.Replace("**", "", StringComparison.Ordinal)}")];
        Assert.Equal(answered.Order(), described.Order());
        string[] names = [.. Operations(document).Select(o => o.GetProperty("operationId").GetString()!)];
        Assert.Equal(names.Length, names.Distinct().Count());
    }

    // A query that a route does not read is of no use to a client, and one that it reads should be in the document: the sources tell.
    [Fact]
    public async Task Parameters_are_those_that_the_sources_read()
    {
        using JsonDocument document = await DocumentAsync(server);
        string sources = string.Concat(new[] { "Native", "Jobs", "RemoteVae" }.SelectMany(f => Directory.GetFiles(
            Repository.Path($"src/LatentSharp.Server/{f}"), "*.cs")).Select(File.ReadAllText));
        var read = Read().Matches(sources).Select(m => m.Groups[1].Value).ToHashSet();
        string[] parameters = [.. Operations(document).SelectMany(o => o.TryGetProperty("parameters", out JsonElement all) ? all.EnumerateArray() : [])
            .Where(p => p.GetProperty("in").GetString() == "query").Select(p => p.GetProperty("name").GetString()!).Distinct()];
        Assert.NotEmpty(parameters);
        // Shape and type stand in constants.
        Assert.Empty(parameters.Except(read).Except(["shape", "dtype", "name"]));
    }

    [Fact]
    public async Task Results_have_the_shape_that_the_document_says()
    {
        using JsonDocument document = await DocumentAsync(server);
        using JsonDocument plan = JsonDocument.Parse(await server.Client.GetStringAsync("/v1/plan?width=64&height=64"));
        JsonElement schema = document.RootElement.GetProperty("paths").GetProperty("/v1/plan").GetProperty("get").GetProperty("responses").GetProperty("200")
            .GetProperty("content").GetProperty("application/json").GetProperty("schema");
        JsonElement members = schema.GetProperty("properties");
        Assert.All(plan.RootElement.EnumerateObject(), member => Assert.True(members.TryGetProperty(member.Name, out _), member.Name));
    }

    [Fact]
    public async Task The_page_is_allowed_its_own_script_and_nothing_from_elsewhere()
    {
        using HttpResponseMessage page = await server.Client.GetAsync("/api/");
        string html = await page.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        string policy = page.Headers.GetValues("Content-Security-Policy").Single(), nonce = Nonce().Match(policy).Groups[1].Value;
        Assert.NotEmpty(nonce);
        Assert.All(Script().Matches(html), s => Assert.Contains($"nonce=\"{nonce}\"", s.Value, StringComparison.Ordinal));
        Assert.All(Source().Matches(html), s => Assert.DoesNotContain("//", s.Groups[1].Value, StringComparison.Ordinal));
        string scripts = policy.Split(';', StringSplitOptions.TrimEntries).Single(p => p.StartsWith("script-src", StringComparison.Ordinal));
        Assert.DoesNotContain("unsafe-inline", scripts, StringComparison.Ordinal);
        using HttpResponseMessage other = await server.Client.GetAsync("/api/");
        Assert.DoesNotContain(nonce, other.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    /// <summary>The document of a service.</summary>
    internal static async Task<JsonDocument> DocumentAsync(ServerFixture server) => JsonDocument.Parse(await server.Client.GetStringAsync("/openapi/v1.json"));

    /// <summary>Its operations.</summary>
    internal static IEnumerable<JsonElement> Operations(JsonDocument document)
        => document.RootElement.GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject()).Select(o => o.Value);

    [GeneratedRegex("""(?:Text|Flag|Integer|Number|Seed|Choice|All|Value)\("([a-z_]+)""")]
    private static partial Regex Read();

    [GeneratedRegex("'nonce-([^']+)'")]
    private static partial Regex Nonce();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Script();

    [GeneratedRegex("""(?:src|href)="([^"]*)"|import [^;]*from ['"]([^'"]+)""")]
    private static partial Regex Source();
}
