using LatentSharp.Datasets;

namespace LatentSharp.Service.Datasets;

/// <summary>Pictures that are to become a data set of latents.</summary>
public sealed record EncodeDatasetRequest
{
    /// <summary>The pictures: a folder with all below it, a list (<c>@names.txt</c>), a tar, zip or Parquet file.</summary>
    public required string Source { get; init; }

    /// <summary>The folder of the data set.</summary>
    public required string Output { get; init; }

    /// <summary>The autoencoder by name or path; null for the data set's, or the default.</summary>
    public string? Autoencoder { get; init; }

    /// <summary>How it is made, and which part of it.</summary>
    public LatentDatasetOptions Options { get; init; } = new();

    /// <summary>Whether the result lists every picture; a long run is better followed picture by picture.</summary>
    public bool KeepResults { get; init; } = true;
}

/// <summary>A part of the pictures. Every picture belongs to one of <paramref name="Count"/> parts by its name.</summary>
/// <param name="Index">Which one, from 0.</param>
/// <param name="Count">How many there are.</param>
public sealed record DatasetShard(int Index, int Count);
