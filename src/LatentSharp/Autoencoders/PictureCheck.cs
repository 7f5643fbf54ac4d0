using System.Globalization;

namespace LatentSharp.Autoencoders;

/// <summary>
/// Refuses values that cannot be meant: NaN and infinite ones, of which a single one spreads over the whole picture through the attention,
/// and pictures in another range than [-1, 1], which would be encoded without a word to something that is no picture.
/// </summary>
internal static class PictureCheck
{
    // Decoded pictures overshoot [-1, 1] by a fraction; even what is decoded from noise stays within a few units. Levels of 0..255 go far
    // beyond unless all is nearly black.
    private const float FarOutside = 16;

    public static void Image(ImageTensor image)
    {
        (float low, float high) = Check("image", image.Values, image.Height, image.Width, ImageTensor.Channels, "Check how the picture was made.");
        if (low >= -FarOutside && high <= FarOutside) return;
        string range = string.Create(CultureInfo.InvariantCulture, $"its values reach from {low:0.###} to {high:0.###}; they have to lie in [-1, 1]");
        string? levels = low < 0 ? null : high <= 255 ? "0..255" : high <= 65535 ? "0..65535" : null;
        throw new LatentSharpException(ErrorKind.BadInput, "image", levels is null ? range + "." : $"these look like {levels}: {range}.",
            levels == "0..255" ? "Make the tensor with ImageTensor.FromPixels, or turn levels into values with level / 127.5 - 1."
            : levels is not null ? "Turn levels into values with level / 32767.5 - 1." : "Scale them to [-1, 1], and check how the picture was made.");
    }

    public static void Latent(Latent latent)
        => Check("latent", latent.Values, latent.Height, latent.Width, latent.Channels,
            "The program that made the latent has failed, often by computing in 16-bit floats; make it again in float32.");

    private static (float Low, float High) Check(string what, float[] values, int height, int width, int channels, string next)
    {
        int nan = 0, infinite = 0, first = -1;
        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        for (int i = 0; i < values.Length; i++)
        {
            float value = values[i];
            if (value < low) low = value;
            if (value > high) high = value;
            if (float.IsFinite(value)) continue;
            if (first < 0) first = i;
            if (float.IsNaN(value)) nan++;
            else infinite++;
        }
        if (first < 0) return (low, high);
        int plane = height * width;
        string place = string.Create(CultureInfo.InvariantCulture,
            $"picture {first / plane / channels}, channel {first / plane % channels}, row {first % plane / width}, column {first % width}");
        throw new LatentSharpException(ErrorKind.BadInput, what,
            $"{nan} of {values.Length} values are NaN and {infinite} are infinite, the first at {place}.", next);
    }
}
