using LatentSharp.Datasets.Manifests;

namespace LatentSharp.Datasets;

/// <summary>Whether what is known of a picture still holds.</summary>
/// <param name="Folder">The data set.</param>
/// <param name="Settings">How it is to be made.</param>
/// <param name="RetryFailed">Whether pictures that failed are tried again although they have not changed.</param>
internal sealed record Staleness(DatasetFolder Folder, DatasetSettings Settings, bool RetryFailed)
{
    /// <summary>Why a picture has to be encoded; null when its latent is there, or when it failed and would fail again.</summary>
    /// <param name="before">What the manifest says.</param>
    /// <param name="digest">SHA-256 of what the picture is now.</param>
    public StaleReason? Of(ManifestEntry? before, string digest)
    {
        if (before is null) return StaleReason.New;
        if (before.Picture != digest) return StaleReason.Edited;
        if (before.Key != Settings.KeyOf(digest)) return StaleReason.OtherSettings;
        if (before.Error is not null) return RetryFailed ? StaleReason.FailedBefore : null;
        return Folder.HasFiles(before) ? null : StaleReason.FileDamaged;
    }
}
