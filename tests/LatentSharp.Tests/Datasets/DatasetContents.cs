using System.Security.Cryptography;

namespace LatentSharp.Tests.Datasets;

/// <summary>What the folder of a data set holds, to the byte.</summary>
internal static class DatasetContents
{
    /// <summary>All files, those of the manifest included: the path below the folder and SHA-256.</summary>
    public static Dictionary<string, string> Of(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal)
        .ToDictionary(f => Path.GetRelativePath(folder, f).Replace('\\', '/'),
            f => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(f))));
}
