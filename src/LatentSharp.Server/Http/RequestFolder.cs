namespace LatentSharp.Server.Http;

/// <summary>A folder for the files of one request or job, gone with it.</summary>
internal sealed class RequestFolder : IDisposable
{
    private const int LongestName = 100;

    private HeldBodies? bodies;

    /// <summary>Makes it.</summary>
    internal RequestFolder() => Path = Directory.CreateTempSubdirectory("latent-server-").FullName;

    /// <summary>Its full path.</summary>
    internal string Path { get; }

    /// <summary>Where a file of a client lies: under a name of its own that says nothing of a folder.</summary>
    internal string Place(string name)
    {
        string plain = Plain(name);
        string place = System.IO.Path.Combine(Path, plain);
        for (int n = 2; File.Exists(place); n++)
            place = System.IO.Path.Combine(Path, $"{System.IO.Path.GetFileNameWithoutExtension(plain)}-{n}{System.IO.Path.GetExtension(plain)}");
        return place;
    }

    /// <summary>A folder within it.</summary>
    internal string Below(string name) => Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;

    /// <summary>Has what the request sent count for as long as it lies here.</summary>
    internal void Hold(HttpContext context) => bodies = HeldBodies.Of(context).Move();

    /// <summary>Removes everything but one folder within it: what was sent has been used.</summary>
    internal void KeepOnly(string name)
    {
        foreach (string file in Directory.EnumerateFiles(Path)) File.Delete(file);
        foreach (string folder in Directory.EnumerateDirectories(Path))
            if (System.IO.Path.GetFileName(folder) != name) Directory.Delete(folder, recursive: true);
        bodies?.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        bodies?.Dispose();
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // The system's own cleaning takes what is still held.
        }
    }

    /// <summary>The last part of a name, of letters, digits and little else.</summary>
    internal static string Plain(string name)
    {
        string last = name[(name.AsSpan().LastIndexOfAny('/', '\\') + 1)..];
        if (last.Length > LongestName) last = last[^LongestName..];
        string plain = string.Concat(last.Select(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_')).TrimStart('.', '-');
        return plain.Length == 0 ? "file" : plain;
    }
}
