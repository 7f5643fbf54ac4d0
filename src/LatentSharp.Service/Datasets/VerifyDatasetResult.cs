namespace LatentSharp.Service.Datasets;

/// <summary>A data set that is to be held against its pictures.</summary>
public sealed record VerifyDatasetRequest
{
    /// <summary>The pictures: a folder, a list, a tar or a zip file.</summary>
    public required string Source { get; init; }

    /// <summary>The folder of the data set.</summary>
    public required string Output { get; init; }

    /// <summary>Whether contents are compared, not only lengths and times.</summary>
    public bool Deep { get; init; }

    /// <summary>How many pictures are encoded again, when contents are compared.</summary>
    public int Sample { get; init; } = 8;

    /// <summary>How the network is run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}

/// <summary>What a data set is worth.</summary>
/// <param name="Output">Its folder.</param>
/// <param name="Dataset">How it is made.</param>
/// <param name="Pictures">How many pictures the source has.</param>
/// <param name="Deep">Whether contents were compared, not only lengths and times.</param>
/// <param name="Samples">How many pictures were encoded again.</param>
/// <param name="Problems">What is wrong; nothing when the data set is as it should be.</param>
public sealed record VerifyDatasetResult(string Output, DatasetFacts Dataset, int Pictures, bool Deep, int Samples,
    IReadOnlyList<DatasetProblem> Problems);

/// <summary>Something that is wrong with a data set.</summary>
/// <param name="Input">The picture, by its path below the source; or the autoencoder.</param>
/// <param name="Kind">What kind of problem it is.</param>
/// <param name="What">What it is, in a sentence.</param>
public sealed record DatasetProblem(string Input, DatasetProblemKind Kind, string What);

/// <summary>What can be wrong with a data set.</summary>
public enum DatasetProblemKind
{
    /// <summary>A picture has no latent yet.</summary>
    NotEncoded,
    /// <summary>A picture was edited since it was encoded.</summary>
    PictureChanged,
    /// <summary>A picture has a latent but is in the source no more.</summary>
    PictureGone,
    /// <summary>A picture could not be encoded.</summary>
    Failed,
    /// <summary>A file of the data set is missing.</summary>
    FileMissing,
    /// <summary>A file of the data set is not what was written.</summary>
    FileChanged,
    /// <summary>A picture gives another latent when it is encoded again.</summary>
    OtherLatent,
    /// <summary>The autoencoder that made the latents has other weights now.</summary>
    OtherAutoencoder,
}
