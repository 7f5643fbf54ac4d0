using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using LatentSharp.Cpu.Kernels.Int8;
using LatentSharp.Cpu.Kernels.Matrix;
using LatentSharp.Cpu.Simd;
using LatentSharp.Cpu.Threads;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Cpu;

/// <summary>
/// Products of codes of eight bits against plain loops: codes and scales by the definition, sums in 64-bit integers, blocks added in
/// float32 in their order. Every instruction set has to give these very bits.
/// </summary>
public unsafe class ByteProductTests
{
    public static TheoryData<string> Kernels => [.. All.Keys];

    // AVX2 and the plain twin run on processors that have better, so that they are tested there too.
    private static Dictionary<string, Func<int, (MatrixKernels Rows, PanelKernels Bytes)>> All
    {
        get
        {
            var all = new Dictionary<string, Func<int, (MatrixKernels, PanelKernels)>>
            {
                ["plain, one value at a time"] = block => (MatrixKernels.For(SimdLevel.Scalar), ByteKernels.For<SimdScalar, float>(block)),
            };
            foreach (SimdLevel level in Enum.GetValues<SimdLevel>().Where(l => l > SimdLevel.Scalar && l <= SimdLevels.Widest))
                all[level.ToString()] = block => (MatrixKernels.For(level), level switch
                {
                    SimdLevel.Vector512 => ByteKernels.For<Simd512, Vector512<float>>(block),
                    SimdLevel.Vector256 => ByteKernels.For<Simd256, Vector256<float>>(block),
                    _ => ByteKernels.For<Simd128, Vector128<float>>(block),
                });
            if (Avx2.IsSupported)
                all["AVX2 alone"] = block => (MatrixKernels.For(SimdLevel.Vector256), new BytePanels<Simd256, Vector256<float>, Avx2Tile>(block));
            return all;
        }
    }

    // All remainders of six rows, of sixteen columns, of fours and of blocks of depth.
    [Theory, MemberData(nameof(Kernels))]
    public void Every_remainder_gives_the_bits_of_exact_sums(string kernels)
    {
        for (int m = 1; m <= 13; m++) Check(kernels, m, 19, 70, ElementType.BF16);
        for (int n = 1; n <= 34; n++) Check(kernels, 7, n, 36, ElementType.F32);
        for (int k = 1; k <= 35; k++) Check(kernels, 5, 18, k, ElementType.F32);
        foreach (int k in new[] { 127, 128, 129, 159, 160, 255, 256, 257, 385, 511, 513 }) Check(kernels, 8, 17, k, ElementType.F16);
    }

    [Theory, MemberData(nameof(Kernels))]
    public void Every_storage_gives_the_bits_of_its_values(string kernels)
    {
        foreach (ElementType type in new[] { ElementType.F32, ElementType.BF16, ElementType.F16, ElementType.F8_E4M3, ElementType.F8_E5M2,
            ElementType.Q8_0, ElementType.Q4_0, ElementType.Q4_K, ElementType.Q6_K })
        {
            Check(kernels, 7, 21, 512, type);
            Check(kernels, 7, 21, 512, type, scaled: true);
        }
        foreach (int k in new[] { 32, 64, 96, 288, 320 }) Check(kernels, 7, 21, k, ElementType.Q8_0);
    }

    // All codes at their ends: where 16 bits would saturate, and where sums of 32 bits are largest.
    [Theory, MemberData(nameof(Kernels))]
    public void The_largest_codes_do_not_saturate(string kernels)
    {
        foreach ((float x, float w) in new[] { (1f, 1f), (1f, -1f), (-1f, 1f), (-1f, -1f) })
        {
            const int M = 7, N = 17, K = 600;
            var test = new Case(kernels, M, N, K, ElementType.F32);
            Array.Fill(test.X, x);
            test.Weights(Enumerable.Repeat(w, N * K).ToArray());
            Assert.Equal(test.Expected(), test.Run(1));
            // 127 * (1 / 127) is 1 up to the rounding of the scales.
            Assert.All(test.Run(1), v => Assert.Equal(x * w * K, v, 1e-3));
        }
    }

    [Theory, MemberData(nameof(Kernels))]
    public void A_value_that_is_not_finite_shows_in_its_row_alone(string kernels)
    {
        foreach (float value in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            var test = new Case(kernels, 9, 20, 300, ElementType.F32);
            test.X[3 * 300 + 131] = value;
            float[] found = test.Run(1);
            for (int i = 0; i < found.Length; i++) Assert.Equal(i / 20 == 3, !float.IsFinite(found[i]));
        }
    }

    // The rows of one unit and of several, weights packed for all rows and by each unit for itself, in slices of depth.
    [Theory]
    [InlineData(50, 300, 700)]
    [InlineData(500, 1601, 5003)]
    public void Threads_do_not_change_a_bit(int m, int n, int k)
    {
        string widest = SimdLevels.Widest.ToString();
        float[] one = new Case(widest, m, n, k, ElementType.BF16).Run(1);
        Assert.Equal(one, new Case(widest, m, n, k, ElementType.BF16).Run(2));
        Assert.Equal(one, new Case(widest, m, n, k, ElementType.BF16).Run(3));
        Assert.Equal(one, new Case(widest, m, n, k, ElementType.BF16).RunPacked());
    }

    [Fact]
    public void Large_products_have_the_bits_of_exact_sums()
    {
        var test = new Case(SimdLevels.Widest.ToString(), 500, 1601, 5003, ElementType.BF16);
        float[] found = test.Run(2);
        for (int i = 0; i < 500; i += 83)
            for (int j = 0; j < 1601; j += 89) Assert.Equal(test.Expected(i, j), found[i * 1601 + j]);
    }

    // Rounding to 255 steps is off by at most half a step, 1 / 254 of the largest value, in each factor: for k products of values up to 1
    // that is at most k (1 / 127 + 1 / 254^2), and as a walk of errors some sqrt(k) / 254 * sqrt(2 / 9).
    [Theory, MemberData(nameof(Kernels))]
    public void The_error_is_that_of_rounding(string kernels)
    {
        const int M = 24, N = 40, K = 512;
        var test = new Case(kernels, M, N, K, ElementType.F32);
        float[] found = test.Run(1);
        double squares = 0;
        for (int i = 0; i < M; i++)
            for (int j = 0; j < N; j++)
            {
                double sum = 0;
                for (int c = 0; c < K; c++) sum += (double)test.X[i * K + c] * test.W[j * K + c];
                squares += (found[i * N + j] - sum) * (found[i * N + j] - sum);
            }
        // A step is 2 / 254, its rounding has a deviation of step / sqrt(12); each meets a factor whose root mean square is sqrt(1 / 3).
        double expected = Math.Sqrt(2 * K / 3.0) * (2 / 254.0) / Math.Sqrt(12);
        Assert.InRange(Math.Sqrt(squares / (M * N)), 0.85 * expected, 1.1 * expected);
    }

    private static void Check(string kernels, int m, int n, int k, ElementType type, bool scaled = false)
    {
        var test = new Case(kernels, m, n, k, type, scaled);
        float[] expected = test.Expected(), found = test.Run(1);
        for (int i = 0; i < found.Length; i++)
            Assert.True(expected[i] == found[i], $"{kernels} {type} [{m}, {n}, {k}] at {i / n}, {i % n}: {found[i]:R}, not {expected[i]:R}");
    }

    /// <summary>Values as codes from -127 to 127 and their scale, one value at a time.</summary>
    internal static (int[] Codes, float Scale) Quantise(ReadOnlySpan<float> values)
    {
        float most = 0;
        foreach (float value in values) most = MathF.Max(most, MathF.Abs(value));
        int[] codes = new int[values.Length];
        for (int i = 0; i < codes.Length; i++) codes[i] = most == 0 ? 0 : (int)MathF.Round(values[i] * (127 / most));
        return (codes, most / 127);
    }

    private sealed class Case
    {
        private readonly MatrixKernels kernels;
        private readonly PanelKernels bytes;
        private readonly ProductShape shape;
        private readonly ElementType type;
        private readonly int block;
        private readonly float[] scales;
        private byte[] stored;

        public Case(string name, int m, int n, int k, ElementType type, bool scaled = false)
        {
            block = type == ElementType.Q8_0 ? BytePanels.StoredBlock : BytePanels.Block;
            (kernels, bytes) = All[name](block);
            (shape, this.type) = (new ProductShape(m, n, k), type);
            X = StoredValues.Numbers(m * k, 1);
            scales = scaled ? StoredValues.Numbers(n, 3) : [];
            stored = StoredValues.Of(type, n * k);
            W = new float[n * k];
            Widening.ToSingle(type, stored, W);
        }

        public float[] X { get; }

        /// <summary>The stored values without their scales.</summary>
        public float[] W { get; private set; }

        public void Weights(float[] values) => (W, stored) = (values, MemoryMarshal.AsBytes<float>(values).ToArray());

        public float[] Run(int threads)
        {
            fixed (byte* at = stored)
            {
                var weights = new StoredMatrix(type, shape.N, shape.K, (nint)at, scales);
                if (shape.M > MatrixProduct.FewRows) return Run(threads, weights, 0);
            }
            return RunPacked();
        }

        public float[] RunPacked()
        {
            fixed (byte* at = stored)
            {
                var packer = new WeightPacker(bytes, new StoredMatrix(type, shape.N, shape.K, (nint)at, scales));
                nint packed = (nint)NativeMemory.AlignedAlloc((nuint)packer.Layout.Bytes, 64),
                    scratch = (nint)NativeMemory.AlignedAlloc((nuint)packer.PrivateBytes, 64);
                for (int panel = 0; panel < packer.Layout.Panels; panel++) packer.Pack(panel, (byte*)packed, scratch);
                float[] result = Run(1, null, packed);
                NativeMemory.AlignedFree((void*)packed);
                NativeMemory.AlignedFree((void*)scratch);
                return result;
            }
        }

        public float[] Expected()
        {
            var all = new float[shape.M * shape.N];
            for (int i = 0; i < all.Length; i++) all[i] = Expected(i / shape.N, i % shape.N);
            return all;
        }

        public float Expected(int row, int column)
        {
            float result = 0;
            for (int at = 0; at < shape.K; at += block)
            {
                int length = Math.Min(block, shape.K - at);
                (int[] x, float xScale) = Quantise(X.AsSpan(row * shape.K + at, length));
                (int[] w, float wScale) = type == ElementType.Q8_0 ? Stored(column, at) : Quantise(W.AsSpan(column * shape.K + at, length));
                if (scales.Length > 0) wScale *= scales[column];
                long sum = 0;
                for (int c = 0; c < length; c++) sum += (long)x[c] * w[c];
                result = MathF.FusedMultiplyAdd(sum, wScale * xScale, result);
            }
            return result;
        }

        private (int[] Codes, float Scale) Stored(int row, int column)
        {
            ReadOnlySpan<byte> found = stored.AsSpan((row * shape.K + column) / 32 * 34, 34);
            int[] codes = new int[32];
            for (int i = 0; i < 32; i++) codes[i] = (sbyte)found[2 + i];
            return (codes, (float)BinaryPrimitives.ReadHalfLittleEndian(found));
        }

        private float[] Run(int threads, StoredMatrix? weights, nint packed)
        {
            MatrixProduct product = MatrixProduct.Choose(kernels, bytes, shape, weights);
            var y = new float[shape.M * shape.N];
            nint own = (nint)((product.PrivateBytes + 63) / 64 * 64);
            nint shared = (nint)NativeMemory.AlignedAlloc((nuint)product.SharedBytes + 64, 64),
                each = (nint)NativeMemory.AlignedAlloc((nuint)(own * threads), 64);
            using var crew = new WorkerCrew(threads);
            crew.Begin(TestContext.Current.CancellationToken);
            fixed (float* x = X, to = y)
            {
                Action<int, nint> unit = product.Begin(new ProductCall(new MatrixView((nint)x, shape.M, shape.K, shape.K),
                    new MatrixView((nint)to, shape.M, shape.N, shape.N), weights, packed), shared);
                crew.For(product.Units, (u, worker) => unit(u, each + worker * own));
            }
            NativeMemory.AlignedFree((void*)shared);
            NativeMemory.AlignedFree((void*)each);
            return y;
        }
    }
}
