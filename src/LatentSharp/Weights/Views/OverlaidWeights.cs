using LatentSharp.Tensors;

namespace LatentSharp.Weights.Views;

/// <summary>
/// A source in which some tensors are replaced, or have the product of two thin matrices added (LoRA: <c>W + scale * up * down</c>). What
/// is changed is float32; the products are computed while they are read.
/// </summary>
public sealed class OverlaidWeights : WeightView
{
    private readonly WeightSource source;
    private readonly Dictionary<string, float[]> replaced = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Product>> products = new(StringComparer.Ordinal);

    /// <summary>A view in which nothing is changed yet.</summary>
    /// <param name="source">The weights below.</param>
    /// <param name="metadata">The metadata of the view; null for those of the source.</param>
    public OverlaidWeights(WeightSource source, IReadOnlyDictionary<string, string>? metadata = null)
        : base((source ?? throw new ArgumentNullException(nameof(source))).Name, metadata ?? source.Metadata)
    {
        this.source = source;
        foreach (TensorInfo tensor in source.Tensors.Values) List(tensor);
    }

    /// <summary>Puts other values in place of a tensor's. The array is not copied.</summary>
    /// <exception cref="ArgumentException">There is no such tensor, or it has another number of elements.</exception>
    public void Replace(string name, float[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        TensorInfo below = Below(name);
        if (below.Shape.ElementCount != values.Length)
            throw new ArgumentException($"{name} {below.Shape} has {below.Shape.ElementCount} elements, not {values.Length}", nameof(values));
        Relist(below with { Type = ElementType.F32 });
        replaced[name] = values;
    }

    /// <summary>Adds <c>scale * up * down</c> to a tensor [rows, columns ...], once or several times.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="up">[rows, rank], row-major.</param>
    /// <param name="down">[rank, columns ...], row-major.</param>
    /// <param name="rank">The rank.</param>
    /// <param name="scale">The factor: the strength, times alpha / rank.</param>
    /// <exception cref="ArgumentException">There is no such tensor, or the matrices do not fit it.</exception>
    public void AddProduct(string name, float[] up, float[] down, int rank, float scale)
    {
        ArgumentNullException.ThrowIfNull(up);
        ArgumentNullException.ThrowIfNull(down);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rank);
        TensorInfo below = Below(name);
        long rows = below.Shape.Rank == 0 ? 1 : below.Shape[0], columns = rows == 0 ? 0 : below.Shape.ElementCount / rows;
        if (up.Length != rows * rank || down.Length != rank * columns)
            throw new ArgumentException(
                $"{name} {below.Shape} takes a product of [{rows}, {rank}] and [{rank}, {columns}]; found {up.Length} and {down.Length} values", nameof(up));
        if (below.Type.BlockLength() > 1 && columns % below.Type.BlockLength() != 0)
            throw new ArgumentException($"the rows of {name} are no whole blocks of {below.Type}", nameof(name));
        Relist(below with { Type = ElementType.F32 });
        if (!products.TryGetValue(name, out List<Product>? list)) products[name] = list = [];
        list.Add(new Product(up, down, rank, scale));
    }

    /// <inheritdoc/>
    public override void Read(TensorInfo tensor, long first, Span<float> destination)
    {
        TensorInfo info = Find(tensor, first, destination.Length);
        if (replaced.TryGetValue(info.Name, out float[]? values)) values.AsSpan((int)first, destination.Length).CopyTo(destination);
        else ReadAnywhere(source, source.Tensors[info.Name], first, destination);
        if (!products.TryGetValue(info.Name, out List<Product>? list)) return;
        long columns = info.Shape.ElementCount / (info.Shape.Rank == 0 ? 1 : info.Shape[0]);
        foreach (Product product in list) product.AddTo(destination, first, (int)columns);
    }

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
    {
        TensorInfo info = Find(tensor);
        if (IsChanged(info.Name)) BytesOf(info, offset, destination);
        else source.ReadBytes(info, offset, destination);
    }

    /// <inheritdoc/>
    public override StoredRange? Locate(TensorInfo tensor) => IsChanged(Find(tensor).Name) ? null : source.Locate(tensor);

    internal override IEnumerable<WeightStretch> Stretches(TensorInfo tensor) => source.Stretches(source.Tensors[Find(tensor).Name]);

    private bool IsChanged(string name) => replaced.ContainsKey(name) || products.ContainsKey(name);

    private TensorInfo Below(string name) => source.Tensors.TryGetValue(name, out TensorInfo? tensor) ? tensor
        : throw new ArgumentException($"{source.Name} holds no tensor called {name}", nameof(name));

    private sealed record Product(float[] Up, float[] Down, int Rank, float Scale)
    {
        // A few kilobytes of a row stay in the nearest cache while all rows of `down` are added to them.
        private const int Stretch = 2048;

        // A row of the product is the sum of the rows of `down`, each by its weight in the row of `up`; always in the same order.
        public void AddTo(Span<float> destination, long first, int columns)
        {
            long row = first / columns;
            int column = (int)(first % columns);
            while (destination.Length > 0)
            {
                Span<float> part = destination[..Math.Min(destination.Length, Math.Min(Stretch, columns - column))];
                for (int r = 0; r < Rank; r++)
                {
                    float weight = Scale * Up[row * Rank + r];
                    if (weight != 0) RowArithmetic.Add(part, Down.AsSpan(r * columns + column, part.Length), weight);
                }
                destination = destination[part.Length..];
                column += part.Length;
                if (column == columns) (row, column) = (row + 1, 0);
            }
        }
    }
}
