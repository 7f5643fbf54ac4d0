using System.Diagnostics;

namespace LatentSharp;

/// <summary>
/// Pictures as numbers: <c>[N, 3, H, W]</c> row-major, RGB (sRGB-encoded), nominally in [-1, 1] as the autoencoders of the KL family take
/// and give them. Values outside that range are kept; they are clamped where bytes are made.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class ImageTensor
{
    /// <summary>The number of colour channels: red, green, blue.</summary>
    public const int Channels = 3;

    /// <summary>A tensor of zeros: mid-grey pictures.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive or the tensor would not fit into one array.</exception>
    public ImageTensor(int batch, int height, int width) : this(new float[Count(batch, height, width)], batch, height, width)
    {
    }

    /// <summary>Wraps <paramref name="values"/> without copying.</summary>
    /// <exception cref="ArgumentException">The number of values is not N*3*H*W.</exception>
    public ImageTensor(float[] values, int batch, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length != Count(batch, height, width))
            throw new ArgumentException(
                $"an image tensor [{batch}, 3, {height}, {width}] has {Count(batch, height, width)} values, not {values.Length}", nameof(values));
        (Values, Batch, Height, Width) = (values, batch, height, width);
    }

    /// <summary>The values in the order [N, 3, H, W].</summary>
    public float[] Values { get; }

    /// <summary>The number of pictures N.</summary>
    public int Batch { get; }

    /// <summary>The height H in pixels.</summary>
    public int Height { get; }

    /// <summary>The width W in pixels.</summary>
    public int Width { get; }

    /// <summary>
    /// [N, H, W] in [-1, 1], 1 where a picture hides what is behind it; null for pictures that do everywhere. Only autoencoders with a
    /// fourth channel (Qwen-Image-2.1, Qwen-Image-Layered) read and give it.
    /// </summary>
    /// <exception cref="ArgumentException">The number of values is not N*H*W.</exception>
    public float[]? Opacity
    {
        get;
        init => field = value is null || value.Length == Batch * Height * Width ? value
            : throw new ArgumentException(
                $"the opacity of [{Batch}, 3, {Height}, {Width}] has {Batch * Height * Width} values, not {value.Length}", nameof(value));
    }

    /// <summary>What has to be known about how the pictures came about, for people: that a check was overridden, for example.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>
    /// Channel <paramref name="channel"/> (0 red, 1 green, 2 blue) of picture <paramref name="image"/>: H*W values, row-major.
    /// </summary>
    public Span<float> Plane(int image, int channel) => Values.AsSpan((image * Channels + channel) * Height * Width, Height * Width);

    /// <summary>A copy of picture <paramref name="image"/> as a tensor of batch 1.</summary>
    public ImageTensor Slice(int image)
        => new(Values.AsSpan(image * Channels * Height * Width, Channels * Height * Width).ToArray(), 1, Height, Width)
        {
            Opacity = Opacity?.AsSpan(image * Height * Width, Height * Width).ToArray(),
        };

    /// <summary>
    /// Level of an 8-bit channel for a value in [-1, 1]: clamped, scaled to [0, 255] and rounded to nearest, ties to even, as diffusers
    /// does.
    /// </summary>
    public static byte ToByte(float value) => (byte)MathF.Round(Math.Clamp(value * 0.5f + 0.5f, 0f, 1f) * 255f);

    /// <summary>Value in [-1, 1] of an 8-bit level: <c>level / 127.5 - 1</c>.</summary>
    public static float FromByte(byte level) => level / 127.5f - 1f;

    /// <summary>What it is, as in <c>image [1, 3, 512, 768] in [-1, 1]</c>.</summary>
    public override string ToString() => $"image [{Batch}, {Channels}, {Height}, {Width}] in [-1, 1]";

    private static int Count(int batch, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        long count = (long)batch * Channels * height * width;
        if (count > Array.MaxLength)
            throw new ArgumentOutOfRangeException(nameof(batch), $"[{batch}, 3, {height}, {width}] has more values than one array holds");
        return (int)count;
    }
}
