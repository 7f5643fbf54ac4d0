using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings;

/// <summary>What detectors measure on one picture: each measurement is made once, when it is first asked for.</summary>
internal sealed class PictureEvidence
{
    // Smaller constant areas are spots, or sky.
    private const double LeastEmptyShare = 0.04;

    private readonly Lazy<JpegLattice> lattice;
    private readonly Lazy<GridArtefact> grid;
    private readonly Lazy<EdgeWidth> edges;
    private readonly Lazy<IReadOnlyList<ConstantRegion>> constant;
    private readonly Lazy<JpegOrder> saved;
    private readonly Lazy<ColourSteps?> steps;
    private readonly Lazy<ToneEnds> ends;

    public PictureEvidence(ImageTensor image)
    {
        (Image, Planes, Range) = (image, PicturePlanes.Of(image), RangeCheck.Of(image));
        Side = Math.Min(image.Height, image.Width);
        lattice = new(() => JpegLattice.Of(Planes.Luma));
        grid = new(() => GridArtefact.Strongest(Planes.Luma));
        saved = new(() => JpegOrder.Of(Planes, Lattice.X, Lattice.Y));
        steps = new(() => ColourSteps.Of(Planes));
        ends = new(() => ToneEnds.Of(Planes));
        edges = new(() => EdgeWidth.Of(Planes.Luma));
        constant = new(() => ConstantRegion.Of(Planes, Math.Max(8, (int)(LeastEmptyShare * Side))));
    }

    public ImageTensor Image { get; }

    public PicturePlanes Planes { get; }

    public RangeCheck Range { get; }

    /// <summary>The shorter side in pixels.</summary>
    public int Side { get; }

    public JpegLattice Lattice => lattice.Value;

    /// <summary>In which order of the channels it was once a JPEG.</summary>
    public JpegOrder SavedOrder => saved.Value;

    /// <summary>In which order of the channels its colours were computed from luma and chroma; null for too few colours.</summary>
    public ColourSteps? ColourSteps => steps.Value;

    /// <summary>The strongest pattern of a short period.</summary>
    public GridArtefact Grid => grid.Value;

    /// <summary>Where its tones end.</summary>
    public ToneEnds Ends => ends.Value;

    public EdgeWidth Edges => edges.Value;

    /// <summary>Parts that are one colour, the largest first.</summary>
    public IReadOnlyList<ConstantRegion> Constant => constant.Value;

    /// <summary>What was found so far, for detectors whose signs are the consequence of something else.</summary>
    public List<Finding> Found { get; } = [];

    /// <summary>Whether something of this kind was found.</summary>
    public bool Has(FindingKind kind) => Found.Exists(f => f.Kind == kind);
}
