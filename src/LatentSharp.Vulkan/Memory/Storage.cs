namespace LatentSharp.Vulkan.Memory;

/// <summary>Bytes in the card's memory that hold one thing between two commands: the first that touches it and the last.</summary>
/// <param name="name">What it holds, for messages.</param>
/// <param name="bytes">How many bytes.</param>
/// <param name="valueBytes">How many of them a value has.</param>
internal class Storage(string name, long bytes, int valueBytes = sizeof(float))
{
    /// <summary>What it holds, for messages.</summary>
    public string Name { get; } = name;

    /// <summary>How many bytes.</summary>
    public long Bytes { get; } = bytes;

    /// <summary>Bytes of a value: 4, or 2 where the mode keeps it in 16 bits.</summary>
    public int ValueBytes { get; } = valueBytes;

    /// <summary>The first command that touches it.</summary>
    public int First { get; set; } = int.MaxValue;

    /// <summary>The last command that touches it.</summary>
    public int Last { get; set; } = -1;

    /// <summary>The block that it lies in.</summary>
    public int Block { get; set; } = -1;

    /// <summary>Where in its block it begins.</summary>
    public long Offset { get; set; }
}

/// <summary>Weights, or a table that is made of none, in the form that a kernel reads.</summary>
internal sealed class WeightStorage(string name, WeightForm form) : Storage(name, form.Bytes)
{
    /// <summary>What fills it.</summary>
    public WeightForm Form { get; } = form;
}
