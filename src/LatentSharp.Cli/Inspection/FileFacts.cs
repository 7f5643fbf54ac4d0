using System.Globalization;
using System.Text.Json;
using LatentSharp.Cli.Files;
using LatentSharp.Latents;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Cli.Inspection;

/// <summary>What <c>latent inspect</c> found out about a file, in the order in which it is shown. Each fact has a stable name in JSON and a text for people.</summary>
internal sealed class FileFacts(string path)
{
    /// <summary>Files up to this many bytes are read whole without being asked.</summary>
    internal const long DigestUnasked = 64_000_000;

    private readonly List<(string Name, string? Text, Action<Utf8JsonWriter> Write)> facts = [];
    private readonly List<string> notes = [];
    private readonly List<TensorInfo> tensors = [];

    /// <summary>What kind of file it is, one word or two.</summary>
    internal string Kind { get; private set; } = "";

    /// <summary>Looks at a file or a diffusers folder.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="digest">Whether the digests of a large file are computed too.</param>
    /// <param name="tensors">Whether every tensor is listed.</param>
    /// <param name="cancellationToken">Ends the computing of the digests.</param>
    /// <exception cref="LatentSharpException">The file cannot be read, or is damaged.</exception>
    internal static FileFacts Of(string path, bool digest, bool tensors, CancellationToken cancellationToken)
    {
        var facts = new FileFacts(path);
        long? bytes = null;
        string? sha256 = null;
        if (File.Exists(path))
        {
            bytes = new FileInfo(path).Length;
            facts.Add("bytes", bytes.Value, string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes"));
            if (bytes <= DigestUnasked || digest) facts.Add("sha256", sha256 = FileDigest.Sha256(path, null, cancellationToken));
            if (!FileContent.IsSafetensors(path) && PictureFacts.TryAdd(facts, path)) return facts;
        }
        using WeightFile weights = WeightFiles.Open(path);
        if (LatentFile.KindOf(weights) != LatentFileKind.None) LatentFacts.Add(facts, weights);
        else if (TensorImageFile.Is(weights)) TensorImageFacts.Add(facts, weights);
        else WeightFacts.Add(facts, weights, digest, bytes, sha256, cancellationToken);
        if (tensors) facts.AddTensors(weights);
        return facts;
    }

    /// <summary>The first fact: what kind of file it is.</summary>
    internal void AddKind(string kind)
    {
        Kind = kind;
        Add("kind", kind);
    }

    internal void Add(string name, string? value) => facts.Add((name, value, json => json.WriteString(name, value)));

    internal void Add(string name, long value, string? text = null) => facts.Add((name, text ?? value.ToString("N0", CultureInfo.InvariantCulture), json => json.WriteNumber(name, value)));

    internal void Add(string name, bool value) => facts.Add((name, value ? "yes" : "no", json => json.WriteBoolean(name, value)));

    /// <summary>A fact that JSON gives in its own form; null text shows nothing to people.</summary>
    internal void Add(string name, string? text, Action<Utf8JsonWriter> write) => facts.Add((name, text, write));

    /// <summary>Text by key, as files carry it about themselves.</summary>
    internal void AddMetadata(IReadOnlyDictionary<string, string> metadata)
    {
        string? text = metadata.Count == 0 ? null : string.Join("\n", metadata.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key} = {Shortened(m.Value)}"));
        Add("metadata", text, json =>
        {
            json.WriteStartObject("metadata");
            foreach ((string key, string value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(key, value);
            json.WriteEndObject();
        });
    }

    private void AddTensors(WeightSource source) => tensors.AddRange(source.Tensors.Values.OrderBy(t => t.Name, StringComparer.Ordinal));

    internal void Note(string text) => notes.Add(text);

    internal void Print(Output report)
    {
        report.Line(path);
        int width = facts.Max(f => f.Name.Length);
        foreach ((string name, string? text, _) in facts)
        {
            if (text is null) continue;
            string[] lines = text.Split('\n');
            report.Line($"  {name.Replace('_', ' ').PadRight(width)}  {lines[0]}");
            foreach (string line in lines.AsSpan(1)) report.Line($"  {new string(' ', width)}  {line}");
        }
        foreach (string note in notes) report.Line($"  {"note".PadRight(width)}  {note}");
        foreach (TensorInfo tensor in tensors) report.Line($"  {tensor.Name}  {tensor.Type.Name()} {tensor.Shape}");
        report.Object(json =>
        {
            json.WriteString("file", path);
            foreach ((_, _, Action<Utf8JsonWriter> write) in facts) write(json);
            JsonParts.Strings(json, "notes", notes);
            if (tensors.Count == 0) return;
            json.WriteStartArray("tensors_listed");
            foreach (TensorInfo tensor in tensors)
            {
                json.WriteStartObject();
                json.WriteString("name", tensor.Name);
                json.WriteString("type", tensor.Type.Name());
                json.WriteStartArray("shape");
                foreach (long d in tensor.Shape.Dimensions) json.WriteNumberValue(d);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    private static string Shortened(string value)
    {
        string line = value.ReplaceLineEndings(" ");
        return line.Length <= 100 ? line : line[..97] + "...";
    }
}
