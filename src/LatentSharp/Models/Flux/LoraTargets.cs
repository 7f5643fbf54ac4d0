using LatentSharp.Weights;

namespace LatentSharp.Models.Flux;

/// <summary>The rows of a tensor that a module of a LoRA changes.</summary>
/// <param name="Module">BFL's name of the module.</param>
/// <param name="Tensor">Its matrix, or its factors.</param>
/// <param name="First">The first row.</param>
/// <param name="Rows">How many.</param>
/// <param name="SwapsHalves">Whether the file has the halves of these rows in the other order.</param>
internal sealed record LoraTarget(string Module, string Tensor, int First, int Rows, bool SwapsHalves)
{
    /// <summary>The row of the tensor that row <paramref name="row"/> of the LoRA is.</summary>
    public int RowOf(int row) => First + (SwapsHalves ? (row + Rows / 2) % Rows : row);
}

/// <summary>
/// Finds what the modules of LoRA files mean, under the names of every program that writes them: kohya, BFL with PEFT endings, diffusers,
/// OneTrainer (old and new), LyCORIS, XLabs, BFL's control LoRA. Names with underscores cannot be turned back into names with dots; every
/// known name is turned into one and looked up.
/// </summary>
internal sealed class LoraTargets
{
    private static readonly string[] DottedPrefixes = ["model.diffusion_model.", "diffusion_model.", "base_model.model.transformer.",
        "base_model.model.", "transformer.", ""];
    private static readonly string[] UnderscorePrefixes = ["lora_unet_", "lora_transformer_", "lycoris_"];

    private readonly Dictionary<string, LoraTarget> dotted = new(StringComparer.Ordinal), underscored = new(StringComparer.Ordinal);

    /// <param name="weights">The base under BFL's names.</param>
    /// <param name="shapes">Its shapes.</param>
    public LoraTargets(WeightSource weights, FluxShapes shapes)
    {
        foreach (FluxModule module in FluxNames.Modules(shapes.DoubleBlocks, shapes.SingleBlocks))
        {
            string tensor = module.Name + (module.IsScale ? ".scale" : ".weight");
            if (!weights.Tensors.TryGetValue(tensor, out TensorInfo? info)) continue;
            int rows = (int)info.Shape[0];
            var whole = new LoraTarget(module.Name, tensor, 0, rows, false);
            Add(module.Name, whole);
            if (module.IsScale) dotted.TryAdd(tensor, whole);
            int first = 0;
            for (int i = 0; i < module.Parts.Length; i++)
            {
                // q, k and v have as many rows as the stream has features; what is left is the feed-forward part.
                int count = module.Parts.Length == 1 ? rows : i < 3 ? shapes.Hidden : rows - first;
                Add(module.Parts[i], new LoraTarget(module.Name, tensor, first, count, module.SwapsHalves));
                if (module.Parts.Length > 1) Add($"{module.Name}.{i}", new LoraTarget(module.Name, tensor, first, count, false));
                first += count;
            }
        }
        AddXLabs(shapes);
    }

    /// <summary>What a module of a file changes, or null.</summary>
    public LoraTarget? Find(string stem)
    {
        foreach (string prefix in UnderscorePrefixes)
            if (stem.StartsWith(prefix, StringComparison.Ordinal) && underscored.TryGetValue(stem[prefix.Length..], out LoraTarget? known))
                return known;
        foreach (string prefix in DottedPrefixes)
        {
            if (!stem.StartsWith(prefix, StringComparison.Ordinal)) continue;
            string name = stem[prefix.Length..];
            if (dotted.TryGetValue(name, out LoraTarget? known)
                || dotted.TryGetValue(name.Replace(".processor.", ".", StringComparison.Ordinal), out known)) return known;
        }
        return null;
    }

    private void Add(string name, LoraTarget target)
    {
        dotted.TryAdd(name, target);
        underscored.TryAdd(name.Replace('.', '_'), target);
    }

    // 1 is the stream of the picture, 2 that of the text. In single blocks qkv_lora leaves the rows of the feed-forward part alone.
    private void AddXLabs(FluxShapes shapes)
    {
        for (int i = 0; i < shapes.DoubleBlocks; i++)
            foreach ((string stream, int number) in new[] { ("img", 1), ("txt", 2) })
                foreach (string part in new[] { "qkv", "proj" })
                    if (dotted.TryGetValue($"double_blocks.{i}.{stream}_attn.{part}", out LoraTarget? target))
                        dotted[$"double_blocks.{i}.processor.{part}_lora{number}"] = target;
        for (int i = 0; i < shapes.SingleBlocks; i++)
        {
            if (dotted.TryGetValue($"single_blocks.{i}.linear1", out LoraTarget? linear1))
                dotted[$"single_blocks.{i}.processor.qkv"] = linear1 with { Rows = 3 * shapes.Hidden };
            if (dotted.TryGetValue($"single_blocks.{i}.linear2", out LoraTarget? linear2)) dotted[$"single_blocks.{i}.processor.proj"] = linear2;
        }
    }
}
