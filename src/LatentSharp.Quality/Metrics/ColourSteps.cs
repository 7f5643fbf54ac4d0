namespace LatentSharp.Quality.Metrics;

/// <summary>
/// In which order of the channels a picture's colours were once computed from luma and chroma in whole numbers, as decoders of JPEG and
/// WebP do. Only a quarter of all colours can come out of that (one in six for WebP), so that in the order in which it happened more of the
/// picture's colours are among them than chance has it. Enlarging and shrinking leave a part of them: what is smooth keeps its chroma.
/// Exchanged channels lie among them by chance alone, and no notion of natural colours is needed.
/// </summary>
/// <param name="Order">The channels of the picture that were red, green and blue then: [0, 1, 2] for the picture as it is.</param>
/// <param name="Excess">By how many deviations of chance more colours are possible in this order.</param>
/// <param name="AsIs">The same for the picture as it is.</param>
/// <param name="RunnerUp">The same for the best of the other orders.</param>
/// <param name="Share">The share of the colours that are possible in this order, [0, 1].</param>
/// <param name="Chance">The share that chance has, measured on colours a little beside them.</param>
/// <param name="Colours">How many different colours that was measured on.</param>
internal sealed record ColourSteps(int[] Order, double Excess, double AsIs, double RunnerUp, double Share, double Chance, int Colours)
{
    // Grey is possible in every order, and what was cut off at an end of the scale is possible in none.
    private const int LeastColour = 6, Darkest = 3, Lightest = 252;

    private const int MostPixels = 400_000, MostColours = 60_000, LeastColours = 1000;

    // Chance is measured on as many colours of either neighbour, up to this many levels beside.
    private const int Neighbours = 2, Beside = 2;

    private static readonly int[][] Orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    /// <summary>The likeliest order; null where there are too few colours to tell.</summary>
    public static ColourSteps? Of(PicturePlanes planes)
    {
        int[] colours = Colourful(planes);
        if (colours.Length < LeastColours) return null;
        (double Excess, double Share, double Chance)[] orders = new (double, double, double)[Orders.Length];
        Parallel.For(0, Orders.Length, Measuring.Rows, o =>
        {
            (double, double, double) jpeg = Judge(colours, Orders[o], IsOfJpeg), webp = Judge(colours, Orders[o], IsOfWebP);
            orders[o] = jpeg.Item1 >= webp.Item1 ? jpeg : webp;
        });
        int best = Enumerable.Range(0, Orders.Length).MaxBy(o => orders[o].Excess);
        double other = Enumerable.Range(0, Orders.Length).Where(o => o != best).Max(o => orders[o].Excess);
        return new ColourSteps(Orders[best], orders[best].Excess, orders[0].Excess, other, orders[best].Share, orders[best].Chance,
            colours.Length);
    }

    // Each colour once, evenly over all of them: large areas of one colour would count as often as they have pixels.
    private static int[] Colourful(PicturePlanes planes)
    {
        int stride = Math.Max(1, (int)Math.Ceiling((double)planes.Height * planes.Width / MostPixels));
        HashSet<int> seen = [];
        for (int i = 0; i < planes.Red.Values.Length; i += stride)
        {
            if (i % planes.Width < stride) Measuring.ThrowIfCancelled();
            int r = Level(planes.Red.Values[i]), g = Level(planes.Green.Values[i]), b = Level(planes.Blue.Values[i]);
            int least = Math.Min(r, Math.Min(g, b)), most = Math.Max(r, Math.Max(g, b));
            if (most - least >= LeastColour && least >= Darkest && most <= Lightest) seen.Add(r << 16 | g << 8 | b);
        }
        int[] all = [.. seen.Order()];
        return all.Length <= MostColours ? all
            : [.. Enumerable.Range(0, MostColours).Select(i => all[(int)((long)i * all.Length / MostColours)])];
    }

    private static (double Excess, double Share, double Chance) Judge(int[] colours, int[] order, Func<int, int, int, bool> possible)
    {
        long hits = 0, byChance = 0;
        Span<int> c = stackalloc int[3];
        foreach (int colour in colours)
        {
            Measuring.ThrowIfCancelled();
            (c[0], c[1], c[2]) = (colour >> 16, colour >> 8 & 255, colour & 255);
            if (possible(c[order[0]], c[order[1]], c[order[2]])) hits++;
            for (uint k = 1; k <= Neighbours; k++)
            {
                uint random = Mixed((uint)colour + k * 0x9E3779B9);
                foreach (int channel in order)
                {
                    (c[channel], random) = (c[channel] + (int)(random % (2 * Beside + 1)) - Beside, random / (2 * Beside + 1));
                }
                if (possible(c[order[0]], c[order[1]], c[order[2]])) byChance++;
                (c[0], c[1], c[2]) = (colour >> 16, colour >> 8 & 255, colour & 255);
            }
        }
        double n = colours.Length, share = hits / n, chance = Math.Max(byChance / (n * Neighbours), 1 / n);
        // Of the difference of two shares, one of them over twice as many colours.
        double deviation = Math.Sqrt(chance * (1 - chance) / n * (1 + 1.0 / Neighbours));
        return ((share - chance) / deviation, share, chance);
    }

    // The end of MurmurHash3 (public domain): the same colours have the same neighbours in every run.
    private static uint Mixed(uint h)
    {
        h = (h ^ h >> 16) * 0x85EBCA6B;
        h = (h ^ h >> 13) * 0xC2B2AE35;
        return h ^ h >> 16;
    }

    // ITU-T T.871 (JFIF): back to whole luma and chroma, and whether they give the colour that it was.
    private static bool IsOfJpeg(int r, int g, int b)
    {
        double luma = 0.299 * r + 0.587 * g + 0.114 * b;
        double y = Math.Round(luma), cb = Math.Round((b - luma) / 1.772), cr = Math.Round((r - luma) / 1.402);
        return Level(y + 1.402 * cr) == r && Level(y - 0.344136 * cb - 0.714136 * cr) == g && Level(y + 1.772 * cb) == b;
    }

    // RFC 6386 leaves the conversion open; this is libwebp's: video range, in fixed point, fractions cut off.
    private static bool IsOfWebP(int r, int g, int b)
    {
        const double cutOff = 0.5, lumaRange = 219.0 / 255, chromaRange = 224.0 / 255;
        double luma = 0.299 * (r + cutOff) + 0.587 * (g + cutOff) + 0.114 * (b + cutOff);
        int u = (int)Math.Round(128 + (b + cutOff - luma) / 1.772 * chromaRange),
            v = (int)Math.Round(128 + (r + cutOff - luma) / 1.402 * chromaRange);
        int near = (int)Math.Round(16 + luma * lumaRange);
        for (int y = near - 1; y <= near + 1; y++)
        {
            int grey = y * 19077 >> 8;
            if (grey + (v * 26149 >> 8) - 14234 >> 6 == r && grey - (u * 6419 >> 8) - (v * 13320 >> 8) + 8708 >> 6 == g
                && grey + (u * 33050 >> 8) - 17685 >> 6 == b) return true;
        }
        return false;
    }

    private static int Level(double value) => (int)Math.Floor(value + 0.5);
}
