using LatentSharp.Datasets;

namespace LatentSharp.Service.Datasets;

/// <summary>What encoding would do.</summary>
/// <param name="Output">The data set's folder.</param>
/// <param name="Dataset">How it is to be made.</param>
/// <param name="Differences">Where that differs from how it is made. With any of them encoding is refused.</param>
/// <param name="Pictures">How many pictures there are.</param>
/// <param name="Current">How many have their latents.</param>
/// <param name="Failed">How many failed and have not changed since.</param>
/// <param name="Stale">Those that would be encoded, and why.</param>
/// <param name="Gone">Pictures that have latents but are in the source no more.</param>
public sealed record DiffDatasetResult(string Output, DatasetFacts Dataset, IReadOnlyList<DatasetDifference> Differences, int Pictures,
    int Current, int Failed, IReadOnlyList<StalePicture> Stale, IReadOnlyList<string> Gone);

/// <summary>Something in which a data set differs from what is asked for.</summary>
/// <param name="What">What it is: autoencoder, rule, type.</param>
/// <param name="Here">How the data set has it.</param>
/// <param name="Asked">What is asked for.</param>
public sealed record DatasetDifference(string What, string Here, string Asked);

/// <summary>A picture that would be encoded.</summary>
/// <param name="Input">Its path below the source.</param>
/// <param name="Reason">Why.</param>
/// <param name="Was">The name that it had before; null when it was not renamed.</param>
public sealed record StalePicture(string Input, StaleReason Reason, string? Was);
