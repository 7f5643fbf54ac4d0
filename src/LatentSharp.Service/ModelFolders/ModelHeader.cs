using LatentSharp.Autoencoders.Families;
using LatentSharp.Autoencoders.Opening;
using LatentSharp.Latents;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Networks;
using LatentSharp.Tensors;
using LatentSharp.Weights.Files;

namespace LatentSharp.Service.ModelFolders;

/// <summary>What a file of weights or a folder of diffusers holds, by its header.</summary>
internal static class ModelHeader
{
    private const string Words = "vocab.json", Merges = "merges.txt", Pieces = "spiece.model";

    /// <summary>Whether a folder holds the vocabulary of CLIP or T5.</summary>
    public static bool IsTokenizer(string folder) => Tokenizers(folder).Any();

    /// <summary>The parts of a file or folder; null for latents and pictures as numbers, which are no models.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="name">What to call it.</param>
    public static ModelFile? Of(string path, string name)
    {
        var result = new ModelFile(path, name, 0, [.. Tokenizers(path)]);
        if (Directory.Exists(path) && WeightFiles.InFolder(path) is null) return result;
        try
        {
            using WeightFile file = WeightFiles.Open(path);
            if (LatentFile.KindOf(file) != LatentFileKind.None || TensorImageFile.Is(file)) return null;
            result = result with
            {
                Bytes = file.Tensors.Values.Sum(t => t.ByteLength),
                ElementType = file.Tensors.Values.GroupBy(t => t.Type).MaxBy(g => g.Sum(t => t.ByteLength))?.Key.Name(),
                Parts = [.. result.Parts, .. NetworkRecognition.Of(file).Select(Part)],
            };
            if (AutoencoderOpening.Recognise(file) is { } autoencoder)
                result = result with { Parts = [.. result.Parts, Part(autoencoder)] };
            return result;
        }
        catch (LatentSharpException e)
        {
            return result with { Problem = e.What };
        }
    }

    private static IEnumerable<ModelPart> Tokenizers(string folder)
    {
        if (File.Exists(Path.Combine(folder, Words)) && File.Exists(Path.Combine(folder, Merges)))
            yield return new ModelPart(ModelPartKind.Tokenizer, "clip", "the vocabulary of CLIP", null);
        if (File.Exists(Path.Combine(folder, Pieces))) yield return new ModelPart(ModelPartKind.Tokenizer, "t5", "the vocabulary of T5", null);
    }

    private static ModelPart Part(Network network) => new(network.Role switch
    {
        NetworkRole.DiffusionModel => ModelPartKind.DiffusionModel,
        NetworkRole.TextEncoder => ModelPartKind.TextEncoder,
        NetworkRole.ImageEncoder => ModelPartKind.ImageEncoder,
        NetworkRole.Lora => ModelPartKind.Lora,
        NetworkRole.ControlNet => ModelPartKind.ControlNet,
        NetworkRole.Adapter => ModelPartKind.Adapter,
        NetworkRole.Embedding => ModelPartKind.Embedding,
        _ => ModelPartKind.Upscaler,
    }, network.Model, network.Title, network.Space?.Id);

    private static ModelPart Part(OpenedAutoencoder opened)
    {
        string[] others = opened.Evidence is [{ Source: EvidenceSource.Assumption }, ..]
            ? [.. opened.LookAlikes.Select(f => f.Space.Id).Where(id => id != opened.Space.Id).Distinct()] : [];
        string half = (opened.Halves.CanEncode, opened.Halves.CanDecode) switch
        {
            (true, false) => "the encoder of ",
            (false, true) => "the decoder of ",
            _ => "the autoencoder of ",
        };
        return new ModelPart(ModelPartKind.Autoencoder, opened.Family.Id,
            half + (others.Length == 0 ? opened.Family.Title : string.Join(" or ", opened.LookAlikes.Select(f => f.Title))), opened.Space.Id)
        {
            OtherSpaces = others.Length == 0 ? null : others,
            Decodes = opened.Halves.CanDecode,
            Tiny = opened.Halves is TinyHalves or TinySanaHalves or TinyVideoHalves,
        };
    }
}
