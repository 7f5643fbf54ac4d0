using LatentSharp.Diffusion.Pipelines;

namespace LatentSharp.Service.Generating;

/// <summary>Pictures that are to be made.</summary>
public sealed record GenerateRequest
{
    internal const string FluxSampler = "euler", FluxSchedule = "bfl";

    /// <summary>
    /// Where the parts lie; the autoencoder by path or by name, null for the default of the library.
    /// </summary>
    public required FluxParts Parts { get; init; }

    /// <summary>
    /// A model that stands for the parts which <see cref="Parts"/> does not name: a file, a folder, or a name in the folders of the
    /// library; null when each is named, or none at all: then the first that the library brings along is meant. A folder of a model on
    /// pixels (<c>google/ddpm-*</c>) makes pictures without a prompt.
    /// </summary>
    public string? Model { get; init; }

    /// <summary>What is to be seen, a prompt for each picture.</summary>
    public IReadOnlyList<string> Prompts { get; init; } = [];

    /// <summary>A kept text in place of a prompt: a file.</summary>
    public string? Conditioning { get; init; }

    /// <summary>What is not to be seen; needs <see cref="Cfg"/> above 1.</summary>
    public string? Negative { get; init; }

    /// <summary>True guidance; 1 for none.</summary>
    public double Cfg { get; init; } = 1;

    /// <summary>Distilled guidance; null for what the model is made for.</summary>
    public float? Guidance { get; init; }

    /// <summary>The size; null for that of the picture that is changed, else what the model was trained
    /// with, where it says so, and 1024 x 1024.</summary>
    public PixelSize? Size { get; init; }

    /// <summary>Whether sides that 8 divides and 16 does not are taken, as ComfyUI takes them.</summary>
    public bool OddSides { get; init; }

    /// <summary>Steps; null for the model's own, where it says so, else 28, with schnell 4.</summary>
    public int? Steps { get; init; }

    /// <summary>The sampler's name in ComfyUI; null for euler, of a model on pixels for that of its scheduler.</summary>
    public string? Sampler { get; init; }

    /// <summary>The share of DDPM's noise that ddim adds after each step of a model on pixels, from 0 to 1; null for none.</summary>
    public double? Eta { get; init; }

    /// <summary>The name of the list of sigmas; null for bfl.</summary>
    public string? Schedule { get; init; }

    /// <summary>The seed of the first picture; null for any.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Pictures of each prompt.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Which picture of its seed the first one is, from 0.</summary>
    public int FirstPicture { get; init; }

    /// <summary>The generator of the noise: see <see cref="GenerationWords.Noises"/>.</summary>
    public string Noise { get; init; } = "native";

    /// <summary>How the noise of several pictures is drawn: see <see cref="GenerationWords.Orders"/>.</summary>
    public string NoiseOrder { get; init; } = "diffusers";

    /// <summary>Tokens of T5; null for 512, with schnell 256, or fewer where its configuration says so.</summary>
    public int? TextLength { get; init; }

    /// <summary>A picture to change: a picture file, a raw image or a latent file.</summary>
    public string? Init { get; init; }

    /// <summary>How much of it is made anew, above 0 and up to 1.</summary>
    public double Strength { get; init; } = 1;

    /// <summary>What is made anew: a picture, white where it is.</summary>
    public string? Mask { get; init; }

    /// <summary>Pictures that Kontext looks at.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>
    /// Whether those pictures are resized to the size of nearest ratio that Kontext was trained with, as BFL's program does.
    /// </summary>
    public bool FitReferences { get; init; }

    /// <summary>A picture that Canny and Depth follow.</summary>
    public string? Control { get; init; }

    /// <summary>
    /// A picture that is a part of the prompt: FLUX.1 Redux makes tokens of it, behind those of the text. Needs
    /// <see cref="FluxParts.Redux"/> and <see cref="FluxParts.ImageEncoder"/>, or a model beside which they lie.
    /// </summary>
    public string? Redux { get; init; }

    /// <summary>Whose customs hold for pictures and masks: see <see cref="GenerationWords.Rules"/>.</summary>
    public string Rule { get; init; } = "comfyui";

    /// <summary>A picture, a raw image (<c>.safetensors</c>) of all pictures, or a folder; null for the current folder.</summary>
    public string? Output { get; init; }

    /// <summary>Whether the latents are written beside the pictures.</summary>
    public bool SaveLatents { get; init; }

    /// <summary>Whether a run that was ended before its end is taken up again.</summary>
    public bool Resume { get; init; }

    /// <summary>
    /// <c>linear</c> or <c>tiny</c> for a preview beside the picture, written anew after every step; a folder for one of each step.
    /// </summary>
    public string? Preview { get; init; }

    /// <summary>A picture that was made here, whose settings are taken; null for none.</summary>
    public string? From { get; init; }

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}
