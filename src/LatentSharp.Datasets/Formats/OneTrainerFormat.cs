using System.Globalization;
using LatentSharp.Latents.Trainers;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Datasets.Formats;

/// <summary>
/// OneTrainer's cache of one concept (<c>mgds/pipelineModules/DiskCache.py</c>, 3a6994a): <c>variation-0/INDEX.pt</c> with the latent
/// (the posterior's mean, the autoencoder's own values), the picture's size and the crop; and, last, <c>aggregate.pt</c>, a list of what
/// batches are sorted by. The index is the picture's place in the order of the names. OneTrainer looks for it in a folder named by the
/// digest of its own settings.
/// </summary>
internal sealed class OneTrainerFormat : Packing
{
    private const string Variation = "variation-0", Aggregate = "aggregate.pt";

    /// <summary>The format.</summary>
    public static TrainerFormat Create() => new PackedFormat("onetrainer", new OneTrainerFormat(), ElementType.F32, ElementType.BF16, ElementType.F16)
    {
        Rule = "onetrainer", Models = TrainerModel.OneTrainer,
    };

    /// <inheritdoc/>
    public override IReadOnlyList<string> Write(PackedSamples samples)
    {
        string folder = Path.Combine(samples.Folder, Variation);
        Directory.CreateDirectory(folder);
        string aggregate = Path.Combine(folder, Aggregate);
        // It says that all others are there.
        File.Delete(aggregate);
        var entries = new List<(string Name, object Value)>();
        var files = new List<string>();
        // The listing goes by names; latents come in the order of their digests.
        string[] names = [.. samples.Names.Order(StringComparer.Ordinal)];
        foreach (PackedSample sample in samples.All)
        {
            PictureLatent picture = sample.Load();
            Latent latent = picture.Latent;
            var values = new float[latent.Values.Length];
            latent.Space.ToModel(latent.Values, values, latent.Height, latent.Width);
            int index = Array.BinarySearch(names, picture.Name, StringComparer.Ordinal);
            string name = string.Create(CultureInfo.InvariantCulture, $"{index}.pt");
            var item = new Dictionary<string, object>
            {
                ["latent_image"] = TorchTensor.Of(samples.Type, values, latent.Channels, latent.Height, latent.Width),
                ["original_resolution"] = Pair(picture.Placement.Picture.Height, picture.Placement.Picture.Width),
                ["crop_offset"] = Pair(picture.Placement.Top, picture.Placement.Left),
            };
            AtomicFile.Write(Path.Combine(folder, name), stream => TorchArchive.Write(stream, item));
            files.Add($"{Variation}/{name}");
            entries.Add((picture.Name, new Dictionary<string, object>
            {
                ["crop_resolution"] = Pair(picture.Placement.Bucket.Height, picture.Placement.Bucket.Width), ["image_path"] = picture.Name,
            }));
        }
        object[] listed = [.. entries.OrderBy(e => e.Name, StringComparer.Ordinal).Select(e => e.Value)];
        AtomicFile.Write(aggregate, stream => TorchArchive.Write(stream, new List<object>(listed)));
        return [.. files, $"{Variation}/{Aggregate}"];
    }

    private static object[] Pair(int one, int other) => [one, other];
}
