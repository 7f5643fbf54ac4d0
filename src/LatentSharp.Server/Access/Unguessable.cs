using System.Security.Cryptography;

namespace LatentSharp.Server.Access;

/// <summary>Random bytes that nobody can guess, for keys and for addresses that are as good as a key.</summary>
internal static class Unguessable
{
    /// <summary>So many of them.</summary>
    public static byte[] Bytes(int count)
    {
        // The platform's generator is OpenSSL's on Linux: where its libraries are absent, a first use would end the process.
        if (!OperatingSystem.IsLinux()) return RandomNumberGenerator.GetBytes(count);
        var bytes = new byte[count];
        using FileStream kernel = File.OpenRead("/dev/urandom");
        kernel.ReadExactly(bytes);
        return bytes;
    }
}
