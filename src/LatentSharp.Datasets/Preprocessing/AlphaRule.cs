namespace LatentSharp.Datasets.Preprocessing;

/// <summary>What becomes of the transparency of pictures.</summary>
internal static class AlphaRule
{
    /// <summary>It lies on white, as everywhere else.</summary>
    public const string Usual = "white";

    /// <summary>Colours are taken as they are stored, and opacity is kept beside the latent.</summary>
    public const string Mask = "mask";

    private const string Black = "black", Drop = "drop";

    /// <summary>All words.</summary>
    public static IReadOnlyList<string> Names { get; } = [Usual, Black, Drop, Mask];

    /// <summary>How pictures are read.</summary>
    public static PictureOptions Options(string rule, bool upright) => new()
    {
        AsStored = !upright, DropAlpha = rule is Drop or Mask, KeepOpacity = rule == Mask, Background = rule == Black ? ((byte)0,
            (byte)0, (byte)0) : new PictureOptions().Background,
    };
}
