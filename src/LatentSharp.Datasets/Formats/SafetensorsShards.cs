using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Datasets.Formats;

/// <summary>
/// Safetensors files of many latents with an index, as large models have them: <c>latents-00001-of-00003.safetensors</c> with a tensor
/// [C, h, w] a picture under its name (<c>NAME.mirrored</c>, <c>NAME.logvar</c> beside it), and <c>latents.safetensors.index.json</c>,
/// whose <c>weight_map</c> says which tensor is in which file. What the tensors are stands in the metadata of each file, the captions
/// in <c>captions.json</c>.
/// </summary>
internal sealed class SafetensorsShards : Packing
{
    private const string Index = "latents.safetensors.index.json", Captions = "captions.json";

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The format.</summary>
    public static TrainerFormat Format { get; }
        = new PackedFormat("safetensors-shards", new SafetensorsShards(), ElementType.BF16, ElementType.F16, ElementType.F32);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Write(PackedSamples samples)
    {
        int shards = (samples.Count + samples.ShardSize - 1) / samples.ShardSize;
        var names = new List<string>();
        long size = 0;
        // Names by the thousand are written as they come: two files grow beside the shards.
        AtomicFile.Write(Path.Combine(samples.Folder, Index), index => AtomicFile.Write(Path.Combine(samples.Folder, Captions), texts =>
        {
            using var map = new Utf8JsonWriter(index, Indented);
            using var captions = new Utf8JsonWriter(texts, Indented);
            map.WriteStartObject();
            map.WriteStartObject("weight_map");
            captions.WriteStartObject();
            foreach (PackedSample[] shard in samples.All.Chunk(samples.ShardSize))
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"latents-{names.Count + 1:D5}-of-{shards:D5}.safetensors");
                names.Add(name);
                SafetensorsEntry[] tensors = [.. shard.SelectMany(s => Tensors(s, samples.Type))];
                SafetensorsWriter.Write(Path.Combine(samples.Folder, name), tensors, Metadata(samples.Space));
                foreach (SafetensorsEntry tensor in tensors)
                {
                    map.WriteString(tensor.Info.Name, name);
                    size += tensor.Info.ByteLength;
                }
                foreach (PackedSample sample in shard)
                    if (sample.Caption is { } caption) captions.WriteString(sample.Name, caption);
                map.Flush();
                captions.Flush();
            }
            map.WriteEndObject();
            map.WriteStartObject("metadata");
            foreach ((string key, string value) in Metadata(samples.Space)) map.WriteString(key, value);
            map.WriteNumber("total_size", size);
            map.WriteEndObject();
            map.WriteEndObject();
            captions.WriteEndObject();
        }));
        return [.. names, Index, Captions];
    }

    // The header comes first, so every latent is read twice: for its shape, and when its turn comes.
    private static IEnumerable<SafetensorsEntry> Tensors(PackedSample sample, ElementType type)
    {
        foreach ((string suffix, _, Latent latent) in Parts(sample.Load()))
        {
            var info = new TensorInfo(sample.Name + suffix, type, new Shape(latent.Channels, latent.Height, latent.Width));
            yield return new SafetensorsEntry(info,
                (stream, _) => stream.Write(StoredValues.Of(type, Parts(sample.Load()).First(p => p.Suffix == suffix).Values)));
        }
    }

    private static IEnumerable<(string Suffix, float[] Values, Latent Of)> Parts(PictureLatent picture)
    {
        foreach ((string word, Latent? latent) in ((string, Latent?)[])[("", picture.Latent), (".mirrored", picture.Mirrored)])
        {
            if (latent is null) continue;
            yield return (word, latent.Values, latent);
            if (latent.LogVariance is { } variance) yield return (word + ".logvar", variance, latent);
        }
    }

    private static Dictionary<string, string> Metadata(LatentSpace space)
        => new() { ["format"] = "pt", ["latent_space"] = space.Id, ["values"] = "diffusion space: (m - shift) * scale" };
}
