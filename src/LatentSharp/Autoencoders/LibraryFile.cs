using System.Text.Json;
using LatentSharp.Weights;

namespace LatentSharp.Autoencoders;

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
            throw new LatentSharpException(ErrorKind.BadInput, path, $"the list of registered autoencoders cannot be read: {e.Message}", $"Make it readable, or set {AutoencoderLibrary.HomeVariable} to another folder.", e);
        }
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            if (root.TryGetProperty("default", out JsonElement name)) library = library with { Default = name.GetString() };
            if (root.TryGetProperty("files", out JsonElement files))
                foreach (JsonProperty file in files.EnumerateObject()) library.Files[file.Name] = file.Value.GetString()!;
            if (root.TryGetProperty("folders", out JsonElement folders))
                foreach (JsonElement folder in folders.EnumerateArray()) library.Folders.Add(folder.GetString()!);
            return library;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, "this is not the list of registered autoencoders that this library writes.", "Delete it and register them again.", e);
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
            throw new LatentSharpException(ErrorKind.BadInput, path, $"the list of registered autoencoders cannot be written: {e.Message}", $"Set {AutoencoderLibrary.HomeVariable} to a folder that can be written to.", e);
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
