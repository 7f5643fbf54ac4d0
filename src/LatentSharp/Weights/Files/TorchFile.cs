using LatentSharp.Tensors;
using LatentSharp.Weights.Files.Torch;

namespace LatentSharp.Weights.Files;

/// <summary>
/// A PyTorch checkpoint (<c>.pt</c>, <c>.pth</c>, <c>.ckpt</c>, <c>.bin</c>), read without running any of the code it may contain: its
/// pickle is treated as data, names of Python functions and classes are never resolved, and anything beyond tensors, containers, numbers
/// and strings is refused by name. Both containers of torch.save are read. Tensor names are the keys that lead to a tensor joined by
/// slashes, after wrappers such as <c>state_dict</c> have been taken off.
/// </summary>
public sealed class TorchFile : WeightFile
{
    private readonly FileBytes file;
    private readonly StoredTensors contiguous;
    private readonly Dictionary<string, StridedTensor> strided = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorInfo> infos = new(StringComparer.Ordinal);

    private TorchFile(FileBytes file, bool zip)
    {
        this.file = file;
        Format = zip ? "torch zip" : "torch legacy";
        (object? root, HashSet<string> unknown, Dictionary<string, (long Offset, long Length)> storages) = zip
            ? ZipContainer.Read(file) : LegacyContainer.Read(file);
        var tree = new TensorTree(root);
        contiguous = new StoredTensors(file, tree.Tensors.Count);
        foreach ((string name, TorchTensor tensor) in tree.Tensors) Add(name, tensor, storages);
        Wrapper = tree.Wrapper;
        OtherTensorGroups = tree.Outside.Count;
        SetAside = [.. tree.Outside];
        InertNames = [.. unknown.Order(StringComparer.Ordinal)];
        Metadata = tree.Plain;
    }

    /// <summary>Opens and checks a checkpoint, whatever its extension.</summary>
    /// <exception cref="LatentSharpException">There is no such file, it cannot be opened, it is damaged, or it asks for anything that
    /// loading tensors does not need; the message names it.</exception>
    public static TorchFile Open(string path) => FileBytes.Open(path, Read);

    /// <summary>Reads a file that is open; the result owns it.</summary>
    internal static TorchFile Read(FileBytes file)
    {
        try
        {
            Span<byte> magic = stackalloc byte[2];
            if (file.Length >= 2) file.Read(0, magic);
            return new TorchFile(file, zip: magic is [(byte)'P', (byte)'K']);
        }
        catch (CheckpointException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, file.Path, $"this torch checkpoint is refused: {e.Message}.",
                e.IsArchive ? "Unpack it, and name the weight file inside."
                : e.AsksForCode
                ? "Ask its author for a safetensors file that holds only weights; do not load this one with a program that runs pickles."
                : "The file is damaged or is no torch checkpoint; fetch it again, or look for a safetensors version.", e);
        }
    }

    /// <inheritdoc/>
    public override string Path => file.Path;

    /// <inheritdoc/>
    public override string Format { get; }

    /// <summary>
    /// The keys around the weights that were taken off, joined by slashes: <c>state_dict</c>, <c>model</c> ...; empty when there were none.
    /// </summary>
    public string Wrapper { get; }

    /// <summary>How many entries with tensors lie beside the wrapper (optimiser state, callbacks) and are not listed.</summary>
    public int OtherTensorGroups { get; }

    /// <summary>The keys of those entries.</summary>
    public IReadOnlyList<string> SetAside { get; }

    /// <summary>Names of Python functions and classes that the file mentions without calling them. They were not resolved.</summary>
    public IReadOnlyList<string> InertNames { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorInfo> Tensors => infos;

    /// <summary>Numbers and strings beside the weights, such as <c>epoch</c> and <c>global_step</c>.</summary>
    public override IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public override StoredRange? Locate(TensorInfo tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return strided.ContainsKey(tensor.Name) ? null : contiguous.Locate(tensor);
    }

    /// <inheritdoc/>
    public override void Read(TensorInfo tensor, long first, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (!strided.TryGetValue(tensor.Name, out StridedTensor? view))
        {
            contiguous.Read(tensor, first, destination);
            return;
        }
        CheckRange(first, destination.Length, view.Info.Shape.ElementCount, tensor.Name);
        const int chunk = 1 << 16;
        int size = view.Info.Type.BlockBytes();
        var bytes = new byte[Math.Min(chunk, destination.Length) * size];
        while (destination.Length > 0)
        {
            int count = Math.Min(chunk, destination.Length);
            view.Read(first, bytes.AsSpan(0, count * size));
            Widening.ToSingle(view.Info.Type, bytes, destination[..count]);
            destination = destination[count..];
            first += count;
        }
    }

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (!strided.TryGetValue(tensor.Name, out StridedTensor? view))
        {
            contiguous.ReadBytes(tensor, offset, destination);
            return;
        }
        CheckRange(offset, destination.Length, view.Info.ByteLength, tensor.Name);
        // Whole elements around the bytes asked for.
        int size = view.Info.Type.BlockBytes();
        long first = offset / size;
        int skip = (int)(offset - first * size);
        var bytes = new byte[checked((skip + destination.Length + size - 1) / size * size)];
        view.Read(first, bytes);
        bytes.AsSpan(skip, destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) file.Dispose();
    }

    private void Add(string name, TorchTensor tensor, Dictionary<string, (long Offset, long Length)> storages)
    {
        if (!storages.TryGetValue(tensor.Storage.Key, out (long Offset, long Length) stored))
            throw new CheckpointException(
                $"the tensor {SafetensorsHeader.Quote(name)} refers to storage {SafetensorsHeader.Quote(tensor.Storage.Key)}, which is not in the file");
        int storageElement = tensor.Storage.Type?.BlockBytes() ?? 1, size = tensor.Type.BlockBytes();
        if (tensor.Storage.Count > stored.Length / storageElement)
            throw new CheckpointException(
                $"storage {SafetensorsHeader.Quote(tensor.Storage.Key)} claims {tensor.Storage.Count:N0} elements; the file holds "
                    + $"{stored.Length:N0} bytes of it");
        var info = new TensorInfo(name, tensor.Type, tensor.Shape);
        infos.Add(name, info);
        long offset = stored.Offset + tensor.Storage.First * storageElement + tensor.Offset * size;
        if (StridedTensor.IsContiguous(tensor.Shape, tensor.Strides)) contiguous.TryAdd(info, offset);
        else strided.Add(name, new StridedTensor(file, info, offset, tensor.Strides));
    }
}
