using System.Text.Json;

namespace LatentSharp.Tests.Packaging;

/// <summary>The licences of what is shipped are stated: NOTICES.md names the packages that the command is made of, all of them and no
/// other.</summary>
public sealed class NoticesTests
{
    private const string Runtime = ".NET runtime and ASP.NET Core", Native = "NetVips.Native";

    [Fact]
    public void Every_package_of_the_command_is_named_with_its_licence()
    {
        string[][] rows = [.. File.ReadLines(Repository.Path("NOTICES.md")).Where(l => l.StartsWith("| ", StringComparison.Ordinal)).Skip(1)
            .Select(l => l.Trim('|', ' ').Split(" | "))];
        Assert.All(rows, r => Assert.True(r is [_, { Length: > 0 }, "MIT" or "Apache-2.0" or "BSD-3-Clause"], string.Join(" | ", r)));
        using JsonDocument made = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "latent.deps.json")));
        string[] packages = [.. made.RootElement.GetProperty("libraries").EnumerateObject()
            .Where(l => l.Value.GetProperty("type").GetString() == "package").Select(l => l.Name.Split('/')[0])
            .Where(n => !n.StartsWith(Native, StringComparison.Ordinal))];
        Assert.Equal(packages.Append(Runtime).Order(StringComparer.Ordinal), rows.Select(r => r[0]).Order(StringComparer.Ordinal));
    }
}
