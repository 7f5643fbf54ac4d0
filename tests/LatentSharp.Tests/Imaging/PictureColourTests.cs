using NetVips;

namespace LatentSharp.Tests.Imaging;

public sealed class PictureColourTests
{
    [Fact]
    public void A_Display_P3_picture_is_converted()
    {
        // Display P3 (200, 100, 50) is sRGB (214.9, 92.6, 30.9): primaries of SMPTE EG 432-1, both with the sRGB curve, by the matrices of
        // CSS Color 4 section 10.
        byte[] p3 = [.. Enumerable.Repeat<byte[]>([200, 100, 50], 16).SelectMany(p => p)];
        byte[] file = SamplePictures.Vips(p3, 4, 4, 3, Enums.BandFormat.Uchar, Enums.Interpretation.Srgb).PngsaveBuffer(profile: "p3");
        Picture picture = PictureFile.Load(file, name: "p3.png");
        byte[] expected = DisplayP3ToSrgb(200, 100, 50);
        byte[] found = SamplePictures.Pixel(picture.Image, 2, 2);
        for (int c = 0; c < 3; c++) Assert.InRange(found[c], expected[c] - 1, expected[c] + 1);
        Assert.Contains("converted to sRGB", Assert.Single(picture.Notes));
        Assert.Equal(8, picture.Info.Bits);
    }

    [Fact]
    public void Alpha_survives_the_conversion_of_colours()
    {
        byte[] p3 = [200, 100, 50, 255, 200, 100, 50, 0, 200, 100, 50, 128];
        byte[] file = SamplePictures.Vips(p3, 3, 1, 4, Enums.BandFormat.Uchar, Enums.Interpretation.Srgb).PngsaveBuffer(profile: "p3");
        Picture picture = PictureFile.Load(file, new PictureOptions { Background = (0, 0, 255) }, "p3.png");
        byte[] srgb = DisplayP3ToSrgb(200, 100, 50);
        for (int c = 0; c < 3; c++)
        {
            byte behind = (byte)(c == 2 ? 255 : 0);
            Assert.InRange(SamplePictures.Pixel(picture.Image, 0, 0)[c], srgb[c] - 1, srgb[c] + 1);
            Assert.Equal(behind, SamplePictures.Pixel(picture.Image, 1, 0)[c]);
            Assert.InRange(SamplePictures.Pixel(picture.Image, 2, 0)[c], (srgb[c] * 128 + behind * 127) / 255 - 1,
                (srgb[c] * 128 + behind * 127) / 255 + 2);
        }
        Assert.Equal(2, picture.Notes.Count);
    }

    [Fact]
    public void A_grey_profile_is_converted()
    {
        byte[] grey = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        using Image tagged = SamplePictures.Vips(grey, 16, 16, 1, Enums.BandFormat.Uchar, Enums.Interpretation.Bw)
            .Mutate(m => m.Set(GValue.BlobType, "icc-profile-data", GreyProfile.WithGamma(1.8, "Gamma 1.8")));
        Picture picture = PictureFile.Load(tagged.TiffsaveBuffer(), name: "grey.tif");
        Assert.Equal("colour profile \"Gamma 1.8\" converted to sRGB", Assert.Single(picture.Notes));
        for (int level = 0; level < 256; level += 5)
        {
            // The inverse of the sRGB curve (IEC 61966-2-1) of the linear value that gamma 1.8 stands for.
            double linear = Math.Pow(level / 255.0, 1.8), encoded = linear <= 0.0031308 ? 12.92 * linear
                : 1.055 * Math.Pow(linear, 1 / 2.4) - 0.055;
            // The native library interpolates steep dark ends.
            for (int c = 0; c < 3; c++) Assert.Equal(encoded * 255, (picture.Image.Plane(0, c)[level] + 1) * 127.5, level < 30 ? 2.0 : 1.0);
        }
    }

    [Fact]
    public void A_damaged_profile_is_said_and_ignored()
    {
        // The built-in Display P3 profile with the tag table's offsets pointing outside.
        using Image p3 = SamplePictures.VipsRgb(9, 9).IccTransform("p3", inputProfile: "srgb");
        byte[] profile = (byte[])p3.Get("icc-profile-data");
        byte[] file = SamplePictures.VipsRgb(9, 9).Mutate(m => m.Set(GValue.BlobType, "icc-profile-data", profile)).TiffsaveBuffer();
        int at = file.AsSpan().IndexOf(profile);
        for (int tag = 0; tag < profile[131]; tag++) file[at + 132 + 12 * tag + 4] = 0x7F;
        Picture picture = PictureFile.Load(file, name: "a.tif");
        Assert.Equal(SamplePictures.Rgb(9, 9), SamplePictures.Levels(picture.Image));
        Assert.Contains("is damaged", Assert.Single(picture.Notes));
    }

    [Fact]
    public void A_profile_for_other_channels_is_said_and_ignored()
    {
        using Image p3 = SamplePictures.VipsRgb(9, 9).IccTransform("p3", inputProfile: "srgb");
        byte[] profile = (byte[])p3.Get("icc-profile-data");
        byte[] file = SamplePictures.VipsRgb(9, 9).Mutate(m => m.Set(GValue.BlobType, "icc-profile-data", profile)).TiffsaveBuffer();
        "CMYK"u8.CopyTo(file.AsSpan(file.AsSpan().IndexOf(profile) + 16)); // the data colour space of the profile's header
        Picture picture = PictureFile.Load(file, name: "a.tif");
        Assert.Equal(SamplePictures.Rgb(9, 9), SamplePictures.Levels(picture.Image));
        Assert.Contains("is meant for CMYK pictures", Assert.Single(picture.Notes));
    }

    [Fact]
    public void CMYK_is_converted()
    {
        // Cyan, magenta, yellow, black ink at 100 % and bare paper, as JPEG without a profile.
        byte[] inks = [255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0];
        byte[] blocks = new byte[5 * 16 * 16 * 4];
        for (int y = 0; y < 16; y++) for (int x = 0; x < 80; x++) Array.Copy(inks, x / 16 * 4, blocks, (y * 80 + x) * 4, 4);
        using Image image = SamplePictures.Vips(blocks, 80, 16, 4, Enums.BandFormat.Uchar, Enums.Interpretation.Cmyk);
        foreach (byte[] file in new[] { image.JpegsaveBuffer(q: 100), image.TiffsaveBuffer() })
        {
            Picture picture = PictureFile.Load(file, name: "cmyk");
            Assert.Equal("CMYK", picture.Info.Colours);
            byte[] cyan = SamplePictures.Pixel(picture.Image, 8, 8), magenta = SamplePictures.Pixel(picture.Image, 24, 8),
                yellow = SamplePictures.Pixel(picture.Image, 40, 8);
            Assert.True(cyan[0] < 80 && cyan[2] > 180, $"cyan came out as {string.Join(' ', cyan)}");
            Assert.True(magenta[1] < 80 && magenta[0] > 180, $"magenta came out as {string.Join(' ', magenta)}");
            Assert.True(yellow[2] < 80 && yellow[0] > 200 && yellow[1] > 200, $"yellow came out as {string.Join(' ', yellow)}");
            Assert.True(SamplePictures.Pixel(picture.Image, 56, 8).Max() < 70);
            Assert.True(SamplePictures.Pixel(picture.Image, 72, 8).Min() > 250);
            Assert.Contains("CMYK", Assert.Single(picture.Notes));
        }
    }

    [Fact]
    public void Linear_floating_point_TIFF_is_converted()
    {
        // Linear 0.2140 is 0.5 in sRGB (IEC 61966-2-1): level 127.5 of 255.
        float[] linear = [0.214041f, 0f, 1f, 2f, 0.214041f, 0.5f];
        byte[] file = SamplePictures.Vips(linear, 2, 1, 3, Enums.BandFormat.Float, Enums.Interpretation.Scrgb).TiffsaveBuffer();
        Picture picture = PictureFile.Load(file, name: "a.tif");
        Assert.InRange(picture.Image.Plane(0, 0)[0], -0.002f, 0.002f);
        Assert.Equal(-1f, picture.Image.Plane(0, 1)[0]);
        Assert.Equal(1f, picture.Image.Plane(0, 0)[1]);
        Assert.Single(picture.Notes);
    }

    // Linear light by the sRGB curve, the product of the P3 (D65) and inverse sRGB primary matrices (CSS Color 4), and back.
    private static byte[] DisplayP3ToSrgb(byte r, byte g, byte b)
    {
        double[] p = [.. new[] { r, g, b }.Select(v => v / 255.0)
            .Select(v => v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4))];
        double[] linear =
        [
            1.2249401762805598 * p[0] - 0.22494017628055996 * p[1],
            -0.042056954709688163 * p[0] + 1.0420569547096881 * p[1],
            -0.019637554590334432 * p[0] - 0.078636045550631889 * p[1] + 1.0982736001409663 * p[2],
        ];
        return [.. linear.Select(v => v <= 0.0031308 ? v * 12.92 : 1.055 * Math.Pow(v, 1 / 2.4) - 0.055)
            .Select(v => (byte)Math.Round(Math.Clamp(v, 0, 1) * 255))];
    }
}
