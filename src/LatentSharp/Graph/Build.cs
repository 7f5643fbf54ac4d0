using LatentSharp.Weights;

namespace LatentSharp.Graph;

/// <summary>
/// The verbs in which networks are written. Each takes its tensors from a place in the tree of names, where shapes are checked.
/// </summary>
internal static partial class Build
{
    /// <summary>A picture that the network is given, as [C, H, W].</summary>
    public static Node Input(string name, int height, int width, int channels)
        => new Input(name, new FeatureShape(height, width, channels));

    /// <summary>A sequence that the network is given, as [tokens, channels].</summary>
    public static Node Sequence(string name, int tokens, int channels)
        => new Input(name, FeatureShape.Sequence(tokens, channels), Layout.ChannelsLast);

    /// <summary>A convolution with the tensors <c>weight</c> and, when present, <c>bias</c> at <paramref name="w"/>.</summary>
    /// <param name="x">The input.</param>
    /// <param name="w">Where the tensors are.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="kernel">Kernel height and width.</param>
    /// <param name="stride">Step, each way.</param>
    /// <param name="padding">Zeros around the input; by default <c>kernel / 2</c> on all sides.</param>
    /// <param name="groups">Groups of channels that do not mix.</param>
    /// <param name="bias">Whether a bias has to be there; null takes it when it is.</param>
    public static Node Conv2d(this Node x, WeightScope w, int channels, int kernel, int stride = 1, Padding? padding = null, int groups = 1,
        bool? bias = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        var window = new Window(kernel, kernel, stride, padding ?? Padding.All(kernel / 2), groups);
        WeightRef weight = w.Take("weight", channels, x.Shape.Channels / groups, kernel, kernel);
        WeightRef? offset = bias ?? w.Has("bias") ? w.Take("bias", channels) : null;
        return new Conv2d(w.Path, x, weight, offset, window);
    }

    /// <summary>Group normalisation with the tensors <c>weight</c> and <c>bias</c> at <paramref name="w"/>.</summary>
    public static Node GroupNorm(this Node x, WeightScope w, int groups, float epsilon)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Shape.Channels % groups != 0)
            throw new LatentSharpException(ErrorKind.BadInput, w.Source.Name,
                $"{w.Path} normalises {x.Shape.Channels} channels in {groups} groups, which does not divide; the weights do not belong to this architecture.");
        return new GroupNorm(w.Path, x, w.Take("weight", x.Shape.Channels), w.Take("bias", x.Shape.Channels), groups, epsilon);
    }

    /// <summary>x * sigmoid(x).</summary>
    public static Node SiLU(this Node x) => Activate(x, ActivationKind.SiLU);

    /// <summary>max(x, 0).</summary>
    public static Node ReLU(this Node x) => Activate(x, ActivationKind.ReLU);

    /// <summary>A function applied value by value.</summary>
    public static Node Activate(this Node x, ActivationKind kind)
    {
        ArgumentNullException.ThrowIfNull(x);
        return new Activation($"{x.Name}.{kind.ToString().ToLowerInvariant()}", x, kind);
    }

    /// <summary>The sum of two results of one shape, or of a result and a row.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Node Plus(this Node left, Node right, string name)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        if (left.Shape != right.Shape && right.Shape != FeatureShape.Sequence(1, left.Shape.Channels))
            throw new ArgumentException($"{name}: cannot add {left.Shape} and {right.Shape}");
        return new Add(name, left, right);
    }

    /// <summary>Nearest-neighbour enlargement by two.</summary>
    public static Node Upsample2x(this Node x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return new Upsample2x(x.Name + ".nearest", x);
    }

    /// <summary>Single-head attention over all positions, scaled by 1 / sqrt(channels).</summary>
    public static Node Attention(Node query, Node key, Node value, string name) => new Attention(name, query, key, value);
}
