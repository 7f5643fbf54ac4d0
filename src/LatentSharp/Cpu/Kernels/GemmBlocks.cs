using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels;

// The blocks of rows that the product is made of. They differ in the number of sums alone; a loop over rows would keep the sums in memory
// instead of registers.
internal static unsafe partial class Gemm<S, V> where S : ISimd<V> where V : unmanaged
{
    // 12 rows by two registers of columns: 24 sums stay in registers while k runs, two loads and 12 broadcasts feed 24 multiply-adds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows12(float* a, nint lda, int last, float* b, nint k, float* c, nint ldc, bool accumulate, float* ahead)
    {
        int lanes = S.Lanes;
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
        V s0 = S.Zero, t0 = S.Zero;
        V s1 = S.Zero, t1 = S.Zero;
        V s2 = S.Zero, t2 = S.Zero;
        V s3 = S.Zero, t3 = S.Zero;
        V s4 = S.Zero, t4 = S.Zero;
        V s5 = S.Zero, t5 = S.Zero;
        V s6 = S.Zero, t6 = S.Zero;
        V s7 = S.Zero, t7 = S.Zero;
        V s8 = S.Zero, t8 = S.Zero;
        V s9 = S.Zero, t9 = S.Zero;
        V s10 = S.Zero, t10 = S.Zero;
        V s11 = S.Zero, t11 = S.Zero;
        if (accumulate)
        {
            s0 = S.Load(c);
            t0 = S.Load(c + lanes);
            s1 = S.Load(c + 1 * ldc);
            t1 = S.Load(c + 1 * ldc + lanes);
            s2 = S.Load(c + 2 * ldc);
            t2 = S.Load(c + 2 * ldc + lanes);
            s3 = S.Load(c + 3 * ldc);
            t3 = S.Load(c + 3 * ldc + lanes);
            s4 = S.Load(c + 4 * ldc);
            t4 = S.Load(c + 4 * ldc + lanes);
            s5 = S.Load(c + 5 * ldc);
            t5 = S.Load(c + 5 * ldc + lanes);
            s6 = S.Load(c + 6 * ldc);
            t6 = S.Load(c + 6 * ldc + lanes);
            s7 = S.Load(c + 7 * ldc);
            t7 = S.Load(c + 7 * ldc + lanes);
            s8 = S.Load(c + 8 * ldc);
            t8 = S.Load(c + 8 * ldc + lanes);
            s9 = S.Load(c + 9 * ldc);
            t9 = S.Load(c + 9 * ldc + lanes);
            s10 = S.Load(c + 10 * ldc);
            t10 = S.Load(c + 10 * ldc + lanes);
            s11 = S.Load(c + 11 * ldc);
            t11 = S.Load(c + 11 * ldc + lanes);
        }
        for (nint i = 0; i < k; i++)
        {
            V x = S.Load(b), y = S.Load(b + lanes), z;
            b += 2 * lanes;
            if ((i & 1) == 0) S.Prefetch(ahead + i * 8);
            z = S.Broadcast(a0[i]);
            s0 = S.MultiplyAdd(z, x, s0);
            t0 = S.MultiplyAdd(z, y, t0);
            z = S.Broadcast(a1[i]);
            s1 = S.MultiplyAdd(z, x, s1);
            t1 = S.MultiplyAdd(z, y, t1);
            z = S.Broadcast(a2[i]);
            s2 = S.MultiplyAdd(z, x, s2);
            t2 = S.MultiplyAdd(z, y, t2);
            z = S.Broadcast(a3[i]);
            s3 = S.MultiplyAdd(z, x, s3);
            t3 = S.MultiplyAdd(z, y, t3);
            z = S.Broadcast(a4[i]);
            s4 = S.MultiplyAdd(z, x, s4);
            t4 = S.MultiplyAdd(z, y, t4);
            z = S.Broadcast(a5[i]);
            s5 = S.MultiplyAdd(z, x, s5);
            t5 = S.MultiplyAdd(z, y, t5);
            z = S.Broadcast(a6[i]);
            s6 = S.MultiplyAdd(z, x, s6);
            t6 = S.MultiplyAdd(z, y, t6);
            z = S.Broadcast(a7[i]);
            s7 = S.MultiplyAdd(z, x, s7);
            t7 = S.MultiplyAdd(z, y, t7);
            z = S.Broadcast(a8[i]);
            s8 = S.MultiplyAdd(z, x, s8);
            t8 = S.MultiplyAdd(z, y, t8);
            z = S.Broadcast(a9[i]);
            s9 = S.MultiplyAdd(z, x, s9);
            t9 = S.MultiplyAdd(z, y, t9);
            z = S.Broadcast(a10[i]);
            s10 = S.MultiplyAdd(z, x, s10);
            t10 = S.MultiplyAdd(z, y, t10);
            z = S.Broadcast(a11[i]);
            s11 = S.MultiplyAdd(z, x, s11);
            t11 = S.MultiplyAdd(z, y, t11);
        }
        S.Store(c, s0);
        S.Store(c + lanes, t0);
        S.Store(c + 1 * ldc, s1);
        S.Store(c + 1 * ldc + lanes, t1);
        S.Store(c + 2 * ldc, s2);
        S.Store(c + 2 * ldc + lanes, t2);
        S.Store(c + 3 * ldc, s3);
        S.Store(c + 3 * ldc + lanes, t3);
        S.Store(c + 4 * ldc, s4);
        S.Store(c + 4 * ldc + lanes, t4);
        S.Store(c + 5 * ldc, s5);
        S.Store(c + 5 * ldc + lanes, t5);
        S.Store(c + 6 * ldc, s6);
        S.Store(c + 6 * ldc + lanes, t6);
        S.Store(c + 7 * ldc, s7);
        S.Store(c + 7 * ldc + lanes, t7);
        S.Store(c + 8 * ldc, s8);
        S.Store(c + 8 * ldc + lanes, t8);
        S.Store(c + 9 * ldc, s9);
        S.Store(c + 9 * ldc + lanes, t9);
        S.Store(c + 10 * ldc, s10);
        S.Store(c + 10 * ldc + lanes, t10);
        S.Store(c + 11 * ldc, s11);
        S.Store(c + 11 * ldc + lanes, t11);
    }

    // 8 rows by two registers of columns: 16 sums stay in registers while k runs, two loads and 8 broadcasts feed 16 multiply-adds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows8(float* a, nint lda, int last, float* b, nint k, float* c, nint ldc, bool accumulate, float* ahead)
    {
        int lanes = S.Lanes;
        float* a0 = a;
        float* a1 = a + Math.Min(1, last) * lda;
        float* a2 = a + Math.Min(2, last) * lda;
        float* a3 = a + Math.Min(3, last) * lda;
        float* a4 = a + Math.Min(4, last) * lda;
        float* a5 = a + Math.Min(5, last) * lda;
        float* a6 = a + Math.Min(6, last) * lda;
        float* a7 = a + Math.Min(7, last) * lda;
        V s0 = S.Zero, t0 = S.Zero;
        V s1 = S.Zero, t1 = S.Zero;
        V s2 = S.Zero, t2 = S.Zero;
        V s3 = S.Zero, t3 = S.Zero;
        V s4 = S.Zero, t4 = S.Zero;
        V s5 = S.Zero, t5 = S.Zero;
        V s6 = S.Zero, t6 = S.Zero;
        V s7 = S.Zero, t7 = S.Zero;
        if (accumulate)
        {
            s0 = S.Load(c);
            t0 = S.Load(c + lanes);
            s1 = S.Load(c + 1 * ldc);
            t1 = S.Load(c + 1 * ldc + lanes);
            s2 = S.Load(c + 2 * ldc);
            t2 = S.Load(c + 2 * ldc + lanes);
            s3 = S.Load(c + 3 * ldc);
            t3 = S.Load(c + 3 * ldc + lanes);
            s4 = S.Load(c + 4 * ldc);
            t4 = S.Load(c + 4 * ldc + lanes);
            s5 = S.Load(c + 5 * ldc);
            t5 = S.Load(c + 5 * ldc + lanes);
            s6 = S.Load(c + 6 * ldc);
            t6 = S.Load(c + 6 * ldc + lanes);
            s7 = S.Load(c + 7 * ldc);
            t7 = S.Load(c + 7 * ldc + lanes);
        }
        for (nint i = 0; i < k; i++)
        {
            V x = S.Load(b), y = S.Load(b + lanes), z;
            b += 2 * lanes;
            if ((i & 1) == 0) S.Prefetch(ahead + i * 8);
            z = S.Broadcast(a0[i]);
            s0 = S.MultiplyAdd(z, x, s0);
            t0 = S.MultiplyAdd(z, y, t0);
            z = S.Broadcast(a1[i]);
            s1 = S.MultiplyAdd(z, x, s1);
            t1 = S.MultiplyAdd(z, y, t1);
            z = S.Broadcast(a2[i]);
            s2 = S.MultiplyAdd(z, x, s2);
            t2 = S.MultiplyAdd(z, y, t2);
            z = S.Broadcast(a3[i]);
            s3 = S.MultiplyAdd(z, x, s3);
            t3 = S.MultiplyAdd(z, y, t3);
            z = S.Broadcast(a4[i]);
            s4 = S.MultiplyAdd(z, x, s4);
            t4 = S.MultiplyAdd(z, y, t4);
            z = S.Broadcast(a5[i]);
            s5 = S.MultiplyAdd(z, x, s5);
            t5 = S.MultiplyAdd(z, y, t5);
            z = S.Broadcast(a6[i]);
            s6 = S.MultiplyAdd(z, x, s6);
            t6 = S.MultiplyAdd(z, y, t6);
            z = S.Broadcast(a7[i]);
            s7 = S.MultiplyAdd(z, x, s7);
            t7 = S.MultiplyAdd(z, y, t7);
        }
        S.Store(c, s0);
        S.Store(c + lanes, t0);
        S.Store(c + 1 * ldc, s1);
        S.Store(c + 1 * ldc + lanes, t1);
        S.Store(c + 2 * ldc, s2);
        S.Store(c + 2 * ldc + lanes, t2);
        S.Store(c + 3 * ldc, s3);
        S.Store(c + 3 * ldc + lanes, t3);
        S.Store(c + 4 * ldc, s4);
        S.Store(c + 4 * ldc + lanes, t4);
        S.Store(c + 5 * ldc, s5);
        S.Store(c + 5 * ldc + lanes, t5);
        S.Store(c + 6 * ldc, s6);
        S.Store(c + 6 * ldc + lanes, t6);
        S.Store(c + 7 * ldc, s7);
        S.Store(c + 7 * ldc + lanes, t7);
    }

    // 6 rows by two registers of columns: 12 sums stay in registers while k runs, two loads and 6 broadcasts feed 12 multiply-adds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows6(float* a, nint lda, int last, float* b, nint k, float* c, nint ldc, bool accumulate, float* ahead)
    {
        int lanes = S.Lanes;
        float* a0 = a;
        float* a1 = a + Math.Min(1, last) * lda;
        float* a2 = a + Math.Min(2, last) * lda;
        float* a3 = a + Math.Min(3, last) * lda;
        float* a4 = a + Math.Min(4, last) * lda;
        float* a5 = a + Math.Min(5, last) * lda;
        V s0 = S.Zero, t0 = S.Zero;
        V s1 = S.Zero, t1 = S.Zero;
        V s2 = S.Zero, t2 = S.Zero;
        V s3 = S.Zero, t3 = S.Zero;
        V s4 = S.Zero, t4 = S.Zero;
        V s5 = S.Zero, t5 = S.Zero;
        if (accumulate)
        {
            s0 = S.Load(c);
            t0 = S.Load(c + lanes);
            s1 = S.Load(c + 1 * ldc);
            t1 = S.Load(c + 1 * ldc + lanes);
            s2 = S.Load(c + 2 * ldc);
            t2 = S.Load(c + 2 * ldc + lanes);
            s3 = S.Load(c + 3 * ldc);
            t3 = S.Load(c + 3 * ldc + lanes);
            s4 = S.Load(c + 4 * ldc);
            t4 = S.Load(c + 4 * ldc + lanes);
            s5 = S.Load(c + 5 * ldc);
            t5 = S.Load(c + 5 * ldc + lanes);
        }
        for (nint i = 0; i < k; i++)
        {
            V x = S.Load(b), y = S.Load(b + lanes), z;
            b += 2 * lanes;
            if ((i & 1) == 0) S.Prefetch(ahead + i * 8);
            z = S.Broadcast(a0[i]);
            s0 = S.MultiplyAdd(z, x, s0);
            t0 = S.MultiplyAdd(z, y, t0);
            z = S.Broadcast(a1[i]);
            s1 = S.MultiplyAdd(z, x, s1);
            t1 = S.MultiplyAdd(z, y, t1);
            z = S.Broadcast(a2[i]);
            s2 = S.MultiplyAdd(z, x, s2);
            t2 = S.MultiplyAdd(z, y, t2);
            z = S.Broadcast(a3[i]);
            s3 = S.MultiplyAdd(z, x, s3);
            t3 = S.MultiplyAdd(z, y, t3);
            z = S.Broadcast(a4[i]);
            s4 = S.MultiplyAdd(z, x, s4);
            t4 = S.MultiplyAdd(z, y, t4);
            z = S.Broadcast(a5[i]);
            s5 = S.MultiplyAdd(z, x, s5);
            t5 = S.MultiplyAdd(z, y, t5);
        }
        S.Store(c, s0);
        S.Store(c + lanes, t0);
        S.Store(c + 1 * ldc, s1);
        S.Store(c + 1 * ldc + lanes, t1);
        S.Store(c + 2 * ldc, s2);
        S.Store(c + 2 * ldc + lanes, t2);
        S.Store(c + 3 * ldc, s3);
        S.Store(c + 3 * ldc + lanes, t3);
        S.Store(c + 4 * ldc, s4);
        S.Store(c + 4 * ldc + lanes, t4);
        S.Store(c + 5 * ldc, s5);
        S.Store(c + 5 * ldc + lanes, t5);
    }

    // 4 rows by two registers of columns: 8 sums stay in registers while k runs, two loads and 4 broadcasts feed 8 multiply-adds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4(float* a, nint lda, int last, float* b, nint k, float* c, nint ldc, bool accumulate, float* ahead)
    {
        int lanes = S.Lanes;
        float* a0 = a;
        float* a1 = a + Math.Min(1, last) * lda;
        float* a2 = a + Math.Min(2, last) * lda;
        float* a3 = a + Math.Min(3, last) * lda;
        V s0 = S.Zero, t0 = S.Zero;
        V s1 = S.Zero, t1 = S.Zero;
        V s2 = S.Zero, t2 = S.Zero;
        V s3 = S.Zero, t3 = S.Zero;
        if (accumulate)
        {
            s0 = S.Load(c);
            t0 = S.Load(c + lanes);
            s1 = S.Load(c + 1 * ldc);
            t1 = S.Load(c + 1 * ldc + lanes);
            s2 = S.Load(c + 2 * ldc);
            t2 = S.Load(c + 2 * ldc + lanes);
            s3 = S.Load(c + 3 * ldc);
            t3 = S.Load(c + 3 * ldc + lanes);
        }
        for (nint i = 0; i < k; i++)
        {
            V x = S.Load(b), y = S.Load(b + lanes), z;
            b += 2 * lanes;
            if ((i & 1) == 0) S.Prefetch(ahead + i * 8);
            z = S.Broadcast(a0[i]);
            s0 = S.MultiplyAdd(z, x, s0);
            t0 = S.MultiplyAdd(z, y, t0);
            z = S.Broadcast(a1[i]);
            s1 = S.MultiplyAdd(z, x, s1);
            t1 = S.MultiplyAdd(z, y, t1);
            z = S.Broadcast(a2[i]);
            s2 = S.MultiplyAdd(z, x, s2);
            t2 = S.MultiplyAdd(z, y, t2);
            z = S.Broadcast(a3[i]);
            s3 = S.MultiplyAdd(z, x, s3);
            t3 = S.MultiplyAdd(z, y, t3);
        }
        S.Store(c, s0);
        S.Store(c + lanes, t0);
        S.Store(c + 1 * ldc, s1);
        S.Store(c + 1 * ldc + lanes, t1);
        S.Store(c + 2 * ldc, s2);
        S.Store(c + 2 * ldc + lanes, t2);
        S.Store(c + 3 * ldc, s3);
        S.Store(c + 3 * ldc + lanes, t3);
    }
}
