using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings.Detectors;

/// <summary>A picture, or a part of it, that is one colour where there should be content.</summary>
internal sealed class EmptyDetector : Detector
{
    // Shares of the picture: a lost tile, and a sky that is burnt out or a background that is black.
    private const double LeastArea = 0.008, LeastAreaAlone = 0.015;

    // A lost part has straight borders: it fills its rectangle.
    private const double Straight = 0.97;

    // Levels (root mean square) of content that the reference has where the picture has none, also in units of what is usual around.
    private const double LeastDifference = 6, AboveSurroundings = 2.5;

    // Pixels around a lost part that it is compared with.
    private const int Ring = 16;

    private const string Next =
        "Black or constant parts are the usual face of NaN: decode in float32 or bfloat16, look whether the latent holds NaN, and decode with another "
            + "autoencoder of the space.";

    public override FindingKind Kind => FindingKind.Empty;

    public override int LeastSide => 16;

    public override Finding? Compared(PairEvidence pair)
    {
        double pixels = (double)pair.Explained.Height * pair.Explained.Width;
        ConstantRegion[] flat = [.. pair.Picture.Constant.Where(r => r.Area >= LeastArea * pixels && r.Filled >= 0.9)];
        if (flat.Length == 0) return null;
        // A change of contrast cuts areas off too: with it done to the reference they are flat there as well.
        FindingPlace[] places = [.. flat.Select(Place)];
        ColourMap map = ColourMap.Fit(pair.Cells, pair.Cells.WholeOutside(places));
        ConstantRegion[] lost = [.. flat.Where(r => IsLost(pair, map, places, r))];
        if (lost.Length == 0) return null;
        pair.Fill([.. lost.Select(Place)], 1);
        return Of(lost, pixels, 0.97);
    }

    public override Finding? Alone(PictureEvidence picture)
    {
        double pixels = (double)picture.Planes.Height * picture.Planes.Width;
        ConstantRegion[] lost =
            [.. picture.Constant.Where(
                r => r.Area >= LeastAreaAlone * pixels && r.Filled >= Straight && HasStraightBorder(picture.Planes, r))];
        return lost.Length == 0 ? null : Of(lost, pixels, 0.85);
    }

    private static Finding Of(ConstantRegion[] lost, double pixels, double confidence)
    {
        double share = Math.Min(1, lost.Sum(r => r.Area * r.Filled) / pixels);
        ConstantRegion largest = lost[0];
        string colour = largest.IsBlack ? "black" : F($"one colour (red {largest.Red:0}, green {largest.Green:0}, blue {largest.Blue:0})");
        string where = share > 0.97 ? "The whole picture is" : lost.Length == 1
            ? F($"{100 * share:0.#} % of the picture, {largest.Width} x {largest.Height} pixels at column {largest.X}, row {largest.Y}, is")
            : F($"{lost.Length} parts of the picture, together {100 * share:0.#} %, are one colour; the largest, {largest.Width} x "
                + $"{largest.Height} pixels at column {largest.X}, row {largest.Y}, is");
        return new Finding(FindingKind.Empty, 10 + 20 * share, confidence, $"{where} {colour} throughout.", FindingOrigin.Unknown, Next)
        {
            Places = [.. lost.Select(Place)],
            Figures = [new("share", 100 * share, "%"), new("parts", lost.Length), new("red", largest.Red, "levels"),
                new("green", largest.Green, "levels"), new("blue", largest.Blue, "levels")],
        };
    }

    private static FindingPlace Place(ConstantRegion r) => new(r.X, r.Y, r.Width, r.Height);

    // What is lost differs from the reference by more than what lies around it: coarse JPEG and soft decoders flatten calm places, but are
    // no better beside them.
    private static bool IsLost(PairEvidence pair, ColourMap map, FindingPlace[] places, ConstantRegion region)
    {
        bool[] others = new bool[pair.Explained.Height * pair.Explained.Width];
        foreach (FindingPlace p in places)
            for (int y = p.Y; y < p.Y + p.Height; y++) others.AsSpan(y * pair.Explained.Width + p.X, p.Width).Fill(true);
        (double inside, double around, long insides, long arounds) = (0, 0, 0, 0);
        PicturePlanes before = pair.Explained, after = pair.Repaired;
        for (int y = Math.Max(0, region.Y - Ring); y < Math.Min(before.Height, region.Y + region.Height + Ring); y++)
            for (int x = Math.Max(0, region.X - Ring); x < Math.Min(before.Width, region.X + region.Width + Ring); x++)
            {
                double square = 0;
                bool flat = true;
                for (int c = 0; c < 3; c++)
                {
                    double d = after[c][y, x] - map.Of(c, before.Red[y, x], before.Green[y, x], before.Blue[y, x]);
                    square += d * d / 3;
                    flat &= Math.Abs(after[c][y, x] - region.Colour(c)) <= ConstantRegion.Tolerance;
                }
                if (y >= region.Y && y < region.Y + region.Height && x >= region.X && x < region.X + region.Width)
                {
                    // Something else may lie in its rectangle, such as spots.
                    if (flat) (inside, insides) = (inside + square, insides + 1);
                }
                else if (!others[y * before.Width + x]) (around, arounds) = (around + square, arounds + 1);
            }
        double usual = arounds == 0 ? 0 : Math.Sqrt(around / arounds);
        return insides > 0 && Math.Sqrt(inside / insides) > Math.Max(LeastDifference, AboveSurroundings * usual);
    }

    // All four borders are straight; one that the content begins at with a jump is enough, where the others are the picture's own.
    private static bool HasStraightBorder(PicturePlanes planes, ConstantRegion r)
    {
        if (r.Area >= 0.97 * planes.Height * planes.Width) return true;
        int inner = 0, sharp = 0;
        Border(r.X > 0, r.Height, i => Far(r.X - 1, r.Y + i));
        Border(r.X + r.Width < planes.Width, r.Height, i => Far(r.X + r.Width, r.Y + i));
        Border(r.Y > 0, r.Width, i => Far(r.X + i, r.Y - 1));
        Border(r.Y + r.Height < planes.Height, r.Width, i => Far(r.X + i, r.Y + r.Height));
        return inner > 0 && sharp == inner;

        bool Far(int x, int y)
            => Math.Abs(planes.Red[y, x] - r.Red) + Math.Abs(planes.Green[y, x] - r.Green) + Math.Abs(planes.Blue[y, x] - r.Blue) > 12;
        void Border(bool inside, int length, Func<int, bool> jumps)
        {
            if (!inside) return;
            inner++;
            if (Enumerable.Range(0, length).Count(jumps) >= 0.6 * length) sharp++;
        }
    }
}
