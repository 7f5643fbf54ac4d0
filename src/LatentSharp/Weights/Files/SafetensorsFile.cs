namespace LatentSharp.Weights.Files;

/// <summary>
/// An open safetensors file. Opening reads and checks the header only. Tensor data may lie at any address: early files are
/// not padded.
/// </summary>
public sealed class SafetensorsFile : WeightFile
{
    private readonly FileBytes file;
    private readonly StoredTensors stored;

    private SafetensorsFile(FileBytes file, bool allowTrailingBytes = false)
    {
        this.file = file;
        SafetensorsHeader header = SafetensorsHeader.Read(file, allowTrailingBytes);
        stored = new StoredTensors(file, header.Count);
        foreach ((TensorInfo info, long offset) in header.Tensors) stored.TryAdd(info, offset);
        Metadata = header.Metadata;
        TrailingBytes = header.TrailingBytes;
    }

    /// <summary>Opens and checks a safetensors file, whatever its extension.</summary>
    /// <exception cref="LatentSharpException">There is no such file, it cannot be opened, or it breaks a rule of the format (which the
    /// message names).</exception>
    public static SafetensorsFile Open(string path) => FileBytes.Open(path, file => Read(file));

    /// <summary>Reads a file that is open; the result owns it.</summary>
    internal static SafetensorsFile Read(FileBytes file, bool allowTrailingBytes = false) => new(file, allowTrailingBytes);

    /// <summary>A safetensors file that lies in memory already, such as a resource of an assembly; it is read in place.</summary>
    internal static SafetensorsFile FromMemory(UnmanagedMemoryStream stream, string name) => new(FileBytes.FromMemory(stream, name));

    /// <inheritdoc/>
    public override string Path => file.Path;

    /// <inheritdoc/>
    public override string Format => "safetensors";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorInfo> Tensors => stored.Infos;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>
    /// Bytes after the last tensor that belong to no tensor; 0 in every file but one that was opened for a conversion, which leaves them
    /// out.
    /// </summary>
    public long TrailingBytes { get; }

    /// <inheritdoc/>
    public override StoredRange? Locate(TensorInfo tensor) => stored.Locate(tensor);

    /// <inheritdoc/>
    public override void Read(TensorInfo tensor, long first, Span<float> destination) => stored.Read(tensor, first, destination);

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination) => stored.ReadBytes(tensor, offset, destination);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) file.Dispose();
    }
}
