using System.CommandLine;
using System.Globalization;
using LatentSharp.Diffusion.Pipelines;

namespace LatentSharp.Cli;

/// <summary>The options that name the parts of a FLUX.1 pipeline.</summary>
internal sealed class PartOptions
{
    private readonly Option<string?> transformer = File("--transformer",
        "FLUX.1's transformer: a file of any layout, or a folder of diffusers.");
    private readonly Option<string?> clip = File("--clip", "CLIP-L's text encoder (clip_l.safetensors), or a file with all parts.");
    private readonly Option<string?> t5 = File("--t5", "T5-XXL's encoder (t5xxl_fp16.safetensors), or a file with all parts.");
    private readonly Option<string?> tokenizers = new("--tokenizers")
    {
        Description = "The folder with vocab.json, merges.txt and spiece.model, or diffusers' with tokenizer and tokenizer_2.",
        HelpName = "DIR",
    };
    private readonly Option<string?> redux = File("--redux-model",
        "For --redux: the adapter of FLUX.1 Redux (flux1-redux-dev.safetensors).");
    private readonly Option<string?> sees = File("--image-encoder",
        "For --redux: SigLIP's image encoder (sigclip_vision_patch14_384.safetensors).");
    private readonly Option<string?> ae = ShownAutoencoder.Option();
    private readonly Option<string[]> loras = new("--lora")
    {
        Description = "A LoRA to lay over the transformer, with its strength where that is not 1; may be given several times.",
        HelpName = "FILE[:WEIGHT]",
    };
    private readonly Option<string?> configuration = new("--config")
    {
        Description = "A config.json that says what shapes do not: axes_dims_rope, num_attention_heads, eos_token_id.", HelpName = "FILE",
    };

    /// <summary>What stands for all parts.</summary>
    internal static Option<string?> Model() => new("--model")
    {
        Description = "What stands for all parts that are not named: a file, a folder, or a name in registered folders (`latent models`).",
        HelpName = "NAME|FOLDER|FILE",
    };

    /// <summary>Those that a prompt needs.</summary>
    internal IEnumerable<Option> TextOptions => [clip, t5, tokenizers, configuration];

    /// <summary>All of them.</summary>
    internal IEnumerable<Option> All => [transformer, clip, t5, tokenizers, redux, sees, ae, loras, configuration];

    /// <summary>The parts that were named.</summary>
    internal FluxParts Of(ParseResult arguments) => new()
    {
        Transformer = arguments.GetValue(transformer), Clip = arguments.GetValue(clip), T5 = arguments.GetValue(t5),
        Tokenizers = arguments.GetValue(tokenizers), Autoencoder = arguments.GetValue(ae),
        Redux = arguments.GetValue(redux), ImageEncoder = arguments.GetValue(sees),
        Configuration = arguments.GetValue(configuration),
        Loras = [.. (arguments.GetValue(loras) ?? []).Select(Lora)],
    };

    /// <summary>The parts of a text that were named.</summary>
    internal FluxParts OfText(ParseResult arguments) => new()
    {
        Clip = arguments.GetValue(clip), T5 = arguments.GetValue(t5), Tokenizers = arguments.GetValue(tokenizers),
        Configuration = arguments.GetValue(configuration),
    };

    /// <summary>A LoRA: the strength stands behind the last colon; a drive's letter or a path may have others.</summary>
    internal static LoraPart Lora(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon > 1 && float.TryParse(text[(colon + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out float strength)
            ? new LoraPart(text[..colon], strength) : new LoraPart(text);
    }

    private static Option<string?> File(string name, string description) => new(name) { Description = description, HelpName = "FILE" };
}
