using System.Text.Json;
using System.Text.Json.Serialization;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Batches;

/// <summary>
/// Which pictures of a folder were made from what: a picture file does not say which file it comes from. One line for each, so that a run
/// that was killed loses one line at most.
/// </summary>
internal sealed class ResultJournal : IDisposable
{
    private readonly string folder, settings;
    private readonly Dictionary<string, JournalLine> lines = new(StringComparer.Ordinal);
    private readonly StreamWriter? writer;

    private ResultJournal(string folder, string name, string settings)
    {
        (this.folder, this.settings) = (folder, settings);
        string file = Path.Combine(folder, name);
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
    /// <param name="name">The journal's name in that folder.</param>
    /// <param name="settings">What else decides the result: autoencoder and options.</param>
    internal static ResultJournal? Open(string output, string name, string settings)
        => Directory.Exists(output) ? new ResultJournal(output, name, settings) : null;

    /// <summary>
    /// The pictures that are there already, unchanged since they were made from the same content with the same settings, and what was
    /// written down beside them; null when there are none.
    /// </summary>
    /// <param name="output">Where the picture goes.</param>
    /// <param name="digest">SHA-256 of the input file.</param>
    internal (IReadOnlyList<string> Files, string? Facts)? Done(string output, string digest)
    {
        if (!lines.TryGetValue(Key(output), out JournalLine? line) || line.Input != digest || line.Settings != settings) return null;
        string[] files = [.. line.Outputs.Select(o => Path.Combine(folder, o.File))];
        for (int i = 0; i < files.Length; i++)
            if (!File.Exists(files[i]) || FileDigest.Sha256(files[i]) != line.Outputs[i].Sha256) return null;
        return (files, line.Facts);
    }

    /// <summary>Writes down what was made.</summary>
    internal void Add(string output, IReadOnlyList<string> written, string digest, string? facts = null)
    {
        var line = new JournalLine(Key(output), digest, settings,
            [.. written.Select(f => new JournalOutput(Key(f), FileDigest.Sha256(f)))], facts);
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
                // Cut off or written by something else: it is done again.
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
/// <param name="Input">SHA-256 of the input file.</param>
/// <param name="Settings">Autoencoder and options.</param>
/// <param name="Outputs">What was written.</param>
/// <param name="Facts">What else belongs to the result, as the use case writes it; null for nothing.</param>
internal sealed record JournalLine(string Output, string Input, string Settings, IReadOnlyList<JournalOutput> Outputs,
    string? Facts = null);

/// <summary>A picture that was written.</summary>
/// <param name="File">Its path below the journal's folder.</param>
/// <param name="Sha256">Its digest.</param>
internal sealed record JournalOutput(string File, string Sha256);
