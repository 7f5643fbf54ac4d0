using LatentSharp.Tensors;

namespace LatentSharp.Weights;

/// <summary>
/// A place in the tree of tensor names: <c>w["down"][0]["block"]</c> stands for names that begin with <c>down.0.block.</c>.
/// Taking a tensor checks its shape there and then.
/// </summary>
internal readonly struct WeightScope
{
    private readonly WeightSource source;
    private readonly string prefix;

    /// <summary>The root of a source's names, or the place under <paramref name="prefix"/> (without trailing dot).</summary>
    public WeightScope(WeightSource source, string prefix = "") => (this.source, this.prefix) = (source, prefix);

    /// <summary>The place called <paramref name="name"/> below this one.</summary>
    public WeightScope this[string name] => new(source, Join(name));

    /// <summary>The place numbered <paramref name="index"/> below this one.</summary>
    public WeightScope this[int index] => this[index.ToString(System.Globalization.CultureInfo.InvariantCulture)];

    /// <summary>The full name of this place.</summary>
    public string Path => prefix;

    /// <summary>Where the tensors come from.</summary>
    public WeightSource Source => source;

    /// <summary>Whether a tensor of that name exists here.</summary>
    public bool Has(string name) => source.Tensors.ContainsKey(Join(name));

    /// <summary>Whether any tensor lies at or below this place.</summary>
    public bool Exists
    {
        get
        {
            string below = prefix + ".";
            foreach (string name in source.Tensors.Keys)
                if (name == prefix || name.StartsWith(below, StringComparison.Ordinal)) return true;
            return false;
        }
    }

    /// <summary>The stored shape of a tensor, or null when there is none.</summary>
    public Shape? ShapeOf(string name) => source.Tensors.TryGetValue(Join(name), out TensorInfo? info) ? info.Shape : null;

    /// <summary>
    /// Takes the tensor <paramref name="name"/>, which must have the given shape; dimensions of size 1 at the end may be missing or in
    /// excess (a linear [C, C] and a 1x1 convolution [C, C, 1, 1] are the same memory).
    /// </summary>
    /// <exception cref="LatentSharpException">The tensor is missing, is not made of numbers, or has another shape.</exception>
    public WeightRef Take(string name, params ReadOnlySpan<long> shape)
    {
        string full = Join(name);
        var expected = new Shape(shape);
        if (!source.Tensors.TryGetValue(full, out TensorInfo? info))
            throw new LatentSharpException(ErrorKind.BadInput, source.Name, $"the tensor {full} {expected} is missing.",
                Remedy.OtherArchitecture(source.Name));
        if (TrimOnes(info.Shape) != TrimOnes(expected))
            throw new LatentSharpException(ErrorKind.BadInput, source.Name,
                $"the tensor {full} has the shape {info.Shape}; this network needs {expected}.", Remedy.OtherArchitecture(source.Name));
        if (!info.Type.IsFloat())
            throw new LatentSharpException(ErrorKind.BadInput, source.Name,
                $"the tensor {full} is stored as {info.Type.Name()}; weights have to be floating-point numbers.");
        return new WeightRef(source, info, expected);
    }

    private string Join(string name) => prefix.Length == 0 ? name : prefix + "." + name;

    private static Shape TrimOnes(Shape shape)
    {
        int rank = shape.Rank;
        while (rank > 0 && shape[rank - 1] == 1) rank--;
        return new Shape(shape.Dimensions.AsSpan()[..rank]);
    }
}
