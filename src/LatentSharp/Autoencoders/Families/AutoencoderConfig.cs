using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Autoencoders.Families;

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

    /// <summary>The configuration that belongs to weights: the one that they carry in their metadata, or a file beside them (see <see cref="Beside"/>); null when there is none.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="path">Where they were opened from; null when they are no file.</param>
    /// <exception cref="LatentSharpException">There is one, but it is not valid JSON.</exception>
    public static AutoencoderConfig? Of(WeightSource weights, string? path)
        => weights.Metadata.TryGetValue(ConfiguredWeights.ConfigKey, out string? carried)
            ? Autoencoders(Parse(path is null ? weights.Name : System.IO.Path.Combine(Folder(path), ConfiguredWeights.ConfigKey), Encoding.UTF8.GetBytes(carried)))
            : path is null ? null : Beside(path);

    /// <summary>The configuration beside a weight file or in a folder: <c>config.json</c> in the folder (or in its <c>vae</c> folder), or <c>NAME.config.json</c>; null when there is none.</summary>
    /// <exception cref="LatentSharpException">There is one, but it is not valid JSON.</exception>
    private static AutoencoderConfig? Beside(string path)
    {
        string folder = Folder(path), own = System.IO.Path.Combine(folder, System.IO.Path.GetFileNameWithoutExtension(path) + ".config.json");
        string[] candidates = Directory.Exists(path)
            ? [System.IO.Path.Combine(folder, "vae", "config.json"), System.IO.Path.Combine(folder, "config.json")]
            : [own, System.IO.Path.Combine(folder, "config.json")];
        foreach (string candidate in candidates)
            if (File.Exists(candidate) && Autoencoders(Read(candidate)) is { } config) return config;
        return null;
    }

    private static string Folder(string path) => Directory.Exists(path) ? path : System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;

    // Transformers and text encoders have files of the same name.
    private static AutoencoderConfig? Autoencoders(AutoencoderConfig config) => config.ClassName?.StartsWith("Autoencoder", StringComparison.Ordinal) == true ? config : null;

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
        if (new FileInfo(path).Length > MaxBytes) throw new LatentSharpException(ErrorKind.BadInput, path, $"a configuration has less than {MaxBytes:N0} bytes.");
        return Parse(path, File.ReadAllBytes(path));
    }

    private static AutoencoderConfig Parse(string path, byte[] text)
    {
        try
        {
            // Editors on Windows begin a file with a byte order mark, which JSON does not know.
            ReadOnlyMemory<byte> content = text.AsMemory(text.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0);
            using JsonDocument json = JsonDocument.Parse(content);
            JsonElement root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new LatentSharpException(ErrorKind.BadInput, path, "a configuration is a JSON object.");
            return new AutoencoderConfig(path, Text(root, "_class_name"), Number(root, "scaling_factor"), Number(root, "shift_factor"), Numbers(root, "latents_mean"), Numbers(root, "latents_std"), (int?)Number(root, "attention_head_dim"));
        }
        catch (JsonException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, $"the configuration is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}).", "Correct it, fetch it again, or take it out of the folder.", e);
        }
    }

    private static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static float? Number(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetSingle() : null;

    private static ImmutableArray<float>? Numbers(JsonElement root, string name)
        => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.Number)
            ? [.. value.EnumerateArray().Select(v => v.GetSingle())] : null;
}
