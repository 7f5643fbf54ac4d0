using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LatentSharp.Cpu.Simd;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>
/// Products of a few rows of X with weights that are read once, as they are stored: each result is a dot product of two rows. Four rows of
/// weights run side by side, for one or two rows of X, which makes eight independent sums.
/// </summary>
internal static unsafe class StoredRowProduct<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>Rows of weights that are widened together.</summary>
    public const int Together = 4;

    /// <summary>Floats of scratch memory: room to widen types that have no kernel of their own.</summary>
    public static nint Scratch(ElementType type, int k) => HasKernel(type) ? 0 : Together * (nint)(k + 16);

    /// <summary>Multiplies all rows of X by some rows of weights.</summary>
    /// <param name="x">[m, k].</param>
    /// <param name="stored">The first row of weights.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="weights">What they are.</param>
    /// <param name="row">The first row.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="sums">[m, rows], row stride <paramref name="stride"/>.</param>
    /// <param name="stride">Floats from one row of sums to the next.</param>
    /// <param name="scratch">As many floats as <see cref="Scratch"/> says.</param>
    public static void Multiply(in MatrixView x, byte* stored, nint rowBytes, StoredMatrix weights, int row, int rows, float* sums,
        nint stride, float* scratch)
    {
        for (int n = 0; n < rows; n += Together, stored += Together * rowBytes)
        {
            int present = Math.Min(Together, rows - n);
            switch (weights.Type)
            {
                case ElementType.F32: Rows<StoredF32<S, V>>(x, stored, rowBytes, weights.Type, present, sums + n, stride); break;
                case ElementType.BF16: Rows<StoredBF16<S, V>>(x, stored, rowBytes, weights.Type, present, sums + n, stride); break;
                case ElementType.F16: Rows<StoredF16<S, V>>(x, stored, rowBytes, weights.Type, present, sums + n, stride); break;
                case ElementType.F8_E4M3: Rows<StoredE4M3<S, V>>(x, stored, rowBytes, weights.Type, present, sums + n, stride); break;
                case ElementType.F8_E5M2: Rows<StoredE5M2<S, V>>(x, stored, rowBytes, weights.Type, present, sums + n, stride); break;
                default:
                    int k = x.Columns;
                    for (int i = 0; i < present; i++)
                        Widening.ToSingle(weights.Type, new ReadOnlySpan<byte>(stored + i * rowBytes, checked((int)weights.RowBytes)),
                            new Span<float>(scratch + i * (k + 16), k));
                    Rows<StoredF32<S, V>>(x, (byte*)scratch, (k + 16) * sizeof(float), ElementType.F32, present, sums + n, stride);
                    break;
            }
            if (weights.IsUnscaled) continue;
            for (int m = 0; m < x.Rows; m++)
                for (int i = 0; i < present; i++) sums[m * stride + n + i] *= weights.Scale(row + n + i);
        }
    }

    private static bool HasKernel(ElementType type)
        => type is ElementType.F32 or ElementType.BF16 or ElementType.F16 or ElementType.F8_E4M3 or ElementType.F8_E5M2;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<E>(in MatrixView x, byte* stored, nint rowBytes, ElementType type, int present, float* sums, nint stride)
        where E : IStoredElement<V>
    {
        int k = x.Columns, whole = k - k % S.Lanes, left = k - whole;
        byte* w0 = stored, w1 = w0 + Math.Min(1, present - 1) * rowBytes, w2 = w0 + Math.Min(2, present - 1) * rowBytes,
            w3 = w0 + Math.Min(3, present - 1) * rowBytes;
        float* ends = stackalloc float[Together * 16];
        if (left > 0)
        {
            for (int i = 0; i < present; i++)
                Widening.ToSingle(type, new ReadOnlySpan<byte>(stored + i * rowBytes + whole * E.Bytes, left * E.Bytes),
                    MemoryMarshal.CreateSpan(ref ends[16 * i], left));
        }
        float* found = stackalloc float[2 * Together];
        for (int m = 0; m < x.Rows; m += 2)
        {
            int pair = Math.Min(2, x.Rows - m);
            if (pair == 2) Two<E>(x.Row(m), x.Row(m + 1), w0, w1, w2, w3, whole, found);
            else One<E>(x.Row(m), w0, w1, w2, w3, whole, found);
            for (int j = 0; j < pair; j++)
            {
                float* values = x.Row(m + j) + whole;
                for (int i = 0; i < present; i++)
                {
                    float sum = found[j * Together + i];
                    for (int c = 0; c < left; c++) sum += values[c] * ends[16 * i + c];
                    sums[(m + j) * stride + i] = sum;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<E>(float* x, byte* w0, byte* w1, byte* w2, byte* w3, int whole, float* found) where E : IStoredElement<V>
    {
        int lanes = S.Lanes, step = lanes * E.Bytes, k = 0;
        nint ahead = (nint)(w3 - w0 + (w3 - w2));
        V a0 = S.Zero, a1 = S.Zero, a2 = S.Zero, a3 = S.Zero, b0 = S.Zero, b1 = S.Zero, b2 = S.Zero, b3 = S.Zero;
        for (; k <= whole - 2 * lanes; k += 2 * lanes)
        {
            V x0 = S.Load(x + k), x1 = S.Load(x + k + lanes);
            nint at = (nint)k * E.Bytes;
            S.Prefetch((float*)(w0 + ahead + at));
            S.Prefetch((float*)(w1 + ahead + at));
            S.Prefetch((float*)(w2 + ahead + at));
            S.Prefetch((float*)(w3 + ahead + at));
            a0 = S.MultiplyAdd(x0, E.Load(w0 + at), a0);
            a1 = S.MultiplyAdd(x0, E.Load(w1 + at), a1);
            a2 = S.MultiplyAdd(x0, E.Load(w2 + at), a2);
            a3 = S.MultiplyAdd(x0, E.Load(w3 + at), a3);
            at += step;
            b0 = S.MultiplyAdd(x1, E.Load(w0 + at), b0);
            b1 = S.MultiplyAdd(x1, E.Load(w1 + at), b1);
            b2 = S.MultiplyAdd(x1, E.Load(w2 + at), b2);
            b3 = S.MultiplyAdd(x1, E.Load(w3 + at), b3);
        }
        if (k < whole)
        {
            V x0 = S.Load(x + k);
            nint at = (nint)k * E.Bytes;
            a0 = S.MultiplyAdd(x0, E.Load(w0 + at), a0);
            a1 = S.MultiplyAdd(x0, E.Load(w1 + at), a1);
            a2 = S.MultiplyAdd(x0, E.Load(w2 + at), a2);
            a3 = S.MultiplyAdd(x0, E.Load(w3 + at), a3);
        }
        found[0] = S.Sum(S.Add(a0, b0));
        found[1] = S.Sum(S.Add(a1, b1));
        found[2] = S.Sum(S.Add(a2, b2));
        found[3] = S.Sum(S.Add(a3, b3));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two<E>(float* x, float* z, byte* w0, byte* w1, byte* w2, byte* w3, int whole, float* found)
        where E : IStoredElement<V>
    {
        V a0 = S.Zero, a1 = S.Zero, a2 = S.Zero, a3 = S.Zero, b0 = S.Zero, b1 = S.Zero, b2 = S.Zero, b3 = S.Zero;
        for (int k = 0; k < whole; k += S.Lanes)
        {
            V x0 = S.Load(x + k), z0 = S.Load(z + k), w;
            nint at = (nint)k * E.Bytes;
            w = E.Load(w0 + at);
            a0 = S.MultiplyAdd(x0, w, a0);
            b0 = S.MultiplyAdd(z0, w, b0);
            w = E.Load(w1 + at);
            a1 = S.MultiplyAdd(x0, w, a1);
            b1 = S.MultiplyAdd(z0, w, b1);
            w = E.Load(w2 + at);
            a2 = S.MultiplyAdd(x0, w, a2);
            b2 = S.MultiplyAdd(z0, w, b2);
            w = E.Load(w3 + at);
            a3 = S.MultiplyAdd(x0, w, a3);
            b3 = S.MultiplyAdd(z0, w, b3);
        }
        found[0] = S.Sum(a0);
        found[1] = S.Sum(a1);
        found[2] = S.Sum(a2);
        found[3] = S.Sum(a3);
        found[4] = S.Sum(b0);
        found[5] = S.Sum(b1);
        found[6] = S.Sum(b2);
        found[7] = S.Sum(b3);
    }
}
