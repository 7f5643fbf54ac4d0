using System.Net;
using System.Text.RegularExpressions;

namespace LatentSharp.Tests.Server;

/// <summary>The page: every file that it names is there, nothing is fetched from elsewhere, and it is small.</summary>
public sealed partial class PageTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const int LargestLoad = 200_000;

    [Fact]
    public async Task Everything_that_it_names_is_there_and_all_of_it_is_small()
    {
        Queue<string> left = new(["/"]);
        HashSet<string> seen = ["/"];
        long bytes = 0;
        while (left.TryDequeue(out string? path))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept-Encoding", "br" } } };
            using HttpResponseMessage packed = await server.Client.SendAsync(request);
            bytes += packed.Content.Headers.ContentLength ?? 0;
            Assert.Equal("br", packed.Content.Headers.ContentEncoding.Single());
            using HttpResponseMessage response = await server.Client.GetAsync(path);
            Assert.True(response.IsSuccessStatusCode, $"{path} is named and not there");
            string text = await response.Content.ReadAsStringAsync(), type = response.Content.Headers.ContentType!.MediaType!;
            Assert.Equal(Path.GetExtension(path) switch { ".js" => "text/javascript", ".css" => "text/css", ".svg" => "image/svg+xml", _ => "text/html" },
                type);
            IEnumerable<Match> named = type == "text/html" ? Links().Matches(text) : type == "text/javascript" ? Imports().Matches(text) : [];
            foreach (string target in named.Select(m => "/" + m.Groups[1].Value.TrimStart('.', '/')))
                if (target != Api && seen.Add(target)) left.Enqueue(target);
        }
        Assert.True(seen.Count > 10, $"only {string.Join(", ", seen)}");
        Assert.True(bytes < LargestLoad, $"{bytes:N0} bytes");
    }

    [Fact]
    public void Nothing_comes_from_elsewhere_and_no_script_or_style_stands_in_the_page()
    {
        foreach (string file in Directory.EnumerateFiles(Repository.Path("src/LatentSharp.Server/Page/Files")))
        {
            string text = File.ReadAllText(file);
            Assert.DoesNotMatch(@"https?://(?!www\.w3\.org/2000/svg)", text);
            if (file.EndsWith(".html", StringComparison.Ordinal)) Assert.DoesNotMatch(@"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", text);
            Assert.DoesNotMatch(@"\beval\(|innerHTML|new Function", text);
        }
    }

    [Fact]
    public async Task What_has_not_changed_is_not_sent_again()
    {
        using HttpResponseMessage first = await server.Client.GetAsync("/style.css");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/style.css") { Headers = { { "If-None-Match", first.Headers.ETag!.ToString() } } };
        using HttpResponseMessage second = await server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    // A page of its own, that this one only points to.
    private const string Api = "/api/";

    [GeneratedRegex("""(?:src|href)="([^"#:]+)["]""")]
    private static partial Regex Links();

    [GeneratedRegex("""from '(\./[^']+)'""")]
    private static partial Regex Imports();
}
