using LatentSharp.Tensors;

namespace LatentSharp.Weights.Views;

/// <summary>
/// A source in which some tensors are multiplied by scales that were stored apart: one for the whole, one for each row, or one for each
/// block of rows and columns. What is scaled is float32.
/// </summary>
public sealed class ScaledWeights : WeightView
{
    // Of blocks that do not divide a weight, the grid does not tell the size; this is that of all published files.
    private const long UsualBlock = 128;

    private readonly WeightSource source;
    private readonly Dictionary<string, Scales> scaled = new(StringComparer.Ordinal);

    /// <summary>A view in which nothing is scaled yet.</summary>
    public ScaledWeights(WeightSource source) : base((source ?? throw new ArgumentNullException(nameof(source))).Name, source.Metadata)
    {
        this.source = source;
        foreach (TensorInfo tensor in source.Tensors.Values) List(tensor);
    }

    /// <summary>Multiplies a tensor.</summary>
    /// <param name="name">The tensor, [rows, columns ...].</param>
    /// <param name="scales">The scales, row-major.</param>
    /// <param name="shape">Their shape: one element; [rows] with or without dimensions of 1; or [a, b], a grid of blocks of 128 x 128, the
    /// last ones cut, or of blocks that divide the tensor.</param>
    /// <returns>False when the shape fits neither.</returns>
    public bool TryScale(string name, float[] scales, Shape shape)
    {
        ArgumentNullException.ThrowIfNull(scales);
        TensorInfo below = source.Tensors[name];
        if (below.Type.BlockLength() > 1 || below.Shape.ElementCount == 0 || scales.Length != shape.ElementCount) return false;
        long rows = below.Shape.Rank == 0 ? 1 : below.Shape[0], columns = below.Shape.ElementCount / rows;
        long[] sides = [.. shape.Dimensions.Where(d => d != 1)];
        Scales? found = sides switch
        {
            [] => new Scales(scales, rows, columns, 1),
            [var one] when one == rows && shape[0] == rows => new Scales(scales, 1, columns, 1),
            [..] when shape.Rank == 2 && Ceiling(rows, UsualBlock) == shape[0] && Ceiling(columns, UsualBlock) == shape[1] =>
                new Scales(scales, UsualBlock, UsualBlock, shape[1]),
            [..] when shape.Rank == 2 && rows % shape[0] == 0 && columns % shape[1] == 0 =>
                new Scales(scales, rows / shape[0], columns / shape[1], shape[1]),
            _ => null,
        };
        if (found is null) return false;
        scaled[name] = found;
        Relist(below with { Type = ElementType.F32 });
        return true;

        static long Ceiling(long whole, long parts) => (whole + parts - 1) / parts;
    }

    /// <inheritdoc/>
    public override void Read(TensorInfo tensor, long first, Span<float> destination)
    {
        TensorInfo info = Find(tensor, first, destination.Length);
        source.Read(source.Tensors[info.Name], first, destination);
        if (!scaled.TryGetValue(info.Name, out Scales? scales)) return;
        long columns = info.Shape.ElementCount / (info.Shape.Rank == 0 ? 1 : info.Shape[0]);
        for (int i = 0; i < destination.Length;)
        {
            (long row, long column) = Math.DivRem(first + i, columns);
            int run = (int)Math.Min(destination.Length - i,
                Math.Min(columns, (column / scales.BlockColumns + 1) * scales.BlockColumns) - column);
            float scale = scales.Values[row / scales.BlockRows * scales.PerRow + column / scales.BlockColumns];
            RowArithmetic.Scale(destination.Slice(i, run), scale);
            i += run;
        }
    }

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
    {
        TensorInfo info = Find(tensor);
        if (scaled.ContainsKey(info.Name)) BytesOf(info, offset, destination);
        else source.ReadBytes(info, offset, destination);
    }

    /// <inheritdoc/>
    public override StoredRange? Locate(TensorInfo tensor) => scaled.ContainsKey(Find(tensor).Name) ? null : source.Locate(tensor);

    private sealed record Scales(float[] Values, long BlockRows, long BlockColumns, long PerRow);
}
