using System.Globalization;
using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Autoencoders.Families;
using LatentSharp.Quality.Metrics;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;
using LatentSharp.Weights.Views;

namespace LatentSharp.Quality.Calibration;

/// <summary>
/// Gives an autoencoder the scale and shift that bring the latents of a data set to mean 0 and deviation 1, for a diffusion model that is
/// going to be trained on it. The networks stay as they are and pictures come back unchanged; the numbers stand in the new file's metadata,
/// which <see cref="Autoencoder.Open(string, AutoencoderOptions?)"/> honours. The result is a latent space of its own: models of the old
/// one do not understand it, and decoding one with the other is refused.
/// </summary>
/// <param name="Space">The new space.</param>
/// <param name="Before">Divergence of the latents held out from a unit normal before, in nats, the mean over channels.</param>
/// <param name="After">The same after, measured with the new file.</param>
/// <param name="FitCount">Pictures used for the fit.</param>
/// <param name="HeldOutCount">Pictures used for the proof.</param>
internal sealed record LatentCentring(LatentSpace Space, double Before, double After, int FitCount, int HeldOutCount)
{
    /// <summary>Fits on every second picture, proves on the others, and writes the new file.</summary>
    /// <param name="autoencoder">What to start from; it is left as it is.</param>
    /// <param name="pictures">Four at least that differ; one that shows the same as an earlier one is left out.</param>
    /// <param name="perChannel">A scale and shift for each channel instead of one for all.</param>
    /// <param name="path">The safetensors file to write; complete or absent.</param>
    /// <param name="compute">How networks are run.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Ends the run soon; nothing is written.</param>
    /// <exception cref="LatentSharpException">There are too few pictures, a channel never varies, or the latents of the pictures held out
    /// are no closer to a unit normal.</exception>
    public static LatentCentring Write(Autoencoder autoencoder, IReadOnlyList<ImageTensor> pictures, bool perChannel, string path,
        ComputeOptions? compute = null, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        pictures = Recalibration.RequireDistinct(pictures);
        double steps = pictures.Count + pictures.Count / 2, done = 0;
        Latent Encode(Autoencoder with, ImageTensor picture)
        {
            Latent z = with.Encode(picture, new EncodeOptions { Compute = compute }, cancellationToken: cancellationToken);
            progress?.Report(++done / steps);
            return z;
        }

        Latent[] fit = [.. pictures.Where((_, i) => i % 2 == 0).Select(p => Encode(autoencoder, p))];
        ImageTensor[] heldOut = [.. pictures.Where((_, i) => i % 2 == 1)];
        LatentScaling scaling = LatentScaling.Of(autoencoder, fit);
        if (!double.IsFinite(scaling.Scale) || (perChannel && scaling.ChannelScale.Any(s => s <= 0 || !double.IsFinite(s))))
            throw new LatentSharpException(ErrorKind.BadInput, autoencoder.Name,
                "a channel of the latents never varies over these pictures: no scale can bring it to a deviation of 1.",
                "Give more pictures, or fit one scale for all channels.");
        float[] scale = perChannel ? [.. scaling.ChannelScale.Select(s => (float)s)] : [(float)scaling.Scale], shift = perChannel
            ? [.. scaling.ChannelShift.Select(s => (float)s)] : [(float)scaling.Shift];
        string set = Digests.OfText(string.Join('\n', pictures.Select(Digests.OfPixels))),
            from = ContentDigest.Compute(autoencoder.Weights, DigestLevel.Exact, cancellationToken: cancellationToken).Whole;
        LatentSpace space =
            autoencoder.Space with
            {
                Id = $"{autoencoder.Family.Space.Id}-centred-{Digests.OfText($"{from} {set} {perChannel}")[..8]}",
                Title = autoencoder.Family.Space.Title + ", centred",
                Scale = [.. scale],
                Shift = [.. shift]
            };
        Dictionary<string, string> metadata = new(autoencoder.Weights.Metadata, StringComparer.Ordinal)
        {
            ["latentsharp.recalibrated"] = perChannel ? "latents, each channel" : "latents",
            ["latentsharp.recalibrated.from"] = from,
            ["latentsharp.recalibrated.pictures"] = set,
        };
        foreach ((string key, string value) in AutoencoderMetadata.Of(autoencoder.Family, space)) metadata[key] = value;

        double before = LatentStatistics.Of([.. heldOut.Select(p => Encode(autoencoder, p))]).KlToUnitNormal;
        double after;
        using (Autoencoder centred = Autoencoder.From(new OverlaidWeights(autoencoder.Weights, metadata),
            new AutoencoderOptions { Family = autoencoder.Family }))
            after = LatentStatistics.Of([.. heldOut.Select(p => Encode(centred, p))]).KlToUnitNormal;
        string figures = string.Create(CultureInfo.InvariantCulture, $"{before:0.0000} -> {after:0.0000} nats from a unit normal");
        if (!(after < before - 1e-3))
            throw new LatentSharpException(ErrorKind.BadInput, autoencoder.Name,
                $"recalibration does not help: the latents of {(heldOut.Length == 1 ? "the picture" : $"the {heldOut.Length} pictures")} held out go "
                    + $"from {figures}. Nothing was written.",
                heldOut.Length < 6 ? "Give more pictures: a dozen of the kind that matters." : "The scale and shift fit already.");
        metadata["latentsharp.recalibrated.held_out"] = figures;
        SafetensorsWriter.Write(path, autoencoder.Weights.Tensors.Select(t => Recalibration.Unchanged(autoencoder.Weights, t)), metadata,
            cancellationToken: cancellationToken);
        return new LatentCentring(space, before, after, fit.Length, heldOut.Length);
    }
}
