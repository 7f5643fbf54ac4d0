using System.Collections.Concurrent;

namespace LatentSharp;

/// <summary>The files of the generator in a folder, where they are read as any others are.</summary>
internal static class UnpackedFiles
{
    private const string Model = "flux1-mini-generator", Prefix = "LatentSharp." + Model + "/";

    // Folders that begin with a dot are looked through by nothing, so that its small encoders are not taken for those of another model.
    private const string Place = ".embedded";

    private static readonly ConcurrentDictionary<string, Lazy<string>> folders = new(StringComparer.Ordinal);

    /// <summary>
    /// The folder with them, below a home or, where nothing can be written there, a temporary one that goes with the process. Files that
    /// are there already and are the same to the byte are left alone.
    /// </summary>
    /// <exception cref="LatentSharpException">They can be written in neither.</exception>
    public static string In(string home) => folders.GetOrAdd(home, h => new Lazy<string>(() => Unpack(h))).Value;

    private static string Unpack(string home)
    {
        try
        {
            return WriteBelow(Path.Combine(home, Place));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Temporary(home);
        }
    }

    private static string Temporary(string home)
    {
        try
        {
            string own = Directory.CreateTempSubdirectory("latentsharp-").FullName;
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Remove(own);
            return WriteBelow(own);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, Path.Combine(home, Place),
                $"the files of {Model} cannot be unpacked, neither there nor in a temporary folder: {e.Message}",
                "Make room on the disk, or let LATENTSHARP_HOME name a folder that can be written.", inner: e);
        }
    }

    private static string WriteBelow(string place)
    {
        string folder = Path.Combine(place, Model);
        foreach (string resource in typeof(UnpackedFiles).Assembly.GetManifestResourceNames())
        {
            if (!resource.StartsWith(Prefix, StringComparison.Ordinal)) continue;
            // Built on Windows, the names of resources have its separators.
            string path = Path.Combine([folder, .. resource[Prefix.Length..].Split('/', '\\')]);
            ReadOnlySpan<byte> content = Content(resource);
            if (IsThere(path, content)) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            string unfinished = Path.Combine(place, Guid.NewGuid().ToString("N"));
            try
            {
                File.WriteAllBytes(unfinished, content);
                File.Move(unfinished, path, overwrite: true);
            }
            finally
            {
                File.Delete(unfinished);
            }
        }
        return folder;
    }

    private static bool IsThere(string path, ReadOnlySpan<byte> content)
        => File.Exists(path) && new FileInfo(path).Length == content.Length && content.SequenceEqual(File.ReadAllBytes(path));

    // Resources lie in the memory of the program.
    private static unsafe ReadOnlySpan<byte> Content(string resource)
    {
        using var stream = (UnmanagedMemoryStream)typeof(UnpackedFiles).Assembly.GetManifestResourceStream(resource)!;
        return new ReadOnlySpan<byte>(stream.PositionPointer, (int)stream.Length);
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // In use by somebody else, or gone already; the system clears its temporary folder.
        }
    }
}
