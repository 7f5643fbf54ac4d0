namespace LatentSharp.Autoencoders.Tiling;

/// <summary>
/// As <c>AutoencoderKL.tiled_encode</c> and <c>tiled_decode</c> of diffusers do it. From one tile to the next it is a tile less the
/// overlap, so that the last of a row may be a sliver that lies in the one before it. A tile is faded in over its first rows from the last
/// rows of the tile above, then over its first columns from the last columns of the tile to the left; both are as they have become by
/// their own blending. Of each tile the part before the overlap with the next is kept.
/// </summary>
internal sealed class DiffusersBlend : TileBlend
{
    private readonly Planes output;
    private readonly TileArea[] areas;
    private readonly int columns, extent, kept;
    private readonly Planes[] above;
    private int done;

    public DiffusersBlend(Planes input, Planes output, int tile, int overlap, Ratio scale)
    {
        this.output = output;
        int stride = tile - overlap;
        int[] tops = [.. Starts(input.Height, stride)], lefts = [.. Starts(input.Width, stride)];
        areas = [.. from top in tops from left in lefts
                    select new TileArea(top, left, Math.Min(tile, input.Height - top), Math.Min(tile, input.Width - left))];
        (columns, extent, kept) = (lefts.Length, scale.Of(overlap), scale.Of(stride));
        above = new Planes[columns];
    }

    public override IReadOnlyList<TileArea> Areas => areas;

    public override void Add(Planes result)
    {
        (int row, int column) = Math.DivRem(done++, columns);
        if (row > 0) FadeRows(above[column], result);
        if (column > 0) FadeColumns(above[column - 1], result);
        for (int c = 0; c < result.Channels; c++)
            for (int y = 0; y < Math.Min(kept, result.Height); y++)
                result.Row(c, y)[..Math.Min(kept, result.Width)].CopyTo(output.Row(c, row * kept + y)[(column * kept)..]);
        above[column] = result;     // for the row below; until then the tile to the left of the next
    }

    public override Planes Whole() => output;

    private static IEnumerable<int> Starts(int size, int stride)
    {
        for (int start = 0; start < size; start += stride) yield return start;
    }

    private void FadeRows(Planes from, Planes to)
    {
        int rows = Math.Min(extent, Math.Min(from.Height, to.Height));
        for (int c = 0; c < to.Channels; c++)
            for (int y = 0; y < rows; y++)
            {
                Span<float> old = from.Row(c, from.Height - rows + y), own = to.Row(c, y);
                float weight = (float)y / rows, rest = (float)(1 - (double)y / rows);
                for (int x = 0; x < own.Length; x++) own[x] = old[x] * rest + own[x] * weight;
            }
    }

    private void FadeColumns(Planes from, Planes to)
    {
        int count = Math.Min(extent, Math.Min(from.Width, to.Width));
        for (int c = 0; c < to.Channels; c++)
            for (int y = 0; y < to.Height; y++)
            {
                Span<float> old = from.Row(c, y)[(from.Width - count)..], own = to.Row(c, y);
                for (int x = 0; x < count; x++)
                    own[x] = old[x] * (float)(1 - (double)x / count) + own[x] * ((float)x / count);
            }
    }
}
