using System.Text;
using System.Text.Json;

namespace LatentSharp.Latents;

/// <summary>
/// ComfyUI stores the workflow beside the latent, as JSON under <c>prompt</c>; the model files it names tell which space the latent is in.
/// </summary>
internal static class ComfyLatentWorkflow
{
    private static readonly string[] ModelExtensions = [".safetensors", ".sft", ".ckpt", ".gguf", ".pt", ".pth"];

    /// <summary>
    /// The space that the names of the workflow's model files agree on, and the file that says so; null when they say nothing or disagree.
    /// </summary>
    public static (LatentSpace Space, string Reason)? Clue(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue("prompt", out string? prompt)) return null;
        (LatentSpace Space, string Reason)? clue = null;
        foreach (string file in ModelFiles(prompt))
        {
            if (SpaceOf(file) is not { } space) continue;
            if (clue is { } earlier && earlier.Space.Id != space.Id) return null;
            clue ??= (space, $"the model file {file} in the workflow");
        }
        return clue;
    }

    private static LatentSpace? SpaceOf(string file)
    {
        string name = Path.GetFileName(file.Replace('\\', '/')).ToLowerInvariant();
        if (name.Contains("flux2", StringComparison.Ordinal) || name.Contains("flux.2", StringComparison.Ordinal)
            || name.Contains("flux-2", StringComparison.Ordinal)) return LatentSpace.Flux2;
        if (name.Contains("flux", StringComparison.Ordinal)) return LatentSpace.Flux1;
        if (name.Contains("sd3", StringComparison.Ordinal)) return LatentSpace.Sd3;
        if (name.Contains("sdxl", StringComparison.Ordinal) || name.Contains("sd_xl", StringComparison.Ordinal)) return LatentSpace.Sdxl;
        if (name.StartsWith("v1-5", StringComparison.Ordinal) || name.Contains("sd15", StringComparison.Ordinal)
            || name.Contains("vae-ft-mse", StringComparison.Ordinal)) return LatentSpace.Sd1;
        return null;
    }

    private static List<string> ModelFiles(string prompt)
    {
        var files = new List<string>();
        try
        {
            var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(prompt));
            while (json.Read())
                if (json.TokenType == JsonTokenType.String && json.GetString() is { Length: < 300 } text
                    && ModelExtensions.Any(e => text.EndsWith(e, StringComparison.OrdinalIgnoreCase)))
                    files.Add(text);
        }
        catch (JsonException)
        {
            // The workflow is only a clue: an unreadable one says nothing.
        }
        return files;
    }
}
