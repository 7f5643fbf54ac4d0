namespace LatentSharp.Service.Generating;

/// <summary>Puts back what a mask keeps: outside it the picture's own pixels, to the bit, and a soft edge inside.</summary>
internal static class Pasting
{
    // Pixels from the edge of the mask to where the new picture stands alone: half a position of the latent.
    private const int Edge = 4;

    /// <summary>The new picture where the mask is white, the old one where it is black.</summary>
    /// <param name="made">[1, 3, H, W].</param>
    /// <param name="kept">The picture that was changed.</param>
    /// <param name="mask">[H, W] from 0 (kept) to 1.</param>
    public static ImageTensor Paste(ImageTensor made, ImageTensor kept, float[] mask)
    {
        int width = made.Width, height = made.Height;
        float[] near = Mean(Mean(mask, width, height, 1, width), height, width, width, 1);
        var result = new ImageTensor(1, height, width);
        for (int i = 0; i < result.Values.Length; i++)
        {
            int at = i % mask.Length;
            float part = mask[at] * Math.Clamp(2 * near[at] - 1, 0, 1);
            result.Values[i] = part == 0 ? kept.Values[i] : kept.Values[i] + part * (made.Values[i] - kept.Values[i]);
        }
        return result;
    }

    // The mean over neighbours in one direction; beyond the border the last value goes on.
    private static float[] Mean(float[] values, int length, int lines, int step, int lineStep)
    {
        var mean = new float[values.Length];
        for (int line = 0; line < lines; line++)
            for (int i = 0; i < length; i++)
            {
                float sum = 0;
                for (int k = i - Edge; k <= i + Edge; k++) sum += values[line * lineStep + Math.Clamp(k, 0, length - 1) * step];
                mean[line * lineStep + i * step] = sum / (2 * Edge + 1);
            }
        return mean;
    }
}
