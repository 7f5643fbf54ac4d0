using System.Text.Json;

namespace LatentSharp.Tests.Server;

/// <summary>The exchanges of the golden data: requests as clients send them, and what must come back.</summary>
internal static class GoldenService
{
    private const string Folder = "golden/service/";

    /// <summary>A file of it.</summary>
    internal static byte[] File(string name) => System.IO.File.ReadAllBytes(Shared.Path(Folder + name));

    /// <summary>A document of it; skips the running test where it is absent.</summary>
    internal static JsonElement Document(string name)
    {
        Shared.Require(Folder + name);
        using JsonDocument document = JsonDocument.Parse(File(name));
        return document.RootElement.Clone();
    }

    /// <summary>The names of the cases of a document, or one that stands for its absence.</summary>
    internal static IEnumerable<string> Names(string document, string member)
    {
        if (!Shared.Available || !System.IO.File.Exists(Shared.Path(Folder + document))) return ["absent"];
        return Document(document).GetProperty(member).EnumerateArray().Select(c => c.GetProperty("name").GetString()!);
    }

    /// <summary>One case of a document.</summary>
    internal static JsonElement Case(string document, string member, string name)
        => Document(document).GetProperty(member).EnumerateArray().Single(c => c.GetProperty("name").GetString() == name);

    /// <summary>A value, or any of a list of them.</summary>
    internal static IReadOnlyList<JsonElement> AnyOf(JsonElement value)
        => value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
}
