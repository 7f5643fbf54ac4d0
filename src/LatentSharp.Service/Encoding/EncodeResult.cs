using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Batches;

namespace LatentSharp.Service.Encoding;

/// <summary>What became of the pictures.</summary>
/// <param name="Autoencoder">What they were encoded with.</param>
/// <param name="Results">The pictures whose latents are there.</param>
/// <param name="Failed">Those that could not be encoded.</param>
/// <param name="Batch">How many there were of each.</param>
public sealed record EncodeResult(UsedAutoencoder Autoencoder, IReadOnlyList<EncodedPicture> Results, IReadOnlyList<FailedItem> Failed,
    BatchOutcome Batch);

/// <summary>A picture and its latent.</summary>
/// <param name="Input">The picture.</param>
/// <param name="Status">Whether the latent was computed now, or was there already.</param>
/// <param name="Output">The latent file.</param>
/// <param name="Picture">The picture's size.</param>
/// <param name="Latent">The latent's shape: N, C, h, w.</param>
/// <param name="Space">The id of its space.</param>
/// <param name="Seed">The seed it was drawn with; null for the posterior's mean.</param>
/// <param name="Posterior">Whether the log-variance is in the file.</param>
/// <param name="Type">How the values are stored: F32, F16, BF16.</param>
/// <param name="Seconds">How long encoding took; 0 for what was there already.</param>
/// <param name="Notes">What was done beyond plain reading.</param>
public sealed record EncodedPicture(string Input, ItemStatus Status, string Output, PixelSize Picture, IReadOnlyList<int> Latent,
    string Space, ulong? Seed, bool Posterior, string Type, double Seconds, IReadOnlyList<string> Notes) : BatchItem(Input, Status);
