using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>
/// Kept texts: safetensors with <c>txt</c> [tokens, features] and <c>y</c> [features], the names under which the transformer takes them, so
/// that the text encoders need not be read again for the same prompt.
/// </summary>
public static class ConditioningFile
{
    /// <summary>What the names of a negative prompt begin with, where both are in one file.</summary>
    internal const string Negative = "negative.";

    private const string Version = "latentsharp.conditioning", Text = "txt", Pooled = "y", Prompt = "prompt";

    /// <summary>Keeps a text.</summary>
    /// <param name="path">The file to write or replace.</param>
    /// <param name="conditioning">What the encoders made of it.</param>
    /// <param name="metadata">What else the file says of itself; null for nothing.</param>
    /// <exception cref="LatentSharpException">The file cannot be written.</exception>
    public static void Save(string path, TextConditioning conditioning, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(conditioning);
        var all = new Dictionary<string, string>(metadata ?? new Dictionary<string, string>(), StringComparer.Ordinal)
        {
            [Version] = "1", [Prompt] = conditioning.Prompt,
        };
        SafetensorsWriter.Write(path, Tensors(conditioning, ""), all);
    }

    /// <summary>Reads a text.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="LatentSharpException">The file is missing, damaged or no kept text.</exception>
    public static TextConditioning Load(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return Read(file, "") with { Prompt = file.Metadata.GetValueOrDefault(Prompt, "") };
    }

    internal static IEnumerable<SafetensorsEntry> Tensors(TextConditioning conditioning, string prefix)
        => [SafetensorsEntry.Of(prefix + Text, conditioning.Text, conditioning.Tokens, conditioning.Features),
            SafetensorsEntry.Of(prefix + Pooled, conditioning.Pooled, conditioning.Pooled.Length)];

    internal static TextConditioning Read(WeightSource file, string prefix)
    {
        if (!file.Tensors.TryGetValue(prefix + Text, out TensorInfo? text) || !file.Tensors.TryGetValue(prefix + Pooled,
            out TensorInfo? pooled)
            || text.Shape.Rank != 2 || text.Shape.ElementCount == 0)
            throw new LatentSharpException(ErrorKind.BadInput, file.Name,
                $"a kept text was expected: tensors {prefix}{Text} [tokens, features] and {prefix}{Pooled} [features].",
                    Remedy.Inspect(file.Name));
        return new TextConditioning(file.Read(text), file.Read(pooled), checked((int)text.Shape[0]));
    }
}
