using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>What the names and shapes of a <see cref="WanAutoencoder"/>'s tensors say.</summary>
internal static class WanShapes
{
    /// <summary>
    /// Whether blocks stand in stages with a way around each (Wan 2.2, Qwen-Image-2.1) instead of one long list (Wan 2.1, Qwen-Image).
    /// </summary>
    public static bool IsStaged(WeightScope levels) => levels[0]["downsamples"].Exists || levels[0]["upsamples"].Exists;

    /// <summary>2 where a stage's resampler also changes the number of frames, which its unused <c>time_conv</c> tells; else 1.</summary>
    public static int Frames(WeightScope stage) => Enumerable.Range(0, Count(stage)).Any(i => stage[i]["time_conv"].Has("weight")) ? 2 : 1;

    /// <summary>How many times the sides are halved from picture to latent.</summary>
    public static int Halvings(WeightScope half)
    {
        WeightScope levels = half[half.Path == "encoder" ? "downsamples" : "upsamples"];
        int count = 0;
        if (!IsStaged(levels)) count = Enumerable.Range(0, Count(levels)).Count(i => levels[i]["resample"].Exists);
        else
            for (int i = 0; levels[i].Exists; i++)
            {
                WeightScope stage = levels[i][half.Path == "encoder" ? "downsamples" : "upsamples"];
                count += Enumerable.Range(0, Count(stage)).Count(j => stage[j]["resample"].Exists);
            }
        return count;
    }

    private static int Count(WeightScope list)
    {
        int count = 0;
        while (list[count].Exists) count++;
        return count;
    }
}
