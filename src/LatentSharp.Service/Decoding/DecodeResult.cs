using System.Text.Json.Serialization;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Batches;

namespace LatentSharp.Service.Decoding;

/// <summary>What became of the latents.</summary>
/// <param name="Autoencoder">What they were decoded with.</param>
/// <param name="Results">The latents whose pictures are there.</param>
/// <param name="Failed">Those that could not be decoded.</param>
/// <param name="Batch">How many there were of each.</param>
public sealed record DecodeResult(UsedAutoencoder Autoencoder, IReadOnlyList<DecodedLatent> Results, IReadOnlyList<FailedItem> Failed,
    BatchOutcome Batch);

/// <summary>A latent and its pictures.</summary>
/// <param name="Input">The latent file.</param>
/// <param name="Status">Whether it was decoded now, or the pictures were there already.</param>
/// <param name="Outputs">The pictures: one for each latent of the file, or one raw image for all of them.</param>
/// <param name="Picture">Their size; null for what was there already.</param>
/// <param name="Space">The id of the space that the latent is written in; null for what was there already.</param>
/// <param name="SpaceIgnored">Whether that is another space than the autoencoder's.</param>
/// <param name="Seconds">How long decoding took; 0 for what was there already.</param>
/// <param name="Notes">What was assumed, and other things worth knowing.</param>
public sealed record DecodedLatent(string Input, ItemStatus Status, IReadOnlyList<string> Outputs, PixelSize? Picture, string? Space,
    bool SpaceIgnored, double Seconds, IReadOnlyList<string> Notes) : BatchItem(Input, Status)
{
    /// <summary>What mends the latent, where its values say that something was wrong with it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Remedy? Remedy { get; init; }
}
