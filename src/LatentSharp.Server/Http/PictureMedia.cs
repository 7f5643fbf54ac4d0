namespace LatentSharp.Server.Http;

/// <summary>Picture formats by their media types.</summary>
internal static class PictureMedia
{
    private static readonly (string Type, PictureFormat Format)[] All =
    [
        ("image/png", PictureFormat.Png), ("image/jpeg", PictureFormat.Jpeg), ("image/webp", PictureFormat.WebP),
        ("image/tiff", PictureFormat.Tiff), ("image/avif", PictureFormat.Avif),
    ];

    /// <summary>Types that can be written.</summary>
    internal static string[] Types { get; } = [.. All.Select(f => f.Type)];

    /// <summary>The format of a type that can be written.</summary>
    internal static PictureFormat FormatOf(string type) => All.First(f => f.Type == type).Format;

    /// <summary>The type of a format that can be written.</summary>
    internal static string TypeOf(PictureFormat format) => All.First(f => f.Format == format).Type;
}
