using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings.Detectors;

/// <summary>Steps between tiles.</summary>
internal sealed class SeamsDetector : Detector
{
    private const double LeastJump = 1.2, LeastLength = 0.45;

    // From the picture alone: straight edges of the scene must not count.
    private const double AloneJump = 2.0, AloneLength = 0.4;

    public override FindingKind Kind => FindingKind.Seams;

    public override int LeastSide => TileSeams.MinimumSide;

    public override Finding? Compared(PairEvidence pair)
    {
        TileSeams seams = TileSeams.Of(pair.Difference, LeastJump, LeastLength);
        if (!seams.Any || IsBlocks(seams) || pair.Has(FindingKind.Compression) && LieOn(pair.Picture.Lattice, seams)) return null;
        pair.LevelTiles(seams);
        return Of(seams, pair.Explained, Math.Max(1.5, seams.Jump / 1.5), Sure(seams.Jump / LeastJump));
    }

    public override Finding? Alone(PictureEvidence picture)
    {
        if (picture.Has(FindingKind.Empty)) return null;
        Plane[] planes = [picture.Planes.Red, picture.Planes.Green, picture.Planes.Blue];
        TileSeams seams = TileSeams.Of(planes, AloneJump, AloneLength);
        // Where lines come at every few pixels, those few that stand out in calm places are part of the grid.
        bool isGrid = picture.Side >= GridArtefact.MinimumSide && GridDetector.Repeats(picture.Grid)
            || CompressionDetector.Shows(picture) && LieOn(picture.Lattice, seams);
        // A grid of tiles is compared with itself moved by whole blocks too, so that no pattern that repeats can be taken for one.
        if (isGrid || !IsTiled(seams, picture)) seams = TileGrid.Of(planes);
        if (!IsTiled(seams, picture)) return null;
        return Of(seams, picture.Planes, Math.Max(1.5, seams.Jump / 3), 0.8);
    }

    private static bool IsTiled(TileSeams seams, PictureEvidence picture)
        => seams.Any && !IsBlocks(seams) && seams.LieAsTiles(picture.Planes.Width, picture.Planes.Height);

    // Lines at every few pixels are a grid.
    private static bool IsBlocks(TileSeams seams) => seams.TileWidth < 24 || seams.TileHeight < 24 || seams.LeastDistance < 24;

    // The borders of JPEG's blocks can be long lines too.
    private static bool LieOn(JpegLattice lattice, TileSeams seams)
        => seams.Columns.All(l => (l.Position - lattice.X) % 8 == 0) && seams.Rows.All(l => (l.Position - lattice.Y) % 8 == 0);

    private static Finding Of(TileSeams seams, PicturePlanes planes, double score, double confidence)
    {
        string size = (seams.TileWidth, seams.TileHeight) switch
        {
            (int w, int h) => F($"tiles of {w} x {h} pixels"),
            (int w, null) => F($"tiles {w} pixels wide"),
            (_, int h) => F($"tiles {h} pixels high"),
            _ => "tiles",
        };
        string lines = string.Join(" and ",
            ((string[])[Lines("column", seams.Columns), Lines("row", seams.Rows)]).Where(t => t.Length > 0));
        return new Finding(FindingKind.Seams, score, Math.Max(0.6, confidence),
            F($"The picture jumps by {seams.Jump:0.0} levels along straight lines at {lines}: {size}."), FindingOrigin.Autoencoder,
            "Decode in one piece, or with overlapping tiles that are blended; LatentSharp cuts a picture into tiles only when told to.")
        {
            Places = [.. seams.Columns.Select(l => new FindingPlace(Math.Max(0, l.Position - 1), 0, 2, planes.Height)),
                .. seams.Rows.Select(l => new FindingPlace(0, Math.Max(0, l.Position - 1), planes.Width, 2))],
            Figures = [new("jump", seams.Jump, "levels"), new("tile width", seams.TileWidth ?? planes.Width, "px"),
                new("tile height", seams.TileHeight ?? planes.Height, "px")],
        };
    }

    private static string Lines(string what, IReadOnlyList<SeamLine> lines) => lines.Count == 0 ? ""
        : $"{what}{(lines.Count == 1 ? "" : "s")} {string.Join(", ", lines.Take(6).Select(l => l.Position))}{(lines.Count > 6 ? ", ..." : "")}";
}
