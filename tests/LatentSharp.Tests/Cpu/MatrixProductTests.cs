using System.Runtime.InteropServices;
using LatentSharp.Cpu.Kernels.Matrix;
using LatentSharp.Cpu.Simd;
using LatentSharp.Cpu.Threads;
using LatentSharp.Graph;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Cpu;

/// <summary>Products of transformer shape against plain double loops, on every vector width.</summary>
public unsafe class MatrixProductTests
{
    public static TheoryData<SimdLevel> Levels => [.. Enum.GetValues<SimdLevel>().Where(l => l <= SimdLevels.Widest)];

    // All remainders of 12 and 6 rows, with few rows among them; columns around panels of every width; depths around registers and blocks
    // of depth.
    [Theory, MemberData(nameof(Levels))]
    public void Every_remainder_of_the_tiles_is_right(SimdLevel level)
    {
        for (int m = 1; m <= 26; m++) Check(level, m, 37, 19, ElementType.BF16, threads: 1);
        for (int n = 1; n <= 66; n++) Check(level, 13, n, 17, ElementType.BF16, threads: 1);
        for (int k = 1; k <= 35; k++)
        {
            Check(level, 9, 34, k, ElementType.F32, threads: 1);
            Check(level, 3, 7, k, ElementType.BF16, threads: 1);
        }
        foreach (int k in new[] { 255, 256, 257, 511, 513 }) Check(level, 25, 40, k, ElementType.F16, threads: 2);
    }

    // X of 8.4 MB is over the size that is packed at once, K over the depth that is packed at a time, N over the columns of a unit.
    [Fact]
    public void Units_of_rows_agree_with_plain_loops_in_every_corner()
        => Check(SimdLevels.Widest, 421, 1601, 5003, ElementType.BF16, threads: 2, sampled: true);

    [Theory, MemberData(nameof(Levels))]
    public void Every_storage_type_gives_the_product_of_its_widened_values(SimdLevel level)
    {
        foreach (ElementType type in Enum.GetValues<ElementType>()
            .Where(t => t.IsFloat() && t is not (ElementType.F8_E8M0 or ElementType.F64)))
        {
            Check(level, 1, 9, 512, type, threads: 1);
            Check(level, 11, 9, 512, type, threads: 1);
        }
        Check(level, 2, 9, 40, ElementType.F8_E4M3, threads: 1, scaled: true);
        Check(level, 11, 9, 40, ElementType.F8_E5M2, threads: 1, scaled: true);
    }

    [Theory]
    [InlineData(1, 300, 700)]
    [InlineData(50, 300, 700)]
    [InlineData(421, 1601, 5003)]
    public void Threads_do_not_change_a_bit(int m, int n, int k)
    {
        float[] one = new Case(SimdLevels.Widest, m, n, k, ElementType.BF16, false).Run(1);
        Assert.Equal(one, new Case(SimdLevels.Widest, m, n, k, ElementType.BF16, false).Run(2));
        Assert.Equal(one, new Case(SimdLevels.Widest, m, n, k, ElementType.BF16, false).Run(3));
    }

    [Theory, MemberData(nameof(Levels))]
    public void Weights_that_come_packed_give_the_same_bits(SimdLevel level)
    {
        var test = new Case(level, 29, 70, 600, ElementType.F16, false);
        Assert.Equal(test.Run(1), test.RunPacked());
    }

    [Theory, MemberData(nameof(Levels))]
    public void Normalised_and_modulated_rows_go_in_and_gated_sums_come_out(SimdLevel level)
    {
        const int M = 17, N = 35, K = 50;
        var test = new Case(level, M, N, K, ElementType.F32, false);
        float[] gain = StoredValues.Numbers(K, 5), offset = StoredValues.Numbers(K, 6);
        float[] bias = StoredValues.Numbers(N, 7),
            gate = StoredValues.Numbers(N, 8), residual = StoredValues.Numbers(M * N, 9);
        foreach (RowNorm norm in Enum.GetValues<RowNorm>())
        {
            float[] found;
            fixed (float* g = gain, o = offset, b = bias, t = gate, r = residual)
            {
                var epilogue = new SumMap((nint)b, ActivationKind.GeluTanh, Gate: (nint)t, Residual: new MatrixView((nint)r, M, N, N));
                found = test.Run(2, new RowMap(norm, 1e-6f, (nint)g, (nint)o, GainIsScale: true), epilogue);
            }
            for (int i = 0; i < M; i++)
            {
                double[] row = test.X.AsSpan(i * K, K).ToArray().Select(v => (double)v).ToArray();
                double mean = norm == RowNorm.Layer ? row.Average() : 0, deviation = norm == RowNorm.None ? 1
                    : Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + 1e-6);
                for (int c = 0; c < K; c++) row[c] = (row[c] - mean) / deviation * (1 + (double)gain[c]) + offset[c];
                for (int n = 0; n < N; n++)
                {
                    double sum = bias[n];
                    for (int c = 0; c < K; c++) sum += row[c] * test.W[n * K + c];
                    double gelu = 0.5 * sum * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (sum + 0.044715 * sum * sum * sum)));
                    // Sums of 50 products of about 1: some units in the last place of the largest partial sum.
                    Assert.Equal(residual[i * N + n] + gate[n] * gelu, found[i * N + n], 2e-5);
                }
            }
        }
    }

    private static void Check(SimdLevel level, int m, int n, int k, ElementType type, int threads, bool sampled = false,
        bool scaled = false)
    {
        var test = new Case(level, m, n, k, type, scaled);
        float[] found = test.Run(threads);
        for (int i = 0; i < m; i += sampled ? 7 : 1)
            for (int j = i % (sampled ? 13 : 1); j < n; j += sampled ? 13 : 1)
            {
                double sum = 0, size = 0;
                for (int c = 0; c < k; c++)
                {
                    double product = (double)test.X[i * k + c] * test.W[(long)j * k + c];
                    sum += product;
                    size += Math.Abs(product);
                }
                // Rounding of k sums in float32 is at most k 2^-24 of the sum of magnitudes; errors add up as a walk, of which 8 sqrt(k) is
                // a generous bound.
                Assert.True(Math.Abs(found[i * n + j] - sum) <= (8 * Math.Sqrt(k) + 2) * size / (1 << 24) + 1e-30,
                    $"{level} {type} [{m}, {n}, {k}] at {i}, {j}: {found[i * n + j]}, not {sum}");
            }
    }

    private sealed class Case
    {
        private readonly MatrixKernels kernels;
        private readonly ProductShape shape;
        private readonly byte[] stored;
        private readonly ElementType type;
        private readonly float[] scales;

        public Case(SimdLevel level, int m, int n, int k, ElementType type, bool scaled)
        {
            kernels = MatrixKernels.For(level);
            shape = new ProductShape(m, n, k);
            this.type = type;
            X = StoredValues.Numbers(m * k, 1);
            scales = scaled ? StoredValues.Numbers(n, 3) : [];
            stored = StoredValues.Of(type, n * k);
            W = new float[n * k];
            Widening.ToSingle(type, stored, W);
            if (scaled) for (int i = 0; i < W.Length; i++) W[i] *= scales[i / k];
        }

        public float[] X { get; }

        public float[] W { get; }

        public float[] Run(int threads, RowMap prologue = default, SumMap epilogue = default)
        {
            fixed (byte* bytes = stored)
            {
                var weights = new StoredMatrix(type, shape.N, shape.K, (nint)bytes, scales);
                return Run(threads, MatrixProduct.Choose(kernels, kernels.Floats, shape, weights), weights, 0, prologue, epilogue);
            }
        }

        public float[] RunPacked()
        {
            fixed (byte* bytes = stored)
            {
                var packer = new WeightPacker(kernels.Floats, new StoredMatrix(type, shape.N, shape.K, (nint)bytes, scales));
                nint packed = (nint)NativeMemory.AlignedAlloc((nuint)packer.Layout.Bytes, 64),
                    scratch = (nint)NativeMemory.AlignedAlloc((nuint)packer.PrivateBytes, 64);
                for (int panel = 0; panel < packer.Layout.Panels; panel++) packer.Pack(panel, (byte*)packed, scratch);
                float[] result = Run(1, MatrixProduct.Choose(kernels, kernels.Floats, shape, null), null, packed, default, default);
                NativeMemory.AlignedFree((void*)packed);
                NativeMemory.AlignedFree((void*)scratch);
                return result;
            }
        }

        private float[] Run(int threads, MatrixProduct product, StoredMatrix? weights, nint packed, RowMap prologue, SumMap epilogue)
        {
            var y = new float[shape.M * shape.N];
            nint own = (nint)((product.PrivateBytes + 63) / 64 * 64);
            nint shared = (nint)NativeMemory.AlignedAlloc((nuint)product.SharedBytes + 64, 64),
                each = (nint)NativeMemory.AlignedAlloc((nuint)(own * threads), 64);
            using var crew = new WorkerCrew(threads);
            crew.Begin(TestContext.Current.CancellationToken);
            fixed (float* x = X, to = y)
            {
                Action<int, nint> unit =
                    product.Begin(new ProductCall(new MatrixView((nint)x, shape.M, shape.K, shape.K),
                        new MatrixView((nint)to, shape.M, shape.N, shape.N),
                    weights, packed, prologue, epilogue), shared);
                crew.For(product.Units, (u, worker) => unit(u, each + worker * own));
            }
            NativeMemory.AlignedFree((void*)shared);
            NativeMemory.AlignedFree((void*)each);
            return y;
        }
    }
}
