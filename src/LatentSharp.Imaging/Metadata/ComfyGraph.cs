using System.Text.Json;
using static LatentSharp.Imaging.Metadata.GenerationParameters;

namespace LatentSharp.Imaging.Metadata;

/// <summary>
/// The graph that ComfyUI writes as "prompt": nodes with inputs that are values or links to other nodes. The settings are found by
/// following links from the node that decodes.
/// </summary>
internal static class ComfyGraph
{
    private const int Farthest = 200;

    public static PictureMetadata Read(string text, PictureMetadata metadata)
    {
        using JsonDocument? document = Json(text);
        if (document?.RootElement is not { ValueKind: JsonValueKind.Object } graph) return metadata;
        metadata = metadata with { Program = "ComfyUI" };

        JsonElement? decode = Nodes().FirstOrDefault(n => Class(n).StartsWith("VAEDecode", StringComparison.Ordinal));
        JsonElement? sampler = decode is { ValueKind: JsonValueKind.Object } d
            ? Upstream(d, "samples", n => Class(n).Contains("Sampler", StringComparison.Ordinal)) : null;
        sampler ??= Nodes().Cast<JsonElement?>().FirstOrDefault(n => Class(n!.Value) is "KSampler" or "KSamplerAdvanced" or "SamplerCustomAdvanced");
        JsonElement? vae = decode is { ValueKind: JsonValueKind.Object } v
            ? Upstream(v, "vae", n => Value(n, "vae_name") is not null || Value(n, "ckpt_name") is not null) : null;
        JsonElement? model = sampler is { } s ? Loader(s) : null;
        model ??= Nodes().Cast<JsonElement?>().FirstOrDefault(n => Name(n!.Value) is not null);
        JsonElement? size = sampler is { } z ? Upstream(z, "latent_image", n => Value(n, "width") is not null) : null;
        JsonElement? guider = sampler is { } g ? Upstream(g, "guider", n => Class(n).Contains("Guider", StringComparison.Ordinal)) : null;
        JsonElement? schedule = sampler is { } c
            ? Upstream(c, "sigmas", n => Value(n, "scheduler") is not null || Value(n, "steps") is not null) : null;
        JsonElement? positive = sampler is { } p ? Linked(p, "positive") : null, negative = sampler is { } n ? Linked(n, "negative") : null;
        positive ??= guider is { } gp ? Linked(gp, "conditioning") ?? Linked(gp, "positive") : null;
        return metadata with
        {
            Prompt = Prompt(positive),
            NegativePrompt = Prompt(negative),
            Checkpoint = model is { } m ? Name(m) : null,
            Autoencoder = vae is { } a ? Value(a, "vae_name") : null,
            Sampler = Of(sampler, "sampler_name")
                ?? (sampler is { } k ? Of(Upstream(k, "sampler", x => Value(x, "sampler_name") is not null), "sampler_name") : null),
            Scheduler = Of(sampler, "scheduler") ?? Of(schedule, "scheduler"),
            Seed = Of(sampler, "seed") ?? Of(sampler, "noise_seed")
                ?? (sampler is { } r ? Of(Upstream(r, "noise", x => Value(x, "noise_seed") is not null), "noise_seed") : null),
            Steps = Integer(Of(sampler, "steps") ?? Of(schedule, "steps")),
            GuidanceScale = Number(Of(sampler, "cfg") ?? Of(guider, "cfg")),
            DistilledGuidance = Number(positive is { } q ? Of(Search(q, x => Value(x, "guidance") is not null), "guidance") : null),
            Width = Integer(Of(size, "width")),
            Height = Integer(Of(size, "height")),
        };

        IEnumerable<JsonElement> Nodes()
            => graph.EnumerateObject().Select(p => p.Value).Where(n => n.ValueKind == JsonValueKind.Object).Take(10_000);

        string Class(JsonElement node) => Member(node, "class_type") ?? "";

        // A value of a node, or of the primitive node that it is linked to.
        string? Value(JsonElement node, string input)
        {
            if (!node.TryGetProperty("inputs", out JsonElement inputs)) return null;
            return Member(inputs, input)
                ?? (Linked(node, input) is { } linked && linked.TryGetProperty("inputs", out JsonElement theirs)
                    ? Member(theirs, "value") ?? Member(theirs, input) : null);
        }

        string? Of(JsonElement? node, string input) => node is { } n ? Value(n, input) : null;

        string? Name(JsonElement node) => Value(node, "unet_name") ?? Value(node, "ckpt_name");

        JsonElement? Linked(JsonElement node, string input)
        {
            if (!node.TryGetProperty("inputs", out JsonElement inputs) || inputs.ValueKind != JsonValueKind.Object
                || !inputs.TryGetProperty(input, out JsonElement link)) return null;
            if (link.ValueKind != JsonValueKind.Array || link.GetArrayLength() != 2
                || link[0].ValueKind is not (JsonValueKind.String or JsonValueKind.Number)) return null;
            string id = link[0].ValueKind == JsonValueKind.String ? link[0].GetString()! : link[0].GetRawText();
            return graph.TryGetProperty(id, out JsonElement target) && target.ValueKind == JsonValueKind.Object ? target : null;
        }

        JsonElement? Upstream(JsonElement node, string input, Func<JsonElement, bool> wanted)
            => Linked(node, input) is { } start ? Search(start, wanted) : null;

        // Along "model" only, or through the guider: a LoRA passes it on.
        JsonElement? Loader(JsonElement node)
        {
            JsonElement? at = Linked(node, "model") ?? (Linked(node, "guider") is { } guide ? Linked(guide, "model") : null);
            for (int step = 0; step < Farthest && at is { } here; step++)
            {
                if (Name(here) is not null) return here;
                at = Linked(here, "model");
            }
            return null;
        }

        // Breadth first over all links; cycles are met once.
        JsonElement? Search(JsonElement start, Func<JsonElement, bool> wanted)
        {
            Queue<JsonElement> open = new([start]);
            HashSet<string> seen = [];
            for (int step = 0; step < Farthest && open.TryDequeue(out JsonElement node); step++)
            {
                if (wanted(node)) return node;
                if (!node.TryGetProperty("inputs", out JsonElement inputs) || inputs.ValueKind != JsonValueKind.Object) continue;
                foreach (JsonProperty input in inputs.EnumerateObject())
                    if (input.Value.ValueKind == JsonValueKind.Array && Linked(node, input.Name) is { } next
                        && seen.Add(input.Value[0].ToString())) open.Enqueue(next);
            }
            return null;
        }

        string? Prompt(JsonElement? conditioning)
            => conditioning is { } start && Search(start, x => Value(x, "text") is not null || Value(x, "t5xxl") is not null) is { } node
            ? Value(node, "text") ?? Value(node, "t5xxl") : null;
    }
}
