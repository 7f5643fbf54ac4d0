using LatentSharp.Tensors;

namespace LatentSharp.Weights.Views;

/// <summary>
/// A source in which some tensors are joined along their first dimension, in any order: <c>to_q</c>, <c>to_k</c> and <c>to_v</c> as one
/// <c>qkv</c>, or the halves of one tensor in the other order, as diffusers stores the scale and shift of FLUX's last modulation. Joined
/// tensors of different types become float32.
/// </summary>
public sealed class JoinedWeights : WeightView
{
    private readonly WeightSource source;
    private readonly Dictionary<string, Piece[]> joined = new(StringComparer.Ordinal);

    /// <summary>A view in which nothing is joined yet.</summary>
    public JoinedWeights(WeightSource source) : base((source ?? throw new ArgumentNullException(nameof(source))).Name, source.Metadata)
    {
        this.source = source;
        foreach (TensorInfo tensor in source.Tensors.Values) List(tensor);
    }

    /// <summary>Adds a tensor that is made of others, one after the other.</summary>
    /// <param name="name">Its name; it stands in for a tensor of that name.</param>
    /// <param name="parts">Names of tensors of the source that agree in all dimensions but the first.</param>
    /// <exception cref="ArgumentException">There is no such tensor, or the shapes do not fit.</exception>
    public void Join(string name, params ReadOnlySpan<string> parts)
    {
        if (parts.IsEmpty) throw new ArgumentException("a tensor is joined from one part at least", nameof(parts));
        var pieces = new Piece[parts.Length];
        for (int i = 0; i < parts.Length; i++) pieces[i] = new Piece(Part(parts[i]), 0, Part(parts[i]).Shape.ElementCount);
        Shape first = pieces[0].Tensor.Shape;
        long rows = 0;
        foreach (Piece piece in pieces)
        {
            Shape shape = piece.Tensor.Shape;
            if (shape.Rank == 0 || shape.Rank != first.Rank
                || !shape.Dimensions.AsSpan()[1..].SequenceEqual(first.Dimensions.AsSpan()[1..]))
                throw new ArgumentException(
                    $"{piece.Tensor.Name} {shape} cannot be joined to {pieces[0].Tensor.Name} {first} along the first dimension", nameof(parts));
            rows += shape[0];
        }
        Add(name, new Shape([rows, .. first.Dimensions.AsSpan()[1..]]), pieces);
    }

    /// <summary>Adds a tensor that is another one with the halves of its first dimension in the other order.</summary>
    /// <exception cref="ArgumentException">There is no such tensor, or its first dimension is odd.</exception>
    public void SwapHalves(string name, string part)
    {
        TensorInfo tensor = Part(part);
        if (tensor.Shape.Rank == 0 || tensor.Shape[0] % 2 != 0)
            throw new ArgumentException($"{part} {tensor.Shape} has no halves along the first dimension", nameof(part));
        long half = tensor.Shape.ElementCount / 2;
        if (half % tensor.Type.BlockLength() != 0)
            throw new ArgumentException($"the halves of {part} {tensor.Shape} are no whole blocks of {tensor.Type}", nameof(part));
        Add(name, tensor.Shape, [new Piece(tensor, half, half), new Piece(tensor, 0, half)]);
    }

    /// <inheritdoc/>
    public override void Read(TensorInfo tensor, long first, Span<float> destination)
    {
        TensorInfo info = Find(tensor, first, destination.Length);
        if (!joined.TryGetValue(info.Name, out Piece[]? pieces))
        {
            source.Read(info, first, destination);
            return;
        }
        foreach (Piece piece in pieces)
        {
            if (first < piece.Count && destination.Length > 0)
            {
                int count = (int)Math.Min(destination.Length, piece.Count - first);
                source.Read(piece.Tensor, piece.First + first, destination[..count]);
                destination = destination[count..];
                first = 0;
            }
            else
            {
                first -= piece.Count;
            }
        }
    }

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
    {
        TensorInfo info = Find(tensor);
        if (!joined.TryGetValue(info.Name, out Piece[]? pieces))
        {
            source.ReadBytes(info, offset, destination);
            return;
        }
        if (pieces.Any(p => p.Tensor.Type != info.Type))
        {
            BytesOf(info, offset, destination);
            return;
        }
        CheckRange(offset, destination.Length, info.ByteLength, info.Name);
        foreach (Piece piece in pieces)
        {
            long length = Bytes(piece.Count);
            if (offset < length && destination.Length > 0)
            {
                int count = (int)Math.Min(destination.Length, length - offset);
                source.ReadBytes(piece.Tensor, Bytes(piece.First) + offset, destination[..count]);
                destination = destination[count..];
                offset = 0;
            }
            else
            {
                offset -= length;
            }
        }

        long Bytes(long elements) => elements / info.Type.BlockLength() * info.Type.BlockBytes();
    }

    /// <inheritdoc/>
    public override StoredRange? Locate(TensorInfo tensor) => joined.ContainsKey(Find(tensor).Name) ? null : source.Locate(tensor);

    internal override IEnumerable<WeightStretch> Stretches(TensorInfo tensor)
    {
        TensorInfo info = Find(tensor);
        return joined.TryGetValue(info.Name, out Piece[]? pieces)
            ? pieces.SelectMany(p => WeightStretch.Cut(source.Stretches(p.Tensor), p.First, p.Count)) : source.Stretches(info);
    }

    private TensorInfo Part(string name) => source.Tensors.TryGetValue(name, out TensorInfo? tensor) ? tensor
        : throw new ArgumentException($"{source.Name} holds no tensor called {name}", nameof(name));

    private void Add(string name, Shape shape, Piece[] pieces)
    {
        ElementType type = pieces.All(p => p.Tensor.Type == pieces[0].Tensor.Type) ? pieces[0].Tensor.Type : ElementType.F32;
        if (pieces.Any(p => p.Count % p.Tensor.Type.BlockLength() != 0))
            throw new ArgumentException($"{name} cannot be joined from parts that are no whole blocks", nameof(pieces));
        Relist(new TensorInfo(name, type, shape));
        joined[name] = pieces;
    }

    private sealed record Piece(TensorInfo Tensor, long First, long Count);
}
