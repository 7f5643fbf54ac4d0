using System.Collections.Immutable;
using LatentSharp.Weights;

namespace LatentSharp.Graph;

/// <summary>Rows and columns of zeros that a convolution sees around its input.</summary>
/// <param name="Top">Rows above.</param>
/// <param name="Left">Columns before.</param>
/// <param name="Bottom">Rows below.</param>
/// <param name="Right">Columns after.</param>
internal readonly record struct Padding(int Top, int Left, int Bottom, int Right)
{
    /// <summary>The same on all four sides.</summary>
    public static Padding All(int size) => new(size, size, size, size);
}

/// <summary>What a convolution looks at for one result, and how it walks over its input.</summary>
/// <param name="Height">Rows of the kernel.</param>
/// <param name="Width">Columns of the kernel.</param>
/// <param name="Stride">Step, each way.</param>
/// <param name="Padding">Zeros around the input.</param>
/// <param name="Groups">Groups of channels that do not mix.</param>
internal readonly record struct Window(int Height, int Width, int Stride, Padding Padding, int Groups)
{
    /// <summary>The shape of a result with <paramref name="channels"/> channels.</summary>
    public FeatureShape Over(FeatureShape source, int channels) => new(
        (source.Height + Padding.Top + Padding.Bottom - Height) / Stride + 1,
        (source.Width + Padding.Left + Padding.Right - Width) / Stride + 1,
        channels);
}

/// <summary>Cross-correlation as in torch: weight [out, in / groups, kh, kw], optional bias [out], zero padding.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
/// <param name="weight">[out, in / groups, kh, kw].</param>
/// <param name="bias">[out], or null.</param>
/// <param name="window">Kernel, step, padding, groups.</param>
internal sealed class Conv2d(string name, Node source, WeightRef weight, WeightRef? bias, Window window)
    : Node(name, [source], window.Over(source.Shape, checked((int)weight.Shape[0])))
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>[out, in / groups, kh, kw].</summary>
    public WeightRef Weight { get; } = weight;

    /// <summary>[out], or null.</summary>
    public WeightRef? Bias { get; } = bias;

    /// <summary>Kernel, step, padding, groups.</summary>
    public Window Window { get; } = window;

    /// <summary>Rows of the kernel.</summary>
    public int KernelHeight => Window.Height;

    /// <summary>Columns of the kernel.</summary>
    public int KernelWidth => Window.Width;

    /// <summary>Step, each way.</summary>
    public int Stride => Window.Stride;

    /// <summary>Zeros around the input.</summary>
    public Padding Padding => Window.Padding;

    /// <summary>Groups of channels that do not mix.</summary>
    public int Groups => Window.Groups;

    /// <inheritdoc/>
    public override long MultiplyAdds => Shape.Count * (Source.Shape.Channels / Groups) * KernelHeight * KernelWidth;

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => Bias is null ? [Weight] : [Weight, Bias];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Conv2d(Name, inputs[0], Weight, Bias, Window);
}
