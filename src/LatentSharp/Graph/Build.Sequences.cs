using System.Collections.Immutable;
using LatentSharp.Weights;

namespace LatentSharp.Graph;

internal static partial class Build
{
    /// <summary>A linear layer with the tensors <c>weight</c> [features, channels] and <c>bias</c> at <paramref name="w"/>.</summary>
    /// <param name="x">The input.</param>
    /// <param name="w">Where the tensors are.</param>
    /// <param name="features">Channels of the result.</param>
    /// <param name="bias">Whether a bias has to be there; null takes it when it is.</param>
    /// <param name="int8">Whether the network bears products of rounded factors here.</param>
    public static Node Linear(this Node x, WeightScope w, int features, bool? bias = null, bool int8 = false)
        => x.Linear(w, features, Range.All, bias, int8);

    /// <summary>Some rows of a linear layer: a part of its result.</summary>
    /// <param name="x">The input.</param>
    /// <param name="w">Where the tensors are.</param>
    /// <param name="features">Rows of the whole layer.</param>
    /// <param name="rows">Those that are computed.</param>
    /// <param name="bias">Whether a bias has to be there; null takes it when it is.</param>
    /// <param name="int8">Whether the network bears products of rounded factors here.</param>
    public static Node Linear(this Node x, WeightScope w, int features, Range rows, bool? bias = null, bool int8 = false)
    {
        ArgumentNullException.ThrowIfNull(x);
        WeightRef weight = w.Take("weight", features, x.Shape.Channels);
        return new Linear(w.Path, x, weight, bias ?? w.Has("bias") ? w.Take("bias", features) : null, rows, int8);
    }

    /// <summary>Layer normalisation without scale and offset.</summary>
    public static Node LayerNorm(this Node x, float epsilon)
    {
        ArgumentNullException.ThrowIfNull(x);
        return new LayerNorm(x.Name + ".layernorm", x, null, null, epsilon);
    }

    /// <summary>Layer normalisation with the tensors <c>weight</c> and <c>bias</c> at <paramref name="w"/>.</summary>
    public static Node LayerNorm(this Node x, WeightScope w, float epsilon)
    {
        ArgumentNullException.ThrowIfNull(x);
        return new LayerNorm(w.Path, x, w.Take("weight", x.Shape.Channels), w.Take("bias", x.Shape.Channels), epsilon);
    }

    /// <summary>Root-mean-square normalisation of every group of channels by itself.</summary>
    /// <param name="x">The input.</param>
    /// <param name="scale">One value for each channel of a group; the groups are of this size.</param>
    /// <param name="epsilon">Added to the mean of the squares.</param>
    public static Node RmsNorm(this Node x, WeightRef scale, float epsilon)
    {
        ArgumentNullException.ThrowIfNull(scale);
        return new RmsNorm(scale.Name, Divisible(x, checked((int)scale.ElementCount)), scale, null, epsilon);
    }

    /// <summary>(1 + scale) x + shift.</summary>
    /// <exception cref="ArgumentException">Scale or shift is not one position of as many channels.</exception>
    public static Node Modulate(this Node x, Node scale, Node shift)
    {
        ArgumentNullException.ThrowIfNull(x);
        return new Modulate(x.Name + ".modulated", x, RowFor(x, scale), RowFor(x, shift));
    }

    /// <summary>x + gate y.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Node PlusGated(this Node x, Node change, Node gate, string name)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(change);
        if (x.Shape != change.Shape) throw new ArgumentException($"{name}: cannot add {x.Shape} and {change.Shape}");
        return new Gate(name, x, change, RowFor(x, gate));
    }

    /// <summary>The product, value by value, with a result of one shape, or with a row.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Node Times(this Node x, Node factor, string name)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(factor);
        return new Multiply(name, x, factor.Shape == x.Shape ? factor : RowFor(x, factor));
    }

    /// <summary>The row of a table with the tensor <c>weight</c> [rows, channels] at <paramref name="w"/> for every token.</summary>
    public static Node Embedding(this Node ids, WeightScope w, int rows, int channels)
        => new Embedding(w.Path, OneChannel(ids), w.Take("weight", rows, channels));

    /// <summary>A time or another number as channels: cosines, then sines.</summary>
    public static Node SinusoidalEmbedding(this Node x, int channels, float factor, float period = 10_000, int shift = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(channels % 2, 0, nameof(channels));
        return new SinusoidalEmbedding(OneChannel(x).Name + ".embedding", x, channels, factor, period, shift);
    }

    /// <summary>The angles by which <see cref="Rope"/> turns queries and keys.</summary>
    public static Node RotaryTable(this Node ids, ImmutableArray<int> axes, double theta, string name)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.Shape.Channels != axes.Length || axes.Any(d => d % 2 != 0))
            throw new ArgumentException($"{name}: {ids.Shape.Channels} axes of positions, and the channels {string.Join(", ", axes)}");
        return new RotaryTable(name, ids, axes, theta);
    }

    /// <summary>Turns the heads of queries or keys by the angles of <paramref name="table"/>.</summary>
    public static Node Rope(this Node x, Node table)
    {
        ArgumentNullException.ThrowIfNull(table);
        if (Divisible(x, table.Shape.Channels).Shape.Positions != table.Shape.Positions) throw new ArgumentException($"{x} has other tokens than {table}");
        return new Rope(x.Name + ".rope", x, table);
    }

    /// <summary>Consecutive channels; the input itself where those are all.</summary>
    /// <exception cref="LatentSharpException">The input has fewer.</exception>
    public static Node Channels(this Node x, int first, int count)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (first < 0 || count < 1 || first > x.Shape.Channels - count)
            throw new LatentSharpException(ErrorKind.BadInput, x.Name,
                $"channels {first} to {first + count} are asked of {x.Shape.Channels}; the weights do not belong to this architecture.");
        return count == x.Shape.Channels ? x : new Slice(x.Name + $".{first}", x, Axis.Channels, first, count);
    }

    /// <summary>The channels in equal parts.</summary>
    public static Node[] Chunk(this Node x, int parts)
    {
        int count = Divisible(x, parts).Shape.Channels / parts;
        return [.. Enumerable.Range(0, parts).Select(i => x.Channels(i * count, count))];
    }

    /// <summary>Consecutive tokens of a sequence; the input itself where those are all.</summary>
    /// <exception cref="ArgumentException">The input is no sequence, or has fewer.</exception>
    public static Node Tokens(this Node x, int first, int count)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Shape.Height != 1 || first < 0 || count < 1 || first > x.Shape.Width - count)
            throw new ArgumentException($"tokens {first} to {first + count} are asked of {x.Shape}");
        return count == x.Shape.Width ? x : new Slice(x.Name + $".{first}", x, Axis.Tokens, first, count);
    }

    /// <summary>The tokens of several sequences, one after the other.</summary>
    /// <exception cref="ArgumentException">They are no sequences of one width.</exception>
    public static Node ConcatTokens(string name, params ReadOnlySpan<Node> parts)
    {
        foreach (Node part in parts)
            if (part.Shape.Height != 1 || part.Shape.Channels != parts[0].Shape.Channels)
                throw new ArgumentException($"{name}: cannot join {parts[0].Shape} and {part.Shape}");
        return parts.Length == 1 ? parts[0] : new Concat(name, [.. parts], Axis.Tokens);
    }

    /// <summary>Attention over all positions: softmax(scale Q K^T + bias) V for every head.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Node Attention(Node query, Node key, Node value, string name, AttentionForm form, Node? bias = null)
    {
        ArgumentNullException.ThrowIfNull(form);
        Divisible(query, form.Heads);
        Divisible(value, form.Heads);
        if (query.Shape.Channels != key.Shape.Channels || key.Shape.Positions != value.Shape.Positions)
            throw new ArgumentException($"{name}: {query.Shape}, {key.Shape} and {value.Shape} do not fit");
        if (bias is not null && bias.Shape != new FeatureShape(form.Heads, (int)query.Shape.Positions, (int)key.Shape.Positions))
            throw new ArgumentException($"{name}: the bias is {bias.Shape}");
        return new Attention(name, query, key, value, form, bias);
    }

    private static Node RowFor(Node x, Node row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return row.Shape == FeatureShape.Sequence(1, x.Shape.Channels) ? row
            : throw new ArgumentException($"{row} is not one row of {x.Shape.Channels} channels");
    }

    private static Node OneChannel(Node x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Shape.Channels == 1 ? x : throw new ArgumentException($"{x} has more than one channel");
    }
}
