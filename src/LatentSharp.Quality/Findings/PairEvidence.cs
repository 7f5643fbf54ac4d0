using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings;

/// <summary>
/// What detectors measure on a picture and its reference. A defect that was found is taken out before the next is looked for: the reference
/// is changed as the picture was (channels exchanged, contrast lowered), and places that are lost are filled from it. What is left then
/// needs another explanation.
/// </summary>
internal sealed class PairEvidence
{
    private Plane[]? difference;
    private CellColours? cells;
    private PictureComparison? comparison;

    public PairEvidence(ImageTensor reference, ImageTensor picture)
    {
        (Reference, Picture) = (new PictureEvidence(reference), new PictureEvidence(picture));
        PicturePlanes.RequireSameSize(Reference.Planes, Picture.Planes);
        (Explained, Repaired) = (Reference.Planes, Picture.Planes);
    }

    public PictureEvidence Reference { get; }

    public PictureEvidence Picture { get; }

    /// <summary>The reference after what was found has been done to it too.</summary>
    public PicturePlanes Explained { get; private set; }

    /// <summary>The picture after what was lost in it has been filled.</summary>
    public PicturePlanes Repaired { get; private set; }

    public List<Finding> Found => Picture.Found;

    /// <summary><see cref="Repaired"/> minus <see cref="Explained"/>: red, green, blue.</summary>
    public IReadOnlyList<Plane> Difference
        => difference ??= [.. Enumerable.Range(0, 3).Select(c => Plane.Difference(Repaired[c], Explained[c]))];

    public CellColours Cells => cells ??= CellColours.Of(Explained, Repaired);

    /// <summary>All other measurements, of what is left to explain.</summary>
    public PictureComparison Comparison => comparison ??= PictureComparison.Of(ToTensor(Explained), ToTensor(Repaired));

    public bool Has(FindingKind kind) => Picture.Has(kind);

    /// <summary>The reference's channels in another order.</summary>
    public void Reorder(int[] order)
        => Change(PicturePlanes.Of(Explained[order[0]], Explained[order[1]], Explained[order[2]]), Repaired);

    /// <summary>The reference's tones changed by a line, rounded and cut off as a file does.</summary>
    public void Retone(double gain, double offset)
        => Change(PerChannel(Explained, (_, v, _, _) => Math.Round(Math.Clamp(offset + gain * v, 0, 255))), Repaired);

    /// <summary>The reference's colours changed by a map, rounded and cut off as a file does.</summary>
    public void Recolour(ColourMap map)
    {
        PicturePlanes from = Explained;
        Change(PerChannel(from, (c, _, y, x) => Math.Round(map.Of(c, from.Red[y, x], from.Green[y, x], from.Blue[y, x]))), Repaired);
    }

    /// <summary>Places filled from the reference.</summary>
    public void Fill(IReadOnlyList<FindingPlace> places, int margin = 0)
    {
        bool[] lost = new bool[Explained.Height * Explained.Width];
        foreach (FindingPlace p in places)
            for (int y = Math.Max(0, p.Y - margin); y < Math.Min(Explained.Height, p.Y + p.Height + margin); y++)
                lost.AsSpan(y * Explained.Width + Math.Max(0, p.X - margin),
                    Math.Min(Explained.Width, p.X + p.Width + margin) - Math.Max(0, p.X - margin)).Fill(true);
        Change(Explained, PerChannel(Repaired, (c, v, y, x) => lost[y * Explained.Width + x] ? Explained[c][y, x] : v));
    }

    /// <summary>Each tile of the picture moved to the mean colour that it has in the reference.</summary>
    public void LevelTiles(TileSeams seams)
    {
        int[] columns = [0, .. seams.Columns.Select(l => l.Position), Explained.Width],
            rows = [0, .. seams.Rows.Select(l => l.Position), Explained.Height];
        Plane[] planes = [.. Enumerable.Range(0, 3).Select(c => new Plane(Explained.Height, Explained.Width))];
        for (int c = 0; c < 3; c++)
            for (int r = 0; r + 1 < rows.Length; r++)
                for (int k = 0; k + 1 < columns.Length; k++)
                {
                    List<double> values = [];
                    foreach (int y in Measuring.Each(rows[r], rows[r + 1]))
                        for (int x = columns[k]; x < columns[k + 1]; x++) values.Add(Difference[c][y, x]);
                    values.Sort();
                    double shift = Distribution.Percentile(values.ToArray(), 0.5);
                    foreach (int y in Measuring.Each(rows[r], rows[r + 1]))
                        for (int x = columns[k]; x < columns[k + 1]; x++) planes[c][y, x] = Math.Clamp(Repaired[c][y, x] - shift, 0, 255);
                }
        Change(Explained, PicturePlanes.Of(planes[0], planes[1], planes[2]));
    }

    private void Change(PicturePlanes explained, PicturePlanes repaired)
        => (Explained, Repaired, difference, cells, comparison) = (explained, repaired, null, null, null);

    private static PicturePlanes PerChannel(PicturePlanes from, Func<int, double, int, int, double> change)
    {
        Plane[] planes = [.. Enumerable.Range(0, 3).Select(_ => new Plane(from.Height, from.Width))];
        Parallel.For(0, 3, Measuring.Rows, c =>
        {
            foreach (int y in Measuring.Each(0, from.Height))
                for (int x = 0; x < from.Width; x++) planes[c][y, x] = change(c, from[c][y, x], y, x);
        });
        return PicturePlanes.Of(planes[0], planes[1], planes[2]);
    }

    private ImageTensor ToTensor(PicturePlanes planes)
    {
        if (planes == Reference.Planes) return Reference.Image;
        if (planes == Picture.Planes) return Picture.Image;
        ImageTensor tensor = new(1, planes.Height, planes.Width);
        for (int c = 0; c < 3; c++)
        {
            Span<float> to = tensor.Plane(0, c);
            for (int i = 0; i < to.Length; i++) to[i] = (float)(planes[c].Values[i] / 127.5 - 1);
        }
        return tensor;
    }
}
