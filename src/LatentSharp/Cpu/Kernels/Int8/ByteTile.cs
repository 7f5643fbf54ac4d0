using System.Numerics;
using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Kernels.Matrix;

namespace LatentSharp.Cpu.Kernels.Int8;

/// <summary>
/// The tile of processors that add the products of four pairs of bytes to each lane of 32 bits: six rows by two registers of columns, whose
/// twelve sums, two registers of weights and one of a row fit sixteen registers.
/// </summary>
internal readonly unsafe struct ByteTile<D, W> : IByteTile where D : IByteDot<W> where W : unmanaged
{
    public static string Name => D.Name;

    public static int Offset => D.Offset;

    public static int CodeBytes => 1;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreRow(sbyte* codes, byte* target)
    {
        var flip = new Vector<byte>((byte)D.Offset); // adding 128 to a byte is turning its first bit
        for (int i = 0; i < PackedWeights.DepthBlock; i += Vector<byte>.Count) (Vector.Load((byte*)codes + i) ^ flip).Store(target + i);
    }

    public static void Multiply(byte* rows, nint rowBytes, int last, byte* panel, int depth, int block, float* c, nint ldc)
    {
        int blocks = BytePanels.Blocks(depth, block);
        for (int column = 0; column < IByteTile.Width; column += 2 * D.Lanes)
        {
            byte* codes = panel + blocks * BytePanels.HeadBytes + column * 4, row = rows, scales = rows + PackedWeights.DepthBlock;
            float* head = (float*)panel + column;
            for (int at = 0; at < depth; at += block)
            {
                int length = Math.Min(block, depth - at);
                Add(row, rowBytes, last, codes, length / 4, head, (float*)scales, c + column, ldc);
                row += length;
                codes += (nint)length * IByteTile.Width;
                head += 2 * IByteTile.Width;
                scales += sizeof(float);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(byte* a0, nint lda, int last, byte* b, nint groups, float* head, float* scale, float* c, nint ldc)
    {
        byte* a1 = a0 + Math.Min(1, last) * lda;
        byte* a2 = a0 + Math.Min(2, last) * lda;
        byte* a3 = a0 + Math.Min(3, last) * lda;
        byte* a4 = a0 + Math.Min(4, last) * lda;
        byte* a5 = a0 + Math.Min(5, last) * lda;
        W s0 = D.Load(head), t0 = D.Load(head + D.Lanes);
        W s1 = s0, t1 = t0;
        W s2 = s0, t2 = t0;
        W s3 = s0, t3 = t0;
        W s4 = s0, t4 = t0;
        W s5 = s0, t5 = t0;
        for (nint g = 0; g < 4 * groups; g += 4)
        {
            W x = D.Load(b), y = D.Load(b + 4 * D.Lanes), z;
            b += 4 * IByteTile.Width;
            z = D.Broadcast(a0 + g);
            s0 = D.Dot(s0, z, x);
            t0 = D.Dot(t0, z, y);
            z = D.Broadcast(a1 + g);
            s1 = D.Dot(s1, z, x);
            t1 = D.Dot(t1, z, y);
            z = D.Broadcast(a2 + g);
            s2 = D.Dot(s2, z, x);
            t2 = D.Dot(t2, z, y);
            z = D.Broadcast(a3 + g);
            s3 = D.Dot(s3, z, x);
            t3 = D.Dot(t3, z, y);
            z = D.Broadcast(a4 + g);
            s4 = D.Dot(s4, z, x);
            t4 = D.Dot(t4, z, y);
            z = D.Broadcast(a5 + g);
            s5 = D.Dot(s5, z, x);
            t5 = D.Dot(t5, z, y);
        }
        W v = D.Load(head + IByteTile.Width), w = D.Load(head + IByteTile.Width + D.Lanes);
        nint next = lda / sizeof(float);
        D.AddScaled(s0, t0, v, w, scale[0], c);
        D.AddScaled(s1, t1, v, w, scale[Math.Min(1, last) * next], c + ldc);
        D.AddScaled(s2, t2, v, w, scale[Math.Min(2, last) * next], c + 2 * ldc);
        D.AddScaled(s3, t3, v, w, scale[Math.Min(3, last) * next], c + 3 * ldc);
        D.AddScaled(s4, t4, v, w, scale[Math.Min(4, last) * next], c + 4 * ldc);
        D.AddScaled(s5, t5, v, w, scale[Math.Min(5, last) * next], c + 5 * ldc);
    }
}
