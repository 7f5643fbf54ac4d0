using LatentSharp.Tensors;

namespace LatentSharp.Diffusion.Noise;

/// <summary>
/// Normal noise as <c>torch.randn</c> draws it on the CPU, bit for bit: mt19937, and Box-Muller in the element type that is asked for.
/// Numbers of a 16-bit type are numbers of their own, not rounded float32 ones. Like a <c>torch.Generator</c> it goes on where the call
/// before ended. Not for several threads at once.
/// </summary>
/// <remarks>Float32 follows PyTorch's AVX2 build; its builds for other processors differ from that by up to 5e-7. Float16 follows PyTorch
/// 1.x.</remarks>
public sealed class TorchGenerator
{
    // Fewer numbers than this are drawn one after the other in double, with the second of each pair kept for the next call.
    private const int Group = 16;

    private readonly MersenneTwister words;
    private double? spare;

    /// <summary>
    /// The generator of <c>torch.manual_seed(seed)</c>. Only the lower 32 bits count, as in PyTorch: 5 and 2^32 + 5 are one seed.
    /// </summary>
    public TorchGenerator(ulong seed) => words = new MersenneTwister((uint)seed);

    /// <summary>Fills <paramref name="noise"/> as <c>torch.randn(n, dtype=...)</c> would, widened to float32.</summary>
    /// <param name="noise">Where the numbers go; its length decides the method, so drawing in two calls is not drawing in one.</param>
    /// <param name="type">F32, BF16 or F16.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another type.</exception>
    public void Fill(Span<float> noise, ElementType type = ElementType.F32)
    {
        NormalTransform transform = NormalTransform.For(type);
        if (noise.Length < Group)
        {
            foreach (ref float value in noise) value = transform.Round((float)NextDouble());
            return;
        }
        foreach (ref float value in noise) value = Uniform(transform);
        for (int first = 0; first + Group <= noise.Length; first += Group) transform.Apply(noise.Slice(first, Group));
        if (noise.Length % Group == 0) return;
        Span<float> tail = noise[^Group..];
        foreach (ref float value in tail) value = Uniform(transform);
        transform.Apply(tail);
    }

    /// <summary>
    /// Fills <paramref name="noise"/> as <c>torch.randn(n, dtype=torch.float64)</c> would, up to the last digit of the platform's logarithm
    /// and cosine.
    /// </summary>
    public void Fill(Span<double> noise)
    {
        if (noise.Length < Group)
        {
            foreach (ref double value in noise) value = NextDouble();
            return;
        }
        foreach (ref double value in noise) value = UniformDouble();
        for (int first = 0; first + Group <= noise.Length; first += Group) BoxMuller(noise.Slice(first, Group));
        if (noise.Length % Group == 0) return;
        Span<double> tail = noise[^Group..];
        foreach (ref double value in tail) value = UniformDouble();
        BoxMuller(tail);
    }

    private float Uniform(NormalTransform transform) => (words.Next() & ((1u << transform.Bits) - 1)) * MathF.ScaleB(1, -transform.Bits);

    private double UniformDouble() => (words.NextLong() & ((1UL << 53) - 1)) * Math.ScaleB(1, -53);

    private double NextDouble()
    {
        if (spare is { } kept)
        {
            spare = null;
            return kept;
        }
        double u1 = UniformDouble(), u2 = UniformDouble();
        // log(1 - u2) for u2 on a grid of 2^-53: 1 - u2 is exact, so log1p is not needed.
        double radius = Math.Sqrt(-2 * Math.Log(1 - u2));
        (double sin, double cos) = Math.SinCos(2 * Math.PI * u1);
        spare = radius * sin;
        return radius * cos;
    }

    private static void BoxMuller(Span<double> group)
    {
        for (int j = 0; j < Group / 2; j++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - group[j]));
            (double sin, double cos) = Math.SinCos(2 * Math.PI * group[j + Group / 2]);
            (group[j], group[j + Group / 2]) = (radius * cos, radius * sin);
        }
    }
}
