namespace LatentSharp.Service.Datasets;

/// <summary>Pictures that are to become a data set of latents.</summary>
public sealed record EncodeDatasetRequest
{
    /// <summary>The pictures: a folder with all below it, a list (<c>@names.txt</c>), a tar or a zip file.</summary>
    public required string Source { get; init; }

    /// <summary>The folder of the data set.</summary>
    public required string Output { get; init; }

    /// <summary>How it is made.</summary>
    public DatasetChoice Choice { get; init; } = new();

    /// <summary>Which part of the pictures is done; null for all.</summary>
    public DatasetShard? Shard { get; init; }

    /// <summary>Whether everything is encoded again.</summary>
    public bool Again { get; init; }

    /// <summary>Whether pictures that failed are tried again although they have not changed.</summary>
    public bool RetryFailed { get; init; }

    /// <summary>Whether the result lists every picture; a long run is better followed picture by picture.</summary>
    public bool KeepResults { get; init; } = true;

    /// <summary>How networks are run: the threads and the memory of all workers together.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}

/// <summary>A part of the pictures. Every picture belongs to one of <paramref name="Count"/> parts by its name.</summary>
/// <param name="Index">Which one, from 0.</param>
/// <param name="Count">How many there are.</param>
public sealed record DatasetShard(int Index, int Count);
