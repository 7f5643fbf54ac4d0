using LatentSharp.Quality.Findings.Detectors;

namespace LatentSharp.Quality.Findings;

/// <summary>Runs the detectors over a picture, with or without a reference.</summary>
internal static class PictureDiagnosis
{
    // In the order in which defects explain each other: what is lost, exchanged or pressed together is taken out before finer things are
    // measured.
    private static readonly Detector[] All =
    [
        new NonFiniteDetector(), new EmptyDetector(), new ChannelsDetector(), new ContrastDetector(), new CompressionDetector(),
            new SeamsDetector(), new ColourDetector(), new SpotsDetector(),
        new WarpDetector(), new BlurDetector(), new GridDetector(), new NoiseDetector(), new RingingDetector(), new ClippingDetector(),
    ];

    /// <summary>Findings against a reference.</summary>
    public static PairEvidence Compare(ImageTensor reference, ImageTensor picture, List<NotJudged> open,
        CancellationToken cancellationToken)
    {
        PairEvidence pair = new(reference, picture);
        foreach (Detector detector in All)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TooSmall(detector, pair.Picture.Side, open)) continue;
            if (detector.Compared(pair) is { } finding) pair.Found.Add(finding);
        }
        return pair;
    }

    /// <summary>Findings from a picture alone.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="open">Told the kinds about which nothing is claimed.</param>
    /// <param name="parts">Told where those show that show in part only, a sentence each.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    public static PictureEvidence Look(ImageTensor image, List<NotJudged> open, List<string> parts, CancellationToken cancellationToken)
    {
        PictureEvidence picture = new(image);
        foreach (Detector detector in All)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!detector.TellsAlone) open.Add(new NotJudged(detector.Kind, "cannot be told from a picture alone"));
            else if (TooSmall(detector, picture.Side, open)) continue;
            else if (detector.Alone(picture) is { } finding) picture.Found.Add(finding);
            else if (detector.OnlyInPart is { } part)
            {
                open.Add(new NotJudged(detector.Kind, "can be told only in part"));
                string kind = Finding.NameOf(detector.Kind);
                parts.Add($"{char.ToUpperInvariant(kind[0])}{kind[1..]} {part}.");
            }
        }
        return picture;
    }

    /// <summary>What was looked for.</summary>
    public static IEnumerable<FindingKind> Kinds => All.Select(d => d.Kind);

    private static bool TooSmall(Detector detector, int side, List<NotJudged> open)
    {
        if (side >= detector.LeastSide) return false;
        open.Add(new NotJudged(detector.Kind, $"needs a picture of {detector.LeastSide} pixels each way"));
        return true;
    }
}
