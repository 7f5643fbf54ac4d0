using System.Text;

namespace LatentSharp.Imaging.Metadata;

/// <summary>JSON as Python's json module writes it.</summary>
internal static class PythonJson
{
    /// <summary>The text with the literals NaN, Infinity and -Infinity, which stand outside strings, replaced by null.</summary>
    public static string Cleaned(string text)
    {
        if (!text.Contains("NaN", StringComparison.Ordinal) && !text.Contains("Infinity", StringComparison.Ordinal)) return text;
        StringBuilder clean = new(text.Length);
        bool inside = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (inside && c == '\\' && i + 1 < text.Length)
            {
                clean.Append(c).Append(text[++i]);
                continue;
            }
            if (c == '"') inside = !inside;
            string? literal = inside ? null
                : text.AsSpan(i).StartsWith("NaN") ? "NaN"
                : text.AsSpan(i).StartsWith("-Infinity") ? "-Infinity" : text.AsSpan(i).StartsWith("Infinity") ? "Infinity" : null;
            clean.Append(literal is null ? c.ToString() : "null");
            if (literal is not null) i += literal.Length - 1;
        }
        return clean.ToString();
    }
}
