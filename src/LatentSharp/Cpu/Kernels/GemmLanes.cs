using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using V = System.Runtime.Intrinsics.Vector128<float>;

namespace LatentSharp.Cpu.Kernels;

/// <summary>
/// The blocks of rows of <see cref="Gemm{S, V}"/> for arm64, whose multiply-add takes one of its factors from a lane of a register: a load
/// of two values of a row serves two steps of k, and nothing has to be spread over a register first. 32 registers hold 24 sums, two steps
/// of two registers of columns and what was loaded of the rows.
/// </summary>
internal static unsafe class GemmLanes
{
    /// <summary>Whether this processor has them.</summary>
    public static bool IsSupported => AdvSimd.Arm64.IsSupported;

    /// <summary>12 rows: 24 sums, 48 multiply-adds for 16 loads at most.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows12(float* a, nint lda, int last, float* b, nint k, float* c, nint ldc, bool accumulate)
    {
        float* a0 = a;
        float* a1 = a + Math.Min(1, last) * lda;
        float* a2 = a + Math.Min(2, last) * lda;
        float* a3 = a + Math.Min(3, last) * lda;
        float* a4 = a + Math.Min(4, last) * lda;
        float* a5 = a + Math.Min(5, last) * lda;
        float* a6 = a + Math.Min(6, last) * lda;
        float* a7 = a + Math.Min(7, last) * lda;
        float* a8 = a + Math.Min(8, last) * lda;
        float* a9 = a + Math.Min(9, last) * lda;
        float* a10 = a + Math.Min(10, last) * lda;
        float* a11 = a + Math.Min(11, last) * lda;
        V s0 = V.Zero, t0 = V.Zero;
        V s1 = V.Zero, t1 = V.Zero;
        V s2 = V.Zero, t2 = V.Zero;
        V s3 = V.Zero, t3 = V.Zero;
        V s4 = V.Zero, t4 = V.Zero;
        V s5 = V.Zero, t5 = V.Zero;
        V s6 = V.Zero, t6 = V.Zero;
        V s7 = V.Zero, t7 = V.Zero;
        V s8 = V.Zero, t8 = V.Zero;
        V s9 = V.Zero, t9 = V.Zero;
        V s10 = V.Zero, t10 = V.Zero;
        V s11 = V.Zero, t11 = V.Zero;
        if (accumulate)
        {
            (s0, t0) = (Vector128.Load(c), Vector128.Load(c + 4));
            (s1, t1) = (Vector128.Load(c + 1 * ldc), Vector128.Load(c + 1 * ldc + 4));
            (s2, t2) = (Vector128.Load(c + 2 * ldc), Vector128.Load(c + 2 * ldc + 4));
            (s3, t3) = (Vector128.Load(c + 3 * ldc), Vector128.Load(c + 3 * ldc + 4));
            (s4, t4) = (Vector128.Load(c + 4 * ldc), Vector128.Load(c + 4 * ldc + 4));
            (s5, t5) = (Vector128.Load(c + 5 * ldc), Vector128.Load(c + 5 * ldc + 4));
            (s6, t6) = (Vector128.Load(c + 6 * ldc), Vector128.Load(c + 6 * ldc + 4));
            (s7, t7) = (Vector128.Load(c + 7 * ldc), Vector128.Load(c + 7 * ldc + 4));
            (s8, t8) = (Vector128.Load(c + 8 * ldc), Vector128.Load(c + 8 * ldc + 4));
            (s9, t9) = (Vector128.Load(c + 9 * ldc), Vector128.Load(c + 9 * ldc + 4));
            (s10, t10) = (Vector128.Load(c + 10 * ldc), Vector128.Load(c + 10 * ldc + 4));
            (s11, t11) = (Vector128.Load(c + 11 * ldc), Vector128.Load(c + 11 * ldc + 4));
        }
        nint i = 0;
        for (; i + 1 < k; i += 2, b += 16)
        {
            V x0 = Vector128.Load(b), y0 = Vector128.Load(b + 4), x1 = Vector128.Load(b + 8), y1 = Vector128.Load(b + 12);
            Vector64<float> z;
            z = Vector64.Load(a0 + i);
            (s0, t0) = (Add(s0, x0, z, 0), Add(t0, y0, z, 0));
            (s0, t0) = (Add(s0, x1, z, 1), Add(t0, y1, z, 1));
            z = Vector64.Load(a1 + i);
            (s1, t1) = (Add(s1, x0, z, 0), Add(t1, y0, z, 0));
            (s1, t1) = (Add(s1, x1, z, 1), Add(t1, y1, z, 1));
            z = Vector64.Load(a2 + i);
            (s2, t2) = (Add(s2, x0, z, 0), Add(t2, y0, z, 0));
            (s2, t2) = (Add(s2, x1, z, 1), Add(t2, y1, z, 1));
            z = Vector64.Load(a3 + i);
            (s3, t3) = (Add(s3, x0, z, 0), Add(t3, y0, z, 0));
            (s3, t3) = (Add(s3, x1, z, 1), Add(t3, y1, z, 1));
            z = Vector64.Load(a4 + i);
            (s4, t4) = (Add(s4, x0, z, 0), Add(t4, y0, z, 0));
            (s4, t4) = (Add(s4, x1, z, 1), Add(t4, y1, z, 1));
            z = Vector64.Load(a5 + i);
            (s5, t5) = (Add(s5, x0, z, 0), Add(t5, y0, z, 0));
            (s5, t5) = (Add(s5, x1, z, 1), Add(t5, y1, z, 1));
            z = Vector64.Load(a6 + i);
            (s6, t6) = (Add(s6, x0, z, 0), Add(t6, y0, z, 0));
            (s6, t6) = (Add(s6, x1, z, 1), Add(t6, y1, z, 1));
            z = Vector64.Load(a7 + i);
            (s7, t7) = (Add(s7, x0, z, 0), Add(t7, y0, z, 0));
            (s7, t7) = (Add(s7, x1, z, 1), Add(t7, y1, z, 1));
            z = Vector64.Load(a8 + i);
            (s8, t8) = (Add(s8, x0, z, 0), Add(t8, y0, z, 0));
            (s8, t8) = (Add(s8, x1, z, 1), Add(t8, y1, z, 1));
            z = Vector64.Load(a9 + i);
            (s9, t9) = (Add(s9, x0, z, 0), Add(t9, y0, z, 0));
            (s9, t9) = (Add(s9, x1, z, 1), Add(t9, y1, z, 1));
            z = Vector64.Load(a10 + i);
            (s10, t10) = (Add(s10, x0, z, 0), Add(t10, y0, z, 0));
            (s10, t10) = (Add(s10, x1, z, 1), Add(t10, y1, z, 1));
            z = Vector64.Load(a11 + i);
            (s11, t11) = (Add(s11, x0, z, 0), Add(t11, y0, z, 0));
            (s11, t11) = (Add(s11, x1, z, 1), Add(t11, y1, z, 1));
        }
        if (i < k)
        {
            V x = Vector128.Load(b), y = Vector128.Load(b + 4);
            (s0, t0) = (Add(s0, x, a0[i]), Add(t0, y, a0[i]));
            (s1, t1) = (Add(s1, x, a1[i]), Add(t1, y, a1[i]));
            (s2, t2) = (Add(s2, x, a2[i]), Add(t2, y, a2[i]));
            (s3, t3) = (Add(s3, x, a3[i]), Add(t3, y, a3[i]));
            (s4, t4) = (Add(s4, x, a4[i]), Add(t4, y, a4[i]));
            (s5, t5) = (Add(s5, x, a5[i]), Add(t5, y, a5[i]));
            (s6, t6) = (Add(s6, x, a6[i]), Add(t6, y, a6[i]));
            (s7, t7) = (Add(s7, x, a7[i]), Add(t7, y, a7[i]));
            (s8, t8) = (Add(s8, x, a8[i]), Add(t8, y, a8[i]));
            (s9, t9) = (Add(s9, x, a9[i]), Add(t9, y, a9[i]));
            (s10, t10) = (Add(s10, x, a10[i]), Add(t10, y, a10[i]));
            (s11, t11) = (Add(s11, x, a11[i]), Add(t11, y, a11[i]));
        }
        s0.Store(c);
        t0.Store(c + 4);
        s1.Store(c + 1 * ldc);
        t1.Store(c + 1 * ldc + 4);
        s2.Store(c + 2 * ldc);
        t2.Store(c + 2 * ldc + 4);
        s3.Store(c + 3 * ldc);
        t3.Store(c + 3 * ldc + 4);
        s4.Store(c + 4 * ldc);
        t4.Store(c + 4 * ldc + 4);
        s5.Store(c + 5 * ldc);
        t5.Store(c + 5 * ldc + 4);
        s6.Store(c + 6 * ldc);
        t6.Store(c + 6 * ldc + 4);
        s7.Store(c + 7 * ldc);
        t7.Store(c + 7 * ldc + 4);
        s8.Store(c + 8 * ldc);
        t8.Store(c + 8 * ldc + 4);
        s9.Store(c + 9 * ldc);
        t9.Store(c + 9 * ldc + 4);
        s10.Store(c + 10 * ldc);
        t10.Store(c + 10 * ldc + 4);
        s11.Store(c + 11 * ldc);
        t11.Store(c + 11 * ldc + 4);
    }

    /// <summary>8 rows: 16 sums, 32 multiply-adds for 12 loads at most.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows8(float* a, nint lda, int last, float* b, nint k, float* c, nint ldc, bool accumulate)
    {
        float* a0 = a;
        float* a1 = a + Math.Min(1, last) * lda;
        float* a2 = a + Math.Min(2, last) * lda;
        float* a3 = a + Math.Min(3, last) * lda;
        float* a4 = a + Math.Min(4, last) * lda;
        float* a5 = a + Math.Min(5, last) * lda;
        float* a6 = a + Math.Min(6, last) * lda;
        float* a7 = a + Math.Min(7, last) * lda;
        V s0 = V.Zero, t0 = V.Zero;
        V s1 = V.Zero, t1 = V.Zero;
        V s2 = V.Zero, t2 = V.Zero;
        V s3 = V.Zero, t3 = V.Zero;
        V s4 = V.Zero, t4 = V.Zero;
        V s5 = V.Zero, t5 = V.Zero;
        V s6 = V.Zero, t6 = V.Zero;
        V s7 = V.Zero, t7 = V.Zero;
        if (accumulate)
        {
            (s0, t0) = (Vector128.Load(c), Vector128.Load(c + 4));
            (s1, t1) = (Vector128.Load(c + 1 * ldc), Vector128.Load(c + 1 * ldc + 4));
            (s2, t2) = (Vector128.Load(c + 2 * ldc), Vector128.Load(c + 2 * ldc + 4));
            (s3, t3) = (Vector128.Load(c + 3 * ldc), Vector128.Load(c + 3 * ldc + 4));
            (s4, t4) = (Vector128.Load(c + 4 * ldc), Vector128.Load(c + 4 * ldc + 4));
            (s5, t5) = (Vector128.Load(c + 5 * ldc), Vector128.Load(c + 5 * ldc + 4));
            (s6, t6) = (Vector128.Load(c + 6 * ldc), Vector128.Load(c + 6 * ldc + 4));
            (s7, t7) = (Vector128.Load(c + 7 * ldc), Vector128.Load(c + 7 * ldc + 4));
        }
        nint i = 0;
        for (; i + 1 < k; i += 2, b += 16)
        {
            V x0 = Vector128.Load(b), y0 = Vector128.Load(b + 4), x1 = Vector128.Load(b + 8), y1 = Vector128.Load(b + 12);
            Vector64<float> z;
            z = Vector64.Load(a0 + i);
            (s0, t0) = (Add(s0, x0, z, 0), Add(t0, y0, z, 0));
            (s0, t0) = (Add(s0, x1, z, 1), Add(t0, y1, z, 1));
            z = Vector64.Load(a1 + i);
            (s1, t1) = (Add(s1, x0, z, 0), Add(t1, y0, z, 0));
            (s1, t1) = (Add(s1, x1, z, 1), Add(t1, y1, z, 1));
            z = Vector64.Load(a2 + i);
            (s2, t2) = (Add(s2, x0, z, 0), Add(t2, y0, z, 0));
            (s2, t2) = (Add(s2, x1, z, 1), Add(t2, y1, z, 1));
            z = Vector64.Load(a3 + i);
            (s3, t3) = (Add(s3, x0, z, 0), Add(t3, y0, z, 0));
            (s3, t3) = (Add(s3, x1, z, 1), Add(t3, y1, z, 1));
            z = Vector64.Load(a4 + i);
            (s4, t4) = (Add(s4, x0, z, 0), Add(t4, y0, z, 0));
            (s4, t4) = (Add(s4, x1, z, 1), Add(t4, y1, z, 1));
            z = Vector64.Load(a5 + i);
            (s5, t5) = (Add(s5, x0, z, 0), Add(t5, y0, z, 0));
            (s5, t5) = (Add(s5, x1, z, 1), Add(t5, y1, z, 1));
            z = Vector64.Load(a6 + i);
            (s6, t6) = (Add(s6, x0, z, 0), Add(t6, y0, z, 0));
            (s6, t6) = (Add(s6, x1, z, 1), Add(t6, y1, z, 1));
            z = Vector64.Load(a7 + i);
            (s7, t7) = (Add(s7, x0, z, 0), Add(t7, y0, z, 0));
            (s7, t7) = (Add(s7, x1, z, 1), Add(t7, y1, z, 1));
        }
        if (i < k)
        {
            V x = Vector128.Load(b), y = Vector128.Load(b + 4);
            (s0, t0) = (Add(s0, x, a0[i]), Add(t0, y, a0[i]));
            (s1, t1) = (Add(s1, x, a1[i]), Add(t1, y, a1[i]));
            (s2, t2) = (Add(s2, x, a2[i]), Add(t2, y, a2[i]));
            (s3, t3) = (Add(s3, x, a3[i]), Add(t3, y, a3[i]));
            (s4, t4) = (Add(s4, x, a4[i]), Add(t4, y, a4[i]));
            (s5, t5) = (Add(s5, x, a5[i]), Add(t5, y, a5[i]));
            (s6, t6) = (Add(s6, x, a6[i]), Add(t6, y, a6[i]));
            (s7, t7) = (Add(s7, x, a7[i]), Add(t7, y, a7[i]));
        }
        s0.Store(c);
        t0.Store(c + 4);
        s1.Store(c + 1 * ldc);
        t1.Store(c + 1 * ldc + 4);
        s2.Store(c + 2 * ldc);
        t2.Store(c + 2 * ldc + 4);
        s3.Store(c + 3 * ldc);
        t3.Store(c + 3 * ldc + 4);
        s4.Store(c + 4 * ldc);
        t4.Store(c + 4 * ldc + 4);
        s5.Store(c + 5 * ldc);
        t5.Store(c + 5 * ldc + 4);
        s6.Store(c + 6 * ldc);
        t6.Store(c + 6 * ldc + 4);
        s7.Store(c + 7 * ldc);
        t7.Store(c + 7 * ldc + 4);
    }

    /// <summary>4 rows: 8 sums, 16 multiply-adds for 8 loads at most.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows4(float* a, nint lda, int last, float* b, nint k, float* c, nint ldc, bool accumulate)
    {
        float* a0 = a;
        float* a1 = a + Math.Min(1, last) * lda;
        float* a2 = a + Math.Min(2, last) * lda;
        float* a3 = a + Math.Min(3, last) * lda;
        V s0 = V.Zero, t0 = V.Zero;
        V s1 = V.Zero, t1 = V.Zero;
        V s2 = V.Zero, t2 = V.Zero;
        V s3 = V.Zero, t3 = V.Zero;
        if (accumulate)
        {
            (s0, t0) = (Vector128.Load(c), Vector128.Load(c + 4));
            (s1, t1) = (Vector128.Load(c + 1 * ldc), Vector128.Load(c + 1 * ldc + 4));
            (s2, t2) = (Vector128.Load(c + 2 * ldc), Vector128.Load(c + 2 * ldc + 4));
            (s3, t3) = (Vector128.Load(c + 3 * ldc), Vector128.Load(c + 3 * ldc + 4));
        }
        nint i = 0;
        for (; i + 1 < k; i += 2, b += 16)
        {
            V x0 = Vector128.Load(b), y0 = Vector128.Load(b + 4), x1 = Vector128.Load(b + 8), y1 = Vector128.Load(b + 12);
            Vector64<float> z;
            z = Vector64.Load(a0 + i);
            (s0, t0) = (Add(s0, x0, z, 0), Add(t0, y0, z, 0));
            (s0, t0) = (Add(s0, x1, z, 1), Add(t0, y1, z, 1));
            z = Vector64.Load(a1 + i);
            (s1, t1) = (Add(s1, x0, z, 0), Add(t1, y0, z, 0));
            (s1, t1) = (Add(s1, x1, z, 1), Add(t1, y1, z, 1));
            z = Vector64.Load(a2 + i);
            (s2, t2) = (Add(s2, x0, z, 0), Add(t2, y0, z, 0));
            (s2, t2) = (Add(s2, x1, z, 1), Add(t2, y1, z, 1));
            z = Vector64.Load(a3 + i);
            (s3, t3) = (Add(s3, x0, z, 0), Add(t3, y0, z, 0));
            (s3, t3) = (Add(s3, x1, z, 1), Add(t3, y1, z, 1));
        }
        if (i < k)
        {
            V x = Vector128.Load(b), y = Vector128.Load(b + 4);
            (s0, t0) = (Add(s0, x, a0[i]), Add(t0, y, a0[i]));
            (s1, t1) = (Add(s1, x, a1[i]), Add(t1, y, a1[i]));
            (s2, t2) = (Add(s2, x, a2[i]), Add(t2, y, a2[i]));
            (s3, t3) = (Add(s3, x, a3[i]), Add(t3, y, a3[i]));
        }
        s0.Store(c);
        t0.Store(c + 4);
        s1.Store(c + 1 * ldc);
        t1.Store(c + 1 * ldc + 4);
        s2.Store(c + 2 * ldc);
        t2.Store(c + 2 * ldc + 4);
        s3.Store(c + 3 * ldc);
        t3.Store(c + 3 * ldc + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Add(V sum, V columns, Vector64<float> row, [ConstantExpected(Max = 1)] byte lane)
        => AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(sum, columns, row, lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Add(V sum, V columns, float value) => AdvSimd.FusedMultiplyAdd(sum, columns, Vector128.Create(value));
}
