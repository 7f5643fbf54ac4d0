namespace LatentSharp.Autoencoders;

/// <summary>The two ranges that networks take pixels in.</summary>
internal static class PixelRange
{
    /// <summary>[-1, 1] to [0, 1].</summary>
    public static void ToUnit(Span<float> pixels)
    {
        for (int i = 0; i < pixels.Length; i++) pixels[i] = pixels[i] * 0.5f + 0.5f;
    }

    /// <summary>[0, 1] to [-1, 1].</summary>
    public static void FromUnit(Span<float> pixels)
    {
        for (int i = 0; i < pixels.Length; i++) pixels[i] = pixels[i] * 2f - 1f;
    }
}
