namespace LatentSharp.Latents;

/// <summary>
/// Latents [16, h, w] as tokens of 2x2 positions, "c (y py) (x px) -> (y x) (c py px)", and back; positions of tokens; masks as features
/// (black-forest-labs/flux, <c>sampling.py</c>).
/// </summary>
internal static class LatentTokens
{
    /// <summary>Channels of a latent.</summary>
    public const int Channels = 16;

    /// <summary>Positions of a token in one direction.</summary>
    public const int Patch = 2;

    /// <summary>Features of a token: channels times 2x2 positions.</summary>
    public const int Features = Patch * Patch * Channels;

    /// <summary>Pixels of a latent position in one direction.</summary>
    public const int Factor = 8;

    /// <summary>Pixels of a token in one direction.</summary>
    public const int Pixels = Patch * Factor;

    /// <summary>What Fill has beside the noise: the masked picture, and a mask value for each of 16x16 pixels.</summary>
    public const int FillFeatures = Features + Pixels * Pixels;

    /// <summary>Tokens along a side of a latent; the last of an odd one is half outside.</summary>
    public static int Along(int side) => (side + 1) / Patch;

    /// <summary>Tokens of a latent.</summary>
    public static int Count(int height, int width) => Along(height) * Along(width);

    /// <summary>
    /// Tokens of a latent [channels, h, w]. Behind an odd side comes what stands at its beginning, as ComfyUI continues it.
    /// </summary>
    /// <returns>[tokens, 4 * channels].</returns>
    public static float[] Pack(ReadOnlySpan<float> latent, int height, int width)
    {
        int channels = latent.Length / (height * width), rows = Patch * Along(height), columns = Patch * Along(width);
        var tokens = new float[channels * rows * columns];
        for (int i = 0; i < tokens.Length; i++)
        {
            (int c, int position) = Math.DivRem(i, rows * columns);
            (int y, int x) = Math.DivRem(position, columns);
            tokens[Place(c, y, x, channels, columns)] = latent[(c * height + y % height) * width + x % width];
        }
        return tokens;
    }

    /// <summary>The latent of tokens, without what lies outside it.</summary>
    public static void Unpack(ReadOnlySpan<float> tokens, Span<float> latent, int height, int width)
    {
        int channels = latent.Length / (height * width), columns = Patch * Along(width);
        for (int i = 0; i < latent.Length; i++)
        {
            (int c, int position) = Math.DivRem(i, height * width);
            (int y, int x) = Math.DivRem(position, width);
            latent[i] = tokens[Place(c, y, x, channels, columns)];
        }
    }

    /// <summary>Positions of the tokens of a picture.</summary>
    /// <param name="number">0 for the picture that is made; other pictures have numbers of their own.</param>
    /// <param name="rows">Rows of tokens.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="top">The first row.</param>
    /// <param name="left">The first column.</param>
    public static float[] Ids(int number, int rows, int columns, int top = 0, int left = 0)
    {
        var ids = new float[rows * columns * 3];
        for (int i = 0; i < rows * columns; i++)
            (ids[3 * i], ids[3 * i + 1], ids[3 * i + 2]) = (number, top + i / columns, left + i % columns);
        return ids;
    }

    /// <summary>Features of tokens beside those of others.</summary>
    public static float[] Beside(ReadOnlySpan<float> left, ReadOnlySpan<float> right, int tokens)
    {
        int l = left.Length / tokens, r = right.Length / tokens;
        var both = new float[left.Length + right.Length];
        for (int i = 0; i < tokens; i++)
        {
            left.Slice(i * l, l).CopyTo(both.AsSpan(i * (l + r)));
            right.Slice(i * r, r).CopyTo(both.AsSpan(i * (l + r) + l));
        }
        return both;
    }

    /// <summary>
    /// A mask of pixels as Fill takes it: the 8x8 pixels of each position become its channels, "(y 8) (x 8) -> (8 8) y x", and these are
    /// packed.
    /// </summary>
    public static float[] PackMask(ReadOnlySpan<float> mask, int height, int width)
    {
        int rows = height / Factor, columns = width / Factor;
        var channels = new float[mask.Length];
        for (int i = 0; i < mask.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, width);
            channels[((y % Factor * Factor + x % Factor) * rows + y / Factor) * columns + x / Factor] = mask[i];
        }
        return Pack(channels, rows, columns);
    }

    private static int Place(int c, int y, int x, int channels, int columns)
        => (y / 2 * (columns / 2) + x / 2) * 4 * channels + 4 * c + y % 2 * 2 + x % 2;
}
