using LatentSharp.Graph;

namespace LatentSharp.Vulkan.Running;

/// <summary>Values between the order of callers and that of networks, which is channels last.</summary>
internal static unsafe class Transposition
{
    /// <summary>Some positions of the caller's values, channels last.</summary>
    public static void Give(float* values, float* piece, FeatureShape shape, Layout layout, long first, long count)
    {
        int channels = shape.Channels;
        if (layout == Layout.ChannelsLast)
        {
            Buffer.MemoryCopy(values + first * channels, piece, count * channels * sizeof(float), count * channels * sizeof(float));
            return;
        }
        for (int c = 0; c < channels; c++)
        {
            float* plane = values + c * shape.Positions + first;
            for (long p = 0; p < count; p++) piece[p * channels + c] = plane[p];
        }
    }

    /// <summary>Some positions, channels last, to the caller's place for them.</summary>
    public static void Take(float* piece, float* values, FeatureShape shape, Layout layout, long first, long count)
    {
        int channels = shape.Channels;
        if (layout == Layout.ChannelsLast)
        {
            Buffer.MemoryCopy(piece, values + first * channels, count * channels * sizeof(float), count * channels * sizeof(float));
            return;
        }
        for (int c = 0; c < channels; c++)
        {
            float* plane = values + c * shape.Positions + first;
            for (long p = 0; p < count; p++) plane[p] = piece[p * channels + c];
        }
    }
}
