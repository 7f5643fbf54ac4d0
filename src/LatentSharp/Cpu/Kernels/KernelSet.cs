using LatentSharp.Cpu.Kernels.Int8;
using LatentSharp.Cpu.Kernels.Matrix;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Cpu.Kernels.Winograd;
using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Kernels;

/// <summary>
/// All kernels for one vector width behind ordinary calls. One call does a whole unit of work, so the call itself costs nothing.
/// </summary>
internal abstract unsafe class KernelSet
{
    /// <summary>The kernels for <paramref name="level"/>.</summary>
    public static KernelSet For(SimdLevel level) => level switch
    {
        SimdLevel.Vector512 => KernelSet<Simd512, System.Runtime.Intrinsics.Vector512<float>>.Instance,
        SimdLevel.Vector256 => KernelSet<Simd256, System.Runtime.Intrinsics.Vector256<float>>.Instance,
        SimdLevel.Vector128 => KernelSet<Simd128, System.Runtime.Intrinsics.Vector128<float>>.Instance,
        _ => KernelSet<SimdScalar, float>.Instance,
    };

    /// <summary>The kernels of matrix products.</summary>
    public abstract MatrixKernels Matrix { get; }

    public abstract int Lanes { get; }
    public abstract int PanelWidth { get; }
    public abstract int RowsPerBlock { get; }

    public abstract void PackWinograd(float* filters, int channels, int inputs, float* panel, in WinogradBlocking blocking,
        nint position);
    public abstract void Winograd(in ConvolutionCall call, in WinogradBlocking blocking, int unit);

    /// <inheritdoc cref="WinogradGradient{S, V, T}.Source"/>
    public abstract void WinogradSource(in WinogradGradientBlocking blocking, in FeatureView source, int tile, int place,
        float* transformed);

    /// <inheritdoc cref="WinogradGradient{S, V, T}.Gradient"/>
    public abstract void WinogradGradient(in WinogradGradientBlocking blocking, in FeatureView gradient, int tile, int place,
        float* transformed);

    /// <inheritdoc cref="GradientKernel{S, V}.AddTileProducts"/>
    public abstract void WinogradProducts(in WinogradGradientBlocking blocking, float* source, float* gradient, int tiles, float* sums,
        bool begins);

    /// <inheritdoc cref="WinogradGradient{S, V, T}.Filters"/>
    public abstract void WinogradFilters(in WinogradGradientBlocking blocking, float* sums, float* result);

    public abstract int GemmUnits(in ConvolutionShape shape);
    public abstract nint GemmScratch(in ConvolutionShape shape);
    public abstract void PackGemm(in ConvolutionShape shape, float* filters, int channels, float* panel);
    public abstract void GemmConvolve(in ConvolutionCall call, int unit);

    /// <summary>The kernels of attention.</summary>
    /// <param name="inBytes">Whether it is computed in bytes.</param>
    public abstract AttentionKernels Attention(bool inBytes);

    public abstract void Map(in PixelMap map, float* source, nint sourceStride, float* destination, nint destinationStride, int pixels,
        int channels);

    public abstract void NormaliseLength(float* weight, float* source, nint sourceStride, float* destination, nint destinationStride,
        int pixels, int channels);

    /// <inheritdoc cref="GroupedConvolution{S, V}.AddProducts"/>
    public abstract void AddProducts(float* sums, float* left, float* right, int count);

    /// <inheritdoc cref="GroupedConvolution{S, V}.AddScaled"/>
    public abstract void AddScaled(float* sums, float factor, float* row, int count);

    /// <inheritdoc cref="GradientKernel{S, V}.Dot"/>
    public abstract float Dot(float* left, float* right, int count);

    /// <inheritdoc cref="GradientKernel{S, V}.Slopes"/>
    public abstract void Slopes(ActivationKind kind, float* gradient, float* value, float* result, int count);

    /// <inheritdoc cref="GradientKernel{S, V}.AddOuterProducts"/>
    public abstract void AddOuterProducts(float* gradient, nint gradientStride, int outputs, float* source, nint sourceStride, int channels,
        int positions, double* sums);

    /// <summary>Carries <paramref name="pixels"/> consecutive pixels through an epilogue.</summary>
    public abstract void WritePixels(float* values, nint stride, int pixels, in FeatureView result, long first, in Epilogue epilogue);
}

/// <inheritdoc/>
internal sealed unsafe class KernelSet<S, V> : KernelSet where S : ISimd<V> where V : unmanaged
{
    public static KernelSet<S, V> Instance { get; } = new();

    private readonly FloatAttention<S, V> floatAttention = new();
    private readonly ByteAttention<S, V> byteAttention = new(ByteKernels.For<S, V>(BytePanels.Block));

    public override MatrixKernels Matrix => MatrixKernels<S, V>.Instance;

    public override int Lanes => S.Lanes;

    public override int PanelWidth => Gemm<S, V>.PanelWidth;

    public override int RowsPerBlock => Gemm<S, V>.RowsPerBlock;

    public override void PackWinograd(float* filters, int channels, int inputs, float* panel, in WinogradBlocking blocking,
        nint position)
    {
        if (blocking.Tile == WinogradF6<S, V>.Side)
            WinogradWeights<S, V, WinogradF6<S, V>>.Transform(filters, channels, inputs, panel, position);
        else if (blocking.Tile == WinogradF4<S, V>.Side)
            WinogradWeights<S, V, WinogradF4<S, V>>.Transform(filters, channels, inputs, panel, position);
        else WinogradWeights<S, V, WinogradStride2<S, V>>.Transform(filters, channels, inputs, panel, position);
    }

    public override void Winograd(in ConvolutionCall call, in WinogradBlocking blocking, int unit)
    {
        if (blocking.Tile == WinogradF6<S, V>.Side) WinogradConvolution<S, V, WinogradF6<S, V>>.Run(call, blocking, unit);
        else if (blocking.Tile == WinogradF4<S, V>.Side) WinogradConvolution<S, V, WinogradF4<S, V>>.Run(call, blocking, unit);
        else WinogradConvolution<S, V, WinogradStride2<S, V>>.Run(call, blocking, unit);
    }

    public override void WinogradSource(in WinogradGradientBlocking blocking, in FeatureView source, int tile, int place,
        float* transformed)
    {
        if (blocking.Tile == WinogradF6<S, V>.Side)
            WinogradGradient<S, V, WinogradF6<S, V>>.Source(blocking, source, tile, place, transformed);
        else WinogradGradient<S, V, WinogradF4<S, V>>.Source(blocking, source, tile, place, transformed);
    }

    public override void WinogradGradient(in WinogradGradientBlocking blocking, in FeatureView gradient, int tile, int place,
        float* transformed)
    {
        if (blocking.Tile == WinogradF6<S, V>.Side)
            WinogradGradient<S, V, WinogradF6<S, V>>.Gradient(blocking, gradient, tile, place, transformed);
        else WinogradGradient<S, V, WinogradF4<S, V>>.Gradient(blocking, gradient, tile, place, transformed);
    }

    public override void WinogradProducts(in WinogradGradientBlocking blocking, float* source, float* gradient, int tiles, float* sums,
        bool begins)
        => GradientKernel<S, V>.AddTileProducts(blocking, source, gradient, tiles, sums, begins);

    public override void WinogradFilters(in WinogradGradientBlocking blocking, float* sums, float* result)
    {
        if (blocking.Tile == WinogradF6<S, V>.Side) WinogradGradient<S, V, WinogradF6<S, V>>.Filters(blocking, sums, result);
        else WinogradGradient<S, V, WinogradF4<S, V>>.Filters(blocking, sums, result);
    }

    public override int GemmUnits(in ConvolutionShape shape) => GemmConvolution<S, V>.Units(shape);

    public override nint GemmScratch(in ConvolutionShape shape) => GemmConvolution<S, V>.Scratch(shape);

    public override void PackGemm(in ConvolutionShape shape, float* filters, int channels, float* panel)
        => GemmConvolution<S, V>.Pack(shape, filters, channels, panel);

    public override void GemmConvolve(in ConvolutionCall call, int unit) => GemmConvolution<S, V>.Run(call, unit);

    public override AttentionKernels Attention(bool inBytes) => inBytes ? byteAttention : floatAttention;

    public override void Map(in PixelMap map, float* source, nint sourceStride, float* destination, nint destinationStride, int pixels,
        int channels)
        => PixelMapping<S, V>.Apply(map, source, sourceStride, destination, destinationStride, pixels, channels);

    public override void NormaliseLength(float* weight, float* source, nint sourceStride, float* destination, nint destinationStride,
        int pixels, int channels)
        => LengthNorm<S, V>.Apply(weight, source, sourceStride, destination, destinationStride, pixels, channels);

    public override float Dot(float* left, float* right, int count) => GradientKernel<S, V>.Dot(left, right, count);

    public override void Slopes(ActivationKind kind, float* gradient, float* value, float* result, int count)
        => GradientKernel<S, V>.Slopes(kind, gradient, value, result, count);

    public override void AddOuterProducts(float* gradient, nint gradientStride, int outputs, float* source, nint sourceStride, int channels,
        int positions, double* sums)
        => GradientKernel<S, V>.AddOuterProducts(gradient, gradientStride, outputs, source, sourceStride, channels, positions, sums);

    public override void AddProducts(float* sums, float* left, float* right, int count)
        => GroupedConvolution<S, V>.AddProducts(sums, left, right, count);

    public override void AddScaled(float* sums, float factor, float* row, int count)
        => GroupedConvolution<S, V>.AddScaled(sums, factor, row, count);

    public override void WritePixels(float* values, nint stride, int pixels, in FeatureView result, long first, in Epilogue epilogue)
        => PixelRows<S, V>.Write(values, stride, pixels, result, first, epilogue);
}
