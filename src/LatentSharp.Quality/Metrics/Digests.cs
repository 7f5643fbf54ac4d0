using System.Text;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Quality.Metrics;

/// <summary>SHA-256 digests of pictures as pixels and of text.</summary>
internal static class Digests
{
    /// <summary>Over the size and the 8-bit levels of picture 0.</summary>
    public static string OfPixels(ImageTensor image)
    {
        byte[] bytes = new byte[3 * image.Height * image.Width];
        for (int c = 0; c < 3; c++)
        {
            ReadOnlySpan<float> plane = image.Plane(0, c);
            for (int i = 0; i < plane.Length; i++) bytes[3 * i + c] = ImageTensor.ToByte(plane[i]);
        }
        using var hash = new Sha256();
        hash.Append(Encoding.UTF8.GetBytes($"{image.Width}x{image.Height} RGB8\n"));
        hash.Append(bytes);
        return hash.Finish();
    }

    public static string OfText(string text) => Sha256.OfText(text);
}
