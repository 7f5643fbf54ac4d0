using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using LatentSharp.Latents;

namespace LatentSharp;

/// <summary>
/// The language that a latent is written in: which family of autoencoders wrote it, its channels and spatial factor, and the affine map
/// between the autoencoder's own ("model") latent m and the latent z that the diffusion model sees: <c>z = (m - shift) * scale</c>, <c>m =
/// z / scale + shift</c>, per channel. Constants are those of the publishers' own pipelines.
/// </summary>
/// <param name="Id">A short stable name, such as <c>flux1</c>; two latents may be mixed only if this is equal.</param>
/// <param name="Title">The name people use.</param>
/// <param name="Channels">Channels of the diffusion latent.</param>
/// <param name="Factor">Pixels per latent position, each way.</param>
/// <param name="Scale">One scale, or one for each channel.</param>
/// <param name="Shift">One shift, or one for each channel.</param>
/// <param name="Patch">Positions of the model latent, each way, that are packed into the channels of one position of the diffusion latent;
/// 1 when there is no packing.</param>
[DebuggerDisplay("{ToString(),nq}")]
public sealed record LatentSpace(string Id, string Title, int Channels, int Factor, ImmutableArray<float> Scale,
    ImmutableArray<float> Shift, int Patch = 1)
{
    /// <summary>FLUX.1 (dev, schnell, Fill, Kontext, Krea): scale 0.3611, shift 0.1159 (black-forest-labs/flux, util.py).</summary>
    public static LatentSpace Flux1 { get; } = new("flux1", "FLUX.1", 16, 8, [0.3611f], [0.1159f]);

    /// <summary>
    /// FLUX.2: 32 channels packed 2x2 into 128, normalised with batch-norm statistics. These are the rounded ones;
    /// <see cref="WithStatistics"/> takes those of a file.
    /// </summary>
    public static LatentSpace Flux2 { get; } = new("flux2", "FLUX.2", 128, 16, Inverse(Flux2Statistics.Deviation), Flux2Statistics.Mean, 2);

    /// <summary>Stable Diffusion 3 and 3.5: scale 1.5305, shift 0.0609 (diffusers vae/config.json).</summary>
    public static LatentSpace Sd3 { get; } = new("sd3", "Stable Diffusion 3", 16, 8, [1.5305f], [0.0609f]);

    /// <summary>Stable Diffusion 1.x and 2.x: scale 0.18215.</summary>
    public static LatentSpace Sd1 { get; } = new("sd1", "Stable Diffusion 1.x/2.x", 4, 8, [0.18215f], [0f]);

    /// <summary>Stable Diffusion XL: scale 0.13025.</summary>
    public static LatentSpace Sdxl { get; } = new("sdxl", "Stable Diffusion XL", 4, 8, [0.13025f], [0f]);

    /// <summary>
    /// Playground v2.5: z = (m - mean) * 0.5 / deviation, per channel (the tensors <c>edm_mean</c> and <c>edm_std</c> of its checkpoint).
    /// </summary>
    public static LatentSpace Playground25 { get; } = new("playground25", "Playground v2.5", 4, 8,
        [0.5f / 8.4927f, 0.5f / 5.9022f, 0.5f / 6.5498f, 0.5f / 5.2299f], [-1.6574f, 1.886f, -1.383f, 2.5155f]);

    /// <summary>The Stable Diffusion x4 upscaler: scale 0.08333, a quarter of the picture's size.</summary>
    public static LatentSpace SdUpscaler { get; } = new("sd-x4", "Stable Diffusion x4 upscaler", 4, 4, [0.08333f], [0f]);

    /// <summary>Sana (DC-AE f32c32): scale 0.41407, a 32nd of the picture's size.</summary>
    public static LatentSpace Sana { get; } = new("sana", "Sana (DC-AE f32c32)", 32, 32, [0.41407f], [0f]);

    /// <summary>Wan 2.1, Wan 2.2 A14B and Qwen-Image, one space: 16 channels, a mean and a deviation for each.</summary>
    public static LatentSpace Wan21 { get; } = new("wan21", "Wan 2.1 and Qwen-Image", 16, 8, Inverse(WanStatistics.Wan21Deviation), WanStatistics.Wan21Mean);

    /// <summary>Wan 2.2 TI2V-5B: 48 channels at a sixteenth of the picture's size, a mean and a deviation for each.</summary>
    public static LatentSpace Wan22 { get; } = new("wan22", "Wan 2.2 TI2V-5B", 48, 16, Inverse(WanStatistics.Wan22Deviation),
        WanStatistics.Wan22Mean);

    /// <summary>Qwen-Image-2.1: 64 channels at a sixteenth of the picture's size, a mean and a deviation for each.</summary>
    public static LatentSpace QwenImage21 { get; } = new("qwen-image-2.1", "Qwen-Image-2.1", 64, 16,
        Inverse(WanStatistics.QwenImage21Deviation), WanStatistics.QwenImage21Mean);

    /// <summary>
    /// HunyuanImage 2.1: 64 channels at a 32nd of the picture's size, scale 0.75289 (diffusers, <c>autoencoder_kl_hunyuanimage.py</c>).
    /// </summary>
    public static LatentSpace HunyuanImage21 { get; } = new("hunyuan-image-2.1", "HunyuanImage 2.1", 64, 32, [0.75289f], [0f]);

    /// <summary>
    /// CogView4 and CogView3-Plus: 16 channels as the autoencoder gives them (diffusers, <c>convert_cogview4_to_diffusers.py</c>).
    /// </summary>
    public static LatentSpace CogView4 { get; } = new("cogview4", "CogView4", 16, 8, [1f], [0f]);

    /// <summary>No latent at all: the picture itself, as models that work on pixels see it.</summary>
    public static LatentSpace Pixels { get; } = new("pixels", "Pixel space", 3, 1, [1f], [0f]);

    /// <summary>The spaces that need nothing from a file.</summary>
    public static ImmutableArray<LatentSpace> Known { get; } = [Flux1, Flux2, Sd3, Sd1, Sdxl, Playground25, SdUpscaler, Sana, Wan21, Wan22,
        QwenImage21, HunyuanImage21, CogView4, Pixels];

    /// <summary>Channels of the model latent.</summary>
    public int ModelChannels => Channels / (Patch * Patch);

    /// <summary>The known space with the given <see cref="Id"/>, or null.</summary>
    public static LatentSpace? Find(string id) => Known.FirstOrDefault(s => s.Id == id);

    /// <summary>The scale of channel <paramref name="channel"/>.</summary>
    public float ScaleOf(int channel) => Scale[Scale.Length == 1 ? 0 : channel];

    /// <summary>The shift of channel <paramref name="channel"/>.</summary>
    public float ShiftOf(int channel) => Shift[Shift.Length == 1 ? 0 : channel];

    /// <summary>The same space with the batch-norm statistics of a FLUX.2 file: shift = mean, scale = 1 / sqrt(variance + 1e-4).</summary>
    public LatentSpace WithStatistics(ReadOnlySpan<float> mean, ReadOnlySpan<float> variance)
    {
        var scale = new float[variance.Length];
        for (int c = 0; c < scale.Length; c++) scale[c] = (float)(1 / Math.Sqrt(variance[c] + (double)Flux2Statistics.Epsilon));
        return this with { Scale = [.. scale], Shift = [.. mean] };
    }

    /// <summary>
    /// The same space for an autoencoder whose own latents are already scaled, as those of the TAESD family are: scale 1, shift 0.
    /// </summary>
    public LatentSpace AlreadyScaled() => this with { Scale = [1f], Shift = [0f] };

    /// <summary>
    /// A space of its own: this one with another scale and shift. Its latents must not be mixed with those of this one, so it has another
    /// <see cref="Id"/>, the same for the same numbers.
    /// </summary>
    internal LatentSpace WithConstants(ImmutableArray<float> scale, ImmutableArray<float> shift)
    {
        LatentSpace own = this with { Scale = scale, Shift = shift };
        if (Enumerable.Range(0, Channels).All(c => own.ScaleOf(c) == ScaleOf(c) && own.ShiftOf(c) == ShiftOf(c))) return this;
        string numbers = $"{Text(own.ScaleOf)} {Text(own.ShiftOf)}";
        string id = scale.Length == 1 && shift is [0f] ? scale[0].ToString("R", CultureInfo.InvariantCulture)
            : Convert.ToHexStringLower(BitConverter.GetBytes(Fnv(numbers)));
        return own with
        {
            Id = $"{Id}-scale-{id}",
            Title = scale.Length == 1 ? FormattableString.Invariant($"{Title}, scale {scale[0]}")
            : $"{Title}, scales of its own"
        };

        string Text(Func<int, float> value)
            => string.Join(',', Enumerable.Range(0, Channels).Select(c => value(c).ToString("R", CultureInfo.InvariantCulture)));

        // FNV-1a, 64 bits.
        static ulong Fnv(string text)
        {
            ulong hash = 0xCBF2_9CE4_8422_2325;
            foreach (char c in text) hash = (hash ^ c) * 0x100_0000_01B3;
            return hash;
        }
    }

    /// <summary>Packs and scales the model latent of one picture.</summary>
    /// <param name="model">[<see cref="ModelChannels"/>, h * <see cref="Patch"/>, w * <see cref="Patch"/>].</param>
    /// <param name="diffusion">Receives [<see cref="Channels"/>, h, w].</param>
    /// <param name="height">h.</param>
    /// <param name="width">w.</param>
    public void ToDiffusion(ReadOnlySpan<float> model, Span<float> diffusion, int height, int width)
    {
        for (int c = 0; c < Channels; c++)
        {
            float scale = ScaleOf(c), shift = ShiftOf(c);
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                    diffusion[(c * height + y) * width + x] = (model[Packed(c, y, x, height, width)] - shift) * scale;
        }
    }

    /// <summary>Unscales and unpacks the diffusion latent of one picture: the inverse of <see cref="ToDiffusion"/>.</summary>
    /// <param name="diffusion">[<see cref="Channels"/>, h, w].</param>
    /// <param name="model">Receives [<see cref="ModelChannels"/>, h * <see cref="Patch"/>, w * <see cref="Patch"/>].</param>
    /// <param name="height">h.</param>
    /// <param name="width">w.</param>
    public void ToModel(ReadOnlySpan<float> diffusion, Span<float> model, int height, int width)
    {
        for (int c = 0; c < Channels; c++)
        {
            float scale = ScaleOf(c), shift = ShiftOf(c);
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                    model[Packed(c, y, x, height, width)] = diffusion[(c * height + y) * width + x] / scale + shift;
        }
    }

    /// <summary>Whether both name the same space.</summary>
    public bool Equals(LatentSpace? other) => other is not null && Id == other.Id && Channels == other.Channels;

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => $"{Title} ({Id}, {Channels} channels, 1/{Factor})";

    private static ImmutableArray<float> Inverse(ImmutableArray<float> deviations) => [.. deviations.Select(d => 1 / d)];

    // Packed channel = c * patch^2 + row * patch + column (diffusers pipelines/flux2, stable-diffusion.cpp auto_encoder_kl.hpp).
    private int Packed(int channel, int y, int x, int height, int width)
    {
        int inside = channel % (Patch * Patch);
        int row = y * Patch + inside / Patch, column = x * Patch + inside % Patch;
        return (channel / (Patch * Patch) * height * Patch + row) * width * Patch + column;
    }
}
