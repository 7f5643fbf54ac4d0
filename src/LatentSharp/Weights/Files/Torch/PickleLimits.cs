namespace LatentSharp.Weights.Files.Torch;

/// <summary>Bounds on what a checkpoint's pickle may ask for. The largest published checkpoints stay below a tenth of each.</summary>
internal static class PickleLimits
{
    /// <summary>Bytes of one pickle. A state dictionary of 10,000 tensors takes about 2 MB.</summary>
    public const long MaxBytes = 64 << 20;

    /// <summary>Instructions of one pickle.</summary>
    public const int MaxInstructions = 20_000_000;

    /// <summary>Objects on the stack and in the memo.</summary>
    public const int MaxObjects = 2_000_000;

    /// <summary>Containers inside containers.</summary>
    public const int MaxDepth = 100;

    /// <summary>Bytes of an integer: 64 bits and a sign. Only torch's magic number has more.</summary>
    public const int MaxIntegerBytes = 9;

    /// <summary>Bytes of the magic number, with its sign.</summary>
    public const int MagicBytes = 11;

    /// <summary>Containers inside a tuple that is the key of a dictionary: Python would have to hash all of them.</summary>
    public const int MaxKeyDepth = 4;

    /// <summary>Characters of all tensor names together: one long key may lead to many tensors.</summary>
    public const long MaxNameCharacters = 8 << 20;

    /// <summary>Elements of a tensor that repeats its storage through strides of zero: such a tensor may be larger than its file.</summary>
    public const long MaxRepeatedElements = 1 << 24;
}
