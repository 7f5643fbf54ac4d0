namespace LatentSharp.Datasets;

/// <summary>Why a picture would be encoded.</summary>
public enum StaleReason
{
    /// <summary>Nothing is known of it.</summary>
    New,
    /// <summary>Its content is that of a picture whose file is gone: it was renamed or moved.</summary>
    Renamed,
    /// <summary>Its content is another than when it was encoded.</summary>
    Edited,
    /// <summary>It was encoded in another way.</summary>
    OtherSettings,
    /// <summary>A file of its latent is missing, or has another length.</summary>
    FileDamaged,
    /// <summary>It failed before, and failures are to be tried again.</summary>
    FailedBefore,
    /// <summary>Everything is to be encoded again.</summary>
    Asked,
}
