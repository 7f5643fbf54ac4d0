using System.Diagnostics;

namespace LatentSharp;

/// <summary>
/// Latents of one or several pictures: <c>[N, C, h, w]</c> row-major in <em>diffusion space</em>, that is after <c>z = (m - shift) *
/// scale</c>.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Latent
{
    /// <summary>Wraps <paramref name="values"/> without copying.</summary>
    /// <param name="space">The space the values are written in.</param>
    /// <param name="values">N*C*h*w values in diffusion space.</param>
    /// <param name="batch">The number of pictures N.</param>
    /// <param name="height">The height h of the latent grid.</param>
    /// <param name="width">The width w of the latent grid.</param>
    /// <exception cref="ArgumentException">The number of values does not fit.</exception>
    public Latent(LatentSpace space, float[] values, int batch, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if (values.Length != (long)batch * space.Channels * height * width)
            throw new ArgumentException(
                $"a latent [{batch}, {space.Channels}, {height}, {width}] has {(long)batch * space.Channels * height * width} values, not {values.Length}",
                nameof(values));
        (Space, Values, Batch, Height, Width) = (space, values, batch, height, width);
    }

    /// <summary>The space the values are written in.</summary>
    public LatentSpace Space { get; }

    /// <summary>The values in the order [N, C, h, w], in diffusion space.</summary>
    public float[] Values { get; }

    /// <summary>The number of pictures N.</summary>
    public int Batch { get; }

    /// <summary>The number of channels C.</summary>
    public int Channels => Space.Channels;

    /// <summary>The height of the latent grid.</summary>
    public int Height { get; }

    /// <summary>The width of the latent grid.</summary>
    public int Width { get; }

    /// <summary>The log-variance of the posterior, [N, C, h, w] in model space, when it was kept; null otherwise.</summary>
    public float[]? LogVariance { get; init; }

    /// <summary>
    /// Height and width in pixels of the picture that was encoded, before it was padded to a multiple of the spatial factor; null if
    /// unknown.
    /// </summary>
    public (int Height, int Width)? PictureSize { get; init; }

    /// <summary>
    /// Facts about the origin that travel with the latent: digest of the autoencoder and of the picture, seed, tool version.
    /// </summary>
    public IReadOnlyDictionary<string, string> Provenance { get; init; } = new Dictionary<string, string>();

    /// <summary>Channel <paramref name="channel"/> of picture <paramref name="image"/>: h*w values, row-major.</summary>
    public Span<float> Plane(int image, int channel) => Values.AsSpan((image * Channels + channel) * Height * Width, Height * Width);

    /// <summary>What it is, as in <c>latent [1, 16, 64, 96] in FLUX.1 (flux1, 16 channels, 1/8), of a picture of 768 x 512</c>.</summary>
    public override string ToString()
        => $"latent [{Batch}, {Channels}, {Height}, {Width}] in {Space}"
            + $"{(PictureSize is (int height, int width) ? $", of a picture of {width} x {height}" : "")}";
}
