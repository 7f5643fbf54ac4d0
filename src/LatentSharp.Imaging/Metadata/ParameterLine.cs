using System.Text.Json;

namespace LatentSharp.Imaging.Metadata;

/// <summary>
/// The text "parameters" of AUTOMATIC1111's web UI, Forge, stable-diffusion.cpp and others: the prompt, a line that begins with "Negative
/// prompt:", and a last line of pairs <c>Key: value, Key: value</c>. Values with commas are JSON strings; extensions also write JSON
/// objects and arrays.
/// </summary>
internal static class ParameterLine
{
    private const string Negative = "Negative prompt:";

    private const int LeastPairs = 3;

    public static PictureMetadata Read(string text, PictureMetadata metadata)
    {
        string[] lines = text.Trim().Split('\n');
        List<KeyValuePair<string, string>> pairs = Pairs(lines[^1]);
        int end = lines.Length - 1;
        if (pairs.Count < LeastPairs) (pairs, end) = ([], lines.Length);
        List<string> prompt = [], negative = [];
        bool inNegative = false;
        foreach (string line in lines.Take(end))
        {
            string trimmed = line.Trim();
            if (trimmed.StartsWith(Negative, StringComparison.Ordinal)) (inNegative, trimmed) = (true, trimmed[Negative.Length..].Trim());
            (inNegative ? negative : prompt).Add(trimmed);
        }
        string? size = Value("Size"), version = Value("Version");
        int times = size?.IndexOf('x', StringComparison.Ordinal) ?? -1;
        return metadata with
        {
            Program = version == "stable-diffusion.cpp" ? version : pairs.Count > 0 ? "A1111" : null,
            Prompt = string.Join('\n', prompt),
            NegativePrompt = inNegative ? string.Join('\n', negative) : null,
            Checkpoint = Filled("Model") ?? Filled("Unet"),
            Autoencoder = Filled("VAE") ?? Filled("Module 1"),
            Sampler = Value("Sampler"),
            Scheduler = Value("Schedule type"),
            Seed = Value("Seed"),
            Steps = GenerationParameters.Integer(Value("Steps")),
            GuidanceScale = GenerationParameters.Number(Value("CFG scale")),
            DistilledGuidance = GenerationParameters.Number(Value("Distilled CFG Scale") ?? Value("Guidance")),
            Width = times > 0 ? GenerationParameters.Integer(size![..times]) : null,
            Height = times > 0 ? GenerationParameters.Integer(size![(times + 1)..]) : null,
            Parameters = pairs,
        };

        // Later pairs overwrite earlier ones.
        string? Value(string key) => pairs.FindLast(p => p.Key == key).Value;
        string? Filled(string key) => Value(key) is { Length: > 0 } value ? value : null;
    }

    /// <summary>The pairs of a line, by one pass over it.</summary>
    internal static List<KeyValuePair<string, string>> Pairs(string line)
    {
        List<KeyValuePair<string, string>> pairs = [];
        int at = 0;
        while (at < line.Length && pairs.Count < PictureTexts.MostTexts)
        {
            while (at < line.Length && char.IsWhiteSpace(line[at])) at++;
            int colon = at;
            while (colon < line.Length && IsKey(line[colon])) colon++;
            if (colon >= line.Length || line[colon] != ':' || colon < at + 2)
            {
                // No pair begins here: the next may after the next comma.
                int comma = line.IndexOf(',', at);
                if (comma < 0) break;
                at = comma + 1;
                continue;
            }
            string key = line[at..colon];
            at = colon + 1;
            while (at < line.Length && line[at] == ' ') at++;
            int end = at < line.Length ? line[at] switch { '"' => Quoted(line, at), '{' or '[' => Balanced(line, at), _ => -1 } : -1;
            if (end < 0) end = line.IndexOf(',', at) is >= 0 and int comma ? comma : line.Length;
            pairs.Add(new(key, Unquoted(line[at..end].Trim())));
            at = line.IndexOf(',', end) is >= 0 and int next ? next + 1 : line.Length;
        }
        return pairs;
    }

    private static bool IsKey(char c) => char.IsLetterOrDigit(c) || c is '_' or ' ' or '-' or '/';

    // One past the closing quote, or -1.
    private static int Quoted(string line, int at)
    {
        for (int i = at + 1; i < line.Length; i++)
        {
            if (line[i] == '\\') i++;
            else if (line[i] == '"') return i + 1;
        }
        return -1;
    }

    // One past the bracket that closes the one at the beginning, or -1.
    private static int Balanced(string line, int at)
    {
        int depth = 0;
        for (int i = at; i < line.Length; i++)
        {
            if (line[i] == '"')
            {
                int end = Quoted(line, i);
                if (end < 0) return -1;
                i = end - 1;
            }
            else if (line[i] is '{' or '[')
            {
                depth++;
            }
            else if (line[i] is '}' or ']' && --depth == 0)
            {
                return i + 1;
            }
        }
        return -1;
    }

    private static string Unquoted(string value)
    {
        if (value.Length < 2 || value[0] != '"' || value[^1] != '"') return value;
        using JsonDocument? document = GenerationParameters.Json(value);
        return document?.RootElement is { ValueKind: JsonValueKind.String } text ? text.GetString()! : value;
    }
}
