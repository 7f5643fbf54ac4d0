using LatentSharp.Weights.Files;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>
/// Where the parts of a FLUX.1 pipeline lie: each a file of any layout that is read, or a folder of diffusers. One file may be several
/// parts, as whole checkpoints are. What a run does not need may be left out: text encoders where conditioning is given, the autoencoder
/// where nothing is encoded or decoded.
/// </summary>
public sealed record FluxParts
{
    /// <summary>The transformer; null where a denoiser of the caller's takes its place.</summary>
    public string? Transformer { get; init; }

    /// <summary>CLIP-L's text encoder.</summary>
    public string? Clip { get; init; }

    /// <summary>The encoder of T5-XXL v1.1.</summary>
    public string? T5 { get; init; }

    /// <summary>
    /// The folder with <c>vocab.json</c>, <c>merges.txt</c> and <c>spiece.model</c>, or one of diffusers with <c>tokenizer</c> and
    /// <c>tokenizer_2</c> in it.
    /// </summary>
    public string? Tokenizers { get; init; }

    /// <summary>The folder of <c>spiece.model</c> where it lies apart from CLIP's files, as in InvokeAI; null for the same.</summary>
    public string? T5Tokenizer { get; init; }

    /// <summary>The adapter of FLUX.1 Redux, which makes text tokens of what the image encoder sees.</summary>
    public string? Redux { get; init; }

    /// <summary>SigLIP's image encoder, which the adapter needs.</summary>
    public string? ImageEncoder { get; init; }

    /// <summary>FLUX.1's autoencoder.</summary>
    public string? Autoencoder { get; init; }

    /// <summary>LoRAs to lay over the transformer.</summary>
    public IReadOnlyList<LoraPart> Loras { get; init; } = [];

    /// <summary>
    /// A file that says what shapes do not (<c>axes_dims_rope</c>, <c>num_attention_heads</c>, <c>eos_token_id</c>) for models that are
    /// smaller than the published ones; null for what a <c>config.json</c> beside each part says.
    /// </summary>
    public string? Configuration { get; init; }

    /// <summary>The parts that a folder of diffusers holds (<c>transformer</c>, <c>vae</c>, ...); null for those it does not.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="LatentSharpException">There is no transformer in it.</exception>
    public static FluxParts OfFolder(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new FluxParts
        {
            Transformer = Part("transformer") ?? throw new LatentSharpException(ErrorKind.NotFound, folder,
                "a folder of diffusers was expected; there is no folder transformer with weights in it.", "Name the folder of the whole pipeline."),
            Clip = Part("text_encoder"),
            T5 = Part("text_encoder_2"),
            Tokenizers = Array.TrueForAll(["tokenizer", "tokenizer_2"], n => Directory.Exists(Path.Combine(folder, n))) ? folder : null,
            Autoencoder = Part("vae"),
        };

        string? Part(string name) => Path.Combine(folder, name) is var path && WeightFiles.InFolder(path) is not null ? path : null;
    }
}

/// <summary>A LoRA and how strongly it acts.</summary>
/// <param name="Path">The file.</param>
/// <param name="Strength">1 as it was trained; may be negative.</param>
public sealed record LoraPart(string Path, float Strength = 1);
