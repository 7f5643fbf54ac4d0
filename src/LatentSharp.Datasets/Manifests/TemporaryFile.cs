namespace LatentSharp.Datasets.Manifests;

/// <summary>Files for what memory is too small for.</summary>
internal static class TemporaryFile
{
    /// <summary>A file that nobody else sees, and that is gone when it is closed.</summary>
    public static FileStream Create()
        => new(Path.Combine(Path.GetTempPath(), Weights.TemporaryName.New()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1,
            FileOptions.DeleteOnClose);
}
