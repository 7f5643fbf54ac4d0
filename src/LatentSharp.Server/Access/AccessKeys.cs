using System.Text.Json;
using LatentSharp.Server.Http;
using LatentSharp.Weights;

namespace LatentSharp.Server.Access;

/// <summary>The keys of a machine: the file <c>server-keys.json</c> in the library's home, readable for its owner only.</summary>
public static class AccessKeys
{
    /// <summary>The environment variable whose value is one more key, which allows everything: for containers.</summary>
    public const string Variable = "LATENTSHARP_SERVER_KEY";

    private const int ShortestKey = 16;

    /// <summary>Those of a home, and the one of the environment.</summary>
    /// <exception cref="LatentSharpException">The file is damaged, or the key of the environment is too short.</exception>
    public static IReadOnlyList<AccessKey> Read(string home)
    {
        IReadOnlyList<AccessKey> kept = InFile(home);
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } key) return kept;
        if (key.Length < ShortestKey)
            throw new LatentSharpException(ErrorKind.Usage, Variable, $"a key has {ShortestKey} characters at least.",
                "Make one with `openssl rand -base64 32`.");
        return [.. kept, AccessKey.Of(Variable, AccessScope.Admin, key)];
    }

    /// <summary>Those of the file.</summary>
    /// <exception cref="LatentSharpException">The file is damaged.</exception>
    public static IReadOnlyList<AccessKey> InFile(string home)
    {
        string path = PathIn(home);
        if (!File.Exists(path)) return [];
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), ServerJson.Default.IReadOnlyListAccessKey) ?? [];
        }
        catch (JsonException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, "the file of keys is damaged.", "Remove it and make the keys anew.", e);
        }
    }

    /// <summary>Makes a key and keeps what is needed to know it again.</summary>
    /// <returns>The key, to be shown once.</returns>
    /// <exception cref="LatentSharpException">The name is taken, or the file cannot be written.</exception>
    public static string Add(string home, string name, AccessScope scope)
    {
        IReadOnlyList<AccessKey> all = InFile(home);
        if (all.Any(k => k.Name == name))
            throw new LatentSharpException(ErrorKind.Usage, name, "there is a key of this name already.", "Remove it first, or choose another name.");
        (AccessKey kept, string key) = AccessKey.Make(name, scope);
        Write(home, [.. all, kept]);
        return key;
    }

    /// <summary>Forgets a key: it opens nothing from the next start of the service on.</summary>
    /// <exception cref="LatentSharpException">There is none of this name, or the file cannot be written.</exception>
    public static void Remove(string home, string name)
    {
        IReadOnlyList<AccessKey> all = InFile(home);
        if (all.All(k => k.Name != name)) throw new LatentSharpException(ErrorKind.NotFound, name, "there is no key of this name.");
        Write(home, [.. all.Where(k => k.Name != name)]);
    }

    private static string PathIn(string home) => Path.Combine(home, "server-keys.json");

    private static void Write(string home, IReadOnlyList<AccessKey> keys)
    {
        Directory.CreateDirectory(home);
        AtomicFile.Write(PathIn(home), stream => JsonSerializer.Serialize(stream, keys, ServerJson.Default.IReadOnlyListAccessKey));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(PathIn(home), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
