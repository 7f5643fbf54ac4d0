using System.IO.Compression;
using LatentSharp.Tensors;
using LatentSharp.Weights.Files.Torch;

namespace LatentSharp.Weights.Files.Numpy;

/// <summary>
/// An array of NumPy (<c>.npy</c>) or an archive of such arrays (<c>.npz</c>, stored or deflated), as <c>numpy.save</c> and
/// <c>numpy.savez</c> write them. Headers are checked when it is opened; an array is unpacked, and its checksum compared, when it is first
/// read.
/// </summary>
internal sealed class NumpyFile : WeightFile
{
    /// <summary>What an array is called that is a file by itself.</summary>
    public const string Single = "array";

    private const string Extension = ".npy";
    private const int MostArrays = 10_000;

    // What a deflated array may become, beside four times the file.
    private const long UnpackedFreely = 64 << 20;

    private readonly FileBytes file;
    private readonly Dictionary<string, TensorInfo> infos = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ZipEntry> places = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private (string Key, NumpyArray Array)? unpacked;

    private NumpyFile(FileBytes file)
    {
        this.file = file;
        IsArchive = !IsArray(file);
        if (!IsArchive)
        {
            Add(Single, new ZipEntry(0, file.Length, file.Length, false, 0));
            return;
        }
        foreach ((string name, ZipEntry entry) in ZipDirectory.Read(file, deflatedToo: true))
        {
            if (!name.EndsWith(Extension, StringComparison.Ordinal)) continue;
            if (infos.Count == MostArrays) throw Bad($"it has more than {MostArrays:N0} arrays");
            if (entry.IsDeflated && entry.Length > UnpackedFreely + 4 * file.Length)
                throw Bad($"{SafetensorsHeader.Quote(name)} would become {entry.Length:N0} bytes, from a file of {file.Length:N0}");
            Add(name[..^Extension.Length], entry);
        }
    }

    /// <summary>Whether it is an archive of arrays.</summary>
    public bool IsArchive { get; }

    /// <summary>Whether a file begins as one of these does: as an array, or as a zip archive whose first file is one.</summary>
    public static bool Begins(FileBytes file)
    {
        if (IsArray(file)) return true;
        const int fixedLength = 30, longest = 300;
        Span<byte> head = stackalloc byte[(int)Math.Min(file.Length, fixedLength + longest)];
        file.Read(0, head);
        if (head.Length < fixedLength || head is not [(byte)'P', (byte)'K', 3, 4, ..]) return false;
        int name = head[26] | head[27] << 8;
        return fixedLength + name <= head.Length && head[..(fixedLength + name)].EndsWith(".npy"u8);
    }

    /// <summary>Opens and checks a file, whatever its extension.</summary>
    /// <exception cref="LatentSharpException">There is no such file, or it is none of NumPy's or damaged.</exception>
    public static NumpyFile Open(string path) => FileBytes.Open(path, Read);

    /// <summary>Reads a file that is open; the result owns it.</summary>
    internal static NumpyFile Read(FileBytes file)
    {
        try
        {
            return new NumpyFile(file);
        }
        catch (CheckpointException e)
        {
            throw NumpyHeader.Bad(file.Path, $"it is no whole archive of arrays ({e.Message})");
        }
    }

    /// <inheritdoc/>
    public override string Path => file.Path;

    /// <inheritdoc/>
    public override string Format => IsArchive ? "numpy archive" : "numpy array";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorInfo> Tensors => infos;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public override void Read(TensorInfo tensor, long first, Span<float> destination)
    {
        NumpyArray array = Unpacked(tensor);
        CheckRange(first, destination.Length, tensor.Shape.ElementCount, tensor.Name);
        int size = array.Type.BlockBytes();
        Widening.ToSingle(array.Type, array.Bytes.AsSpan((int)(first * size), destination.Length * size), destination);
    }

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
    {
        NumpyArray array = Unpacked(tensor);
        CheckRange(offset, destination.Length, array.Bytes.Length, tensor.Name);
        array.Bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
    }

    /// <summary>A whole array.</summary>
    /// <exception cref="LatentSharpException">It is damaged.</exception>
    public NumpyArray Unpacked(TensorInfo tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        lock (gate)
        {
            if (unpacked is { } last && last.Key == tensor.Name) return last.Array;
            ZipEntry place = places[tensor.Name];
            using CheckedStream checkedStream = new(Bytes(place));
            NumpyArray array;
            try
            {
                array = NumpyArray.Read(checkedStream, place.Length, Path);
            }
            catch (InvalidDataException e)
            {
                throw Bad($"{tensor.Name} cannot be unpacked ({e.Message.TrimEnd('.')})");
            }
            if (IsArchive && checkedStream.Crc != place.Crc) throw Bad($"the checksum of {tensor.Name} does not fit its bytes");
            unpacked = (tensor.Name, array);
            return array;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) file.Dispose();
    }

    private static bool IsArray(FileBytes file)
    {
        Span<byte> head = stackalloc byte[(int)Math.Min(file.Length, NumpyHeader.Magic.Length)];
        file.Read(0, head);
        return head.SequenceEqual(NumpyHeader.Magic);
    }

    private void Add(string key, ZipEntry place)
    {
        NumpyHeader header;
        string name = IsArchive ? $"{Path} ({key}{Extension})" : Path;
        try
        {
            using Stream bytes = Bytes(place);
            header = NumpyHeader.Read(bytes, name);
        }
        catch (InvalidDataException e)
        {
            throw Bad($"{SafetensorsHeader.Quote(key)} cannot be unpacked ({e.Message.TrimEnd('.')})");
        }
        header.RequireLength(place.Length - header.Length, name);
        infos.Add(key, new TensorInfo(key, header.Type, new Shape(header.Shape)));
        places.Add(key, place);
    }

    private Stream Bytes(ZipEntry place)
    {
        var range = new FileRange(file, place.Offset, place.Packed);
        return place.IsDeflated ? new DeflateStream(range, CompressionMode.Decompress) : range;
    }

    private LatentSharpException Bad(string what) => NumpyHeader.Bad(Path, what);
}
