using System.Globalization;
using LatentSharp.Latents;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Batches;
using LatentSharp.Service.Files;
using LatentSharp.Tensors;
using LatentSharp.Weights.Files;

namespace LatentSharp.Service.Encoding;

/// <summary>A latent file as the result of encoding one picture.</summary>
internal static class EncodedFile
{
    private const string Origin = "origin.";

    /// <summary>What a result says about a latent.</summary>
    internal static EncodedPicture Describe(InputFile input, ItemStatus status, string output, Latent latent, ulong? seed, ElementType type,
        double seconds, IReadOnlyList<string> notes)
    {
        (int height, int width) = latent.PictureSize ?? (latent.Height * latent.Space.Factor, latent.Width * latent.Space.Factor);
        return new EncodedPicture(input.Name, status, output, new PixelSize(width, height),
            [latent.Batch, latent.Channels, latent.Height, latent.Width], latent.Space.Id, seed,
            latent.LogVariance is not null, type.Name(), Math.Round(seconds, 3), notes);
    }

    /// <summary>
    /// The file that is there already, if it is what encoding would write: made from the same bytes of a picture, with the same
    /// autoencoder, seed, tiling and storage. Otherwise null. Names and times do not count.
    /// </summary>
    internal static EncodedPicture? IfCurrent(InputFile input, string output, string digest, OpenedAutoencoder opened,
        EncodeRequest request)
    {
        if (!File.Exists(output)) return null;
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(output);
            if (LatentFile.KindOf(file) != LatentFileKind.LatentSharp || Said(LatentProvenance.PictureDigest) != digest) return null;
            if (opened.Digest is null || Said(LatentProvenance.AutoencoderDigest) != opened.Digest) return null;
            if (Said(LatentProvenance.Seed) != request.Seed?.ToString(CultureInfo.InvariantCulture)) return null;
            if (Said(LatentProvenance.Tiling) != request.Tiling?.ToString()) return null;
            if (file.Tensors[LatentFile.TensorName].Type != request.Type) return null;
            if (file.Tensors.Count > 1 != (request.KeepPosterior && opened.Autoencoder.HasPosterior)) return null;
            LatentFileContent content = LatentFile.Read(file);
            return Describe(input, ItemStatus.Skipped, output, content.Latent, request.Seed, request.Type, 0, content.Notes);

            string? Said(string key) => file.Metadata.GetValueOrDefault(Origin + key);
        }
        catch (LatentSharpException)
        {
            return null;        // damaged, or something else of that name: written anew
        }
    }
}
