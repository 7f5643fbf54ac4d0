using LatentSharp.Datasets;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Batches;

namespace LatentSharp.Service.Datasets;

/// <summary>What became of the pictures.</summary>
/// <param name="Autoencoder">What they were encoded with.</param>
/// <param name="Output">The data set's folder.</param>
/// <param name="Dataset">How it is made.</param>
/// <param name="Results">The pictures whose latents are there.</param>
/// <param name="Failed">Those that could not be encoded.</param>
/// <param name="Batch">How many there were of each.</param>
/// <param name="Workers">Pictures that were worked on at once.</param>
/// <param name="PicturesPerSecond">How fast it was, over the pictures that were encoded; null when there were none.</param>
/// <param name="Forecast">What was said before it began.</param>
public sealed record EncodeDatasetResult(UsedAutoencoder Autoencoder, string Output, DatasetFacts Dataset,
    IReadOnlyList<DatasetPicture> Results, IReadOnlyList<FailedItem> Failed, BatchOutcome Batch, int Workers, double? PicturesPerSecond,
    DatasetForecast Forecast);

/// <summary>How a data set is made.</summary>
/// <param name="Format">Which trainer reads it.</param>
/// <param name="Architecture">What the trainer calls the model.</param>
/// <param name="Rule">How pictures are resized and cut, with all numbers.</param>
/// <param name="Type">How values are stored.</param>
/// <param name="Seed">The seed of the posterior's sample; null for its mean.</param>
/// <param name="Space">The id of the latent space.</param>
/// <param name="AutoencoderName">What the autoencoder was opened by.</param>
/// <param name="AutoencoderDigest">The digest of its weights.</param>
public sealed record DatasetFacts(string Format, string Architecture, string Rule, string Type, ulong? Seed, string Space,
    string AutoencoderName, string AutoencoderDigest);

/// <summary>A picture of a data set and its latent.</summary>
/// <param name="Input">The picture's path below the source.</param>
/// <param name="Status">Whether the latent was computed now, or was there already.</param>
/// <param name="Outputs">The files below the data set's folder.</param>
/// <param name="Picture">The picture's size as the trainer sees it.</param>
/// <param name="Bucket">The size that was encoded.</param>
/// <param name="Seconds">How long it took; 0 for what was there already.</param>
/// <param name="Notes">What was done beyond plain reading.</param>
public sealed record DatasetPicture(string Input, ItemStatus Status, IReadOnlyList<string> Outputs, PixelSize Picture, PixelSize Bucket,
    double Seconds, IReadOnlyList<string> Notes) : BatchItem(Input, Status);
