using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings.Detectors;

/// <summary>NaN and infinite values.</summary>
internal sealed class NonFiniteDetector : Detector
{
    public override FindingKind Kind => FindingKind.NonFinite;

    public override Finding? Compared(PairEvidence pair)
    {
        if (Alone(pair.Picture) is not { } finding) return null;
        pair.Fill(finding.Places);
        return finding;
    }

    public override Finding? Alone(PictureEvidence picture)
        => picture.Range.NonFinite == 0 ? null : Of(picture.Range) with { Places = [Bounds(picture.Image)] };

    public static Finding Of(RangeCheck range)
        => new(FindingKind.NonFinite, 100, 1, F($"{range.NonFinite} of {range.Count} values are NaN or infinite."), FindingOrigin.Unknown,
            "Values like these come out of an autoencoder run in half precision or out of a latent that already holds them: decode in float32 or bfloat16.")
        { Figures = [new("non-finite values", range.NonFinite), new("share", 100.0 * range.NonFinite / range.Count, "%")] };

    private static FindingPlace Bounds(ImageTensor image)
    {
        (int left, int top, int right, int bottom) = (image.Width, image.Height, 0, 0);
        for (int c = 0; c < ImageTensor.Channels; c++)
            foreach (int y in Measuring.Each(0, image.Height))
                for (int x = 0; x < image.Width; x++)
                    if (!float.IsFinite(image.Plane(0, c)[y * image.Width + x]))
                        (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), Math.Max(bottom, y));
        return new FindingPlace(left, top, right - left + 1, bottom - top + 1);
    }
}
