using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Weights.Files;
using LatentSharp.Weights;

namespace LatentSharp.Cli.Inspection;

/// <summary>A file of weights: which autoencoder it is, or why it is none.</summary>
internal static class WeightFacts
{
    /// <summary>Adds what a file or diffusers folder of weights is.</summary>
    internal static void Add(FileFacts facts, WeightFile file, bool digest, long? bytes, string? sha256, CancellationToken cancellationToken)
        => Add(facts, file, file.Format, () => Autoencoder.Open(file.Path), digest, bytes, sha256, cancellationToken);

    /// <summary>Adds what a source of weights is.</summary>
    /// <param name="facts">Where it is written down.</param>
    /// <param name="file">The source.</param>
    /// <param name="format">The container format.</param>
    /// <param name="open">Opens it as an autoencoder.</param>
    /// <param name="digest">Whether content digests are computed although there is much to read.</param>
    /// <param name="bytes">The size of its file, if it is one.</param>
    /// <param name="sha256">The digest of its file, if that was computed.</param>
    /// <param name="cancellationToken">Ends the computing of digests.</param>
    internal static void Add(FileFacts facts, WeightSource file, string format, Func<Autoencoder> open, bool digest, long? bytes, string? sha256, CancellationToken cancellationToken)
    {
        CanonicalWeights weights = CanonicalWeights.From(file);
        string? reason = null;
        Autoencoder? autoencoder = null;
        try
        {
            autoencoder = open();
        }
        catch (LatentSharpException e)
        {
            reason = e.What;
        }
        using (autoencoder)
        {
            facts.AddKind(autoencoder is null ? "weights" : "autoencoder");
            if (autoencoder is not null)
            {
                facts.Add("family", autoencoder.Family.Title, json => json.WriteString("family", autoencoder.Family.Id));
                IdentityFacts.Add(facts, autoencoder, weights, digest, bytes, sha256, cancellationToken);
                facts.Add("space", autoencoder.Space.ToString(), json => json.WriteString("space", autoencoder.Space.Id));
                facts.Add("can_encode", autoencoder.CanEncode);
                facts.Add("can_decode", autoencoder.CanDecode);
                facts.Add("evidence", autoencoder.Evidence.Count == 0 ? null : string.Join('\n', autoencoder.Evidence), json => JsonParts.Strings(json, "evidence", autoencoder.Evidence.Select(e => e.ToString())));
                // Notes repeat the deciding evidence for those who see nothing else.
                foreach (string note in autoencoder.Notes.Except(autoencoder.Evidence.Select(e => e.ToString()))) facts.Note(note);
            }
            if (reason is not null) facts.Note("not an autoencoder that can be used: " + reason);
        }
        facts.Add("format", format);
        facts.Add("layout", weights.Layout);
        facts.Add("prefix", weights.Prefix.Length == 0 ? null : weights.Prefix);
        facts.Add("parameters", weights.Tensors.Values.Sum(t => t.Shape.ElementCount));
        facts.Add("tensors", file.Tensors.Count);
        (string Type, int Count)[] types = [.. file.Tensors.Values.GroupBy(t => t.Type).OrderByDescending(g => g.Sum(t => t.ByteLength)).Select(g => (g.Key.Name(), g.Count()))];
        facts.Add("element_types", string.Join(", ", types.Select(t => $"{t.Type} ({t.Count})")), json =>
        {
            json.WriteStartObject("element_types");
            foreach ((string type, int count) in types) json.WriteNumber(type, count);
            json.WriteEndObject();
        });
        foreach (string half in (string[])["encoder", "decoder"])
        {
            long[] widths = Widths(weights, half);
            if (widths.Length == 0) continue;
            facts.Add(half + "_widths", string.Join(", ", widths), json =>
            {
                json.WriteStartArray(half + "_widths");
                foreach (long width in widths) json.WriteNumberValue(width);
                json.WriteEndArray();
            });
        }
        facts.AddMetadata(file.Metadata);
        if (autoencoder is null && weights.Layout != "unknown" && weights.Unused.Count > 0) facts.Note($"{weights.Unused.Count} tensors are no part of the autoencoder: {string.Join("; ", TensorNames.Summarize(weights.Unused).Take(4))}");
    }

    /// <summary>Channels of each level of a KL autoencoder, fine to coarse; none for other kinds.</summary>
    private static long[] Widths(CanonicalWeights weights, string half)
    {
        string levels = half == "encoder" ? "encoder.down." : "decoder.up.";
        var widths = new List<long>();
        while (weights.Tensors.TryGetValue($"{levels}{widths.Count}.block.0.conv1.weight", out TensorInfo? tensor)) widths.Add(tensor.Shape[0]);
        return [.. widths];
    }
}
