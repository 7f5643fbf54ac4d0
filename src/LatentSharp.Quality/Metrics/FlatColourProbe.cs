namespace LatentSharp.Quality.Metrics;

/// <summary>
/// What an autoencoder makes of flat colours: whatever structure comes out was not in the picture. A decoder's grid and its colour drift
/// show here undisguised.
/// </summary>
/// <param name="Colours">One entry for each colour.</param>
internal sealed record FlatColourProbe(IReadOnlyList<FlatColour> Colours)
{
    /// <summary>The side of the pictures: whole periods of 8 and 16, a power of two.</summary>
    public const int Side = 128;

    private static readonly (string Name, byte R, byte G, byte B)[] Palette =
    [
        ("black", 0, 0, 0), ("dark grey", 64, 64, 64), ("grey", 128, 128, 128), ("light grey", 192, 192, 192), ("white", 255, 255, 255),
        ("red", 200, 40, 40), ("green", 40, 170, 60), ("blue", 40, 70, 200), ("skin", 224, 172, 140), ("sky", 135, 190, 235),
    ];

    /// <summary>The strongest pattern of period 8 or 16 over all colours, RMS in levels.</summary>
    public double WorstGridRms => Colours.Max(c => Math.Max(c.Grid8Rms, c.Grid16Rms));

    /// <summary>The mean CIEDE2000 difference between the colours that went in and the mean colours that came out.</summary>
    public double MeanColourError => Colours.Average(c => c.ColourError);

    /// <summary>Sends every colour through <paramref name="roundTrip"/>.</summary>
    /// <param name="roundTrip">Encodes and decodes a picture [1, 3, 128, 128].</param>
    /// <param name="cancellationToken">Checked between colours.</param>
    public static FlatColourProbe Of(Func<ImageTensor, ImageTensor> roundTrip, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(roundTrip);
        List<FlatColour> colours = [];
        foreach ((string name, byte r, byte g, byte b) in Palette)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ImageTensor flat = new(1, Side, Side);
            flat.Plane(0, 0).Fill(ImageTensor.FromByte(r));
            flat.Plane(0, 1).Fill(ImageTensor.FromByte(g));
            flat.Plane(0, 2).Fill(ImageTensor.FromByte(b));
            PicturePlanes after = PicturePlanes.Of(roundTrip(flat));
            // The border shows the padding of convolutions; the middle shows the decoder.
            Plane middle = Middle(after.Luma);
            double mean = middle.Values.Average();
            double deviation = Math.Sqrt(middle.Values.Average(v => (v - mean) * (v - mean)));
            double red = after.Red.Values.Average(), green = after.Green.Values.Average(), blue = after.Blue.Values.Average();
            double error = Ciede2000.Difference(LabColour.FromSrgb(r, g, b), LabColour.FromSrgb(red, green, blue));
            colours.Add(new FlatColour(name, r, g, b, error, deviation, GridArtefact.Of(middle, 8).Rms,
                GridArtefact.Of(middle, 16).Rms)
            { AfterRed = red, AfterGreen = green, AfterBlue = blue });
        }
        return new FlatColourProbe(colours);
    }

    private static Plane Middle(Plane p)
    {
        const int Border = 16;
        Plane m = new(p.Height - 2 * Border, p.Width - 2 * Border);
        for (int y = 0; y < m.Height; y++) p.Row(y + Border).Slice(Border, m.Width).CopyTo(m.Row(y));
        return m;
    }
}

/// <summary>One flat colour after a round trip.</summary>
/// <param name="Name">A word for the colour.</param>
/// <param name="Red">The level that went in.</param>
/// <param name="Green">The level that went in.</param>
/// <param name="Blue">The level that went in.</param>
/// <param name="ColourError">CIEDE2000 between what went in and the mean of what came out.</param>
/// <param name="Deviation">Standard deviation of luma in levels away from the border: 0 for a flat result.</param>
/// <param name="Grid8Rms">RMS in levels of a pattern of period 8.</param>
/// <param name="Grid16Rms">RMS in levels of a pattern of period 16.</param>
public sealed record FlatColour(string Name, byte Red, byte Green, byte Blue, double ColourError, double Deviation, double Grid8Rms,
    double Grid16Rms)
{
    /// <summary>The mean level that came out.</summary>
    public double AfterRed { get; init; }

    /// <summary>The mean level that came out.</summary>
    public double AfterGreen { get; init; }

    /// <summary>The mean level that came out.</summary>
    public double AfterBlue { get; init; }
}
