using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LatentSharp.Server.Http;

/// <summary>
/// Texts without the folders of this machine: an answer over HTTP names files, never where they lie.
/// </summary>
internal static partial class PlainPaths
{
    /// <summary>Every full path in a text replaced by the name at its end.</summary>
    internal static string In(string text)
    {
        string plain = Unix().Replace(text, "$1");
        return OperatingSystem.IsWindows() ? Windows().Replace(plain, "$1") : plain;
    }

    /// <summary>The same in every string of a document, in place.</summary>
    internal static JsonNode? In(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (string name in members.Select(m => m.Key).ToArray()) members[name] = Replaced(members[name]);
                break;
            case JsonArray items:
                for (int i = 0; i < items.Count; i++) items[i] = Replaced(items[i]);
                break;
            case JsonValue value when value.TryGetValue(out string? text):
                return In(text);
        }
        return node;

        static JsonNode? Replaced(JsonNode? child)
        {
            JsonNode? plain = In(child);
            return ReferenceEquals(plain, child) ? child?.DeepClone() : plain;
        }
    }

    // A path begins at the start of a word; "image/png", "1/8" and "https://" do not.
    [GeneratedRegex("""(?<![\w:/.])/(?:[^\s/'"`:,;()\\]+/)+([^\s/'"`:,;()\\]*[^\s/'"`:,;()\\.])?""")]
    private static partial Regex Unix();

    [GeneratedRegex("""\b[A-Za-z]:\\(?:[^\s\\'"`:,;()]+\\)*([^\s\\'"`:,;()]*[^\s\\'"`:,;().])?""")]
    private static partial Regex Windows();
}
