using LatentSharp.Imaging;
using LatentSharp.Tensors;
using NetVips;

namespace LatentSharp.Tests.Imaging;

public sealed class PictureLoadTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Every_orientation_is_turned_upright_as_libvips_does_it(int orientation)
    {
        using Image tagged = SamplePictures.VipsRgb(7, 5).Mutate(m => m.Set(GValue.GIntType, "orientation", orientation));
        byte[] file = tagged.TiffsaveBuffer();
        using Image upright = Image.NewFromBuffer(file).Autorot();
        Picture picture = PictureFile.Decode(file, "turned.tif");
        Assert.Equal((upright.Width, upright.Height), (picture.Image.Width, picture.Image.Height));
        Assert.Equal(upright.WriteToMemory<byte>(), SamplePictures.Levels(picture.Image));
        Assert.Equal((7, 5, orientation), (picture.Info.Width, picture.Info.Height, picture.Info.Orientation));
        Assert.Equal((picture.Image.Width, picture.Image.Height), picture.Info.DisplaySize);
        Assert.Equal(orientation == 1 ? 0 : 1, picture.Notes.Count);
    }

    [Fact]
    public void Orientation_6_in_a_JPEG_puts_the_lower_left_corner_first()
    {
        // EXIF 2.3, tag 0x0112 = 6: the 0th row is the visual right-hand side, the 0th column the visual top.
        byte[] pixels = new byte[16 * 8 * 3];
        for (int y = 4; y < 8; y++) for (int x = 0; x < 8; x++) pixels[(y * 16 + x) * 3] = 255; // lower left quarter red
        using Image tagged = SamplePictures.Vips(pixels, 16, 8, 3, Enums.BandFormat.Uchar, Enums.Interpretation.Srgb).Mutate(m => m.Set(GValue.GIntType, "orientation", 6));
        Picture picture = PictureFile.Decode(tagged.JpegsaveBuffer(q: 100, subsampleMode: Enums.ForeignSubsample.Off), "a.jpg");
        Assert.Equal((8, 16), (picture.Image.Width, picture.Image.Height));
        Assert.True(SamplePictures.Pixel(picture.Image, 0, 0)[0] > 240 && SamplePictures.Pixel(picture.Image, 7, 0)[0] < 15 && SamplePictures.Pixel(picture.Image, 0, 15)[0] < 15);
        Assert.Equal("turned upright (rotated by 90 degrees clockwise)", Assert.Single(picture.Notes));
    }

    [Fact]
    public void A_Display_P3_picture_is_converted()
    {
        // Display P3 (200, 100, 50) is sRGB (213, 96, 38): primaries of SMPTE EG 432-1, both with the sRGB curve, computed by hand with the matrix
        // of CSS Color 4 section 10.
        byte[] p3 = [.. Enumerable.Repeat<byte[]>([200, 100, 50], 16).SelectMany(p => p)];
        byte[] file = SamplePictures.Vips(p3, 4, 4, 3, Enums.BandFormat.Uchar, Enums.Interpretation.Srgb).PngsaveBuffer(profile: "p3");
        Picture picture = PictureFile.Decode(file, "p3.png");
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
        Picture picture = PictureFile.Decode(file, "p3.png", new PictureOptions { Background = (0, 0, 255) });
        byte[] srgb = DisplayP3ToSrgb(200, 100, 50);
        for (int c = 0; c < 3; c++)
        {
            byte behind = (byte)(c == 2 ? 255 : 0);
            Assert.InRange(SamplePictures.Pixel(picture.Image, 0, 0)[c], srgb[c] - 1, srgb[c] + 1);
            Assert.Equal(behind, SamplePictures.Pixel(picture.Image, 1, 0)[c]);
            Assert.InRange(SamplePictures.Pixel(picture.Image, 2, 0)[c], (srgb[c] * 128 + behind * 127) / 255 - 1, (srgb[c] * 128 + behind * 127) / 255 + 2);
        }
        Assert.Equal(2, picture.Notes.Count);
    }

    [Fact]
    public void A_grey_profile_is_converted()
    {
        byte[] grey = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        using Image tagged = SamplePictures.Vips(grey, 16, 16, 1, Enums.BandFormat.Uchar, Enums.Interpretation.Bw).Mutate(m => m.Set(GValue.BlobType, "icc-profile-data", GreyProfile.WithGamma(1.8, "Gamma 1.8")));
        Picture picture = PictureFile.Decode(tagged.TiffsaveBuffer(), "grey.tif");
        Assert.Equal("colour profile \"Gamma 1.8\" converted to sRGB", Assert.Single(picture.Notes));
        for (int level = 0; level < 256; level += 5)
        {
            // The inverse of the sRGB curve (IEC 61966-2-1) of the linear value that gamma 1.8 stands for.
            double linear = Math.Pow(level / 255.0, 1.8), encoded = linear <= 0.0031308 ? 12.92 * linear : 1.055 * Math.Pow(linear, 1 / 2.4) - 0.055;
            for (int c = 0; c < 3; c++) Assert.Equal(encoded * 255, (picture.Image.Plane(0, c)[level] + 1) * 127.5, level < 30 ? 2.0 : 1.0); // the native library interpolates steep dark ends
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
        Picture picture = PictureFile.Decode(file, "a.tif");
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
        Picture picture = PictureFile.Decode(file, "a.tif");
        Assert.Equal(SamplePictures.Rgb(9, 9), SamplePictures.Levels(picture.Image));
        Assert.Contains("is meant for CMYK pictures", Assert.Single(picture.Notes));
    }

    [Fact]
    public void Alpha_is_composited_on_white_or_on_the_colour_asked_for()
    {
        byte[] rgba = [10, 20, 30, 0, 10, 20, 30, 255, 100, 0, 200, 51];
        byte[] file = SamplePictures.Vips(rgba, 3, 1, 4, Enums.BandFormat.Uchar, Enums.Interpretation.Srgb).PngsaveBuffer();
        Picture white = PictureFile.Decode(file, "a.png");
        Assert.Equal(new byte[] { 255, 255, 255 }, SamplePictures.Pixel(white.Image, 0, 0));
        Assert.Equal(new byte[] { 10, 20, 30 }, SamplePictures.Pixel(white.Image, 1, 0));
        Assert.Equal(new byte[] { 224, 204, 244 }, SamplePictures.Pixel(white.Image, 2, 0)); // 0.2 * (100, 0, 200) + 0.8 * 255
        Assert.Equal("transparency composited on the background #FFFFFF", Assert.Single(white.Notes));
        Picture black = PictureFile.Decode(file, "a.png", new PictureOptions { Background = (0, 0, 0) });
        Assert.Equal(new byte[] { 20, 0, 40 }, SamplePictures.Pixel(black.Image, 2, 0));
    }

    [Fact]
    public void Opaque_alpha_is_dropped_and_grey_with_alpha_is_read()
    {
        byte[] opaque = [1, 2, 3, 255, 4, 5, 6, 255];
        Picture picture = PictureFile.Decode(SamplePictures.Vips(opaque, 2, 1, 4, Enums.BandFormat.Uchar, Enums.Interpretation.Srgb).PngsaveBuffer(), "a.png");
        Assert.Equal("the alpha channel is opaque everywhere and was dropped", Assert.Single(picture.Notes));
        ushort[] greyAlpha = [1000, 65535, 1000, 0];
        picture = PictureFile.Decode(SamplePictures.Vips(greyAlpha, 2, 1, 2, Enums.BandFormat.Ushort, Enums.Interpretation.Grey16).PngsaveBuffer(), "b.png");
        Assert.Equal("grey with alpha", picture.Info.Colours);
        Assert.Equal([1000 / 32767.5f - 1f, 1f], picture.Image.Plane(0, 2).ToArray());
    }

    [Fact]
    public void Grey_is_repeated_in_three_channels()
    {
        byte[] grey = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        foreach (byte[] file in new[]
        {
            SamplePictures.Vips(grey, 16, 16, 1, Enums.BandFormat.Uchar, Enums.Interpretation.Bw).PngsaveBuffer(),
            SamplePictures.Vips(grey, 16, 16, 1, Enums.BandFormat.Uchar, Enums.Interpretation.Bw).TiffsaveBuffer(),
        })
        {
            Picture picture = PictureFile.Decode(file, "grey");
            Assert.Equal("grey", picture.Info.Colours);
            for (int c = 0; c < 3; c++) Assert.Equal(grey, picture.Image.Plane(0, c).ToArray().Select(ImageTensor.ToByte));
        }
    }

    [Fact]
    public void Palette_and_one_bit_pictures_are_expanded()
    {
        byte[] two = new byte[16 * 16];
        for (int i = 0; i < two.Length; i++) two[i] = (byte)(i % 3 == 0 ? 255 : 0);
        using Image grey = SamplePictures.Vips(two, 16, 16, 1, Enums.BandFormat.Uchar, Enums.Interpretation.Bw);
        foreach (byte[] file in new[] { grey.PngsaveBuffer(bitdepth: 1), grey.PngsaveBuffer(palette: true, bitdepth: 1), grey.TiffsaveBuffer(bitdepth: 1) })
            Assert.Equal(two, PictureFile.Decode(file, "bits").Image.Plane(0, 1).ToArray().Select(ImageTensor.ToByte));
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
            Picture picture = PictureFile.Decode(file, "cmyk");
            Assert.Equal("CMYK", picture.Info.Colours);
            byte[] cyan = SamplePictures.Pixel(picture.Image, 8, 8), magenta = SamplePictures.Pixel(picture.Image, 24, 8), yellow = SamplePictures.Pixel(picture.Image, 40, 8);
            Assert.True(cyan[0] < 80 && cyan[2] > 180, $"cyan came out as {string.Join(' ', cyan)}");
            Assert.True(magenta[1] < 80 && magenta[0] > 180, $"magenta came out as {string.Join(' ', magenta)}");
            Assert.True(yellow[2] < 80 && yellow[0] > 200 && yellow[1] > 200, $"yellow came out as {string.Join(' ', yellow)}");
            Assert.True(SamplePictures.Pixel(picture.Image, 56, 8).Max() < 70);
            Assert.True(SamplePictures.Pixel(picture.Image, 72, 8).Min() > 250);
            Assert.Contains("CMYK", Assert.Single(picture.Notes));
        }
    }

    [Fact]
    public void The_first_frame_of_an_animation_is_taken_and_said()
    {
        using Image first = SamplePictures.VipsRgb(12, 10), second = first.Invert(), strip = first.Join(second, Enums.Direction.Vertical).Mutate(m => m.Set(GValue.GIntType, "page-height", 10));
        foreach ((byte[] file, string note) in new[]
        {
            (strip.WebpsaveBuffer(lossless: true), "the first of 2 frames was taken"),
            (strip.TiffsaveBuffer(), "the first of 2 pages was taken"),
        })
        {
            Picture picture = PictureFile.Decode(file, "moving");
            Assert.Equal((12, 10, 2), (picture.Image.Width, picture.Image.Height, picture.Info.Frames));
            Assert.Equal(SamplePictures.Rgb(12, 10), SamplePictures.Levels(picture.Image));
            Assert.Contains(note, picture.Notes);
        }
        Picture gif = PictureFile.Decode(strip.GifsaveBuffer(), "a.gif");
        Assert.Equal((12, 10, 2, PictureFormat.Gif), (gif.Image.Width, gif.Image.Height, gif.Info.Frames, gif.Info.Format));
    }

    [Fact]
    public void Ten_bits_of_AVIF_are_read_as_sixteen()
    {
        Assert.SkipUnless(PictureFormat.Avif.CanWrite, "the native library does not write AVIF");
        ushort[] levels = [.. Enumerable.Range(0, 64 * 64 * 3).Select(i => (ushort)(i / 3 % 64 * 1040))];
        byte[] file = SamplePictures.Vips(levels, 64, 64, 3, Enums.BandFormat.Ushort, Enums.Interpretation.Rgb16).HeifsaveBuffer(bitdepth: 10, q: 100, compression: Enums.ForeignHeifCompression.Av1, subsampleMode: Enums.ForeignSubsample.Off);
        Picture picture = PictureFile.Decode(file, "a.avif");
        Assert.Equal(16, picture.Info.Bits);
        for (int x = 0; x < 64; x++) Assert.Equal(x * 1040 / 32767.5f - 1f, picture.Image.Plane(0, 1)[64 * 7 + x], 0.01f); // quality 100 is not lossless
    }

    [Fact]
    public void An_animated_PNG_shows_its_still_image()
    {
        byte[] png = PictureFile.Encode(SamplePictures.Tensor(12, 10), PictureFormat.Png, new PictureSaveOptions { EmbedProfile = false });
        // After IHDR (8 + 25 bytes): acTL with 7 frames, played once; the CRC of an ancillary chunk is checked as well.
        byte[] chunk = [0, 0, 0, 8, (byte)'a', (byte)'c', (byte)'T', (byte)'L', 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0];
        uint crc = PngCrc.Of(chunk.AsSpan(4, 12));
        for (int i = 0; i < 4; i++) chunk[16 + i] = (byte)(crc >> (24 - 8 * i));
        Picture picture = PictureFile.Decode([.. png[..33], .. chunk, .. png[33..]], "a.png");
        Assert.Equal(7, picture.Info.Frames);
        Assert.Equal("the first of 7 frames was taken", Assert.Single(picture.Notes));
        Assert.Equal(SamplePictures.Rgb(12, 10), SamplePictures.Levels(picture.Image));
    }

    [Fact]
    public void Linear_floating_point_TIFF_is_converted()
    {
        // Linear 0.2140 is 0.5 in sRGB (IEC 61966-2-1): level 127.5 of 255.
        float[] linear = [0.214041f, 0f, 1f, 2f, 0.214041f, 0.5f];
        byte[] file = SamplePictures.Vips(linear, 2, 1, 3, Enums.BandFormat.Float, Enums.Interpretation.Scrgb).TiffsaveBuffer();
        Picture picture = PictureFile.Decode(file, "a.tif");
        Assert.InRange(picture.Image.Plane(0, 0)[0], -0.002f, 0.002f);
        Assert.Equal(-1f, picture.Image.Plane(0, 1)[0]);
        Assert.Equal(1f, picture.Image.Plane(0, 0)[1]);
        Assert.Single(picture.Notes);
    }

    // Linear light by the sRGB curve, the product of the P3 (D65) and inverse sRGB primary matrices (CSS Color 4), and back.
    private static byte[] DisplayP3ToSrgb(byte r, byte g, byte b)
    {
        double[] p = [.. new[] { r, g, b }.Select(v => v / 255.0).Select(v => v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4))];
        double[] linear =
        [
            1.2249401762805598 * p[0] - 0.22494017628055996 * p[1],
            -0.042056954709688163 * p[0] + 1.0420569547096881 * p[1],
            -0.019637554590334432 * p[0] - 0.078636045550631889 * p[1] + 1.0982736001409663 * p[2],
        ];
        return [.. linear.Select(v => v <= 0.0031308 ? v * 12.92 : 1.055 * Math.Pow(v, 1 / 2.4) - 0.055).Select(v => (byte)Math.Round(Math.Clamp(v, 0, 1) * 255))];
    }
}
