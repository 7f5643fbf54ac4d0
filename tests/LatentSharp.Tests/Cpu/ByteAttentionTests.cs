using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using LatentSharp.Cpu;
using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Int8;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Tests.Cpu;

/// <summary>
/// Attention in bytes against plain loops: codes and scales by the definition, sums in 64-bit integers, blocks added in float32 in their
/// order. Every instruction set has to give these very bits. And against the definition of attention, in float64.
/// </summary>
public unsafe class ByteAttentionTests
{
    private const int KeyBlock = 256, ScaleBlock = 128;

    public static TheoryData<string> Kernels => [.. All.Keys];

    private static Dictionary<string, AttentionKernels> All
    {
        get
        {
            var all = new Dictionary<string, AttentionKernels>
            {
                ["plain, one value at a time"] = Of<SimdScalar, float>(),
            };
            foreach (SimdLevel level in Enum.GetValues<SimdLevel>().Where(l => l > SimdLevel.Scalar && l <= SimdLevels.Widest))
                all[level.ToString()] = level switch
                {
                    SimdLevel.Vector512 => Of<Simd512, Vector512<float>>(),
                    SimdLevel.Vector256 => Of<Simd256, Vector256<float>>(),
                    _ => Of<Simd128, Vector128<float>>(),
                };
            if (Avx2.IsSupported)
                all["AVX2 alone"] = new ByteAttention<Simd256, Vector256<float>>(
                    new BytePanels<Simd256, Vector256<float>, Avx2Tile>(ScaleBlock));
            return all;
        }
    }

    // All remainders of six rows, of sixteen keys and channels, of fours, of blocks of queries and of keys.
    [Theory, MemberData(nameof(Kernels))]
    public void Every_remainder_gives_the_bits_of_exact_sums(string kernels)
    {
        for (int queries = 1; queries <= 7; queries++) Check(kernels, new Case(queries, 19, 12, 9));
        for (int keys = 1; keys <= 34; keys++) Check(kernels, new Case(2, keys, 8, 5));
        for (int channels = 1; channels <= 18; channels++) Check(kernels, new Case(3, 7, channels, channels));
        foreach (int keys in new[] { 127, 129, 255, 256, 257, 300, 513, 700 }) Check(kernels, new Case(97, keys, 32, 24));
        Check(kernels, new Case(5, 300, 256, 256));
        Check(kernels, new Case(5, 300, 40, 40) { Wide = 12 });
    }

    // The first key of each block of scores is far above, then far below what came before.
    [Theory, MemberData(nameof(Kernels))]
    public void Scores_that_rise_and_fall_by_far_keep_to_the_bits(string kernels)
    {
        var test = new Case(4, 1100, 16, 16);
        float[] factors = [1, 40, 0.01f, 500, 3];
        for (int i = 0; i < test.Keys.Length; i++) test.Keys[i] *= factors[i / 16 / KeyBlock];
        Check(kernels, test);
    }

    [Theory, MemberData(nameof(Kernels))]
    public void A_value_that_is_not_finite_shows(string kernels)
    {
        foreach (float value in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            var test = new Case(9, 300, 16, 20);
            test.Queries[3 * 16 + 5] = value;
            float[] found = test.Run(All[kernels]);
            for (int i = 0; i < found.Length; i++) Assert.Equal(i / 20 == 3, !float.IsFinite(found[i]));
            test = new Case(9, 300, 16, 20);
            test.Keys[130 * 16 + 5] = value;
            Assert.DoesNotContain(test.Run(All[kernels]), float.IsFinite);
            test = new Case(9, 300, 16, 20);
            test.Values[290 * 20 + 7] = value;
            found = test.Run(All[kernels]);
            for (int i = 0; i < found.Length; i++) Assert.Equal(i % 20 == 7, !float.IsFinite(found[i]));
        }
    }

    // Keys that all share a large part, as those of trained networks do, have the error of the same keys without it. A score is the sum of
    // 64 products of factors that are rounded by a deviation of 6e-3 to 9e-3 of a usual value each, so it is off by 1 % of the deviation
    // of scores, and a weight by as much of itself; values add 1 %, and codes of the weights a little less.
    [Theory]
    [InlineData(1f, 0.02)]
    [InlineData(3f, 0.04)]
    public void The_error_is_that_of_rounding_whatever_all_keys_share(float wide, double most)
    {
        AttentionKernels kernels = All[SimdLevels.Widest.ToString()];
        var plain = new Case(96, 2000, 64, 64) { Wide = wide };
        double without = plain.Error(kernels);
        float[] shared = StoredValues.Numbers(64, 9);
        for (int i = 0; i < plain.Keys.Length; i++) plain.Keys[i] += 30 * shared[i % 64];
        double with = plain.Error(kernels);
        Assert.InRange(without, 0.001, most);
        Assert.InRange(with, 0.9 * without, 1.1 * without);
    }

    private static ByteAttention<S, V> Of<S, V>() where S : ISimd<V> where V : unmanaged => new(ByteKernels.For<S, V>(ScaleBlock));

    private static void Check(string kernels, Case test)
    {
        float[] expected = test.Expected(), found = test.Run(All[kernels]);
        for (int i = 0; i < found.Length; i++)
            Assert.True(expected[i] == found[i], $"{kernels} {test} at {i}: {found[i]:R}, not {expected[i]:R}");
    }

    private sealed record Case(int Tokens, int KeyTokens, int Channels, int ValueChannels)
    {
        /// <summary>The deviation of scores, about.</summary>
        public float Wide { get; init; } = 1;

        public float[] Queries { get; } = Normal(Tokens * Channels, 1);

        public float[] Keys { get; } = Normal(KeyTokens * Channels, 2);

        public float[] Values { get; } = Normal(KeyTokens * ValueChannels, 3);

        private float Scale => Wide / MathF.Sqrt(Channels);

        public float[] Run(AttentionKernels kernels)
        {
            int blocks = (KeyTokens + AttentionBlocks.Keys - 1) / AttentionBlocks.Keys;
            byte* keys = Take(blocks * kernels.KeyBytes(Channels)), values = Take(blocks * kernels.ValueBytes(ValueChannels)),
                scratch = Take(kernels.Scratch(Channels, ValueChannels));
            var result = new float[Tokens * ValueChannels];
            fixed (float* q = Queries, k = Keys, v = Values, r = result)
            {
                for (int block = 0; block < blocks; block++)
                {
                    kernels.PackKeys(new FeatureView((nint)k, 1, KeyTokens, Channels, Channels), block, Scale, keys, scratch);
                    kernels.PackValues(new FeatureView((nint)v, 1, KeyTokens, ValueChannels, ValueChannels), block, values, scratch);
                }
                for (int first = 0, unit = 0; first < Tokens; first += AttentionBlocks.Queries, unit++)
                    kernels.Attend(new FeatureView((nint)q, 1, Tokens, Channels, Channels), keys, values,
                        new FeatureView((nint)r, 1, Tokens, ValueChannels, ValueChannels), new AttentionMask(0, KeyTokens, false), unit,
                        scratch, TestContext.Current.CancellationToken);
            }
            NativeMemory.AlignedFree(keys);
            NativeMemory.AlignedFree(values);
            NativeMemory.AlignedFree(scratch);
            return result;

            static byte* Take(nint bytes)
            {
                byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
                new Span<byte>(memory, (int)bytes).Fill(0xff); // what was there must not matter
                return memory;
            }
        }

        /// <summary>The deviation from float64, relative to the deviation of the results.</summary>
        public double Error(AttentionKernels kernels)
        {
            float[] found = Run(kernels);
            double squares = 0, all = 0;
            for (int q = 0; q < Tokens; q++)
            {
                double[] scores = [.. Enumerable.Range(0, KeyTokens).Select(k => Scale
                    * Enumerable.Range(0, Channels).Sum(c => (double)Queries[q * Channels + c] * Keys[k * Channels + c]))];
                double most = scores.Max(), total = scores.Sum(s => Math.Exp(s - most));
                for (int c = 0; c < ValueChannels; c++)
                {
                    double sum = 0;
                    for (int k = 0; k < KeyTokens; k++) sum += Math.Exp(scores[k] - most) * Values[k * ValueChannels + c];
                    squares += Math.Pow(found[q * ValueChannels + c] - sum / total, 2);
                    all += Math.Pow(sum / total, 2);
                }
            }
            return Math.Sqrt(squares / all);
        }

        public float[] Expected()
        {
            float[] mean = Mean(), result = new float[Tokens * ValueChannels], scores = new float[KeyTokens];
            for (int q = 0; q < Tokens; q++)
            {
                for (int k = 0; k < KeyTokens; k++) scores[k] = Score(q, k, mean);
                float[] sums = new float[ValueChannels];
                float total = 0;
                int shift = int.MinValue;
                for (int block = 0; block < KeyTokens; block += KeyBlock)
                {
                    float[][] parts = [.. scores[block..Math.Min(KeyTokens, block + KeyBlock)].Chunk(ScaleBlock)];
                    float[] above = [.. parts.Select(p => MathF.Ceiling(8 * p.Max()) / 8)];
                    int highest = (int)MathF.Floor(above.Max());
                    if (highest > shift)
                    {
                        for (int c = 0; c < sums.Length; c++) sums[c] *= Power((double)shift - highest);
                        total *= Power((double)shift - highest);
                        shift = highest;
                    }
                    for (int part = 0; part < parts.Length; part++)
                    {
                        int[] codes = [.. parts[part].Select(s => Code(s - above[part]))];
                        int whole = (int)MathF.Floor(above[part]), first = block + part * ScaleBlock;
                        float scale = Power((double)whole - shift) * (float)Math.Pow(2, above[part] - whole);
                        total += codes.Sum() * scale;
                        for (int c = 0; c < sums.Length; c++)
                        {
                            (int[] values, float step) = ByteProductTests.Quantise([.. Enumerable.Range(first, codes.Length)
                                .Select(k => Values[k * ValueChannels + c])]);
                            long sum = 0;
                            for (int i = 0; i < codes.Length; i++) sum += (long)codes[i] * values[i];
                            sums[c] = MathF.FusedMultiplyAdd(sum, step * scale, sums[c]);
                        }
                    }
                }
                for (int c = 0; c < sums.Length; c++) result[q * ValueChannels + c] = sums[c] * (1 / total);
            }
            return result;
        }

        private float Score(int query, int key, float[] mean)
        {
            float result = 0;
            for (int at = 0; at < Channels; at += ScaleBlock)
            {
                int length = Math.Min(ScaleBlock, Channels - at);
                (int[] q, float qStep) = ByteProductTests.Quantise(Queries.AsSpan(query * Channels + at, length));
                (int[] k, float kStep) = ByteProductTests.Quantise(
                    [.. Enumerable.Range(at, length).Select(c => Keys[key * Channels + c] - mean[c])]);
                long sum = 0;
                for (int c = 0; c < length; c++) sum += (long)q[c] * k[c];
                result = MathF.FusedMultiplyAdd(sum, kStep * (Scale * 1.44269504f) * qStep, result);
            }
            return result;
        }

        // Of every n-th token, so that there are 256 at most.
        private float[] Mean()
        {
            int step = (KeyTokens + 255) / 256, count = (KeyTokens + step - 1) / step;
            float[] mean = new float[Channels];
            for (int k = 0; k < KeyTokens; k += step)
                for (int c = 0; c < Channels; c++) mean[c] -= Keys[k * Channels + c];
            for (int c = 0; c < Channels; c++) mean[c] *= -1f / count;
            return mean;
        }

        private static int Code(float exponent)
        {
            float x = MathF.Max(-20, exponent), n = MathF.Round(x), r = x - n;
            float p = r * 14.0687756f + 61.8658362f;
            p = p * r + 176.781551f;
            p = p * r + 254.981659f;
            return (int)MathF.Round(MathF.ScaleB(p, (int)n));
        }

        private static float Power(double exponent) => exponent < -126 ? 0 : MathF.ScaleB(1, (int)exponent);

        // Sums of twelve even numbers have nearly the distribution of a normal variable.
        private static float[] Normal(int count, int seed)
        {
            var random = new Random(seed);
            var values = new float[count];
            for (int i = 0; i < count; i++)
            {
                for (int j = 0; j < 12; j++) values[i] += random.NextSingle();
                values[i] -= 6;
            }
            return values;
        }
    }
}
