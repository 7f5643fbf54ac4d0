using System.Security.Cryptography;

namespace LatentSharp.Cli;

/// <summary>SHA-256 of files.</summary>
internal static class Digest
{
    /// <summary>64 lower-case hexadecimal digits.</summary>
    internal static string OfFile(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
