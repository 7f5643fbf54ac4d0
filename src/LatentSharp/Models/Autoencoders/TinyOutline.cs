using System.Globalization;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>Names and shapes of the tiny autoencoders (TAESD family), under canonical names, without their files.</summary>
internal static class TinyOutline
{
    private const int Width = 64;

    /// <summary>Adds an encoder: a block, and three levels that halve the size, each with three blocks behind it.</summary>
    /// <param name="w">Receives its tensors.</param>
    /// <param name="latent">Channels of the latent.</param>
    public static void AddEncoder(OutlineWeights w, int latent)
    {
        const string encoder = "encoder.";
        Conv(w, encoder + "0", Width, 3, true);
        Block(w, encoder, 1);
        for (int stage = 2; stage < 14; stage += 4)
        {
            Conv(w, Numbered(encoder, stage), Width, Width, false);
            for (int block = stage + 1; block < stage + 4; block++) Block(w, encoder, block);
        }
        Conv(w, encoder + "14", latent, Width, true);
    }

    /// <summary>Adds a decoder, the same the other way round.</summary>
    /// <param name="w">Receives its tensors.</param>
    /// <param name="latent">Channels of the latent.</param>
    public static void AddDecoder(OutlineWeights w, int latent)
    {
        const string decoder = "decoder.";
        Conv(w, decoder + "1", Width, latent, true);
        for (int stage = 3; stage < 18; stage += 5)
        {
            for (int block = stage; block < stage + 3; block++) Block(w, decoder, block);
            Conv(w, Numbered(decoder, stage + 4), Width, Width, false);
        }
        Block(w, decoder, 18);
        Conv(w, decoder + "19", 3, Width, true);
    }

    private static void Block(OutlineWeights w, string half, int number)
    {
        foreach (string conv in (ReadOnlySpan<string>)[".conv.0", ".conv.2", ".conv.4"]) Conv(w, Numbered(half, number) + conv, Width, Width, true);
    }

    private static void Conv(OutlineWeights w, string module, int outputs, int inputs, bool bias)
    {
        w.Add(module + ".weight", outputs, inputs, 3, 3);
        if (bias) w.Add(module + ".bias", outputs);
    }

    private static string Numbered(string half, int number) => half + number.ToString(CultureInfo.InvariantCulture);
}
