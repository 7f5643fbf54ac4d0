using System.Text.Json;
using LatentSharp.Weights;

namespace LatentSharp.Datasets.Manifests;

/// <summary>The lines that one process adds to a manifest, each written as soon as its picture is done.</summary>
internal sealed class Journal : IDisposable
{
    /// <summary>How journals end; their names tell machine and process.</summary>
    public const string Extension = ".journal";

    private readonly FileStream stream;
    private readonly Lock gate = new();
    private int added;

    /// <summary>Begins one.</summary>
    /// <exception cref="LatentSharpException">The folder cannot be written to.</exception>
    public Journal(string folder)
    {
        Path = System.IO.Path.Combine(folder, System.IO.Path.ChangeExtension(TemporaryName.New(), Extension));
        try
        {
            stream = new FileStream(Path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, folder, $"this folder cannot be written to: {e.Message}",
                "Write somewhere else, or see to its permissions and the room on its disk.", e);
        }
    }

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>Adds an entry: in one piece, so that a reader sees all of it or a line without its end.</summary>
    public void Add(ManifestEntry entry)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(entry, ManifestJson.Default.ManifestEntry), (byte)'\n'];
        lock (gate)
        {
            stream.Write(line);
            stream.Flush();
            added++;
        }
    }

    /// <summary>Whether the process that wrote a journal on this machine is no more.</summary>
    public static bool IsOver(string path)
        => path.EndsWith(Extension, StringComparison.Ordinal) && TemporaryName.IsStale(System.IO.Path.ChangeExtension(path, ".tmp"));

    /// <summary>Ends it: from now on it is a segment like others, whoever wrote it. One without lines is removed.</summary>
    public void Seal()
    {
        stream.Dispose();
        if (added == 0) File.Delete(Path);
        else File.Move(Path, System.IO.Path.ChangeExtension(Path, Manifest.Sealed));
    }

    public void Dispose() => stream.Dispose();
}
