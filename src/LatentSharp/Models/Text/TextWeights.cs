using LatentSharp.Weights;
using LatentSharp.Weights.Views;

namespace LatentSharp.Models.Text;

/// <summary>
/// The weights of text encoders under the names of transformers, whatever file they come from: ComfyUI's, diffusers', whole checkpoints,
/// GGUF.
/// </summary>
internal static class TextWeights
{
    private const string ClipMark = "text_model.embeddings.token_embedding.weight", T5Mark = "encoder.final_layer_norm.weight";
    private const string GgufMark = "enc.output_norm.weight";

    // llama.cpp, gguf-py/gguf/tensor_mapping.py.
    private static readonly (string Gguf, string Name)[] GgufNames =
    [
        ("attn_q", "layer.0.SelfAttention.q"), ("attn_k", "layer.0.SelfAttention.k"),
        ("attn_v", "layer.0.SelfAttention.v"), ("attn_o", "layer.0.SelfAttention.o"),
        ("attn_rel_b", "layer.0.SelfAttention.relative_attention_bias"), ("attn_norm", "layer.0.layer_norm"),
        ("ffn_gate", "layer.1.DenseReluDense.wi_0"), ("ffn_up", "layer.1.DenseReluDense.wi_1"),
        ("ffn_down", "layer.1.DenseReluDense.wo"), ("ffn_norm", "layer.1.layer_norm"),
    ];

    /// <summary>Whether a file holds CLIP's text encoder.</summary>
    public static bool HasClip(WeightSource file) => CheckpointPart.PrefixOf(file, ClipMark) is not null;

    /// <summary>Whether a file holds an encoder of T5.</summary>
    public static bool HasT5(WeightSource file) => file.Tensors.ContainsKey(GgufMark) || CheckpointPart.PrefixOf(file, T5Mark) is not null;

    /// <summary>A view of a file with CLIP's text encoder.</summary>
    /// <exception cref="LatentSharpException">The file holds none.</exception>
    public static WeightSource Clip(WeightSource file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return CheckpointPart.Below(file, CheckpointPart.PrefixOf(file, ClipMark) ?? throw Missing(file, "CLIP's text encoder", ClipMark));
    }

    /// <summary>A view of a file with the encoder of T5 v1.1.</summary>
    /// <exception cref="LatentSharpException">The file holds none.</exception>
    public static WeightSource T5(WeightSource file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Tensors.ContainsKey(GgufMark)) return new RenamedWeights(file, FromGguf);
        WeightSource weights = CheckpointPart.Below(file, CheckpointPart.PrefixOf(file, T5Mark) ?? throw Missing(file, "an encoder of T5", T5Mark));
        // Some files have the embedding under the encoder's name only.
        return weights.Tensors.ContainsKey("shared.weight") ? weights
            : new RenamedWeights(weights, n => n == "encoder.embed_tokens.weight" ? "shared.weight" : n);
    }

    /// <summary>Rows and columns of a matrix.</summary>
    internal static (int Rows, int Columns) Matrix(WeightScope w)
        => w.ShapeOf("weight") is { Rank: 2 } shape && shape[0] <= int.MaxValue && shape[1] <= int.MaxValue
            ? ((int)shape[0], (int)shape[1])
            : throw new LatentSharpException(ErrorKind.BadInput, w.Source.Name, $"the matrix {w.Path}.weight of a text encoder is missing.",
                Remedy.OtherArchitecture(w.Source.Name));

    private static string? FromGguf(string name)
    {
        if (name == "token_embd.weight") return "shared.weight";
        if (name == GgufMark) return T5Mark;
        string[] parts = name.Split('.');
        return parts is ["enc", "blk", var block, var module, "weight"]
            && GgufNames.FirstOrDefault(p => p.Gguf == module) is { Name: { } known }
            ? $"encoder.block.{block}.{known}.weight" : null;
    }

    private static LatentSharpException Missing(WeightSource file, string what, string mark)
        => new(ErrorKind.Mismatch, file.Name, $"{what} was expected; there is no {mark}.", Remedy.Inspect(file.Name));
}
