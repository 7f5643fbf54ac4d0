namespace LatentSharp.Autoencoders.Tiling;

/// <summary>
/// As ComfyUI's <c>tiled_scale</c> does it: the mean of three passes, whose tiles are square, wide and high. Within a pass every tile
/// counts with a weight that rises over the overlap from each of its edges, edges of the picture too, and the sum is divided by the sum of
/// weights. A pass whose tile holds the whole picture is the picture computed whole.
/// </summary>
internal sealed class ComfyBlend : TileBlend
{
    private const int Passes = 3;

    private readonly Planes output, sum;
    private readonly float[] weights;
    private readonly int overlap;
    private readonly Ratio scale;
    private readonly List<(TileArea Area, bool Whole, bool EndsPass)> tiles = [];
    private int done;

    public ComfyBlend(Planes input, Planes output, int tile, int overlap, Ratio scale)
    {
        (this.output, this.overlap, this.scale) = (output, overlap, scale);
        sum = new Planes(output.Channels, output.Height, output.Width);
        weights = new float[output.Height * output.Width];
        foreach ((int height, int width) in ((int, int)[])[(tile, tile), (tile / 2, tile * 2), (tile * 2, tile / 2)])
        {
            bool whole = input.Height <= height && input.Width <= width;
            TileArea[] areas = [.. from y in Spans(input.Height, height, overlap)
                                   from x in Spans(input.Width, width, overlap)
                                   select new TileArea(y.Start, x.Start, y.Length, x.Length)];
            tiles.AddRange(areas.Select((a, i) => (a, whole, i == areas.Length - 1)));
        }
        Areas = [.. tiles.Select(t => t.Area)];
    }

    public override IReadOnlyList<TileArea> Areas { get; }

    public override void Add(Planes result)
    {
        (TileArea area, bool whole, bool endsPass) = tiles[done++];
        float[] rows = Ramp(result.Height, whole), columns = Ramp(result.Width, whole);
        int top = scale.Of(area.Top), left = scale.Of(area.Left);
        for (int y = 0; y < result.Height; y++)
        {
            Span<float> into = weights.AsSpan((top + y) * sum.Width + left, result.Width);
            for (int x = 0; x < into.Length; x++) into[x] += rows[y] * columns[x];
            for (int c = 0; c < result.Channels; c++)
            {
                Span<float> from = result.Row(c, y), to = sum.Row(c, top + y)[left..];
                for (int x = 0; x < from.Length; x++) to[x] += from[x] * (rows[y] * columns[x]);
            }
        }
        if (endsPass) EndPass();
    }

    public override Planes Whole() => output;

    private void EndPass()
    {
        for (int i = 0; i < output.Values.Length; i++) output.Values[i] += sum.Values[i] / weights[i % weights.Length];
        if (done == tiles.Count)
            for (int i = 0; i < output.Values.Length; i++) output.Values[i] /= Passes;
        Array.Clear(sum.Values);
        Array.Clear(weights);
    }

    // The last tile of a row ends with the picture: it may be short, but is longer than the overlap.
    private static IEnumerable<(int Start, int Length)> Spans(int size, int tile, int overlap)
    {
        if (size <= tile) return [(0, size)];
        return Enumerable.Range(0, (size - overlap + tile - overlap - 1) / (tile - overlap))
            .Select(i => Math.Min(i * (tile - overlap), size - overlap)).Select(start => (start, Math.Min(tile, size - start)));
    }

    // A side that is no longer than the overlap has no ramp at all.
    private float[] Ramp(int length, bool whole)
    {
        var ramp = new float[length];
        Array.Fill(ramp, 1);
        int feather = scale.Of(overlap);
        if (whole || feather >= length) return ramp;
        for (int i = 0; i < feather; i++)
        {
            float weight = (float)((i + 1.0) / feather);
            ramp[i] *= weight;
            ramp[length - 1 - i] *= weight;
        }
        return ramp;
    }
}
