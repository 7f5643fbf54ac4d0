using LatentSharp.Latents;
using LatentSharp.Tensors;

namespace LatentSharp.Diffusion.Noise;

/// <summary>
/// What a seed gives, drawn again and again: a run that was kept finds the noise of a draw without those before it having been kept.
/// </summary>
/// <param name="kind">The generator.</param>
/// <param name="seed">The seed.</param>
internal sealed class NoiseDraws(NoiseKind kind, ulong seed)
{
    // A step of this size leads to seeds that nobody types.
    private const ulong NextDraw = 0x9E3779B97F4A7C15;

    private Filler? generator;
    private int drawn;

    private delegate void Filler(Span<float> noise);

    /// <summary>Fills in the noise of a draw; every draw has the same length.</summary>
    /// <param name="draw">Which, from 0. Generators draw in order: those before it are drawn too.</param>
    /// <param name="noise">Where it goes.</param>
    public void Fill(int draw, Span<float> noise)
    {
        if (kind == NoiseKind.Native)
        {
            GaussianNoise.Fill(noise, unchecked(seed + (ulong)draw * NextDraw));
            return;
        }
        if (generator is null || drawn > draw) (generator, drawn) = (Generator(), 0);
        for (; drawn <= draw; drawn++) generator(noise);
    }

    private Filler Generator()
    {
        if (kind == NoiseKind.Nv) return new CudaGenerator(seed).Fill;
        ElementType type = kind switch
        {
            NoiseKind.TorchBFloat16 => ElementType.BF16,
            NoiseKind.TorchFloat16 => ElementType.F16,
            _ => ElementType.F32,
        };
        var torch = new TorchGenerator(seed);
        return noise => torch.Fill(noise, type);
    }
}
