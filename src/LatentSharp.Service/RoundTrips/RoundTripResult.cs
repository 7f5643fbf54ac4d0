using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Batches;

namespace LatentSharp.Service.RoundTrips;

/// <summary>What the way there and back did to pictures.</summary>
/// <param name="Autoencoder">What they were encoded and decoded with.</param>
/// <param name="Results">The pictures that came back.</param>
/// <param name="Failed">Those that could not be encoded.</param>
/// <param name="Batch">How many there were of each.</param>
public sealed record RoundTripResult(UsedAutoencoder Autoencoder, IReadOnlyList<RoundTrip> Results, IReadOnlyList<FailedItem> Failed,
    BatchOutcome Batch);

/// <summary>What the way there and back did to a picture.</summary>
/// <param name="Input">The picture.</param>
/// <param name="Status">Whether it was done now, or was there already.</param>
/// <param name="Picture">Its size.</param>
/// <param name="Latent">The latent's shape: N, C, h, w.</param>
/// <param name="Psnr">Fidelity in dB; null when the picture came back unchanged.</param>
/// <param name="DeltaE">Mean CIEDE2000 difference; below 1 is hard to see.</param>
/// <param name="EncodeSeconds">How long encoding took.</param>
/// <param name="DecodeSeconds">How long decoding took.</param>
/// <param name="Files">What was written.</param>
/// <param name="Notes">What was done beyond plain reading.</param>
public sealed record RoundTrip(string Input, ItemStatus Status, PixelSize Picture, IReadOnlyList<int> Latent, double? Psnr, double DeltaE,
    double EncodeSeconds, double DecodeSeconds, RoundTripFiles Files, IReadOnlyList<string> Notes) : BatchItem(Input, Status);

/// <summary>The pictures that show a round trip.</summary>
/// <param name="Reconstruction">What came back.</param>
/// <param name="SideBySide">The original beside it.</param>
/// <param name="ErrorMap">Where they differ.</param>
/// <param name="WorstDetail">The part that differs most, enlarged.</param>
/// <param name="LatentChannels">The channels of the latent.</param>
public sealed record RoundTripFiles(string Reconstruction, string SideBySide, string ErrorMap, string WorstDetail, string LatentChannels);
