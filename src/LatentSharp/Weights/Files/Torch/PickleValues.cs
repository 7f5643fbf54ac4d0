using LatentSharp.Tensors;

namespace LatentSharp.Weights.Files.Torch;

// What a pickle can hold here, beside null, bool, long, BigInteger, double and string. Nothing of this is ever turned into an object of the
// program that is named.

/// <summary>A list, tuple, set or dictionary.</summary>
internal abstract class PickleContainer
{
    /// <summary>
    /// How many containers are nested below this one, itself included, as far as they were complete when they were put in.
    /// </summary>
    public int Depth { get; private set; } = 1;

    protected void Nest(object? child)
    {
        if (child is not PickleContainer container) return;
        Depth = Math.Max(Depth, container.Depth + 1);
        if (Depth > PickleLimits.MaxDepth) throw new CheckpointException($"the pickle nests containers more than {PickleLimits.MaxDepth} deep");
    }
}

/// <summary>A list, tuple or set.</summary>
internal sealed class PickleList : PickleContainer
{
    private readonly List<object?> items = [];

    /// <summary>Whether it is a tuple, which alone of these may be the key of a dictionary.</summary>
    public bool IsTuple { get; init; }

    public IReadOnlyList<object?> Items => items;

    public void Add(object? item)
    {
        Nest(item);
        items.Add(item);
    }
}

/// <summary>A dictionary, ordered as written. A key that is set twice is kept twice; the later value counts.</summary>
internal sealed class PickleDictionary : PickleContainer
{
    private readonly List<KeyValuePair<object?, object?>> items = [];

    public IReadOnlyList<KeyValuePair<object?, object?>> Items => items;

    public void Add(object? key, object? value)
    {
        if (key is PickleDictionary or PickleList { IsTuple: false })
            throw new CheckpointException("the pickle has a dictionary with a list, set or dictionary as its key, which Python does not allow");
        if (key is PickleList { Depth: > PickleLimits.MaxKeyDepth })
            throw new CheckpointException($"the pickle has a dictionary with a tuple as its key that is nested more than {PickleLimits.MaxKeyDepth} deep");
        Nest(key);
        Nest(value);
        items.Add(new(key, value));
    }

    /// <summary>The value of a string key, or null.</summary>
    public object? this[string key]
    {
        get
        {
            for (int i = items.Count - 1; i >= 0; i--)
                if (items[i].Key is string name && name == key) return items[i].Value;
            return null;
        }
    }
}

/// <summary>Bytes, whose content is not kept.</summary>
internal sealed class PickleBytes
{
    public static readonly PickleBytes Instance = new();
}

/// <summary>A name in a Python module. It is never looked up.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A storage that tensors refer to.</summary>
/// <param name="Type">The type of its elements; null when it is bytes and the tensor says the type.</param>
/// <param name="Key">Its name in the container.</param>
/// <param name="Count">The number of its elements.</param>
/// <param name="First">The element of the stored storage that this one begins with (legacy views of storages).</param>
internal sealed record TorchStorage(ElementType? Type, string Key, long Count, long First);

/// <summary>A tensor: a strided view of a storage.</summary>
internal sealed record TorchTensor(TorchStorage Storage, ElementType Type, long Offset, Shape Shape, long[] Strides);

/// <summary>What one of the harmless calls would have made: a number of numpy, a device, a set. It is not made.</summary>
internal sealed record PickleInert(string Name);
