using System.Globalization;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Prompting;

/// <summary>
/// What text encoders have made of prompts, kept in a folder of the library's home by everything that decides it: the text, its length, the
/// digests of both encoders and of their vocabularies. A prompt that was encoded once spares reading encoders of gigabytes again. A file
/// that is damaged or cannot be written costs no more than the encoding.
/// </summary>
internal sealed class PromptCache
{
    /// <summary>The name of the folder.</summary>
    public const string FolderName = "prompts";

    // Texts of T5-XXL take 8 MB each.
    private const int Most = 64;

    private const string Note = "note.", Key = "latentsharp.prompt_key";

    private readonly string folder, encoders;

    /// <summary>The cache for texts by these encoders.</summary>
    /// <param name="home">The library's home, which need not exist.</param>
    /// <param name="digests">The digests of both encoders, CLIP's first.</param>
    /// <param name="parts">Where the vocabularies lie, and what shapes do not show.</param>
    /// <exception cref="LatentSharpException">A vocabulary is missing.</exception>
    public PromptCache(string home, IEnumerable<string> digests, FluxParts parts)
    {
        folder = Path.Combine(home, FolderName);
        string beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(parts.Clip!))!, "config.json");
        string? configuration = parts.Configuration ?? (File.Exists(beside) ? beside : null);
        string[] files = [.. FluxText.Vocabularies(parts), .. configuration is null ? [] : new[] { configuration }];
        encoders = string.Join('\n', digests.Concat(files.Select(f => FileDigest.Sha256(f))));
    }

    /// <summary>The text of a prompt; null where it has not been kept.</summary>
    public TextConditioning? Find(string prompt, int length)
    {
        string key = KeyOf(prompt, length), path = PathOf(key);
        if (!File.Exists(path)) return null;
        try
        {
            TextConditioning found = ConditioningFile.Load(path);
            using SafetensorsFile file = SafetensorsFile.Open(path);
            if (file.Metadata.GetValueOrDefault(Key) != key || found.Prompt != prompt || found.Tokens != length) return null;
            // The oldest go first.
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
            return found with
            {
                Notes = [.. file.Metadata.Where(m => m.Key.StartsWith(Note, StringComparison.Ordinal))
                    .OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => m.Value)],
            };
        }
        catch (Exception error) when (error is LatentSharpException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps the text of a prompt, and forgets those that were not used for longest where there are many.</summary>
    public void Keep(TextConditioning text)
    {
        string key = KeyOf(text.Prompt, text.Tokens);
        var metadata = new Dictionary<string, string> { [Key] = key };
        for (int i = 0; i < text.Notes.Count; i++) metadata[Note + i.ToString(CultureInfo.InvariantCulture)] = text.Notes[i];
        try
        {
            Directory.CreateDirectory(folder);
            ConditioningFile.Save(PathOf(key), text, metadata);
            foreach (FileInfo old in new DirectoryInfo(folder).GetFiles("*.safetensors").OrderByDescending(f => f.LastWriteTimeUtc).Skip(Most))
                old.Delete();
        }
        catch (Exception error) when (error is LatentSharpException or IOException or UnauthorizedAccessException)
        {
        }
    }

    private string PathOf(string key) => Path.Combine(folder, key[..32] + ".safetensors");

    private string KeyOf(string prompt, int length) => Sha256.OfText(
        string.Create(CultureInfo.InvariantCulture, $"2\n{encoders}\n{length}\n{prompt}"));
}
