using LatentSharp.Tensors;

namespace LatentSharp.Diffusion.Noise;

/// <summary>
/// Box-Muller over groups of sixteen uniform numbers, with the roundings that PyTorch's kernels make in one element type.
/// </summary>
internal abstract class NormalTransform
{
    private const int Half = 8;

    /// <summary>Bits of a uniform number: as many as the significand holds.</summary>
    public abstract int Bits { get; }

    /// <summary>The nearest number of the type.</summary>
    public abstract float Round(float value);

    /// <summary>sqrt(-2 ln u) for u in (0, 1].</summary>
    protected abstract float Radius(float u);

    /// <summary>radius * cos(2 pi u) and radius * sin(2 pi u) for u in [0, 1).</summary>
    protected abstract (float, float) Turn(float radius, float u);

    /// <summary>Sixteen uniform numbers become sixteen normal ones: the first eight are radii, the others angles.</summary>
    public void Apply(Span<float> group)
    {
        for (int j = 0; j < Half; j++)
        {
            (float even, float odd) = Turn(Radius(1 - group[j]), group[j + Half]);
            // PyTorch adds the mean, 0, which leaves no negative zero.
            (group[j], group[j + Half]) = (even + 0f, odd + 0f);
        }
    }

    public static NormalTransform For(ElementType type) => type switch
    {
        ElementType.F32 => Single.Instance,
        ElementType.BF16 => Brain.Instance,
        ElementType.F16 => HalfPrecision.Instance,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "noise is drawn as F32, BF16 or F16"),
    };

    private sealed class Single : NormalTransform
    {
        public static readonly Single Instance = new();

        public override int Bits => 24;

        public override float Round(float value) => value;

        protected override float Radius(float u) => MathF.Sqrt(-2 * CephesSingle.Log(u));

        protected override (float, float) Turn(float radius, float u)
        {
            (float sin, float cos) = CephesSingle.SinCos((float)(2 * Math.PI) * u);
            return (radius * cos, radius * sin);
        }
    }

    /// <summary>
    /// Rounds after every operation, which is why these numbers are coarse and end at 3.33. Functions are taken in double, so that every
    /// platform agrees.
    /// </summary>
    private sealed class Brain : NormalTransform
    {
        public static readonly Brain Instance = new();

        public override int Bits => 8;

        public override float Round(float value) => ToNearest(value);

        protected override float Radius(float u) => ToNearest(MathF.Sqrt(-2 * ToNearest((float)Math.Log(u))));

        protected override (float, float) Turn(float radius, float u)
        {
            (double sin, double cos) = Math.SinCos(ToNearest((float)(2 * Math.PI * u)));
            return (ToNearest(radius * ToNearest((float)cos)), ToNearest(radius * ToNearest((float)sin)));
        }

        // To nearest, ties to even, on the upper half of the bits; the numbers here are finite.
        private static float ToNearest(float value)
        {
            uint bits = BitConverter.SingleToUInt32Bits(value);
            return BitConverter.UInt32BitsToSingle((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000);
        }
    }

    /// <summary>Rounds the radius, the angle and the result; what lies between is float32.</summary>
    private sealed class HalfPrecision : NormalTransform
    {
        public static readonly HalfPrecision Instance = new();

        public override int Bits => 11;

        public override float Round(float value) => (float)(System.Half)value;

        protected override float Radius(float u) => Round(MathF.Sqrt(-2 * (float)Math.Log(u)));

        protected override (float, float) Turn(float radius, float u)
        {
            (double sin, double cos) = Math.SinCos(Round((float)(2 * Math.PI * u)));
            return (Round(radius * (float)cos), Round(radius * (float)sin));
        }
    }
}
