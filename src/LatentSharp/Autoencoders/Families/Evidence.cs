namespace LatentSharp.Autoencoders.Families;

/// <summary>Where a piece of evidence about an autoencoder's family comes from, the strongest first.</summary>
public enum EvidenceSource
{
    /// <summary>The caller said so.</summary>
    Caller,
    /// <summary>Names, shapes and extra tensors leave one family only.</summary>
    Structure,
    /// <summary>What the file says about itself (<c>modelspec.architecture</c>).</summary>
    Metadata,
    /// <summary>The file is a published one: its size or digest is in the catalogue.</summary>
    Catalogue,
    /// <summary>A diffusers <c>config.json</c> beside the weights.</summary>
    Configuration,
    /// <summary>The other parts of the checkpoint that the autoencoder lies in.</summary>
    Checkpoint,
    /// <summary>The statistics of its latents resemble those of one family.</summary>
    Statistics,
    /// <summary>The file's name.</summary>
    FileName,
    /// <summary>Nothing: the family that is met most often was assumed.</summary>
    Assumption,
}

/// <summary>One reason to take an autoencoder for one of a family.</summary>
/// <param name="Source">Where it comes from.</param>
/// <param name="Family">What it speaks for.</param>
/// <param name="Text">The reason, for people.</param>
public sealed record Evidence(EvidenceSource Source, AutoencoderFamily Family, string Text)
{
    /// <summary>How sure it makes one, 0 to 1.</summary>
    public double Confidence { get; init; } = Source switch
    {
        EvidenceSource.Caller or EvidenceSource.Structure => 1,
        EvidenceSource.Metadata or EvidenceSource.Catalogue => 0.99,
        EvidenceSource.Configuration or EvidenceSource.Checkpoint => 0.95,
        EvidenceSource.FileName => 0.7,
        _ => 0.5,
    };

    /// <inheritdoc/>
    public override string ToString() => $"{Family.Title}: {Text}";
}
