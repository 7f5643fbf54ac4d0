using System.Text.Json;
using System.Text.Json.Serialization;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Decoding;

/// <summary>
/// Which pictures of a folder were decoded from what: a picture file does not say which latent it comes from. One line for each, so that a
/// run that was killed loses one line at most.
/// </summary>
internal sealed class DecodedJournal : IDisposable
{
    /// <summary>The journal's name in the folder of results.</summary>
    internal const string FileName = ".latent-decoded.jsonl";

    private readonly string folder, settings;
    private readonly Dictionary<string, JournalLine> lines = new(StringComparer.Ordinal);
    private readonly StreamWriter? writer;

    private DecodedJournal(string folder, string settings)
    {
        (this.folder, this.settings) = (folder, settings);
        string file = Path.Combine(folder, FileName);
        bool broken = Read(file);
        try
        {
            writer = new StreamWriter(file, append: true) { AutoFlush = true, NewLine = "\n" };
            if (broken) writer.WriteLine();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            writer = null;      // another run holds it: nothing is lost but the knowledge of what is done
        }
    }

    /// <summary>The journal of the folder that an output lies in.</summary>
    /// <param name="output">The folder of results, which may not be there yet.</param>
    /// <param name="settings">What else decides the result: autoencoder and options.</param>
    internal static DecodedJournal? Open(string output, string settings)
        => Directory.Exists(output) ? new DecodedJournal(output, settings) : null;

    /// <summary>
    /// The pictures that are there already, unchanged since they were decoded from the latent with the same settings; null when there are
    /// none.
    /// </summary>
    /// <param name="output">Where the picture goes.</param>
    /// <param name="digest">SHA-256 of the latent file.</param>
    internal IReadOnlyList<string>? Outputs(string output, string digest)
    {
        if (!lines.TryGetValue(Key(output), out JournalLine? line) || line.Input != digest || line.Settings != settings) return null;
        string[] files = [.. line.Outputs.Select(o => Path.Combine(folder, o.File))];
        for (int i = 0; i < files.Length; i++)
            if (!File.Exists(files[i]) || FileDigest.Sha256(files[i]) != line.Outputs[i].Sha256) return null;
        return files;
    }

    /// <summary>Writes down what was decoded.</summary>
    internal void Add(string output, IReadOnlyList<string> written, string digest)
    {
        var line = new JournalLine(Key(output), digest, settings,
            [.. written.Select(f => new JournalOutput(Key(f), FileDigest.Sha256(f)))]);
        lines[line.Output] = line;
        writer?.WriteLine(JsonSerializer.Serialize(line, JournalJson.Default.JournalLine));
    }

    public void Dispose() => writer?.Dispose();

    private string Key(string file) => Path.GetRelativePath(folder, file);

    // Whether the last line lacks its end: the program was killed while it wrote it.
    private bool Read(string file)
    {
        if (!File.Exists(file)) return false;
        string text = File.ReadAllText(file);
        foreach (string line in text.Split('\n'))
        {
            try
            {
                if (line.Length > 0
                    && JsonSerializer.Deserialize(line, JournalJson.Default.JournalLine) is { Output: not null, Outputs: not null } entry)
                    lines[entry.Output] = entry;
            }
            catch (JsonException)
            {
                // Cut off or written by something else: the picture is decoded again.
            }
        }
        return text.Length > 0 && text[^1] != '\n';
    }
}

/// <summary>The JSON of the journal.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(JournalLine))]
internal sealed partial class JournalJson : JsonSerializerContext;

/// <summary>One line of the journal.</summary>
/// <param name="Output">Where the picture was to go, below the journal's folder.</param>
/// <param name="Input">SHA-256 of the latent file.</param>
/// <param name="Settings">Autoencoder and options.</param>
/// <param name="Outputs">What was written.</param>
internal sealed record JournalLine(string Output, string Input, string Settings, IReadOnlyList<JournalOutput> Outputs);

/// <summary>A picture that was written.</summary>
/// <param name="File">Its path below the journal's folder.</param>
/// <param name="Sha256">Its digest.</param>
internal sealed record JournalOutput(string File, string Sha256);
