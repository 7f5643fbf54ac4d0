using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using LatentSharp.Cpu.Kernels.Matrix;

namespace LatentSharp.Cpu.Kernels.Int8;

/// <summary>
/// The tile of processors with AVX2 alone. VPMADDUBSW would saturate where two products of bytes go beyond 16 bits, so bytes are widened
/// first and VPMADDWD adds pairs of them in 32 bits: those of even and of odd places apart, since shifts alone give them.
/// </summary>
internal readonly unsafe struct Avx2Tile : IByteTile
{
    public static string Name => "AVX2";

    public static int Offset => 0;

    public static int CodeBytes => 2;

    // Of each four codes the pairs (0, 2) come first, as 16-bit numbers, behind all of them the pairs (1, 3).
    public static void StoreRow(sbyte* codes, byte* target)
    {
        for (int i = 0; i < PackedWeights.DepthBlock; i += 32)
        {
            Vector256<short> four = Vector256.Load(codes + i).AsInt16();
            Even(four).AsByte().Store(target + i);
            Odd(four).AsByte().Store(target + PackedWeights.DepthBlock + i);
        }
    }

    public static void Multiply(byte* rows, nint rowBytes, int last, byte* panel, int depth, int block, float* c, nint ldc)
    {
        int blocks = BytePanels.Blocks(depth, block);
        byte* codes = panel + blocks * BytePanels.HeadBytes;
        float* head = (float*)panel, scale = (float*)(rows + 2 * PackedWeights.DepthBlock);
        for (int at = 0; at < depth; at += block)
        {
            int length = Math.Min(block, depth - at);
            for (int column = 0; column < IByteTile.Width; column += 8)
                Add(rows + at, rowBytes, last, codes + 4 * column, length, head + column, scale, c + column, ldc);
            codes += (nint)length * IByteTile.Width;
            head += 2 * IByteTile.Width;
            scale++;
        }
    }

    // Six rows by eight columns, in twelve sums: those of even places and those of odd ones need not wait for each other.
    private static void Add(byte* a0, nint lda, int last, byte* b, nint length, float* head, float* scale, float* c, nint ldc)
    {
        byte* a1 = a0 + Math.Min(1, last) * lda;
        byte* a2 = a0 + Math.Min(2, last) * lda;
        byte* a3 = a0 + Math.Min(3, last) * lda;
        byte* a4 = a0 + Math.Min(4, last) * lda;
        byte* a5 = a0 + Math.Min(5, last) * lda;
        Vector256<int> s0 = Vector256.Load((int*)head), t0 = Vector256<int>.Zero;
        Vector256<int> s1 = s0, t1 = t0;
        Vector256<int> s2 = s0, t2 = t0;
        Vector256<int> s3 = s0, t3 = t0;
        Vector256<int> s4 = s0, t4 = t0;
        Vector256<int> s5 = s0, t5 = t0;
        for (nint g = 0; g < length; g += 4)
        {
            Vector256<short> four = Vector256.Load((short*)b), even = Even(four), odd = Odd(four);
            b += 4 * IByteTile.Width;
            s0 += Products(a0 + g, even);
            t0 += Products(a0 + g + PackedWeights.DepthBlock, odd);
            s1 += Products(a1 + g, even);
            t1 += Products(a1 + g + PackedWeights.DepthBlock, odd);
            s2 += Products(a2 + g, even);
            t2 += Products(a2 + g + PackedWeights.DepthBlock, odd);
            s3 += Products(a3 + g, even);
            t3 += Products(a3 + g + PackedWeights.DepthBlock, odd);
            s4 += Products(a4 + g, even);
            t4 += Products(a4 + g + PackedWeights.DepthBlock, odd);
            s5 += Products(a5 + g, even);
            t5 += Products(a5 + g + PackedWeights.DepthBlock, odd);
        }
        Vector256<float> scales = Vector256.Load(head + IByteTile.Width);
        nint next = lda / sizeof(float);
        AddScaled(s0 + t0, scales, scale[0], c);
        AddScaled(s1 + t1, scales, scale[Math.Min(1, last) * next], c + ldc);
        AddScaled(s2 + t2, scales, scale[Math.Min(2, last) * next], c + 2 * ldc);
        AddScaled(s3 + t3, scales, scale[Math.Min(3, last) * next], c + 3 * ldc);
        AddScaled(s4 + t4, scales, scale[Math.Min(4, last) * next], c + 4 * ldc);
        AddScaled(s5 + t5, scales, scale[Math.Min(5, last) * next], c + 5 * ldc);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Products(byte* pair, Vector256<short> codes)
        => Avx2.MultiplyAddAdjacent(Vector256.Create(*(int*)pair).AsInt16(), codes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Even(Vector256<short> four) => Avx2.ShiftRightArithmetic(Avx2.ShiftLeftLogical(four, 8), 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Odd(Vector256<short> four) => Avx2.ShiftRightArithmetic(four, 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddScaled(Vector256<int> sums, Vector256<float> scales, float scale, float* c)
    {
        Vector256<float> sum = sums.AsSingle() - Vector256.Create(IByteTile.Base);
        Fma.MultiplyAdd(sum, scales * Vector256.Create(scale), Vector256.Load(c)).Store(c);
    }
}
