using System.Collections.Immutable;
using LatentSharp.Weights;

namespace LatentSharp.Graph;

internal static partial class Build
{
    /// <summary>
    /// Root-mean-square normalisation over the channels with the tensors <c>weight</c> and <c>bias</c> at <paramref name="w"/>.
    /// </summary>
    public static Node RmsNorm(this Node x, WeightScope w, float epsilon)
    {
        ArgumentNullException.ThrowIfNull(x);
        return new RmsNorm(w.Path, x, w.Take("weight", x.Shape.Channels), w.Take("bias", x.Shape.Channels), epsilon);
    }

    /// <summary>Normalisation to the length of the channels' vector with the tensor <c>gamma</c> at <paramref name="w"/>.</summary>
    public static Node L2Norm(this Node x, WeightScope w)
    {
        ArgumentNullException.ThrowIfNull(x);
        return new L2Norm(w.Path, x, w.Take("gamma", x.Shape.Channels));
    }

    /// <summary>Channels in another order, several times, or left out; the input itself where that changes nothing.</summary>
    /// <param name="x">The input.</param>
    /// <param name="sources">For each channel of the result the channel that it comes from, or
    /// <see cref="Graph.SelectChannels.Zero"/>.</param>
    /// <exception cref="LatentSharpException">A source is not a channel of the input.</exception>
    public static Node SelectChannels(this Node x, ImmutableArray<int> sources)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (sources.Length == x.Shape.Channels && sources.SequenceEqual(Enumerable.Range(0, sources.Length))) return x;
        if (sources.IsEmpty || sources.Any(s => s < Graph.SelectChannels.Zero || s >= x.Shape.Channels))
            throw new LatentSharpException(ErrorKind.BadInput, x.Name,
                $"channels up to {sources.DefaultIfEmpty().Max()} are asked of {x.Shape.Channels}; the weights do not belong to this architecture.");
        return new SelectChannels(x.Name + ".select", x, sources);
    }

    /// <summary>
    /// Batch normalisation with the tensors <c>weight</c>, <c>bias</c>, <c>running_mean</c> and <c>running_var</c> at <paramref name="w"/>.
    /// </summary>
    public static Node BatchNorm(this Node x, WeightScope w, float epsilon)
    {
        ArgumentNullException.ThrowIfNull(x);
        int channels = x.Shape.Channels;
        var statistics = new BatchStatistics(w.Take("weight", channels), w.Take("bias", channels), w.Take("running_mean", channels),
            w.Take("running_var", channels));
        return new BatchNorm(w.Path, x, statistics, epsilon);
    }

    /// <summary>The channels of several results of one size, one after the other.</summary>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static Node Concat(string name, params ReadOnlySpan<Node> parts)
    {
        foreach (Node part in parts)
            if ((part.Shape.Height, part.Shape.Width) != (parts[0].Shape.Height, parts[0].Shape.Width))
                throw new ArgumentException($"{name}: cannot join {parts[0].Shape} and {part.Shape}");
        return new Concat(name, [.. parts]);
    }

    /// <summary>The first half of the channels times SiLU of the second half.</summary>
    public static Node GatedSiLU(this Node x) => new GatedSiLU(Divisible(x, 2).Name + ".gate", x);

    /// <summary>Every channel <paramref name="times"/> times in place.</summary>
    public static Node RepeatChannels(this Node x, int times)
    {
        ArgumentNullException.ThrowIfNull(x);
        return times == 1 ? x : new RepeatChannels(x.Name + ".repeat", x, times);
    }

    /// <summary>The means of groups of consecutive channels; <paramref name="groups"/> of them are left.</summary>
    public static Node MeanOfChannels(this Node x, int groups)
    {
        Divisible(x, groups);
        return x.Shape.Channels == groups ? x : new MeanOfChannels(x.Name + ".mean", x, x.Shape.Channels / groups);
    }

    /// <summary>Channels to positions, twice the size.</summary>
    public static Node PixelShuffle2x(this Node x) => new PixelShuffle2x(Divisible(x, 4).Name + ".shuffle", x);

    /// <summary>Positions to channels, half the size.</summary>
    public static Node PixelUnshuffle2x(this Node x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return new PixelUnshuffle2x(x.Name + ".unshuffle", x);
    }

    /// <summary>Linear attention over consecutive groups of query, key and value.</summary>
    public static Node ReluLinearAttention(this Node x, int headChannels, string name)
        => new ReluLinearAttention(name, Divisible(x, 3 * headChannels), headChannels);

    private static Node Divisible(Node x, int by)
    {
        ArgumentNullException.ThrowIfNull(x);
        return by > 0 && x.Shape.Channels % by == 0 ? x
            : throw new LatentSharpException(ErrorKind.BadInput, x.Name,
                $"{x.Shape.Channels} channels cannot be divided into parts of {by}; the weights do not belong to this architecture.");
    }
}
