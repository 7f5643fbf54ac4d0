using System.Globalization;

namespace LatentSharp.Autoencoders;

/// <summary>Refuses values that are not numbers: one of them spreads over the whole picture through the attention.</summary>
internal static class FiniteCheck
{
    public static void Image(ImageTensor image) => Check("image", image.Values, image.Height, image.Width, ImageTensor.Channels, "Check how the picture was made.");

    public static void Latent(Latent latent) => Check("latent", latent.Values, latent.Height, latent.Width, latent.Channels, "The program that made the latent has failed, often by computing in 16-bit floats; make it again in float32.");

    private static void Check(string what, float[] values, int height, int width, int channels, string next)
    {
        int nan = 0, infinite = 0, first = -1;
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsFinite(values[i])) continue;
            if (first < 0) first = i;
            if (float.IsNaN(values[i])) nan++;
            else infinite++;
        }
        if (first < 0) return;
        int plane = height * width;
        string place = string.Create(CultureInfo.InvariantCulture, $"picture {first / plane / channels}, channel {first / plane % channels}, row {first % plane / width}, column {first % width}");
        throw new LatentSharpException(ErrorKind.BadInput, what, $"{nan} of {values.Length} values are NaN and {infinite} are infinite, the first at {place}.", next);
    }
}
