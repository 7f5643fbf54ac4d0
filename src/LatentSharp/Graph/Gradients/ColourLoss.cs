using LatentSharp.Weights;

namespace LatentSharp.Graph.Gradients;

/// <summary>
/// The mean colour difference of two pictures in sRGB from 0 to 1. In CIELAB, differences of lightness, chroma and hue are weighted as
/// CIEDE2000 does at the colour that is wanted (Sharma, Wu, Dalal 2005, without the rotation of blue hues), so that they are linear in what
/// is found. Values outside the range are not clamped: they have a gradient.
/// </summary>
internal static class ColourLoss
{
    // Linear light of sRGB to X, Y, Z (IEC 61966-2-1).
    private static readonly double[][] Xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]];

    // Differences are in hundreds of units; well below this they count squared, so that there is a gradient at 0.
    private const float Unit = 0.01f, Smooth = 0.005f;
    private const float OffGrey = 0.01f;

    /// <summary>The loss, smallest for equal pictures.</summary>
    /// <param name="found">What is trained.</param>
    /// <param name="wanted">What is wanted.</param>
    public static Node Of(Node found, Node wanted)
    {
        Node lab = Lab(wanted), difference = Losses.Difference(Lab(found), lab);
        Node light = lab.Channels(0, 1), a = lab.Channels(1, 1), b = lab.Channels(2, 1);
        Node seventh = Power(Clamp(Square(a).Plus(Square(b), "chroma"), 1e-6f, float.MaxValue), 3.5f);
        const float half = 6103515625;      // 25^7
        Node share = Losses.Affine(Reciprocal(Losses.Affine(seventh, 1, half)), -half, 1 + 1e-6f);
        Node stretch = Losses.Affine(Power(share, 0.5f), -0.5f, 1.5f);
        // Greys have no hue: a little off the axis every colour has one, and differences count in full.
        a = Losses.Affine(a.Times(stretch, "lab.a"), 1, OffGrey);
        Node chroma = Power(Clamp(Square(a).Plus(Square(b), "chroma"), 1e-6f, float.MaxValue), 0.5f), inverse = Reciprocal(chroma);
        Node cosine = a.Times(inverse, "cosine"), sine = b.Times(inverse, "sine");
        Node middle = Square(Losses.Affine(light, 1, -50));
        Node perLight = Losses.Affine(middle.Times(Power(Losses.Affine(middle, 1, 20), -0.5f), "per.light"), 0.015f, 1);
        Node perChroma = Losses.Affine(chroma, 0.045f, 1);
        Node perHue = Losses.Affine(chroma.Times(Hue(cosine, sine), "per.hue"), 0.015f, 1);

        Node da = difference.Channels(1, 1).Times(stretch, "difference.a"), db = difference.Channels(2, 1);
        Node[] parts =
        [
            difference.Channels(0, 1).Times(Reciprocal(perLight), "difference.light"),
            da.Times(cosine, "a.chroma").Plus(db.Times(sine, "b.chroma"), "chroma").Times(Reciprocal(perChroma), "difference.chroma"),
            Losses.Difference(db.Times(cosine, "b.hue"), da.Times(sine, "a.hue")).Times(Reciprocal(perHue), "difference.hue"),
        ];
        Node squares = parts.Select(p => Square(Losses.Affine(p, Unit, 0))).Aggregate((sum, part) => sum.Plus(part, "squares"));
        return Losses.Mean(Power(Losses.Affine(squares, 1, Smooth * Smooth), 0.5f));
    }

    /// <summary>CIELAB of sRGB.</summary>
    private static Node Lab(Node picture)
    {
        // The two branches of a curve meet: each is held at that point where the other one goes on.
        const float bend = 0.04045f, dark = 216f / 24389;
        Node linear = Power(Losses.Affine(Clamp(picture, bend, float.MaxValue), 1 / 1.055f, 0.055f / 1.055f), 2.4f)
            .Plus(Losses.Affine(Clamp(picture, float.MinValue, bend), 1 / 12.92f, -bend / 12.92f), "linear");
        float[] weights = [.. Xyz.SelectMany(row => row.Select(v => (float)(v / row.Sum())))];
        Node xyz = Mixed(linear, "xyz", weights);
        const float slope = 24389f / 27 / 116;
        Node curve = Power(Clamp(xyz, dark, float.MaxValue), 1f / 3).Plus(Losses.Affine(Clamp(xyz, float.MinValue, dark), slope, -slope * dark), "curve");
        return Mixed(curve, "lab", [0, 116, 0, 500, -500, 0, 0, 200, -200]).Plus(Constants.Row("lab.offset", -16, 0, 0), "lab");
    }

    // T of CIEDE2000, by the cosine and sine of the hue: those of its multiples are polynomials of them.
    private static Node Hue(Node cosine, Node sine)
    {
        Node cc = Square(cosine), ss = Square(sine), cs = cosine.Times(sine, "hue.cs"), twice = Losses.Affine(cc, 2, -1);
        Node cos3 = cosine.Times(Losses.Affine(cc, 4, -3), "hue.cos3"), sin3 = sine.Times(Losses.Affine(ss, -4, 3), "hue.sin3");
        Node cos4 = Losses.Affine(Square(twice), 2, -1), sin4 = Losses.Affine(cs.Times(twice, "hue.sin4"), 4, 0);
        (Node Term, double Factor)[] terms =
        [
            (cosine, -0.17 * Cos(30)), (sine, -0.17 * Sin(30)), (twice, 0.24), (cos3, 0.32 * Cos(6)), (sin3, -0.32 * Sin(6)),
            (cos4, -0.2 * Cos(63)), (sin4, -0.2 * Sin(63)),
        ];
        return Losses.Affine(terms.Select(t => Losses.Affine(t.Term, (float)t.Factor, 0)).Aggregate((sum, term) => sum.Plus(term, "hue")), 1, 1);

        static double Cos(double degrees) => Math.Cos(degrees * Math.PI / 180);

        static double Sin(double degrees) => Math.Sin(degrees * Math.PI / 180);
    }

    private static Conv2d Mixed(Node x, string name, float[] matrix)
    {
        WeightRef weight = Constants.Tensor(name, matrix, 3, 3, 1, 1);
        return new Conv2d(name, x, weight, null, new Window(1, 1, 1, default, 1));
    }

    private static Node Square(Node x) => Losses.Map(x, new(PointFunctionKind.Square));

    private static Node Reciprocal(Node x) => Losses.Map(x, new(PointFunctionKind.Reciprocal));

    private static Node Clamp(Node x, float low, float high) => Losses.Map(x, new(PointFunctionKind.Clamp, low, high));

    private static Node Power(Node x, float exponent) => Losses.Map(x, new(PointFunctionKind.Power, exponent));
}
