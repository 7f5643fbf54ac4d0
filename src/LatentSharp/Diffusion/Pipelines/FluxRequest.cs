using LatentSharp.Diffusion.Noise;
using LatentSharp.Diffusion.Schedules;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>A picture that is to be made.</summary>
public sealed record FluxRequest
{
    /// <summary>What is to be seen. Parentheses are text: they weight nothing.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>What the text encoders made of the prompt before; null to have them do it.</summary>
    public TextConditioning? Conditioning { get; init; }

    /// <summary>What is not to be seen, for <see cref="Cfg"/> above 1; null for nothing.</summary>
    public string? Negative { get; init; }

    /// <summary>As <see cref="Conditioning"/>, for what is not to be seen.</summary>
    public TextConditioning? NegativeConditioning { get; init; }

    /// <summary>Tokens of T5; null for 512, with schnell 256. The number changes the picture.</summary>
    public int? TextLength { get; init; }

    /// <summary>Height in pixels, a multiple of 16; of 8 with <see cref="OddSides"/>.</summary>
    public int Height { get; init; } = 1024;

    /// <summary>Width in pixels, a multiple of 16; of 8 with <see cref="OddSides"/>.</summary>
    public int Width { get; init; } = 1024;

    /// <summary>
    /// Take sides that 8 divides and 16 does not, as ComfyUI does: the model sees the latent continued by what stands at its beginning.
    /// BFL's program and diffusers round such sizes down.
    /// </summary>
    public bool OddSides { get; init; }

    /// <summary>
    /// The distilled guidance, which costs nothing; null for 3.5, with Fill 30, Canny and Depth 10. Schnell takes none.
    /// </summary>
    public float? Guidance { get; init; }

    /// <summary>True guidance by a second prediction without the prompt; 1 for none. Needs <see cref="Negative"/>.</summary>
    public double Cfg { get; init; } = 1;

    /// <summary>How the noise is taken away.</summary>
    public FluxSampling Sampling { get; init; } = new();

    /// <summary>The noise that it begins with.</summary>
    public FluxNoise Noise { get; init; } = new();

    /// <summary>Pictures that it is made from; null for none.</summary>
    public FluxImages? Images { get; init; }
}

/// <summary>How noise is taken away.</summary>
public sealed record FluxSampling
{
    /// <summary>How many steps; null for 28, with schnell 4.</summary>
    public int? Steps { get; init; }

    /// <summary>The sampler's name in ComfyUI.</summary>
    public string Sampler { get; init; } = "euler";

    /// <summary>
    /// The list of sigmas. <see cref="ScheduleKind.Bfl"/> shifts by the size of the picture, the others as ComfyUI does by default.
    /// </summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Bfl;

    /// <summary>How much of <see cref="FluxImages.Init"/> is made anew, above 0 and up to 1.</summary>
    public double Strength { get; init; } = 1;
}

/// <summary>The noise of a run.</summary>
public sealed record FluxNoise
{
    /// <summary>The seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>The generator.</summary>
    public NoiseKind Kind { get; init; } = NoiseKind.Native;

    /// <summary>How the noise of several pictures is drawn.</summary>
    public NoiseOrder Order { get; init; } = NoiseOrder.Diffusers;

    /// <summary>Which of the pictures this one is, from 0.</summary>
    public int Picture { get; init; }

    /// <summary>The noise itself, [16, h, w]; null to draw it.</summary>
    public float[]? Values { get; init; }
}

/// <summary>Pictures that a picture is made from. Pixels are in [-1, 1]; all but references have the size of the result.</summary>
public sealed record FluxImages
{
    /// <summary>The picture that is changed, as pixels.</summary>
    public ImageTensor? Init { get; init; }

    /// <summary>The same as a latent; takes precedence.</summary>
    public Latent? InitLatent { get; init; }

    /// <summary>What is made anew, [H, W] from 0 (stays) to 1; null for all of it.</summary>
    public float[]? Mask { get; init; }

    /// <summary>What Canny and Depth follow.</summary>
    public ImageTensor? Control { get; init; }

    /// <summary>What Kontext looks at; any sizes that 16 divides, or 8 with <see cref="FluxRequest.OddSides"/>.</summary>
    public IReadOnlyList<ImageTensor> References { get; init; } = [];

    /// <summary>Whose customs hold where programs differ.</summary>
    public ImageRule Rule { get; init; } = ImageRule.Comfy;
}

/// <summary>Programs that treat pictures differently: where a changed picture starts, how a mask is read.</summary>
public enum ImageRule
{
    /// <summary>
    /// ComfyUI: all steps are run, on the end of a longer list; masks stay grey, and what is not painted is put back before and after every
    /// prediction.
    /// </summary>
    Comfy,
    /// <summary>
    /// diffusers: the first steps are left out; masks are cut at 0.5, and what is not painted is put back after every step.
    /// </summary>
    Diffusers,
    /// <summary>BFL: the first steps are left out, by a number that is rounded down in double; masks stay grey.</summary>
    Bfl,
}
