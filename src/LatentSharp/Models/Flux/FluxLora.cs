using System.Text.Json;
using LatentSharp.Weights;
using LatentSharp.Weights.Views;

namespace LatentSharp.Models.Flux;

/// <summary>A LoRA and how strongly it acts.</summary>
/// <param name="File">The file.</param>
/// <param name="Strength">1 as it was trained; may be negative.</param>
internal sealed record LoraFile(WeightSource File, float Strength = 1);

/// <summary>A FLUX.1 transformer with LoRAs over it.</summary>
/// <param name="Weights">The changed weights: a view, which computes what is changed while it is read.</param>
/// <param name="Unknown">Names of tensors of the files that no module of the transformer knows.</param>
/// <param name="TextEncoders">Names of tensors that are for the text encoders.</param>
internal sealed record FluxLoraResult(WeightSource Weights, IReadOnlyList<string> Unknown, IReadOnlyList<string> TextEncoders);

/// <summary>
/// Lays LoRAs and their relatives over the weights of a FLUX.1 transformer. Low-rank products are added where the weights are read, so
/// quantised weights stay as they are; LoKr, LoHa, DoRA and differences become float32 matrices in memory.
/// </summary>
internal static class FluxLora
{
    private static readonly string[] TextEncoderPrefixes = ["lora_te", "text_encoder"];

    private static readonly (string Part, string What)[] Others =
    [
        ("_down_blocks_", "Stable Diffusion"), (".down_blocks.", "Stable Diffusion"), ("input_blocks", "Stable Diffusion"),
            ("joint_blocks", "Stable Diffusion 3"),
        ("single_stream_modulation", "FLUX.2"), ("double_stream_modulation", "FLUX.2"), ("distilled_guidance_layer", "Chroma"),
            ("img_attn_qkv", "HunyuanVideo"),
        (".img_mod.1.", "Qwen-Image"), ("_img_mod_1.", "Qwen-Image"), ("self_attn", "Wan"), ("cross_attn", "Wan"),
    ];

    /// <summary>Lays <paramref name="loras"/> over <paramref name="weights"/>; their order does not matter.</summary>
    /// <param name="weights">The transformer under BFL's names: <see cref="FluxWeights.From"/>.</param>
    /// <param name="loras">The files.</param>
    /// <exception cref="LatentSharpException">A file is no LoRA of FLUX.1, or one of a model of another size, or is damaged.</exception>
    public static FluxLoraResult Apply(WeightSource weights, params IReadOnlyList<LoraFile> loras)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(loras);
        var targets = new LoraTargets(weights, FluxShapes.From(weights));
        List<string> unknown = [], textEncoders = [];
        var modules = new List<(LoraModule Module, float Strength, double? Scale)>();
        foreach (LoraFile lora in loras)
        {
            double? scale = ScaleOfFile(lora.File);
            foreach (LoraModule module in Read(lora.File, targets, unknown, textEncoders)) modules.Add((module, lora.Strength, scale));
        }
        WeightSource wide = Widen(weights, modules.Select(m => m.Module));
        var changed = new OverlaidWeights(wide);
        var dense = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach ((LoraModule module, float strength, double? scale) in modules) Apply(module, strength, scale, wide, changed, dense);
        foreach ((string name, float[] values) in dense) changed.Replace(name, values);
        return new FluxLoraResult(changed, unknown, textEncoders);
    }

    internal static List<LoraModule> Read(WeightSource file, LoraTargets targets, List<string> unknown, List<string> textEncoders)
    {
        var modules = new Dictionary<string, LoraModule>(StringComparer.Ordinal);
        int others = 0;
        foreach (TensorInfo tensor in file.Tensors.Values)
        {
            if (TextEncoderPrefixes.Any(p => tensor.Name.StartsWith(p, StringComparison.Ordinal)))
            {
                textEncoders.Add(tensor.Name);
                others++;
            }
            else if (LoraKey.Parse(tensor.Name) is { } key && targets.Find(key.Stem) is { } target)
            {
                if (!modules.TryGetValue(key.Stem, out LoraModule? module))
                    modules[key.Stem] = module = new LoraModule(file, key.Stem, target, []);
                if (!module.Tensors.TryAdd(key.Role, tensor))
                    throw new LatentSharpException(ErrorKind.BadInput, file.Name, $"{tensor.Name} is there under two names.");
            }
            else
            {
                unknown.Add(tensor.Name);
            }
        }
        if (modules.Count > 0 || others > 0) return [.. modules.Values];
        string? other = Others.FirstOrDefault(o => file.Tensors.Keys.Any(n => n.Contains(o.Part, StringComparison.Ordinal))).What;
        string example = file.Tensors.Keys.FirstOrDefault() ?? "nothing";
        throw new LatentSharpException(ErrorKind.Mismatch, file.Name,
            "a LoRA of FLUX.1 was expected; "
                + $"{(other is null ? "no tensor has the name of one of its modules" : $"this one is for {other}")} (found: {example}).",
            Remedy.Inspect(file.Name));
    }

    // Files of diffusers say alpha and rank of all modules in their header.
    internal static double? ScaleOfFile(WeightSource file)
    {
        if (!file.Metadata.TryGetValue("lora_adapter_metadata", out string? text)) return null;
        try
        {
            using JsonDocument page = JsonDocument.Parse(text);
            return page.RootElement.TryGetProperty("transformer.r", out JsonElement rank)
                && page.RootElement.TryGetProperty("transformer.lora_alpha", out JsonElement alpha)
                && rank.TryGetDouble(out double r) && alpha.TryGetDouble(out double a) && r > 0 ? a / r : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, file.Name, $"its entry lora_adapter_metadata is damaged: {error.Message}", inner: error);
        }
    }

    // BFL's control LoRA gives img_in the features of a control picture: zeros, before the LoRA is added.
    private static WeightSource Widen(WeightSource weights, IEnumerable<LoraModule> modules)
    {
        const string name = "img_in.weight";
        TensorInfo input = weights.Tensors[name];
        int rows = (int)input.Shape[0], columns = (int)input.Shape[1];
        int wanted = modules.Where(m => m.Target.Tensor == name && m.IsProduct).Select(m => m.Columns).Append(columns).Max();
        if (wanted != 2 * columns) return weights;
        float[] narrow = weights.Read(input), wide = new float[rows * wanted];
        for (int row = 0; row < rows; row++) narrow.AsSpan(row * columns, columns).CopyTo(wide.AsSpan(row * wanted));
        var memory = new MemoryWeights(weights.Name);
        memory.Add(name, wide, rows, wanted);
        var view = new RenamedWeights(weights, n => n == name ? null : n);
        view.TryAdd(name, memory, memory.Tensors[name]);
        return view;
    }

    private static void Apply(LoraModule module, float strength, double? scale, WeightSource weights, OverlaidWeights changed,
        Dictionary<string, float[]> dense)
    {
        LoraTarget target = module.Target;
        TensorInfo tensor = weights.Tensors[target.Tensor];
        int rows = (int)tensor.Shape[0], columns = (int)(tensor.Shape.ElementCount / rows);
        if (module.Has(LoraRole.Replacement))
        {
            float[] values = module.Read(LoraRole.Replacement);
            Check(values.Length, target.Rows * columns);
            float[] all = Dense(target.Tensor);
            for (int row = 0; row < target.Rows; row++)
                values.AsSpan(row * columns, columns).CopyTo(all.AsSpan(target.RowOf(row) * columns));
        }
        foreach (LoraRole role in new[] { LoraRole.UpBias, LoraRole.DiffBias })
        {
            if (!module.Has(role)) continue;
            if (!weights.Tensors.ContainsKey(target.Module + ".bias"))
                throw new LatentSharpException(ErrorKind.Mismatch, module.File.Name, $"{module.Stem} changes an offset, and {target.Module} has none.");
            float[] values = module.Read(role), bias = Dense(target.Module + ".bias");
            Check(values.Length, target.Rows);
            for (int row = 0; row < target.Rows; row++) bias[target.RowOf(row)] += strength * values[row];
        }
        if (module.IsProduct)
        {
            float[] up = module.Read(LoraRole.Up), down = module.Read(LoraRole.Down);
            int rank = module.Rank;
            Check(up.Length, target.Rows * rank);
            Check(down.Length, rank * columns);
            // Rows of other modules in the same tensor get a factor of 0.
            var all = new float[rows * rank];
            for (int row = 0; row < target.Rows; row++) up.AsSpan(row * rank, rank).CopyTo(all.AsSpan(target.RowOf(row) * rank));
            changed.AddProduct(target.Tensor, all, down, rank, (float)(strength * module.Scale(rank, scale)));
        }
        else if (module.Tensors.Keys.Any(r => r is not (LoraRole.Alpha or LoraRole.UpBias or LoraRole.DiffBias or LoraRole.Replacement)))
        {
            float[] original = weights.Read(tensor), own = new float[target.Rows * columns];
            for (int row = 0; row < target.Rows; row++)
                original.AsSpan(target.RowOf(row) * columns, columns).CopyTo(own.AsSpan(row * columns));
            double[] change = module.Change(own, target.Rows, columns, scale);
            Check(change.Length, own.Length);
            float[] all = Dense(target.Tensor);
            for (int i = 0; i < change.Length; i++) all[target.RowOf(i / columns) * columns + i % columns] += (float)(strength * change[i]);
        }

        float[] Dense(string name)
        {
            if (!dense.TryGetValue(name, out float[]? values)) dense[name] = values = weights.Read(weights.Tensors[name]);
            return values;
        }

        void Check(int found, int expected)
        {
            if (found != expected)
                throw new LatentSharpException(ErrorKind.Mismatch, module.File.Name,
                    $"{module.Stem} has {found} values where {target.Module} [{target.Rows} of {rows} rows, {columns} columns] takes "
                        + $"{expected}; the LoRA is for a model of another size.");
        }
    }
}
