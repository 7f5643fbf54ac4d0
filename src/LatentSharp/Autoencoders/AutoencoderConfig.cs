using System.Text.Json;
using LatentSharp.Errors;

namespace LatentSharp.Autoencoders;

/// <summary>The fields of a diffusers <c>config.json</c> that say something the tensors do not.</summary>
/// <param name="Path">The file.</param>
/// <param name="ClassName"><c>_class_name</c>, such as <c>AutoencoderKL</c>; null when it is not there.</param>
/// <param name="ScalingFactor"><c>scaling_factor</c>.</param>
/// <param name="ShiftFactor"><c>shift_factor</c>.</param>
/// <param name="AttentionHeadChannels"><c>attention_head_dim</c> (DC-AE).</param>
internal sealed record AutoencoderConfig(string Path, string? ClassName, float? ScalingFactor, float? ShiftFactor, int? AttentionHeadChannels)
{
    private const int MaxBytes = 1 << 20;

    /// <summary>The configuration that belongs to a weight file or folder: <c>config.json</c> in the folder (or in its <c>vae</c> folder), or <c>NAME.config.json</c>; null when there is none.</summary>
    /// <exception cref="LatentSharpException">There is one, but it is not valid JSON.</exception>
    public static AutoencoderConfig? Beside(string path)
    {
        string folder = Directory.Exists(path) ? path : System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        string own = System.IO.Path.Combine(folder, System.IO.Path.GetFileNameWithoutExtension(path) + ".config.json");
        string[] candidates = Directory.Exists(path)
            ? [System.IO.Path.Combine(folder, "vae", "config.json"), System.IO.Path.Combine(folder, "config.json")]
            : [own, System.IO.Path.Combine(folder, "config.json")];
        foreach (string candidate in candidates)
            if (File.Exists(candidate) && Read(candidate) is { ClassName: { } name } config && name.StartsWith("Autoencoder", StringComparison.Ordinal)) return config;
        return null;
    }

    private static AutoencoderConfig Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes) throw new LatentSharpException(ErrorKind.BadInput, path, $"a configuration has less than {MaxBytes:N0} bytes.");
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new LatentSharpException(ErrorKind.BadInput, path, "a configuration is a JSON object.");
            return new AutoencoderConfig(path, Text(root, "_class_name"), Number(root, "scaling_factor"), Number(root, "shift_factor"), (int?)Number(root, "attention_head_dim"));
        }
        catch (JsonException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, "the configuration is not valid JSON.", "Fetch it again, or take it out of the folder.", e);
        }
    }

    private static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static float? Number(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetSingle() : null;
}
