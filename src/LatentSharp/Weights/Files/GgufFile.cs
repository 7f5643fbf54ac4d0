using LatentSharp.Weights.Files.Gguf;

namespace LatentSharp.Weights.Files;

/// <summary>
/// An open GGUF file, version 2 or 3, with tensors of F32, F16, BF16, F64, integers, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 and Q2_K to Q6_K, which
/// are dequantised while they are read. Shapes are given outermost dimension first, as in torch.
/// </summary>
public sealed class GgufFile : WeightFile
{
    private readonly FileBytes file;
    private readonly StoredTensors stored;

    private GgufFile(FileBytes file)
    {
        this.file = file;
        var header = new GgufHeader(file);
        stored = new StoredTensors(file, header.Tensors.Count);
        foreach ((TensorInfo info, long offset) in header.Tensors) stored.TryAdd(info, offset);
        Metadata = header.Metadata;
    }

    /// <summary>Opens and checks a GGUF file, whatever its extension.</summary>
    /// <exception cref="LatentSharpException">There is no such file, it cannot be opened, or it breaks a rule of the format (which the
    /// message names).</exception>
    public static GgufFile Open(string path) => FileBytes.Open(path, Read);

    /// <summary>Reads a file that is open; the result owns it.</summary>
    internal static GgufFile Read(FileBytes file)
    {
        try
        {
            return new GgufFile(file);
        }
        catch (InvalidDataException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, file.Path, $"not a valid GGUF file: {e.Message}.",
                "The file is damaged, cut short or of another kind; fetch it again.", e);
        }
    }

    /// <inheritdoc/>
    public override string Path => file.Path;

    /// <inheritdoc/>
    public override string Format => "gguf";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorInfo> Tensors => stored.Infos;

    /// <summary>The file's metadata as text; an array as its items in brackets, or as its length when it has more than 64.</summary>
    public override IReadOnlyDictionary<string, string> Metadata { get; }

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
