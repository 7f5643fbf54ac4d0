namespace LatentSharp.Graph;

/// <summary>
/// The shape of one picture's features inside a network: rows, columns, channels. Channels are innermost in memory. A sequence has one row.
/// </summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Channels">Features of each position.</param>
public readonly record struct FeatureShape(int Height, int Width, int Channels)
{
    /// <summary>A sequence: one row of tokens.</summary>
    /// <param name="tokens">How many.</param>
    /// <param name="channels">Features of each token.</param>
    public static FeatureShape Sequence(int tokens, int channels) => new(1, tokens, channels);

    /// <summary>Positions: rows times columns.</summary>
    public long Positions => (long)Height * Width;

    /// <summary>Values in all.</summary>
    public long Count => Positions * Channels;

    /// <summary>As in <c>64x64x512</c>: height, width, channels.</summary>
    public override string ToString() => $"{Height}x{Width}x{Channels}";
}
