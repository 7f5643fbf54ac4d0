using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings.Detectors;

/// <summary>Small places that do not belong to the picture.</summary>
internal sealed class SpotsDetector : Detector
{
    private const double LeastContrast = 16;

    public override FindingKind Kind => FindingKind.Spots;

    public override string? OnlyInPart => "show only as squares of one colour";

    public override int LeastSide => 32;

    public override Finding? Compared(PairEvidence pair)
    {
        SpotMap spots = SpotMap.Of(pair.Difference, [pair.Explained.Red, pair.Explained.Green, pair.Explained.Blue]);
        if (spots.Places.Count == 0) return null;
        pair.Fill(spots.Places, 2);
        return Of(spots.Places, spots.Area, F($"differ from the reference by {spots.Contrast:0} levels"), spots.Contrast, 0.9);
    }

    public override Finding? Alone(PictureEvidence picture)
    {
        // Squares of exactly one colour with sharp borders, several of them alike: content does not do that.
        double least = 5, largest = Math.Max(16, 0.1 * picture.Side);
        var groups = ConstantRegion.Of(picture.Planes, (int)least)
            .Where(r => r.Width <= largest && r.Height <= largest && r.Filled > 0.99
                && Math.Min(r.Width, r.Height) * 3 >= Math.Max(r.Width, r.Height) && StandsOut(picture.Planes, r))
            .GroupBy(r => ((int)Math.Round(r.Red / 4), (int)Math.Round(r.Green / 4), (int)Math.Round(r.Blue / 4))).MaxBy(g => g.Count());
        if (groups is null || groups.Count() < 6) return null;
        double pixels = (double)picture.Planes.Height * picture.Planes.Width;
        return Of([.. groups.Select(r => new FindingPlace(r.X, r.Y, r.Width, r.Height))], groups.Sum(r => r.Area) / pixels,
            "are squares of one colour with sharp borders", 60, 0.7);
    }

    private static Finding Of(IReadOnlyList<FindingPlace> places, double area, string what, double contrast, double confidence)
        => new(FindingKind.Spots, Math.Max(1.5, contrast / LeastContrast), confidence,
            F($"{places.Count} {(places.Count == 1 ? "place" : "places")}, together {100 * area:0.0#} % of the picture, {what}; the "
                + $"strongest is {places[0].Width} x {places[0].Height} pixels at column {places[0].X}, row {places[0].Y}."),
            FindingOrigin.Unknown,
            "Single wild values in a latent decode to spots: look for overflow in half precision, and compare with a decoding in float32.")
        { Places = places, Figures = [new("places", places.Count), new("area", 100 * area, "%"), new("contrast", contrast, "levels")] };

    // On every side the next pixels but one are another colour.
    private static bool StandsOut(PicturePlanes p, ConstantRegion r)
    {
        const int away = 2;
        int y = r.Y + r.Height / 2, x = r.X + r.Width / 2, far = 0, seen = 0;
        foreach ((int px, int py) in (ReadOnlySpan<(int, int)>)[(r.X - away, y), (r.X + r.Width + away - 1, y), (x, r.Y - away),
            (x, r.Y + r.Height + away - 1)])
        {
            if (px < 0 || py < 0 || px >= p.Width || py >= p.Height) continue;
            seen++;
            if (Math.Abs(p.Red[py, px] - r.Red) + Math.Abs(p.Green[py, px] - r.Green) + Math.Abs(p.Blue[py, px] - r.Blue) > 60) far++;
        }
        return seen >= 2 && far == seen;
    }
}
