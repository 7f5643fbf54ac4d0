using System.Collections.Immutable;
using System.Text.Json;

namespace LatentSharp.Autoencoders;

/// <summary>The fields of a diffusers <c>config.json</c> that say something the tensors do not.</summary>
/// <param name="Path">The file.</param>
/// <param name="ClassName"><c>_class_name</c>, such as <c>AutoencoderKL</c>; null when it is not there.</param>
/// <param name="ScalingFactor"><c>scaling_factor</c>.</param>
/// <param name="ShiftFactor"><c>shift_factor</c>.</param>
/// <param name="Mean"><c>latents_mean</c>, one for each channel (Playground v2.5).</param>
/// <param name="Deviation"><c>latents_std</c>, likewise.</param>
/// <param name="AttentionHeadChannels"><c>attention_head_dim</c> (DC-AE).</param>
internal sealed record AutoencoderConfig(string Path, string? ClassName, float? ScalingFactor, float? ShiftFactor, ImmutableArray<float>? Mean, ImmutableArray<float>? Deviation, int? AttentionHeadChannels)
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

    /// <summary>The scale and shift of a space's latents that the configuration states, <c>z = (m - shift) * scale</c>; null when it states none for so many channels.</summary>
    public (ImmutableArray<float> Scale, ImmutableArray<float> Shift)? Constants(int channels)
    {
        if (Mean is { } mean && Deviation is { } deviation && mean.Length == channels && deviation.Length == channels && deviation.All(d => d > 0))
            return ([.. deviation.Select(d => (ScalingFactor ?? 1) / d)], mean);
        return ScalingFactor is > 0 and { } scale ? ([scale], [ShiftFactor ?? 0]) : null;
    }

    /// <summary>Whether the configuration states the scale and shift of a space.</summary>
    public bool States(LatentSpace space) => Constants(space.Channels) is { } own
        && Enumerable.Range(0, space.Channels).All(c => Math.Abs(own.Scale[own.Scale.Length == 1 ? 0 : c] - space.ScaleOf(c)) < 1e-4f && Math.Abs(own.Shift[own.Shift.Length == 1 ? 0 : c] - space.ShiftOf(c)) < 1e-4f);

    private static AutoencoderConfig Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes) throw new LatentSharpException(ErrorKind.BadInput, path, $"a configuration has less than {MaxBytes:N0} bytes.");
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new LatentSharpException(ErrorKind.BadInput, path, "a configuration is a JSON object.");
            return new AutoencoderConfig(path, Text(root, "_class_name"), Number(root, "scaling_factor"), Number(root, "shift_factor"), Numbers(root, "latents_mean"), Numbers(root, "latents_std"), (int?)Number(root, "attention_head_dim"));
        }
        catch (JsonException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, "the configuration is not valid JSON.", "Fetch it again, or take it out of the folder.", e);
        }
    }

    private static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static float? Number(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetSingle() : null;

    private static ImmutableArray<float>? Numbers(JsonElement root, string name)
        => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.Number)
            ? [.. value.EnumerateArray().Select(v => v.GetSingle())] : null;
}
