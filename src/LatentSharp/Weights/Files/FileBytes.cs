namespace LatentSharp.Weights.Files;

/// <summary>
/// The bytes of a file that is open for reading, or of memory. They are copied into the reader's buffer, never mapped: a file that another
/// program cuts off while it is in use is then an error with a name instead of the end of the process. Reading is thread-safe.
/// </summary>
internal sealed unsafe class FileBytes : IDisposable
{
    private readonly FileStream? stream;    // null for memory
    private readonly byte* memory;          // null for a file
    private readonly IDisposable? owner;    // of the memory

    private FileBytes(string path, FileStream stream) => (Path, this.stream, Length) = (path, stream, stream.Length);

    private FileBytes(string name, byte* memory, long length, IDisposable? owner)
    {
        (Path, Length, this.owner) = (name, length, owner);
        this.memory = memory;
    }

    public string Path { get; }

    /// <summary>Whether <see cref="Path"/> names a file; false for bytes in memory, for which it is a description.</summary>
    public bool IsOnDisk => memory is null;

    public long Length { get; }

    /// <summary>Bytes that are in memory already, such as a resource of an assembly. The stream stands at their beginning.</summary>
    public static FileBytes FromMemory(UnmanagedMemoryStream stream, string name)
        => new(name, stream.PositionPointer, stream.Length, stream);

    /// <summary>
    /// Bytes that stay where they are until <paramref name="owner"/>, if any, is disposed, which happens with this value.
    /// </summary>
    public static FileBytes FromMemory(byte* memory, long length, string name, IDisposable? owner) => new(name, memory, length, owner);

    /// <summary>Opens a file that has at least one byte.</summary>
    /// <exception cref="LatentSharpException">The path does not exist, is a folder, is empty or may not be read.</exception>
    public static FileBytes Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            throw new LatentSharpException(ErrorKind.BadInput, path, "a weight file was expected here, this is a folder.",
                "Name the file inside it, or a diffusers folder (one with a config.json).");
        RegularFile.Require(path);
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0,
                FileOptions.RandomAccess);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw MissingFile.Of(path, "Check the spelling of the path.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, $"the file cannot be opened: {e.Message}",
                "Check its permissions and that no other program holds it.", e);
        }
        try
        {
            if (stream.Length == 0)
                throw new LatentSharpException(ErrorKind.BadInput, path,
                    "the file is empty (0 bytes): not even the 8-byte length prefix or magic number of a weight file is there.",
                    "A download or copy has failed; fetch the file again.");
            return new FileBytes(path, stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file and hands it to a reader, which owns it from then on; it is closed when the reader refuses it.</summary>
    public static T Open<T>(string path, Func<FileBytes, T> reader) => Hand(Open(path), reader);

    /// <summary>Hands bytes to a reader, which owns them from then on; they are given up when the reader refuses them.</summary>
    public static T Hand<T>(FileBytes file, Func<FileBytes, T> reader)
    {
        try
        {
            ContentHint.RefuseImpostors(file);
            return reader(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Copies the bytes from <paramref name="offset"/> on.</summary>
    /// <exception cref="LatentSharpException">The file has become shorter since it was opened, or the disk fails.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Length - destination.Length)
            throw new ArgumentOutOfRangeException(nameof(offset),
                $"bytes {offset} to {offset + destination.Length} reach outside the {Length} bytes of {Path}");
        if (memory is not null)
        {
            new ReadOnlySpan<byte>(memory + offset, destination.Length).CopyTo(destination);
            return;
        }
        while (destination.Length > 0)
        {
            int count;
            try
            {
                count = RandomAccess.Read(stream!.SafeFileHandle, destination, offset);
            }
            catch (IOException e)
            {
                throw new LatentSharpException(ErrorKind.BadInput, Path, $"the file cannot be read: {e.Message}",
                    "Check the disk or the network that it lies on.", e);
            }
            if (count == 0)
                throw new LatentSharpException(ErrorKind.BadInput, Path,
                    $"the file became shorter while it was in use: it had {Length:N0} bytes, and now ends at {offset:N0}.",
                    "Another program is writing it; try again when that has finished.");
            destination = destination[count..];
            offset += count;
        }
    }

    public void Dispose()
    {
        stream?.Dispose();
        owner?.Dispose();
    }
}
