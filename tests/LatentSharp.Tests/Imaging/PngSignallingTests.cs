using System.Buffers.Binary;
using NetVips;

namespace LatentSharp.Tests.Imaging;

/// <summary>What the chunks gAMA, cICP, sRGB and cHRM of a PNG say about its colours (PNG specification, third edition, 11.3.2).</summary>
public sealed class PngSignallingTests
{
    [Fact]
    public void Linear_values_become_those_of_sRGB()
    {
        Picture picture = PictureFile.Load(Shared.Path("golden/faults/bugs/11-gamma-1.png"));
        Assert.Equal(8, picture.Info.Bits);
        Assert.Contains("gamma 1 (gAMA) converted", Assert.Single(picture.Notes), StringComparison.Ordinal);
        // 56 is the 8-bit level of linear light whose level in sRGB is 128 (IEC 61966-2-1).
        Assert.Equal(Srgb(56 / 255.0), SamplePictures.Pixel(picture.Image, 3, 3)[0], 1.0);
    }

    [Theory]
    [InlineData(100_000, 1)]
    [InlineData(55_556, 1)]
    [InlineData(45_455, 0)]
    [InlineData(45_000, 0)]
    [InlineData(0, 0)]
    public void Gamma_is_applied_where_it_is_not_as_good_as_sRGB(int gamma, int notes)
    {
        foreach (int bands in (int[])[1, 2, 3, 4])
        {
            bool opacity = bands is 2 or 4;
            byte[] pixels = [.. Enumerable.Range(0, 16 * bands).Select(i => opacity && i % bands == bands - 1 ? (byte)255 : (byte)90)];
            byte[] file = SamplePictures.Vips(pixels, 4, 4, bands, Enums.BandFormat.Uchar,
                bands < 3 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb).PngsaveBuffer();
            Picture picture = PictureFile.Load(With(file, "gAMA", Number(gamma)), name: "g.png");
            double expected = notes == 0 ? 90 : Srgb(Math.Pow(90 / 255.0, 100_000.0 / gamma));
            Assert.Equal(expected, SamplePictures.Pixel(picture.Image, 1, 2)[2], 1.0);
            Assert.Equal(notes, picture.Notes.Count(n => n.Contains("gAMA", StringComparison.Ordinal)));
            // The chunks sRGB and iCCP come before it.
            Picture plain = PictureFile.Load(With(With(file, "gAMA", Number(gamma)), "sRGB", [0]), name: "s.png");
            Assert.Equal(90, SamplePictures.Pixel(plain.Image, 1, 2)[2]);
        }
    }

    // Signals and levels of BT.2100 and BT.2408: 203 candelas are 0.5807 of the perceptual curve and 0.75 of the hybrid one.
    [Theory]
    [InlineData(1, 13, 90, 90, false)]
    [InlineData(1, 8, 56, 129, true)]
    [InlineData(9, 16, 148, 255, true)]
    [InlineData(9, 18, 191, 255, true)]
    [InlineData(12, 13, 90, 90, true)]
    [InlineData(9, 16, 0, 0, true)]
    [InlineData(77, 13, 90, 90, true)]
    public void Code_points_are_applied_or_named(byte primaries, byte transfer, byte level, int expected, bool noted)
    {
        byte[] file = SamplePictures.Vips([.. Enumerable.Repeat(level, 48)], 4, 4, 3, Enums.BandFormat.Uchar,
            Enums.Interpretation.Srgb).PngsaveBuffer();
        Picture picture = PictureFile.Load(With(file, "cICP", [primaries, transfer, 0, 1]), name: "c.png");
        foreach (byte channel in SamplePictures.Pixel(picture.Image, 1, 1)) Assert.InRange(channel, expected - 2, expected + 2);
        Assert.Equal(noted ? 1 : 0, picture.Notes.Count(n => n.Contains("cICP", StringComparison.Ordinal)));
    }

    // By the matrices that follow from the chromaticities of H.273 (white 0.3127, 0.3290), in float64 with NumPy, and the curves of IEC
    // 61966-2-1 and BT.2100; what lies outside sRGB is cut off.
    [Theory]
    [InlineData(12, 13, 180, 120, 90, 190.32, 116.58, 83.95)]
    [InlineData(9, 13, 150, 140, 90, 158.62, 139.02, 81.09)]
    [InlineData(9, 8, 120, 90, 60, 196.77, 157.44, 128.91)]
    [InlineData(9, 16, 130, 110, 100, 216.42, 120.74, 101.82)]
    [InlineData(12, 8, 60, 90, 120, 126.05, 161.30, 184.88)]
    [InlineData(12, 13, 255, 0, 0, 255, 0, 0)]
    [InlineData(9, 13, 0, 255, 0, 0, 255, 0)]
    public void Code_points_turn_colours_as_their_primaries_say(byte primaries, byte transfer, byte r, byte g, byte b,
        double red, double green, double blue)
    {
        byte[] pixels = [.. Enumerable.Range(0, 48).Select(i => (i % 3) switch { 0 => r, 1 => g, _ => b })];
        byte[] file = SamplePictures.Vips(pixels, 4, 4, 3, Enums.BandFormat.Uchar, Enums.Interpretation.Srgb).PngsaveBuffer();
        Picture picture = PictureFile.Load(With(file, "cICP", [primaries, transfer, 0, 1]), name: "c.png");
        double[] expected = [red, green, blue];
        byte[] found = SamplePictures.Pixel(picture.Image, 2, 1);
        for (int c = 0; c < 3; c++) Assert.Equal(expected[c], found[c], 1.0);
    }

    [Theory]
    [InlineData("gAMA", new byte[] { 0, 1, 0x86, 0xA0 }, "gamma 1 (gAMA), converted to sRGB")]
    [InlineData("gAMA", new byte[] { 0, 0, 0xB1, 0x8F }, "gamma 0.4546 (gAMA), as good as sRGB")]
    [InlineData("sRGB", new byte[] { 0 }, "sRGB")]
    [InlineData("cICP", new byte[] { 9, 16, 0, 1 }, "colours by code points (cICP: primaries 9, transfer 16), converted to sRGB")]
    [InlineData("cICP", new byte[] { 1, 13, 0, 1 }, "colours by code points (cICP: primaries 1, transfer 13)")]
    [InlineData("cICP", new byte[] { 77, 13, 0, 1 }, "colours by code points (cICP: primaries 77, transfer 13), not known here and taken for sRGB's")]
    public void A_header_says_what_the_colours_are(string type, byte[] data, string said)
    {
        byte[] file = SamplePictures.VipsRgb(4, 4).PngsaveBuffer(keep: Enums.ForeignKeep.None);
        Assert.Null(PictureFile.Inspect(file).Signalling);
        Assert.Equal(said, PictureFile.Inspect(With(file, type, data)).Signalling);
    }

    private static double Srgb(double linear) => 255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * Math.Pow(linear, 1 / 2.4) - 0.055);

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    // Behind IHDR, where such chunks belong.
    private static byte[] With(byte[] file, string type, byte[] data)
    {
        byte[] body = [.. System.Text.Encoding.ASCII.GetBytes(type), .. data];
        return [.. file[..33], .. Number(data.Length), .. body, .. Number((int)PngCrc.Of(body)), .. file[33..]];
    }
}
