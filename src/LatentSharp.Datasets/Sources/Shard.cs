using System.Buffers.Binary;
using System.Text;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Datasets.Sources;

/// <summary>A part of a source: every picture belongs to one of <paramref name="Count"/> by the digest of its name.</summary>
/// <param name="Index">Which one, from 0.</param>
/// <param name="Count">How many there are.</param>
internal readonly record struct Shard(int Index, int Count)
{
    /// <summary>Whether a picture is one of its own.</summary>
    public bool Owns(string name) => Of(name, Count) == Index;

    /// <summary>The shard that a picture belongs to.</summary>
    public static int Of(string name, int count)
    {
        byte[] hash = Sha256.BytesOf(Encoding.UTF8.GetBytes(name));
        return (int)(BinaryPrimitives.ReadUInt64BigEndian(hash) % (ulong)count);
    }
}
