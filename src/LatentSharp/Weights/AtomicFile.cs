namespace LatentSharp.Weights;

/// <summary>
/// Writes files that are either complete or absent: everything goes to a temporary name in the same folder, which is flushed to disk and
/// then renamed.
/// </summary>
internal static class AtomicFile
{
    private const int DiskFullUnix = 28, ReadOnlyUnix = 30; // ENOSPC and EROFS, on Linux and macOS alike
    private const int DiskFullWindows = unchecked((int)0x80070070); // ERROR_DISK_FULL

    /// <summary>
    /// Writes <paramref name="path"/>, replacing a file of that name. The temporary file is removed when <paramref name="write"/> throws.
    /// </summary>
    /// <param name="path">The file to write. Its folder has to exist.</param>
    /// <param name="write">Writes the content; the stream can seek.</param>
    /// <exception cref="LatentSharpException">The folder does not exist, may not be written, or the disk is full.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string full = System.IO.Path.GetFullPath(path);
        string folder = System.IO.Path.GetDirectoryName(full) ?? full;
        if (Directory.Exists(full))
            throw new LatentSharpException(ErrorKind.BadInput, path, "a file is to be written here, but this is a folder.", "Give a file name inside it.");
        RegularFile.RequireReplaceable(full);
        if (!Directory.Exists(folder))
            throw new LatentSharpException(ErrorKind.NotFound, path, $"the folder {folder} does not exist.", "Create it first, or write somewhere else.");
        string temporary = System.IO.Path.Combine(folder, TemporaryName.New());
        TemporaryName.RemoveStaleOnce(folder);
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 17))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception e)
        {
            Remove(temporary);
            if (e is IOException or UnauthorizedAccessException)
                throw new LatentSharpException(ErrorKind.BadInput, path, Cause(e, folder), "Write somewhere else, or see to it first.", e);
            throw;
        }
    }

    // The system's own messages name the temporary file, which means nothing to a user.
    private static string Cause(Exception e, string folder) => e switch
    {
        { HResult: DiskFullUnix or DiskFullWindows } => $"the disk that holds {folder} is full.",
        UnauthorizedAccessException or { HResult: ReadOnlyUnix } => $"the folder {folder} may not be written to.",
        _ => $"the file cannot be written: {e.Message}",
    };

    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first error is the one worth reporting.
        }
    }
}
