using LatentSharp.Errors;

namespace LatentSharp.Imaging.Native;

/// <summary>Writes files that appear under their name only when they are complete.</summary>
internal static class WholeFile
{
    private const int DiskFullUnix = 28;
    private const int DiskFullWindows = unchecked((int)0x80070070);

    /// <summary>Writes to a temporary name in the same folder and renames; an existing file is replaced.</summary>
    /// <exception cref="LatentSharpException">The folder does not exist, may not be written to, or the disk is full.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full) ?? full;
        if (Directory.Exists(full))
            throw new LatentSharpException(ErrorKind.BadInput, path, "a file was to be written here, but this is a folder.", "Give a file name within it.");
        if (!Directory.Exists(folder))
            throw new LatentSharpException(ErrorKind.NotFound, path, $"the folder {folder} does not exist.", "Create it first.");
        string temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}.part");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
                stream.Write(bytes);
            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Discard(temporary);
            throw e switch
            {
                UnauthorizedAccessException => new LatentSharpException(ErrorKind.BadInput, path, $"no permission to write in the folder {folder}.", "Choose another folder or change its permissions.", e),
                { HResult: DiskFullUnix or DiskFullWindows } => new LatentSharpException(ErrorKind.BadInput, path, $"the disk is full: {bytes.Length:N0} bytes were to be written.", "Free some space or choose another folder.", e),
                _ => new LatentSharpException(ErrorKind.BadInput, path, $"the file could not be written: {Text.FirstLine(e.Message)}", null, e),
            };
        }
        catch
        {
            Discard(temporary);
            throw;
        }
    }

    private static void Discard(string temporary)
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
