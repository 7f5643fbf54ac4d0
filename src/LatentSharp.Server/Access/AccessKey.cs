using System.Security.Cryptography;
using System.Text;

namespace LatentSharp.Server.Access;

/// <summary>A key as it is kept: its name, what it allows, and its SHA-256. The key itself is shown once and kept nowhere.</summary>
/// <param name="Name">Who uses it.</param>
/// <param name="Scope">What it allows.</param>
/// <param name="Sha256">64 hexadecimal digits. Keys are 32 random bytes, so that no slower digest is needed.</param>
public sealed record AccessKey(string Name, AccessScope Scope, string Sha256)
{
    private const string Prefix = "latent-";

    /// <summary>A new key.</summary>
    /// <param name="name">Who will use it.</param>
    /// <param name="scope">What it allows.</param>
    /// <returns>What is kept, and the key, which is shown to the operator.</returns>
    public static (AccessKey Kept, string Key) Make(string name, AccessScope scope)
    {
        string key = Prefix + Convert.ToBase64String(Unguessable.Bytes(32)).Replace('+', '-').Replace('/', '_').TrimEnd('=');
        return (Of(name, scope, key), key);
    }

    /// <summary>What is kept of a key.</summary>
    public static AccessKey Of(string name, AccessScope scope, string key)
        => new(name, scope, Weights.Identity.Sha256.OfText(key));

    /// <summary>Whether this is the key; every comparison takes the same time.</summary>
    internal bool Is(string key) => CryptographicOperations.FixedTimeEquals(
        Weights.Identity.Sha256.BytesOf(Encoding.UTF8.GetBytes(key)), Convert.FromHexString(Sha256));
}
