using System.Text.Json.Nodes;
using LatentSharp.Server.Http;

namespace LatentSharp.Server.Foreign.OpenAi;

/// <summary>The file format that a client asks for.</summary>
/// <param name="Name">Its name in the protocol.</param>
/// <param name="Quality">The quality of lossy formats.</param>
internal sealed record ImageFormat(string Name, int Quality)
{
    /// <summary>That of a body: PNG where it says nothing.</summary>
    internal static ImageFormat Of(JsonObject body)
    {
        string name = body.Text("output_format") ?? "png";
        return name is "png" or "jpeg" or "webp" ? new ImageFormat(name, Math.Max(body.Integer("output_compression", 0, 100) ?? 95, 1))
            : throw new RefusedRequest(StatusCodes.Status400BadRequest, "'output_format' must be png, jpeg or webp.", null, "output_format");
    }

    /// <summary>A picture in this format. PNG files stay as they are, with what they say about how they were made.</summary>
    internal byte[] Encode(byte[] png) => Name == "png" ? png
        : PictureFile.Encode(PictureFile.Load(png).Image, Name == "jpeg" ? PictureFormat.Jpeg : PictureFormat.WebP,
            new PictureSaveOptions { Quality = Quality });
}
