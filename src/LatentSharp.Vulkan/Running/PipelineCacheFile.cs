using System.Buffers.Binary;
using System.Globalization;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Vulkan.Running;

/// <summary>
/// Kernels as a driver compiled them, kept for the next process. The file belongs to one card, driver and version of the library; whatever
/// is doubtful about it is ignored, since the driver can compile again. A digest in front keeps what a fault of the disk made from the
/// driver.
/// </summary>
/// <param name="folder">Where it lies.</param>
/// <param name="card">Whose it is.</param>
internal sealed class PipelineCacheFile(string folder, VulkanCard card)
{
    private const int DigestLength = 32, HeaderLength = 32, LongestName = 120;

    /// <summary>Where the kernels lie.</summary>
    public string Path { get; } = System.IO.Path.Combine(folder, Name(card));

    /// <summary>What is kept; empty where there is nothing, or nothing that can be trusted.</summary>
    public byte[] Read()
    {
        try
        {
            if (!File.Exists(Path)) return [];
            byte[] all = File.ReadAllBytes(Path);
            if (all.Length <= DigestLength) return [];
            ReadOnlySpan<byte> data = all.AsSpan(DigestLength);
            return Sha256.BytesOf(data).AsSpan().SequenceEqual(all.AsSpan(0, DigestLength)) && IsHeader(data) ? data.ToArray() : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Keeps them; where that does not work the next process compiles again.</summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        try
        {
            Directory.CreateDirectory(folder);
            string temporary = $"{Path}.{Guid.NewGuid():N}";
            using (FileStream stream = File.Create(temporary))
            {
                stream.Write(Sha256.BytesOf(data));
                stream.Write(data);
            }
            File.Move(temporary, Path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A cache is a convenience.
        }
    }

    // VkPipelineCacheHeaderVersionOne: length 32, version 1, then vendor, device and the driver's own identity, which are the card's.
    private bool IsHeader(ReadOnlySpan<byte> data)
    {
        if (data.Length < HeaderLength || BinaryPrimitives.ReadInt32LittleEndian(data) != HeaderLength
            || BinaryPrimitives.ReadInt32LittleEndian(data[4..]) != 1) return false;
        uint vendor = BinaryPrimitives.ReadUInt32LittleEndian(data[8..]), device = BinaryPrimitives.ReadUInt32LittleEndian(data[12..]);
        return card.Identity.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{vendor:x}-{device:x}-"), StringComparison.Ordinal)
            && card.Identity.EndsWith("-" + Convert.ToHexStringLower(data[16..HeaderLength]), StringComparison.Ordinal);
    }

    private static string Name(VulkanCard card)
    {
        string version = typeof(PipelineCacheFile).Assembly.ManifestModule.ModuleVersionId.ToString("N")[..12];
        string name = $"{card.Identity}-{version}";
        return (name.Length > LongestName ? name[..LongestName] : name) + ".pipelines";
    }
}
