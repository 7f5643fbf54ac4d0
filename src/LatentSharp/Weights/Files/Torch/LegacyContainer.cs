using System.Buffers.Binary;
using System.Numerics;
using LatentSharp.Tensors;

namespace LatentSharp.Weights.Files.Torch;

/// <summary>
/// The container torch.save wrote before version 1.6: the magic number, the protocol version, facts about the machine, the object, and the
/// list of storage keys, each a pickle of its own; then, per key, the number of elements and the elements (torch/serialization.py,
/// _legacy_load).
/// </summary>
internal static class LegacyContainer
{
    private const long ProtocolVersion = 1001;
    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356");     // 0x1950a86a20f9469cfc6c

    public static (object? Root, HashSet<string> UnknownNames, Dictionary<string, (long Offset, long Length)> Storages) Read(FileBytes file)
    {
        var input = new PickleInput(file, 0, file.Length);
        var budget = new ReadingBudget(file.Length);
        if (new Unpickler(input, budget, PickleLimits.MagicBytes).Load() is not BigInteger magic || magic != Magic)
            throw new CheckpointException("it does not begin with the magic number of a torch checkpoint");
        input.Restart();
        if (new Unpickler(input, budget).Load() is not ProtocolVersion) throw new CheckpointException($"its protocol version is not {ProtocolVersion}");
        input.Restart();
        if (new Unpickler(input, budget).Load() is not PickleDictionary system)
            throw new CheckpointException("the description of the machine that wrote it is missing");
        if (system["little_endian"] is false) throw new CheckpointException("it was written on a big-endian machine, which is not supported");
        input.Restart();
        var unpickler = new Unpickler(input, budget);
        object? root = unpickler.Load();
        input.Restart();
        if (new Unpickler(input, budget).Load() is not PickleList keys) throw new CheckpointException("the list of storage keys is missing");

        Dictionary<string, TorchStorage> described = Describe(root);
        var storages = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        long position = input.Position;
        Span<byte> prefix = stackalloc byte[8];
        foreach (object? item in keys.Items)
        {
            if (item is not string key || !described.TryGetValue(key, out TorchStorage? storage))
                throw new CheckpointException("it lists a storage that no tensor refers to, so that its length cannot be known");
            if (file.Length - position < prefix.Length) throw new CheckpointException($"storage {SafetensorsHeader.Quote(key)} is cut off");
            file.Read(position, prefix);
            position += prefix.Length;
            long count = BinaryPrimitives.ReadInt64LittleEndian(prefix);
            int size = storage.Type?.BlockBytes() ?? 1;
            if (count < 0 || count > (file.Length - position) / size)
                throw new CheckpointException(
                    $"storage {SafetensorsHeader.Quote(key)} claims {count:N0} elements; the file has {file.Length - position:N0} bytes left");
            if (!storages.TryAdd(key, (position, count * size))) throw new CheckpointException($"storage {SafetensorsHeader.Quote(key)} is listed twice");
            position += count * size;
        }
        return (root, unpickler.UnknownNames, storages);
    }

    // The storages below the root: their element types say how long they are.
    private static Dictionary<string, TorchStorage> Describe(object? root)
    {
        var found = new Dictionary<string, TorchStorage>(StringComparer.Ordinal);
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var pending = new Stack<object?>();
        pending.Push(root);
        while (pending.TryPop(out object? value))
        {
            if (value is TorchTensor tensor) found.TryAdd(tensor.Storage.Key, tensor.Storage);
            else if (value is TorchStorage storage) found.TryAdd(storage.Key, storage);
            else if (value is PickleContainer container && seen.Add(container))
            {
                if (container is PickleList list) foreach (object? item in list.Items) pending.Push(item);
                if (container is PickleDictionary dictionary)
                    foreach ((object? key, object? item) in dictionary.Items) { pending.Push(key); pending.Push(item); }
            }
        }
        return found;
    }
}
