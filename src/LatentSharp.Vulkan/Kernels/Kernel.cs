using System.Collections.Immutable;

namespace LatentSharp.Vulkan.Kernels;

/// <summary>A shader with its constants: what a pipeline is made of. Equal ones are one.</summary>
/// <param name="Shader">The name of its file, without extension.</param>
/// <param name="Constants">The values of its constants, from number 0 on; the first is the number of threads of a workgroup.</param>
internal sealed record Kernel(string Shader, ImmutableArray<uint> Constants)
{
    /// <summary>Threads of a workgroup.</summary>
    public uint Threads => Constants[0];

    public bool Equals(Kernel? other)
        => other is not null && Shader == other.Shader && Constants.AsSpan().SequenceEqual(other.Constants.AsSpan());

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Shader);
        foreach (uint constant in Constants) hash.Add(constant);
        return hash.ToHashCode();
    }

    public override string ToString() => $"{Shader}({string.Join(", ", Constants)})";
}
