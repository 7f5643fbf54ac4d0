using System.Runtime.Intrinsics;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Cpu.Kernels.Winograd;
using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Kernels.Rates;

/// <summary>Measures the kernels that a decode spends its time in, each in the arrangement of a 512x512 decode of FLUX.1.</summary>
internal static class KernelRates
{
    /// <summary>The kernels, each with the way to measure it, which takes a fifth of a second.</summary>
    /// <param name="threads">How many threads work at once.</param>
    /// <param name="level">The vectors.</param>
    public static IReadOnlyList<Func<KernelRate>> All(int threads, SimdLevel level) => level switch
    {
        SimdLevel.Vector512 => KernelRates<Simd512, Vector512<float>>.All(threads),
        SimdLevel.Vector256 => KernelRates<Simd256, Vector256<float>>.All(threads),
        SimdLevel.Vector128 => KernelRates<Simd128, Vector128<float>>.All(threads),
        _ => KernelRates<SimdScalar, float>.All(threads),
    };
}

/// <inheritdoc cref="KernelRates"/>
internal static unsafe class KernelRates<S, V> where S : ISimd<V> where V : unmanaged
{
    private const double Seconds = 0.2;

    // The widest tensor of a 512x512 decode, which no cache holds.
    private const int Side = 512, Channels = 128;

    public static IReadOnlyList<Func<KernelRate>> All(int threads)
    {
        return
        [
            () => Rate("matrix product, 128 channels at 512x512", KernelLimit.Arithmetic, Product(128, 512)),
            () => Rate("matrix product, 256 channels at 256x256", KernelLimit.Arithmetic, Product(256, 256)),
            () => Rate("matrix product, 512 channels at 128x128", KernelLimit.Arithmetic, Product(512, 128)),
            () => Rate("attention, 4,096 tokens of 512 channels", KernelLimit.Arithmetic, Attention()),
            () => Rate("reading with normalisation", KernelLimit.Memory, Reading(null)),
            () => Rate("reading with normalisation and SiLU", KernelLimit.Memory, Reading(ActivationKind.SiLU)),
            () => Rate("Winograd's transform of the input", KernelLimit.Memory, Input()),
            () => Rate("Winograd's transform of the result", KernelLimit.Memory, Output()),
        ];

        KernelRate Rate(string name, KernelLimit limit, Func<Func<double>> prepare)
            => new(name, limit, SteadyRate.Of(threads, Seconds, prepare));
    }

    // The products of one unit of Winograd as WinogradConvolution asks for them: all positions in turn, weights that all threads share.
    private static Func<Func<double>> Product(int channels, int side)
    {
        WinogradBlocking blocking = Blocking(channels, side);
        int tiles = blocking.TilesPerRun * blocking.StripsPerUnit, width = Gemm<S, V>.PanelWidth, panels = channels / width;
        Values weights = new(blocking.Weights);
        return () =>
        {
            Values input = new(blocking.Positions * blocking.InputPosition), products = new(blocking.PaddedTiles * blocking.ProductTile);
            return () =>
            {
                for (int panel = 0; panel < panels; panel += blocking.PanelsAtOnce)
                {
                    for (int position = 0; position < blocking.Positions; position++)
                    {
                        float* columns = weights.Data + position * blocking.WeightPosition + panel * (nint)channels * width;
                        float* rows = input.Data + position * blocking.InputPosition;
                        bool last = position == blocking.Positions - 1;
                        Gemm<S, V>.Multiply(rows, channels, tiles, columns, blocking.PanelsAtOnce, channels,
                            products.Data + position * blocking.ProductPosition, blocking.ProductTile, accumulate: false,
                            last ? null : columns + blocking.WeightPosition, last ? null : rows + blocking.InputPosition);
                    }
                }
                return 2.0 * blocking.Positions * tiles * channels * channels;
            };
        };
    }

    private static Func<Func<double>> Attention()
    {
        const int tokens = 4096, channels = 512, queries = AttentionBlocks.Queries;
        Values keys = new((nint)tokens * channels), values = new((nint)tokens * AttentionKernel<S, V>.PadChannels(channels));
        return () =>
        {
            Values query = new(queries * channels), result = new(queries * channels);
            Values scratch = new(AttentionKernel<S, V>.Scratch(channels, channels));
            return () =>
            {
                AttentionKernel<S, V>.Run(query.Row(queries, channels), keys.Data, values.Data, result.Row(queries, channels),
                    new AttentionMask(0, tokens, false), 0, scratch.Data, CancellationToken.None);
                return 2.0 * 2 * queries * tokens * channels;
            };
        };
    }

    // Rows of the picture one after the other into memory that stays near.
    private static Func<Func<double>> Reading(ActivationKind? function)
    {
        Values picture = new((nint)Side * Side * Channels);
        int threads = 0;
        return () =>
        {
            int row = Interlocked.Increment(ref threads) * 97 % Side;
            Values near = new(Side * Channels), scale = new(Channels), offset = new(Channels);
            return () =>
            {
                // Made here, so that what it points to is held.
                var map = new PixelMap((nint)scale.Data, (nint)offset.Data, function);
                PixelMapping<S, V>.Apply(map, picture.Data + (nint)row * Side * Channels, Channels, near.Data, Channels, Side, Channels);
                GC.KeepAlive(scale);
                GC.KeepAlive(offset);
                row = (row + 1) % Side;
                return (double)Side * Channels * sizeof(float);
            };
        };
    }

    // A unit's patches; the bytes are those of the picture that they stand for.
    private static Func<Func<double>> Input()
    {
        WinogradBlocking blocking = Blocking(Channels, Side);
        return () =>
        {
            Values patch = new(blocking.Patch), transformed = new(blocking.Positions * blocking.InputPosition);
            return () =>
            {
                for (int tile = 0; tile < blocking.TilesPerRun; tile += blocking.TilesAtOnce)
                {
                    int some = Math.Min(blocking.TilesAtOnce, blocking.TilesPerRun - tile);
                    WinogradInput<S, V, WinogradF6<S, V>>.Transform(patch.Data, Channels, some, transformed.Data + (nint)tile * Channels,
                        blocking.InputPosition, enlarged: false);
                }
                return (double)blocking.TilesPerRun * blocking.Tile * blocking.Tile * Channels * sizeof(float);
            };
        };
    }

    // A unit's products into the picture, with bias and sums for the normalisation that follows.
    private static Func<Func<double>> Output()
    {
        WinogradBlocking blocking = Blocking(Channels, Side);
        Values picture = new((nint)Side * Side * Channels);
        int threads = 0;
        return () =>
        {
            int strip = Interlocked.Increment(ref threads) * 17 % (Side / blocking.Tile);
            Values products = new(blocking.PaddedTiles * blocking.ProductTile), bias = new(Channels);
            var sums = new double[2 * Channels];
            return () =>
            {
                fixed (double* added = sums)
                {
                    WinogradOutput<S, V, WinogradF6<S, V>>.Transform(products.Data, blocking.ProductPosition, blocking.ProductTile,
                        blocking.TilesPerRun, enlarged: false, new FeatureView((nint)picture.Data, Side, Side, Channels, Channels),
                        strip * blocking.Tile, 0, 0, Channels,
                        new Epilogue((nint)bias.Data, default, null, (nint)added) { SquaresOffset = Channels });
                }
                strip = (strip + 1) % (Side / blocking.Tile);
                return (double)blocking.TilesPerRun * blocking.Tile * blocking.Tile * Channels * sizeof(float);
            };
        };
    }

    private static WinogradBlocking Blocking(int channels, int side)
    {
        var features = new FeatureShape(side, side, channels);
        return new WinogradBlocking(new ConvolutionShape(features, features, 3, 3, 1, Padding.All(1), Enlarged: false),
            Gemm<S, V>.RowsPerBlock, Gemm<S, V>.PanelWidth, workers: 1);
    }

    /// <summary>Floats at an address that a cache line divides, none of them zero or small enough to slow a processor down.</summary>
    private sealed class Values
    {
        private readonly float[] memory;

        public Values(nint count)
        {
            memory = GC.AllocateUninitializedArray<float>(checked((int)count + 16), pinned: true);
            Array.Fill(memory, 0.25f);
        }

        public float* Data
        {
            get
            {
                nint start = (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref memory[0]);
                return (float*)((start + 63) & ~(nint)63);
            }
        }

        public FeatureView Row(int pixels, int channels) => new((nint)Data, 1, pixels, channels, channels);
    }
}
