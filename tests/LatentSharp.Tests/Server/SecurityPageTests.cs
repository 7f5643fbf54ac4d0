using System.Reflection;
using System.Text.RegularExpressions;

namespace LatentSharp.Tests.Server;

/// <summary>The tests that the page on security names are there, and each of its threats names one.</summary>
public sealed partial class SecurityPageTests
{
    [Fact]
    public void Each_threat_names_a_test_that_there_is()
    {
        string[] lines = [.. File.ReadLines(Repository.Path("docs/security.md")).Where(l => l.StartsWith('|')).Skip(2)];
        Assert.NotEmpty(lines);
        Type[] classes = [.. typeof(SecurityPageTests).Assembly.GetTypes().Where(t => t.Name.EndsWith("Tests", StringComparison.Ordinal))];
        var missing = new List<string>();
        foreach (string line in lines)
        {
            string cell = line.TrimEnd('|', ' ').Split('|')[^1];
            string[] named = [.. Quoted().Matches(cell).Select(m => m.Groups[1].Value)];
            if (!named.Any(n => n.Contains("Tests", StringComparison.Ordinal))) missing.Add($"no test: {line}");
            Type? last = null;
            foreach (string name in named)
            {
                string[] parts = name.Split('.');
                bool isClass = parts[0].EndsWith("Tests", StringComparison.Ordinal);
                if (isClass) last = classes.FirstOrDefault(t => t.Name == parts[0]);
                // Names without a class are those of cases, with hyphens, or of another test of the class before.
                if (isClass && last is null) missing.Add(name);
                string? method = isClass ? parts.ElementAtOrDefault(1) : name.Contains('_', StringComparison.Ordinal) ? name : null;
                const BindingFlags all = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public;
                if (method is not null && last?.GetMethod(method, all) is null)
                    missing.Add(name);
            }
        }
        Assert.Empty(missing);
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
