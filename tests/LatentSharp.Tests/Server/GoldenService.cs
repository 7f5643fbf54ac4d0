using System.Text.Json;
using System.Text.Json.Nodes;

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

    /// <summary>The answer of a recorded exchange.</summary>
    internal static JsonNode Example(string name)
        => JsonNode.Parse(Case("http-shapes.json", "exchanges", name).GetProperty("response_example").GetRawText())!;

    /// <summary>Every member of a recorded answer is there and of its kind; what is null there may be anything.</summary>
    internal static void RequireShape(JsonNode? example, JsonNode? found, string place)
    {
        switch (example)
        {
            case JsonObject members:
                Assert.True(found is JsonObject, $"{place} is no object");
                foreach ((string name, JsonNode? value) in members)
                {
                    Assert.True(found.AsObject().ContainsKey(name), $"{place}.{name} is missing");
                    if (name == "info") RequireShape(JsonNode.Parse((string)value!), JsonNode.Parse((string)found[name]!), place + ".info");
                    else if (value is not null) RequireShape(value, found[name], $"{place}.{name}");
                }
                break;
            case JsonArray { Count: > 0 } items:
                Assert.True(found is JsonArray { Count: > 0 }, $"{place} is no list, or empty");
                RequireShape(items[0], found[0], place + "[0]");
                break;
            case JsonValue value when found is not null:
                Assert.True(found.GetValueKind() == value.GetValueKind(), $"{place} is {found.GetValueKind()}, not {value.GetValueKind()}");
                break;
        }
    }
}
