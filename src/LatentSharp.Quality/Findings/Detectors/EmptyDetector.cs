using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings.Detectors;

/// <summary>A picture, or a part of it, that is one colour where there should be content.</summary>
internal sealed class EmptyDetector : Detector
{
    // Shares of the picture: a lost tile, and a sky that is burnt out or a background that is black.
    private const double LeastArea = 0.008, LeastAreaAlone = 0.015;

    // A lost part has straight borders: it fills its rectangle.
    private const double Straight = 0.97;

    // Levels of content that the reference has where the picture has none.
    private const double LeastVariation = 3.5;

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
        (double gain, double offset) = pair.Cells.ToneOutside([.. flat.Select(Place)]);
        // Coarse JPEG makes calm areas flat.
        double least = pair.Picture.Side >= JpegLattice.MinimumSide && CompressionDetector.QualityOf(pair.Picture.Lattice) is not null
            ? 4 * LeastVariation : LeastVariation;
        ConstantRegion[] lost =
            [.. flat.Where(r => Variation(pair.Explained, r, gain, offset) > least + 1.5 * Variation(pair.Picture.Planes, r, 1, 0))];
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

    // The deviation of the tones in a place, after a line through them and cut off as a file does.
    private static double Variation(PicturePlanes reference, ConstantRegion region, double gain, double offset)
    {
        (double sum, double squares) = (0, 0);
        for (int c = 0; c < 3; c++)
        {
            (double s, double q) = (0, 0);
            for (int y = region.Y; y < region.Y + region.Height; y++)
                foreach (double v in reference[c].Row(y).Slice(region.X, region.Width))
                {
                    double tone = Math.Clamp(offset + gain * v, 0, 255);
                    (s, q) = (s + tone, q + tone * tone);
                }
            (sum, squares) = (sum + s, squares + q - s * s / region.Area);
        }
        return Math.Sqrt(Math.Max(0, squares) / (3 * region.Area));
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
