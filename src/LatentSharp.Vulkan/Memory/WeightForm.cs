using System.Globalization;
using System.Runtime.InteropServices;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Vulkan.Memory;

/// <summary>
/// How weights are stored in the card's memory: the names are those of <see cref="ElementType"/>, the numbers those of weights.glsl.
/// </summary>
internal enum StoredType : uint
{
    F32 = 0,
    F16 = 1,
    BF16 = 2,
    F8_E4M3 = 3,
    F8_E5M2 = 4,
    Q8_0 = 5,
    Q4_0 = 6,
    Q4_1 = 7,
    Q5_0 = 8,
    Q5_1 = 9,
    Q2_K = 10,
    Q3_K = 11,
    Q4_K = 12,
    Q5_K = 13,
    Q6_K = 14,
}

/// <summary>What fills a storage of weights, piece by piece, so that the processor holds little of it at a time.</summary>
internal abstract class WeightForm
{
    /// <summary>The bytes that kernels see: a multiple of four.</summary>
    public long Bytes { get; private protected init; }

    /// <summary>How the kernels read them.</summary>
    public StoredType Type { get; private protected init; }

    /// <summary>Writes bytes from <paramref name="offset"/> on.</summary>
    public abstract void Fill(long offset, Span<byte> target);

    /// <summary>Called when all was written.</summary>
    public virtual void Finish()
    {
    }

    /// <summary>A matrix [out, in] in the order in which it is stored: as it is where kernels know its type, else in float32.</summary>
    /// <param name="weight">The tensor.</param>
    /// <param name="first">The first value that is used.</param>
    /// <param name="count">How many are used.</param>
    /// <param name="narrow">Whether others become F16 instead.</param>
    public static WeightForm Matrix(WeightRef weight, long first, long count, bool narrow)
    {
        ElementType type = weight.Info.Type;
        bool isKnown = Enum.TryParse(type.ToString(), out StoredType stored) && stored != StoredType.F32;
        long unit = type.BlockLength();
        return isKnown && first % unit == 0 && count % unit == 0
            ? new Raw(weight, first / unit * type.BlockBytes(), count / unit * type.BlockBytes(), stored)
            : narrow ? new Narrowed(weight, first, count) : new Widened(weight, first, count);
    }

    /// <summary>Values in float32.</summary>
    public static WeightForm Values(WeightRef weight) => new Widened(weight, 0, weight.ElementCount);

    /// <summary>
    /// The weights of a convolution with the channels innermost: [out, kh, kw, in], in 16 bits where they are stored so, or always.
    /// </summary>
    public static WeightForm Convolution(WeightRef weight, int taps, int channels, bool narrow)
        => new ChannelsLast(weight, taps, channels, narrow);

    /// <summary>Values that are computed.</summary>
    public static WeightForm Table(Func<float[]> values, long count) => new Computed(values, count);

    private static long Words(long bytes) => (bytes + 3) / 4 * 4;

    private sealed class Raw : WeightForm
    {
        private readonly WeightRef weight;
        private readonly long first, length;

        public Raw(WeightRef weight, long first, long length, StoredType type)
        {
            (this.weight, this.first, this.length) = (weight, first, length);
            (Bytes, Type) = (Words(length), type);
        }

        public override void Fill(long offset, Span<byte> target)
        {
            int there = (int)Math.Min(target.Length, length - offset);
            weight.ReadBytes(first + offset, target[..there]);
            target[there..].Clear();
        }
    }

    private sealed class Widened : WeightForm
    {
        private readonly WeightRef weight;
        private readonly long first;

        public Widened(WeightRef weight, long first, long count)
        {
            (this.weight, this.first) = (weight, first);
            (Bytes, Type) = (count * sizeof(float), StoredType.F32);
        }

        // Pieces begin at multiples of 1 KiB, which are multiples of every block of values.
        public override void Fill(long offset, Span<byte> target)
            => weight.Read(first + offset / sizeof(float), MemoryMarshal.Cast<byte, float>(target));
    }

    private sealed class Narrowed : WeightForm
    {
        // A multiple of every block of values, and little enough to stay in a cache.
        private const int Piece = 8192;

        private readonly WeightRef weight;
        private readonly long first, count;

        public Narrowed(WeightRef weight, long first, long count)
        {
            (this.weight, this.first, this.count) = (weight, first, count);
            (Bytes, Type) = (Words(count * sizeof(ushort)), StoredType.F16);
        }

        public override void Fill(long offset, Span<byte> target)
        {
            long from = offset / sizeof(ushort);
            Span<Half> halves = MemoryMarshal.Cast<byte, Half>(target);
            int there = (int)Math.Min(halves.Length, count - from);
            halves[there..].Clear();
            var wide = new float[Math.Min(Piece, there)];
            for (int i = 0; i < there; i += Piece)
            {
                Span<float> values = wide.AsSpan(0, Math.Min(Piece, there - i));
                weight.Read(first + from + i, values);
                Narrow(weight, values, halves.Slice(i, values.Length));
            }
        }
    }

    private static void Narrow(WeightRef weight, ReadOnlySpan<float> values, Span<Half> halves)
    {
        for (int i = 0; i < values.Length; i++)
        {
            halves[i] = (Half)values[i];
            if (Half.IsInfinity(halves[i]) && float.IsFinite(values[i]))
                throw new LatentSharpException(ErrorKind.BadInput, weight.Name,
                    string.Create(CultureInfo.InvariantCulture, $"a weight of {values[i]:g4} exceeds what 16 bits hold, {(float)Half.MaxValue:#,0}."),
                    "Compute in fp32, whose range is wider.");
        }
    }

    private sealed class ChannelsLast : WeightForm
    {
        private readonly WeightRef weight;
        private readonly int taps, channels, size;
        private byte[]? turned;

        public ChannelsLast(WeightRef weight, int taps, int channels, bool narrow)
        {
            (this.weight, this.taps, this.channels) = (weight, taps, channels);
            Type = weight.Info.Type switch
            {
                ElementType.F16 => StoredType.F16,
                ElementType.BF16 => StoredType.BF16,
                _ => narrow ? StoredType.F16 : StoredType.F32,
            };
            size = Type == StoredType.F32 ? sizeof(float) : sizeof(ushort);
            Bytes = Words(weight.ElementCount * size);
        }

        public override void Fill(long offset, Span<byte> target)
        {
            turned ??= Turn();
            turned.AsSpan((int)offset, target.Length).CopyTo(target);
        }

        public override void Finish() => turned = null;

        private byte[] Turn()
        {
            var all = new byte[Bytes];
            if (size == sizeof(float)) Turn<float>(weight.Read(), MemoryMarshal.Cast<byte, float>(all.AsSpan()));
            else Turn<ushort>(MemoryMarshal.Cast<byte, ushort>(Halves().AsSpan()), MemoryMarshal.Cast<byte, ushort>(all.AsSpan()));
            return all;
        }

        private byte[] Halves()
        {
            var stored = new byte[weight.ElementCount * size];
            if (weight.Info.Type is ElementType.F16 or ElementType.BF16) weight.ReadBytes(0, stored);
            else Narrow(weight, weight.Read(), MemoryMarshal.Cast<byte, Half>(stored.AsSpan()));
            return stored;
        }

        private void Turn<T>(ReadOnlySpan<T> from, Span<T> to)
        {
            int row = taps * channels;
            for (int start = 0; start + row <= from.Length; start += row)
                for (int c = 0; c < channels; c++)
                    for (int tap = 0; tap < taps; tap++)
                        to[start + tap * channels + c] = from[start + c * taps + tap];
        }
    }

    private sealed class Computed : WeightForm
    {
        private readonly Func<float[]> make;
        private float[]? values;

        public Computed(Func<float[]> make, long count)
        {
            this.make = make;
            (Bytes, Type) = (count * sizeof(float), StoredType.F32);
        }

        public override void Fill(long offset, Span<byte> target)
        {
            values ??= make();
            MemoryMarshal.AsBytes(values.AsSpan()).Slice((int)offset, target.Length).CopyTo(target);
        }

        public override void Finish() => values = null;
    }
}
