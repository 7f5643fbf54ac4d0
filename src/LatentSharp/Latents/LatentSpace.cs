using System.Collections.Immutable;

namespace LatentSharp.Latents;

/// <summary>
/// The language that a latent is written in: which family of autoencoders wrote it, its channels and spatial factor, and the affine map between the
/// autoencoder's own ("model") latent m and the latent z that the diffusion model sees: <c>z = (m - shift) * scale</c>, <c>m = z / scale + shift</c>, per channel.
/// Constants are those of the publishers' own pipelines.
/// </summary>
/// <param name="Id">A short stable name, such as <c>flux1</c>; two latents may be mixed only if this is equal.</param>
/// <param name="Title">The name people use.</param>
/// <param name="Channels">Channels of the diffusion latent.</param>
/// <param name="Factor">Pixels per latent position, each way.</param>
/// <param name="Scale">One scale, or one for each channel.</param>
/// <param name="Shift">One shift, or one for each channel.</param>
public sealed record LatentSpace(string Id, string Title, int Channels, int Factor, ImmutableArray<float> Scale, ImmutableArray<float> Shift)
{
    /// <summary>FLUX.1 (dev, schnell, Fill, Kontext, Krea): scale 0.3611, shift 0.1159 (black-forest-labs/flux, util.py).</summary>
    public static LatentSpace Flux1 { get; } = new("flux1", "FLUX.1", 16, 8, [0.3611f], [0.1159f]);

    /// <summary>Stable Diffusion 3 and 3.5: scale 1.5305, shift 0.0609 (diffusers vae/config.json).</summary>
    public static LatentSpace Sd3 { get; } = new("sd3", "Stable Diffusion 3", 16, 8, [1.5305f], [0.0609f]);

    /// <summary>Stable Diffusion 1.x and 2.x: scale 0.18215.</summary>
    public static LatentSpace Sd1 { get; } = new("sd1", "Stable Diffusion 1.x/2.x", 4, 8, [0.18215f], [0f]);

    /// <summary>Stable Diffusion XL: scale 0.13025.</summary>
    public static LatentSpace Sdxl { get; } = new("sdxl", "Stable Diffusion XL", 4, 8, [0.13025f], [0f]);

    /// <summary>The spaces that need nothing from a file.</summary>
    public static ImmutableArray<LatentSpace> Known { get; } = [Flux1, Sd3, Sd1, Sdxl];

    /// <summary>The known space with the given <see cref="Id"/>, or null.</summary>
    public static LatentSpace? Find(string id) => Known.FirstOrDefault(s => s.Id == id);

    /// <summary>The scale of channel <paramref name="channel"/>.</summary>
    public float ScaleOf(int channel) => Scale[Scale.Length == 1 ? 0 : channel];

    /// <summary>The shift of channel <paramref name="channel"/>.</summary>
    public float ShiftOf(int channel) => Shift[Shift.Length == 1 ? 0 : channel];

    /// <summary>Whether both name the same space.</summary>
    public bool Equals(LatentSpace? other) => other is not null && Id == other.Id && Channels == other.Channels;

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => $"{Title} ({Id}, {Channels} channels, 1/{Factor})";
}
