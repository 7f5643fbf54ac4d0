using System.Text.Json;
using LatentSharp.Weights;

namespace LatentSharp.Autoencoders.Library;

/// <summary>What an <see cref="AutoencoderLibrary"/> remembers between runs, as the JSON file <c>library.json</c> in its home.</summary>
internal sealed record LibraryFile(string? Default, SortedDictionary<string, string> Files, List<string> Folders)
{
    internal const string Name = "library.json";

    internal static LibraryFile Read(string home)
    {
        var library = new LibraryFile(null, new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase), []);
        string path = Path.Combine(home, Name);
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return library;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, $"the list of registered autoencoders cannot be read: {e.Message}",
                $"Make it readable, or set {AutoencoderLibrary.HomeVariable} to another folder.", e);
        }
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            if (root.TryGetProperty("default", out JsonElement name)) library = library with { Default = Text(name) };
            if (root.TryGetProperty("files", out JsonElement files))
                foreach (JsonProperty file in files.EnumerateObject()) library.Files[Named(file.Name)] = Text(file.Value);
            if (root.TryGetProperty("folders", out JsonElement folders))
                foreach (JsonElement folder in folders.EnumerateArray()) library.Folders.Add(Text(folder));
            return library;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, $"the list of registered autoencoders is damaged: {e.Message}",
                "Correct it, or delete it and register them again.", e);
        }

        static string Named(string text) => text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal) ? text
            : throw new FormatException("a name or path in it is empty.");
        static string Text(JsonElement value) => Named(value.GetString() ?? throw new FormatException("a name or path in it is null."));
    }

    /// <summary>Changes the list as it is on disk now. Programs that change it at the same time wait for one another.</summary>
    internal static LibraryFile Change(string home, Func<LibraryFile, LibraryFile> change)
    {
        using FileStream? held = Hold(home);
        LibraryFile changed = change(Read(home));
        changed.Write(home);
        return changed;
    }

    // The lock is a file of its own, for the list itself is replaced by every change. A folder that cannot be written to is refused when
    // the list is written.
    private static FileStream? Hold(string home)
    {
        const int waits = 500;
        for (int wait = 0; ; wait++)
        {
            try
            {
                Directory.CreateDirectory(home);
                return new FileStream(Path.Combine(home, Name + ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (UnauthorizedAccessException)
            {
                return null;
            }
            catch (IOException e) when (wait == waits)
            {
                throw new LatentSharpException(ErrorKind.BadInput, home,
                    $"another program has held the list of registered autoencoders for {waits / 50} seconds: {e.Message}",
                    "Try again when it has finished.", e);
            }
            catch (IOException) when (Directory.Exists(home))
            {
                Thread.Sleep(20);
            }
            catch (IOException)
            {
                return null;
            }
        }
    }

    internal void Write(string home)
    {
        string path = Path.Combine(home, Name);
        try
        {
            Directory.CreateDirectory(home);
            AtomicFile.Write(path, Write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or LatentSharpException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, $"the list of registered autoencoders cannot be written: {e.Message}",
                $"Set {AutoencoderLibrary.HomeVariable} to a folder that can be written to.", e);
        }
    }

    private void Write(Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        if (Default is not null) json.WriteString("default", Default);
        json.WriteStartObject("files");
        foreach ((string name, string file) in Files) json.WriteString(name, file);
        json.WriteEndObject();
        json.WriteStartArray("folders");
        foreach (string folder in Folders) json.WriteStringValue(folder);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
