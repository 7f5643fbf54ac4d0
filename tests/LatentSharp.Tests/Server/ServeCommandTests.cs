using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LatentSharp.Tests.CommandLine;

namespace LatentSharp.Tests.Server;

/// <summary><c>latent serve</c> as a program: it says where it listens, answers, and ends with 0 when it is told to.</summary>
public sealed class ServeCommandTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task It_serves_until_it_is_told_to_end()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("ending one process politely needs a Unix signal");
        using Process process = place.Start("serve", "--urls", "http://127.0.0.1:0", "--json");
        var document = new System.Text.StringBuilder();
        do document.AppendLine(await process.StandardOutput.ReadLineAsync());
        while (!document.ToString().TrimEnd().EndsWith('}'));
        using JsonDocument serving = JsonDocument.Parse(document.ToString());
        using var client = new HttpClient { BaseAddress = new Uri(serving.RootElement.GetProperty("addresses")[0].GetString()!) };
        Assert.Equal("Ok", await client.GetStringAsync("/health/live"));
        Assert.Contains("<title>LatentSharp", await client.GetStringAsync("/"), StringComparison.Ordinal);
        place.Run("kill", "-TERM", process.Id.ToString(CultureInfo.InvariantCulture)).Expect(0);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public void What_cannot_be_served_is_refused_before_it_begins()
    {
        Assert.Contains("no keys", place.Latent("serve", "--urls", "http://0.0.0.0:0").Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("plain http", place.Latent("serve", "--urls", "https://127.0.0.1:0").Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("no address", place.Latent("serve", "--urls", "here").Expect(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_are_made_listed_and_removed()
    {
        string key = place.Latent("serve-key", "add", "studio", "--scope", "read").Expect(0).Output.Trim();
        Assert.StartsWith("latent-", key, StringComparison.Ordinal);
        Workplace.Outcome listed = place.Latent("serve-key", "list").Expect(0);
        Assert.Contains("studio   read", listed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(key, listed.Output, StringComparison.Ordinal);
        JsonElement made = place.Latent("serve-key", "add", "other", "--json").Expect(0).Json;
        Assert.StartsWith("latent-", made.GetProperty("keys")[0].GetProperty("key").GetString(), StringComparison.Ordinal);
        place.Latent("serve-key", "add", "studio").Expect(2);
        place.Latent("serve-key", "remove", "studio").Expect(0);
        place.Latent("serve-key", "remove", "studio").Expect(4);
    }
}
