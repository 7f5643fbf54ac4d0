using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>
/// Turns rows of stored weights into a panel of <see cref="PackedWeights"/>: they are widened a few hundred at a time, multiplied by their
/// scale and set on their side.
/// </summary>
internal static unsafe class WeightPacking<S, V> where S : ISimd<V> where V : unmanaged
{
    // Rows of the widened values lie a line further apart than their length, so that they do not compete for the same sets of the cache.
    private const int RowStride = PackedWeights.DepthBlock + 16;

    /// <summary>Floats of scratch memory.</summary>
    public static int Scratch => Gemm<S, V>.PanelWidth * RowStride;

    /// <summary>Packs one block of depth of one panel.</summary>
    /// <param name="stored">The first stored value: of the panel's first row, and of the block.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="weights">What they are.</param>
    /// <param name="row">The first row.</param>
    /// <param name="rows">Rows that exist, at most a panel's width; the others become zeros.</param>
    /// <param name="depth">Values of each row.</param>
    /// <param name="panel">[depth, panel width].</param>
    /// <param name="scratch"><see cref="Scratch"/> floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(byte* stored, nint rowBytes, StoredMatrix weights, int row, int rows, int depth, float* panel, float* scratch)
    {
        int width = Gemm<S, V>.PanelWidth;
        for (int i = 0; i < width; i++)
        {
            var values = new Span<float>(scratch + i * RowStride, depth);
            if (i >= rows)
            {
                values.Clear();
                continue;
            }
            Widen(weights.Type, stored + i * rowBytes, values);
            if (!weights.IsUnscaled) Multiply(scratch + i * RowStride, depth, weights.Scale(row + i));
        }
        int whole = depth - depth % S.Lanes;
        for (int k = 0; k < whole; k += S.Lanes)
            for (int i = 0; i < width; i += S.Lanes) S.Transpose(scratch + i * RowStride + k, RowStride, panel + k * width + i, width);
        for (int k = whole; k < depth; k++)
            for (int i = 0; i < width; i++) panel[k * width + i] = scratch[i * RowStride + k];
    }

    /// <summary>Stored values to float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(ElementType type, byte* source, Span<float> values)
    {
        switch (type)
        {
            case ElementType.F32: Widen<StoredF32<S, V>>(type, source, values); break;
            case ElementType.BF16: Widen<StoredBF16<S, V>>(type, source, values); break;
            case ElementType.F16: Widen<StoredF16<S, V>>(type, source, values); break;
            case ElementType.F8_E4M3: Widen<StoredE4M3<S, V>>(type, source, values); break;
            case ElementType.F8_E5M2: Widen<StoredE5M2<S, V>>(type, source, values); break;
            default: Widening.ToSingle(type, new ReadOnlySpan<byte>(source, Bytes(type, values.Length)), values); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen<E>(ElementType type, byte* source, Span<float> values) where E : IStoredElement<V>
    {
        int whole = values.Length - values.Length % S.Lanes;
        fixed (float* to = values)
        {
            for (int i = 0; i < whole; i += S.Lanes) S.Store(to + i, E.Load(source + i * E.Bytes));
        }
        if (whole < values.Length)
            Widening.ToSingle(type, new ReadOnlySpan<byte>(source + whole * E.Bytes, (values.Length - whole) * E.Bytes), values[whole..]);
    }

    private static void Multiply(float* values, int count, float scale)
    {
        V factor = S.Broadcast(scale);
        int whole = count - count % S.Lanes;
        for (int i = 0; i < whole; i += S.Lanes) S.Store(values + i, S.Multiply(S.Load(values + i), factor));
        for (int i = whole; i < count; i++) values[i] *= scale;
    }

    private static int Bytes(ElementType type, int values) => values / type.BlockLength() * type.BlockBytes();
}
