using System.Text.Json.Serialization;

namespace LatentSharp.Service.ModelFolders;

/// <summary>What a part of a pipeline is for.</summary>
public enum ModelPartKind
{
    /// <summary>From pictures to latents and back.</summary>
    Autoencoder,
    /// <summary>It takes the noise away: a transformer or a UNet.</summary>
    DiffusionModel,
    /// <summary>It reads a prompt.</summary>
    TextEncoder,
    /// <summary>It looks at a picture.</summary>
    ImageEncoder,
    /// <summary>Small changes to another network: a LoRA and its relatives.</summary>
    Lora,
    /// <summary>It steers a diffusion model.</summary>
    ControlNet,
    /// <summary>It hands a picture to a diffusion model as if it were text.</summary>
    Adapter,
    /// <summary>A word of its own for a text encoder.</summary>
    Embedding,
    /// <summary>It enlarges finished pictures.</summary>
    Upscaler,
    /// <summary>The vocabulary of a text encoder.</summary>
    Tokenizer,
    /// <summary>What the noise of a model was while it was trained: settings, no weights.</summary>
    Scheduler,
}

/// <summary>A part that a file or folder holds, told by its header alone.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Model">
/// Which: <c>flux1-dev</c>, <c>clip-l</c>, the family of an autoencoder; of a LoRA the model that it changes. Null where names and shapes
/// do not tell.
/// </param>
/// <param name="Title">What it is, in words.</param>
/// <param name="Space">The id of the latent space that it works in; null where that is not known, or it sees no latents.</param>
public sealed record ModelPart(ModelPartKind Kind, string? Model, string Title, string? Space)
{
    /// <summary>
    /// Other spaces of an autoencoder whose file does not say what it is: those of the families with the same names and shapes.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? OtherSpaces { get; init; }

    /// <summary>Whether it can decode: of an autoencoder whether its decoder is there.</summary>
    [JsonIgnore]
    public bool Decodes { get; init; } = true;

    /// <summary>Whether it is a tiny autoencoder, which is fast and for previews.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Tiny { get; init; }
}

/// <summary>A file, or a folder as diffusers writes them, with the parts in it.</summary>
/// <param name="Path">The full path; of a pair of files, NAME_encoder and NAME_decoder, that of the decoder.</param>
/// <param name="Name">The path below the folder that was looked through.</param>
/// <param name="Bytes">The size of the weights.</param>
/// <param name="Parts">What it holds; several in a whole checkpoint, none where nothing is known.</param>
public sealed record ModelFile(string Path, string Name, long Bytes, IReadOnlyList<ModelPart> Parts)
{
    /// <summary>
    /// The folder of a pipeline as diffusers writes them (with a <c>model_index.json</c>) to which it belongs; null for none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Pipeline { get; init; }

    /// <summary>The type that most of its bytes are stored in; null where it was not opened.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ElementType { get; init; }

    /// <summary>Why it, or a part of it, cannot be used; null when nothing was found.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Problem { get; init; }
}
