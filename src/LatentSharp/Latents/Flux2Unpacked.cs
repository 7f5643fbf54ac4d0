namespace LatentSharp.Latents;

/// <summary>
/// FLUX.2's latents before their channels are packed: [N, 32, 2 h, 2 w] as its autoencoder gives them, where the diffusion model sees
/// [N, 128, h, w], normalised. Sana's latents have 32 channels too. They are told apart by how the channels vary together, which was
/// measured for FLUX.2: of 18 photographs the likelihood lies 0.007 to 0.12 nats per channel above that of values without any preference,
/// white noise 0.05 below.
/// </summary>
internal static class Flux2Unpacked
{
    /// <summary>Channels before packing.</summary>
    public const int Channels = 32;

    /// <summary>What is said where the values do not tell.</summary>
    public const string Undecided = "32 channels are those of Sana at a 32nd of the picture's size, or of FLUX.2 at an eighth before they are packed; "
        + "its values do not tell which. Name an autoencoder of the one that it is.";

    private const double LeastScore = 0.004;

    private static SpaceFingerprint Fingerprint => SpaceFingerprint.Known.First(f => f.SpaceId == LatentSpace.Flux2.Id);

    /// <summary>Whether the shape allows it.</summary>
    public static bool MayBe(LatentTensor tensor) => tensor.Channels == Channels && tensor.Height % 2 == 0 && tensor.Width % 2 == 0;

    /// <summary>Whether the values say so.</summary>
    public static bool Is(LatentTensor tensor)
    {
        int size = tensor.Values.Length / tensor.Batch;
        return Enumerable.Range(0, tensor.Batch)
            .Average(i => Fingerprint.Score(tensor.Values.AsSpan(i * size, size), tensor.Height, tensor.Width)) >= LeastScore;
    }

    /// <summary>The latent as the diffusion model sees it.</summary>
    public static LatentTensor Pack(LatentTensor tensor, List<string> notes)
    {
        LatentSpace space = LatentSpace.Flux2;
        // Natural latents deviate by what the fingerprint has, before the normalisation by 1.77 times as much.
        double natural = Math.Sqrt(Enumerable.Range(0, Channels).Average(c => Fingerprint.Covariance[PositiveMatrix.At(c, c)]));
        double ratio = 1 / space.Scale.Average(s => (double)s);
        bool normalised = Deviation(tensor) < natural * Math.Sqrt(ratio);
        LatentSpace by = normalised ? space.AlreadyScaled() : space;
        int size = tensor.Values.Length / tensor.Batch;
        float[] packed = new float[tensor.Values.Length];
        for (int i = 0; i < tensor.Batch; i++)
            by.ToDiffusion(tensor.Values.AsSpan(i * size, size), packed.AsSpan(i * size, size), tensor.Height / 2, tensor.Width / 2);
        string state = normalised ? "normalised already" : "not normalised yet";
        notes.Add($"32 channels were taken for FLUX.2's before packing, {state}; they were packed into 128");
        return new LatentTensor(packed, tensor.Batch, space.Channels, tensor.Height / 2, tensor.Width / 2, true);
    }

    private static double Deviation(LatentTensor tensor)
    {
        double sum = 0, squares = 0;
        foreach (float v in tensor.Values) (sum, squares) = (sum + v, squares + (double)v * v);
        double mean = sum / tensor.Values.Length;
        return Math.Sqrt(Math.Max(0, squares / tensor.Values.Length - mean * mean));
    }
}
