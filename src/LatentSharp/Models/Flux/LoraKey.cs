namespace LatentSharp.Models.Flux;

/// <summary>What a tensor of a LoRA file is to the module that it changes.</summary>
internal enum LoraRole
{
    /// <summary>[rank, in].</summary>
    Down,
    /// <summary>[out, rank].</summary>
    Up,
    /// <summary>Added to the offset.</summary>
    UpBias,
    /// <summary>Over the rank, what the product counts.</summary>
    Alpha,
    /// <summary>The lengths of the rows or columns of the changed matrix.</summary>
    DoraScale,
    LokrW1, LokrW1A, LokrW1B, LokrW2, LokrW2A, LokrW2B,
    HadaW1A, HadaW1B, HadaW2A, HadaW2B,
    /// <summary>Added to the matrix.</summary>
    Diff,
    /// <summary>Added to the offset.</summary>
    DiffBias,
    /// <summary>Stands in place of the tensor, whatever the strength.</summary>
    Replacement,
}

/// <summary>The name of a tensor in a LoRA file, taken apart: which module, and what of it.</summary>
/// <param name="Stem">The module, as the file calls it.</param>
/// <param name="Role">What the tensor is to it.</param>
internal readonly record struct LoraKey(string Stem, LoraRole Role)
{
    // Longest first: `.lora_A.default.weight` ends with no other, `_lora.down.weight` ends with `.down.weight`.
    private static readonly (string End, LoraRole Role)[] Ends = [.. new (string, LoraRole)[]
    {
        (".lora_down.weight", LoraRole.Down), (".lora_up.weight", LoraRole.Up), (".lora_A.weight", LoraRole.Down),
        (".lora_B.weight", LoraRole.Up),
        (".lora_A.default.weight", LoraRole.Down), (".lora_B.default.weight", LoraRole.Up), (".lora_B.bias", LoraRole.UpBias),
        (".lora.down.weight", LoraRole.Down), (".lora.up.weight", LoraRole.Up), ("_lora.down.weight", LoraRole.Down),
        ("_lora.up.weight", LoraRole.Up),
        (".lora_linear_layer.down.weight", LoraRole.Down), (".lora_linear_layer.up.weight", LoraRole.Up), (".down.weight", LoraRole.Down),
        (".up.weight", LoraRole.Up), (".alpha", LoraRole.Alpha), (".dora_scale", LoraRole.DoraScale),
        (".lokr_w1", LoraRole.LokrW1), (".lokr_w1_a", LoraRole.LokrW1A), (".lokr_w1_b", LoraRole.LokrW1B),
        (".lokr_w2", LoraRole.LokrW2), (".lokr_w2_a", LoraRole.LokrW2A), (".lokr_w2_b", LoraRole.LokrW2B),
        (".hada_w1_a", LoraRole.HadaW1A), (".hada_w1_b", LoraRole.HadaW1B), (".hada_w2_a", LoraRole.HadaW2A),
        (".hada_w2_b", LoraRole.HadaW2B), (".diff", LoraRole.Diff), (".diff_b", LoraRole.DiffBias), (".set_weight", LoraRole.Replacement),
    }.OrderByDescending(e => e.Item1.Length)];

    /// <summary>The key of a tensor's name, or null for a name of no known form.</summary>
    public static LoraKey? Parse(string name)
    {
        foreach ((string end, LoraRole role) in Ends)
            if (name.EndsWith(end, StringComparison.Ordinal)) return new LoraKey(name[..^end.Length], role);
        // BFL's control LoRA holds the factors of the norms as they are to be.
        return name.EndsWith("_norm.scale", StringComparison.Ordinal) ? new LoraKey(name, LoraRole.Replacement) : null;
    }
}
