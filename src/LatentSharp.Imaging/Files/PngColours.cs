using System.Buffers.Binary;
using System.Globalization;
using NetVips;

namespace LatentSharp.Imaging;

/// <summary>
/// What the chunks cICP, iCCP, sRGB, gAMA and cHRM of a PNG file say about its colours, the first of these that is there (PNG
/// specification, third edition, 11.3.2), and the way from there to sRGB. Profiles (iCCP) are applied elsewhere.
/// </summary>
internal sealed class PngColours
{
    // Code points of ITU-T H.273.
    private const int Bt709 = 1, Bt2020 = 9, DciP3D65 = 12, Linear = 8, SrgbCurve = 13, Perceptual = 16, HybridLogGamma = 18;

    // ITU-R BT.2408: the white of pictures among brighter lights. A display of 1000 candelas has the hybrid curve's system gamma of 1.2.
    private const double WhiteNits = 203, PerceptualPeak = 10_000, HybridPeak = 1000, SystemGamma = 1.2;

    // Programs round 1 / 2.2, and nobody sees the difference to the curve of sRGB.
    private const double UsualGamma = 0.45455, AsGood = 0.02;

    private static readonly double[] FromBt2020 = [1.6605, -0.5876, -0.0728, -0.1246, 1.1329, -0.0083, -0.0182, -0.1006, 1.1187],
        FromP3 = [1.2249, -0.2249, 0, -0.0421, 1.0421, 0, -0.0196, -0.0786, 1.0983];

    // Of sRGB, in 1/100000: white, red, green, blue.
    private static readonly int[] Primaries = [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000];

    private double? gamma;
    private (int Primaries, int Transfer)? code;
    private bool otherPrimaries, isSrgb, hasProfile;

    /// <summary>Reads the first bytes of a PNG file.</summary>
    public static PngColours Of(ReadOnlySpan<byte> head)
    {
        PngColours found = new();
        for (int at = 8; at + 12 <= head.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(head[at..]);
            ReadOnlySpan<byte> type = head.Slice(at + 4, 4);
            if (type.SequenceEqual("IDAT"u8) || length > int.MaxValue) break;
            found.Take(type, head.Length - at - 8 >= length ? head.Slice(at + 8, (int)length) : []);
            if (length > head.Length - at - 12L) break;
            at += 12 + (int)length;
        }
        return found;
    }

    /// <summary>What they say, and what reading does about it; null for nothing, or nothing but a profile.</summary>
    public string? Said()
    {
        if (code is (int primaries, int transfer))
            return Named(primaries, transfer) + (!IsKnown(primaries, transfer) ? ", not known here and taken for sRGB's"
                : IsSrgb(primaries, transfer) ? "" : ", converted to sRGB");
        if (hasProfile) return null;
        if (isSrgb) return "sRGB";
        string others = otherPrimaries ? "primaries other than sRGB's (cHRM), taken for sRGB's" : "";
        if (gamma is not { } exponent) return otherPrimaries ? others : null;
        string curve = string.Create(CultureInfo.InvariantCulture, $"gamma {exponent:0.####} (gAMA)")
            + (IsUsual(exponent) ? ", as good as sRGB" : ", converted to sRGB");
        return otherPrimaries ? $"{curve}; {others}" : curve;
    }

    /// <summary>The picture in sRGB, 16 bits a channel; null where it is that already, or as good.</summary>
    /// <param name="image">Grey or RGB, with or without opacity, 8 or 16 bits.</param>
    /// <param name="notes">Told what was done, or what could not be.</param>
    public Image? ToSrgb(Image image, List<string> notes)
    {
        if (code is (int primaries, int transfer)) return ByCode(image, primaries, transfer, notes);
        if (hasProfile || isSrgb) return null;
        if (otherPrimaries) notes.Add("the file names primaries other than those of sRGB (cHRM) without a profile; they were taken for sRGB's");
        if (gamma is not { } exponent || IsUsual(exponent)) return null;
        notes.Add(string.Create(CultureInfo.InvariantCulture, $"values encoded with gamma {exponent:0.####} (gAMA) converted to sRGB"));
        return Converted(image, v => v.Pow(1 / exponent), null);
    }

    private static Image? ByCode(Image image, int primaries, int transfer, List<string> notes)
    {
        double[]? matrix = primaries switch { Bt2020 => FromBt2020, DciP3D65 => FromP3, _ => null };
        string name = Named(primaries, transfer);
        if (!IsKnown(primaries, transfer))
        {
            notes.Add($"{name} are not known here; they were taken for sRGB's");
            return null;
        }
        if (IsSrgb(primaries, transfer)) return null;
        notes.Add($"{name} converted to sRGB"
            + (transfer is Perceptual or HybridLogGamma ? ", with 203 candelas a square metre as white; what is brighter is cut off" : ""));
        return Converted(image, transfer switch
        {
            Linear => v => v,
            Perceptual => FromPerceptual,
            HybridLogGamma => FromHybrid,
            _ => FromSrgb,
        }, matrix);
    }

    private static string Named(int primaries, int transfer)
        => string.Create(CultureInfo.InvariantCulture, $"colours by code points (cICP: primaries {primaries}, transfer {transfer})");

    private static bool IsKnown(int primaries, int transfer) => primaries is Bt709 or Bt2020 or DciP3D65
        && transfer is Bt709 or 6 or 14 or 15 or Linear or SrgbCurve or Perceptual or HybridLogGamma;

    private static bool IsSrgb(int primaries, int transfer)
        => primaries == Bt709 && transfer is not (Linear or Perceptual or HybridLogGamma);

    private static bool IsUsual(double exponent) => Math.Abs(exponent - UsualGamma) < AsGood;

    // To linear light, where 1 is white; other primaries; and back by the curve of sRGB, which the library has.
    private static Image Converted(Image image, Func<Image, Image> linear, double[]? matrix)
    {
        bool deep = image.Format == Enums.BandFormat.Ushort;
        int colours = image.Bands is 2 or 4 ? image.Bands - 1 : image.Bands;
        Image values = image.ExtractBand(0, n: colours).Cast(Enums.BandFormat.Float) / (deep ? 65535.0 : 255.0);
        if (colours == 1) values = values.Bandjoin(values, values);
        Image light = linear(values);
        if (matrix is not null) light = light.Recomb(Image.NewFromArray(new[,]
            { { matrix[0], matrix[1], matrix[2] }, { matrix[3], matrix[4], matrix[5] }, { matrix[6], matrix[7], matrix[8] } }));
        Image srgb = light.Copy(interpretation: Enums.Interpretation.Scrgb).Colourspace(Enums.Interpretation.Rgb16);
        if (colours == image.Bands) return srgb;
        Image opacity = image.ExtractBand(colours);
        return srgb.Bandjoin(deep ? opacity : (opacity * 257.0).Cast(Enums.BandFormat.Ushort));
    }

    private static Image FromSrgb(Image v) => (v <= 0.04045).Ifthenelse(v / 12.92, ((v + 0.055) / 1.055).Pow(2.4));

    // SMPTE ST 2084.
    private static Image FromPerceptual(Image v)
    {
        const double m1 = 2610.0 / 16384, m2 = 2523.0 / 4096 * 128, c1 = 3424.0 / 4096, c2 = 2413.0 / 4096 * 32, c3 = 2392.0 / 4096 * 32;
        Image root = v.Pow(1 / m2), above = root - c1;
        above = (above > 0).Ifthenelse(above, 0.0);
        return (above / (root * -c3 + c2)).Pow(1 / m1) * (PerceptualPeak / WhiteNits);
    }

    // ITU-R BT.2100, with the display's light from the scene's.
    private static Image FromHybrid(Image v)
    {
        const double a = 0.17883277, b = 1 - 4 * a, c = 0.55991073;
        Image scene = (v <= 0.5).Ifthenelse(v.Pow(2.0) / 3.0, (((v - c) / a).Exp() + b) / 12.0);
        Image luminance = scene.ExtractBand(0) * 0.2627 + scene.ExtractBand(1) * 0.6780 + scene.ExtractBand(2) * 0.0593;
        return scene * luminance.Pow(SystemGamma - 1) * (HybridPeak / WhiteNits);
    }

    private void Take(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        if (type.SequenceEqual("iCCP"u8)) hasProfile = true;
        else if (type.SequenceEqual("sRGB"u8)) isSrgb = true;
        else if (type.SequenceEqual("cICP"u8) && data.Length == 4) code = (data[0], data[1]);
        else if (type.SequenceEqual("gAMA"u8) && data.Length == 4 && BinaryPrimitives.ReadUInt32BigEndian(data) is > 1000 and < 1_000_000 and var g)
            gamma = g / 100_000.0;
        else if (type.SequenceEqual("cHRM"u8) && data.Length == 32)
            for (int i = 0; i < Primaries.Length; i++)
                otherPrimaries |= Math.Abs(BinaryPrimitives.ReadInt32BigEndian(data[(4 * i)..]) - Primaries[i]) > 1000;
    }
}
