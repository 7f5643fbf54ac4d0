using System.Collections.Immutable;

namespace LatentSharp.Tensors;

/// <summary>The dimensions of a stored tensor, outermost first, row-major. A scalar has rank 0 and one element.</summary>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly ImmutableArray<long> dimensions;
    private readonly long elementCount;

    /// <summary>A shape with the given dimensions.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is negative, or the number of elements exceeds 2^63 - 1.</exception>
    public Shape(params ReadOnlySpan<long> dimensions)
    {
        long count = 1;
        bool empty = false;
        foreach (long d in dimensions)
        {
            if (d < 0) throw new ArgumentOutOfRangeException(nameof(dimensions), d, "a dimension is negative");
            if (d == 0) { empty = true; continue; }
            if (count > long.MaxValue / d) throw new ArgumentOutOfRangeException(nameof(dimensions), d, "the number of elements exceeds 2^63 - 1");
            count *= d;
        }
        this.dimensions = [.. dimensions];
        elementCount = empty ? 0 : count;
    }

    /// <summary>The number of elements: the product of the dimensions, 1 for a scalar.</summary>
    public long ElementCount => dimensions.IsDefault ? 1 : elementCount;     // `new Shape()` is a scalar, too

    /// <summary>The number of dimensions.</summary>
    public int Rank => Dimensions.Length;

    /// <summary>The dimensions, outermost first.</summary>
    public ImmutableArray<long> Dimensions => dimensions.IsDefault ? [] : dimensions;

    /// <summary>Dimension <paramref name="axis"/>, counted from the outermost.</summary>
    public long this[int axis] => Dimensions[axis];

    /// <inheritdoc/>
    public bool Equals(Shape other) => Dimensions.AsSpan().SequenceEqual(other.Dimensions.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (long d in Dimensions) hash.Add(d);
        return hash.ToHashCode();
    }

    /// <summary>Whether two shapes have the same dimensions.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether two shapes differ in a dimension.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>The dimensions in brackets, as in <c>[128, 3, 3, 3]</c>.</summary>
    public override string ToString() => "[" + string.Join(", ", Dimensions) + "]";
}
