using System.Diagnostics;
using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;

namespace LatentSharp.Tuning;

/// <summary>
/// A result in the graph of a loss: a picture of some height, width and channels, or a single value. Losses are written with it as
/// formulas are; nothing is computed while they are written, and the gradient follows by itself.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class LossNode
{
    internal LossNode(Node node) => Node = node;

    /// <summary>Rows.</summary>
    public int Height => Node.Shape.Height;

    /// <summary>Columns.</summary>
    public int Width => Node.Shape.Width;

    /// <summary>Channels; red, green and blue in a picture.</summary>
    public int Channels => Node.Shape.Channels;

    internal Node Node { get; }

    /// <summary>The sum of two results of one shape.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static LossNode operator +(LossNode left, LossNode right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return new LossNode(left.Node.Plus(right.Node, left.Node.Name + ".plus"));
    }

    /// <summary>The difference of two results of one shape.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static LossNode operator -(LossNode left, LossNode right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return new LossNode(Losses.Difference(left.Node, right.Node));
    }

    /// <summary>The product, value by value, of two results of one shape.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static LossNode operator *(LossNode left, LossNode right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return new LossNode(left.Node.Times(right.Node, left.Node.Name + ".times"));
    }

    /// <summary>Every value times a number.</summary>
    public static LossNode operator *(float factor, LossNode x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return new LossNode(Losses.Affine(x.Node, factor, 0));
    }

    /// <summary>Every value and a number.</summary>
    public static LossNode operator +(LossNode x, float offset)
    {
        ArgumentNullException.ThrowIfNull(x);
        return new LossNode(Losses.Affine(x.Node, 1, offset));
    }

    /// <summary>|x|; its derivative at 0 is 0.</summary>
    public LossNode Abs() => Map(new PointFunction(PointFunctionKind.Abs));

    /// <summary>x squared.</summary>
    public LossNode Square() => Map(new PointFunction(PointFunctionKind.Square));

    /// <summary>sqrt(x^2 + <paramref name="epsilon"/>^2): like |x|, and smooth at 0.</summary>
    public LossNode Length(float epsilon = 1e-3f) => Map(new PointFunction(PointFunctionKind.Charbonnier, epsilon));

    /// <summary>1 / x.</summary>
    public LossNode Reciprocal() => Map(new PointFunction(PointFunctionKind.Reciprocal));

    /// <summary>e to the power of <paramref name="factor"/> x.</summary>
    public LossNode Exp(float factor = 1) => Map(new PointFunction(PointFunctionKind.Exp, factor));

    /// <summary>x, not below <paramref name="low"/> and not above <paramref name="high"/>; outside there is no gradient.</summary>
    public LossNode Clamp(float low, float high) => Map(new PointFunction(PointFunctionKind.Clamp, low, high));

    /// <summary>Consecutive channels.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no such channels.</exception>
    public LossNode Channel(int first, int count = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, Channels, nameof(count));
        return new LossNode(Node.Channels(first, count));
    }

    /// <summary>The means of blocks of 2x2; an odd last row or column is left out.</summary>
    public LossNode Halved() => new(Losses.Halved(Node));

    /// <summary>The mean of all values: one value, as a loss has to be.</summary>
    public LossNode Mean() => new(Losses.Mean(Node));

    /// <summary>The shape.</summary>
    public override string ToString() => Node.Shape.ToString();

    private LossNode Map(PointFunction function) => new(Losses.Map(Node, function));
}
