using System.Collections.Immutable;
using System.Text.Json;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Models;

/// <summary>
/// What the shapes of weights do not show, from a <c>config.json</c> of diffusers or transformers: how a head is shared among the axes of
/// a position, the heads of CLIP and the token that ends its texts, what T5 and the transformer were trained with.
/// </summary>
/// <param name="Axes">Channels of a head for each axis, or null.</param>
/// <param name="Heads">Heads of the attention, or null.</param>
/// <param name="End">The token that ends a text; null for the highest.</param>
/// <param name="Positions">Tokens of the texts that an encoder was trained with, or null.</param>
/// <param name="SampleSize">The side of the latents that a model was trained with, or null.</param>
/// <param name="Steps">
/// Steps that a model is made for, or null: <c>num_inference_steps</c>, which diffusers leaves to the caller and the files of small models
/// say.
/// </param>
internal sealed record NetworkConfiguration(ImmutableArray<int>? Axes, int? Heads, int? End, int? Positions, int? SampleSize, int? Steps)
{
    /// <summary>That of weights which say nothing.</summary>
    public static NetworkConfiguration None { get; } = new(null, null, null, null, null, null);

    // Files of CLIP say 2 and mean the highest token of all (transformers, modeling_clip.py).
    private const int OldEnd = 2;

    /// <summary>That of a file, or of the weights where no file is named.</summary>
    /// <exception cref="LatentSharpException">The configuration cannot be read.</exception>
    public static NetworkConfiguration Of(string? path, WeightSource weights)
    {
        return Read(path, weights, root =>
        {
            int? end = Number(root, "eos_token_id");
            return new NetworkConfiguration(Axis(root, "axes_dims_rope") ?? Axis(root, "axes_dim"), Number(root, "num_attention_heads"),
                end == OldEnd ? null : end, Size(root, "n_positions"), Size(root, "sample_size"), Size(root, "num_inference_steps"));
        }) ?? None;
    }

    /// <summary>What somebody reads in a configuration; null where there is none.</summary>
    /// <param name="path">The file with it; null for what comes with the weights.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="read">Reads it.</param>
    /// <exception cref="LatentSharpException">The configuration cannot be read.</exception>
    public static T? Read<T>(string? path, WeightSource weights, Func<JsonElement, T> read) where T : class
    {
        string? text = path is not null ? Text(path) : weights.Metadata.GetValueOrDefault(ConfiguredWeights.ConfigKey);
        if (text is null) return null;
        try
        {
            using JsonDocument page = JsonDocument.Parse(text);
            return read(page.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path ?? weights.Name, $"its configuration is damaged: {error.Message}",
                inner: error);
        }
    }

    /// <summary>
    /// As <see cref="Of"/>, and where neither is there that of a <c>config.json</c> in the folder of the file, whatever the file is called.
    /// </summary>
    /// <exception cref="LatentSharpException">The configuration cannot be read.</exception>
    public static NetworkConfiguration Beside(string? path, WeightFile file)
    {
        string beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file.Path))!, "config.json");
        return Of(path ?? (file.Metadata.ContainsKey("config.json") || !File.Exists(beside) ? null : beside), file);
    }

    private static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.NotFound, path, $"the configuration cannot be read: {error.Message}", inner: error);
        }
    }

    private static ImmutableArray<int>? Axis(JsonElement root, string name)
        => root.TryGetProperty(name, out JsonElement list) ? [.. list.EnumerateArray().Select(v => v.GetInt32())] : null;

    private static int? Size(JsonElement root, string name) => Number(root, name) is > 0 and { } size ? size : null;

    private static int? Number(JsonElement root, string name)
        => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;
}
