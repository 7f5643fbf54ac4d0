using System.IO.MemoryMappedFiles;

namespace LatentSharp.Weights;

/// <summary>
/// A file open for reading of which small windows are mapped into memory, one at a time and only while they are read: what is resident is what is in use,
/// whatever the size of the file. Reading is thread-safe.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    /// <summary>How much is mapped at a time where a range can be read piece by piece.</summary>
    public const int MaxWindow = 8 << 20;

    private readonly Stream stream;
    private readonly MemoryMappedFile? map;     // null when the bytes are in memory anyway
    private readonly byte* memory;

    private MappedFile(string path, FileStream stream)
    {
        Path = path;
        this.stream = stream;
        Length = stream.Length;
        map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
    }

    private MappedFile(string name, UnmanagedMemoryStream stream)
    {
        Path = name;
        this.stream = stream;
        Length = stream.Length;
        memory = stream.PositionPointer;
    }

    public string Path { get; }

    /// <summary>Whether <see cref="Path"/> names a file; false for bytes in memory, for which it is a description.</summary>
    public bool IsOnDisk => map is not null;

    public long Length { get; }

    /// <summary>Bytes that are in memory already, such as a resource of an assembly. The stream stands at their beginning.</summary>
    public static MappedFile FromMemory(UnmanagedMemoryStream stream, string name) => new(name, stream);

    /// <summary>Opens a file that has at least one byte.</summary>
    /// <exception cref="LatentSharpException">The path does not exist, is a folder, is empty or may not be read.</exception>
    public static MappedFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            throw new LatentSharpException(ErrorKind.BadInput, path, "a weight file was expected here, this is a folder.", "Name the file inside it, or a diffusers folder (one with a config.json).");
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.RandomAccess);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new LatentSharpException(ErrorKind.NotFound, path, "there is no such file.", "Check the spelling of the path.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, $"the file cannot be opened: {e.Message}", "Check its permissions and that no other program holds it.", e);
        }
        try
        {
            if (!stream.CanSeek) throw new LatentSharpException(ErrorKind.BadInput, path, "a regular file was expected, this is a device or a pipe.");
            if (stream.Length == 0)
                throw new LatentSharpException(ErrorKind.BadInput, path, "the file is empty (0 bytes): not even the 8-byte length prefix or magic number of a weight file is there.", "A download or copy has failed; fetch the file again.");
            return new MappedFile(path, stream);
        }
        catch (Exception e)
        {
            stream.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw new LatentSharpException(ErrorKind.BadInput, path, $"the file cannot be mapped: {e.Message}", null, e);
            throw;
        }
    }

    /// <summary>Maps <paramref name="length"/> bytes (at least one) from <paramref name="offset"/> on until the window is disposed.</summary>
    public MappedWindow Map(long offset, int length)
    {
        CheckRange(offset, length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        return map is null ? new MappedWindow(memory + offset, length) : new MappedWindow(map.CreateViewAccessor(offset, length, MemoryMappedFileAccess.Read), length);
    }

    /// <summary>Copies the bytes from <paramref name="offset"/> on. Small ranges are read without a mapping, which costs less than setting one up.</summary>
    public void Read(long offset, Span<byte> destination)
    {
        CheckRange(offset, destination.Length);
        if (map is null)
        {
            new ReadOnlySpan<byte>(memory + offset, destination.Length).CopyTo(destination);
            return;
        }
        while (destination.Length > 0)
        {
            int count = RandomAccess.Read(((FileStream)stream).SafeFileHandle, destination, offset);
            if (count == 0) throw new LatentSharpException(ErrorKind.BadInput, Path, "the file became shorter while it was read.", "Another program is writing it; try again when that has finished.");
            destination = destination[count..];
            offset += count;
        }
    }

    public void Dispose()
    {
        map?.Dispose();
        stream.Dispose();
    }

    private void CheckRange(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
            throw new ArgumentOutOfRangeException(nameof(offset), $"bytes {offset} to {offset + length} reach outside the {Length} bytes of {Path}");
    }
}
