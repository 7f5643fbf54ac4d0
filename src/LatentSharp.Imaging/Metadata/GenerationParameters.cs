using System.Globalization;
using System.Text.Json;

namespace LatentSharp.Imaging.Metadata;

/// <summary>Finds out what the texts of a picture mean: which program wrote them, and the settings in them.</summary>
internal static class GenerationParameters
{
    public static PictureMetadata Of(IReadOnlyList<KeyValuePair<string, string>> texts)
    {
        PictureMetadata metadata = new() { Texts = texts };
        if (Text("prompt") is { } prompt && prompt.StartsWith('{')) return ComfyGraph.Read(prompt, metadata);
        if (Text("invokeai_metadata") is { } invoke) return Invoke(invoke, metadata);
        if (Text("parameters") is { } parameters)
            return parameters.TrimStart().StartsWith('{') ? Swarm(parameters, metadata) : ParameterLine.Read(parameters, metadata);
        return metadata;

        string? Text(string key) => texts.FirstOrDefault(t => t.Key == key).Value;
    }

    public static int? Integer(string? text) => int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value)
        ? value : null;

    public static double? Number(string? text)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
        ? value : null;

    /// <summary>A document, or null when it is none. Python writes NaN and Infinity, which JSON does not have: they become null.</summary>
    public static JsonDocument? Json(string text)
    {
        try
        {
            return JsonDocument.Parse(PythonJson.Cleaned(text), new JsonDocumentOptions { MaxDepth = 64 });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A member as text: strings as they are, numbers as written; null for anything else.</summary>
    public static string? Member(JsonElement element, string name)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement member) ? member.ValueKind switch
        {
            JsonValueKind.String => member.GetString(),
            JsonValueKind.Number => member.GetRawText(),
            _ => null,
        } : null;

    private static PictureMetadata Invoke(string text, PictureMetadata metadata)
    {
        using JsonDocument? document = Json(text);
        if (document?.RootElement is not { ValueKind: JsonValueKind.Object } root) return metadata;
        return metadata with
        {
            Program = "InvokeAI",
            Prompt = Member(root, "positive_prompt"),
            NegativePrompt = Member(root, "negative_prompt"),
            Checkpoint = Name("model"),
            Autoencoder = Name("vae"),
            Scheduler = Member(root, "scheduler"),
            Seed = Member(root, "seed"),
            Steps = Integer(Member(root, "steps")),
            GuidanceScale = Number(Member(root, "cfg_scale")),
            DistilledGuidance = Number(Member(root, "guidance")),
            Width = Integer(Member(root, "width")),
            Height = Integer(Member(root, "height")),
        };

        string? Name(string member)
            => root.TryGetProperty(member, out JsonElement model) ? Member(model, "name") ?? Member(model, "model_name") : null;
    }

    private static PictureMetadata Swarm(string text, PictureMetadata metadata)
    {
        using JsonDocument? document = Json(text);
        if (document?.RootElement is not { ValueKind: JsonValueKind.Object } root) return metadata;
        JsonElement p = root.TryGetProperty("sui_image_params", out JsonElement swarm) ? swarm : root;
        return metadata with
        {
            Program = p.Equals(root) ? null : "SwarmUI",
            Prompt = Member(p, "prompt"),
            NegativePrompt = Member(p, "negativeprompt") ?? Member(p, "negative_prompt"),
            Checkpoint = Member(p, "model") ?? Member(p, "base_model"),
            Autoencoder = Member(p, "vae"),
            Sampler = Member(p, "sampler"),
            Scheduler = Member(p, "scheduler"),
            Seed = Member(p, "seed"),
            Steps = Integer(Member(p, "steps")),
            GuidanceScale = Number(Member(p, "cfgscale") ?? Member(p, "guidance_scale")),
            Width = Integer(Member(p, "width")),
            Height = Integer(Member(p, "height")),
        };
    }
}
