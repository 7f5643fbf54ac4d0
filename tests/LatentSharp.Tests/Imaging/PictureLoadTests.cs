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
        Picture picture = PictureFile.Load(file, name: "turned.tif");
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
        using Image tagged = SamplePictures.Vips(pixels, 16, 8, 3, Enums.BandFormat.Uchar, Enums.Interpretation.Srgb)
            .Mutate(m => m.Set(GValue.GIntType, "orientation", 6));
        Picture picture = PictureFile.Load(tagged.JpegsaveBuffer(q: 100, subsampleMode: Enums.ForeignSubsample.Off), name: "a.jpg");
        Assert.Equal((8, 16), (picture.Image.Width, picture.Image.Height));
        Assert.True(SamplePictures.Pixel(picture.Image, 0, 0)[0] > 240 && SamplePictures.Pixel(picture.Image, 7, 0)[0] < 15
            && SamplePictures.Pixel(picture.Image, 0, 15)[0] < 15);
        Assert.Equal("turned upright (rotated by 90 degrees clockwise)", Assert.Single(picture.Notes));
    }

    [Fact]
    public void Alpha_is_composited_on_white_or_on_the_colour_asked_for()
    {
        byte[] rgba = [10, 20, 30, 0, 10, 20, 30, 255, 100, 0, 200, 51];
        byte[] file = SamplePictures.Vips(rgba, 3, 1, 4, Enums.BandFormat.Uchar, Enums.Interpretation.Srgb).PngsaveBuffer();
        Picture white = PictureFile.Load(file, name: "a.png");
        Assert.Equal(new byte[] { 255, 255, 255 }, SamplePictures.Pixel(white.Image, 0, 0));
        Assert.Equal(new byte[] { 10, 20, 30 }, SamplePictures.Pixel(white.Image, 1, 0));
        Assert.Equal(new byte[] { 224, 204, 244 }, SamplePictures.Pixel(white.Image, 2, 0)); // 0.2 * (100, 0, 200) + 0.8 * 255
        Assert.Equal("transparency composited on the background #FFFFFF", Assert.Single(white.Notes));
        Picture black = PictureFile.Load(file, new PictureOptions { Background = (0, 0, 0) }, "a.png");
        Assert.Equal(new byte[] { 20, 0, 40 }, SamplePictures.Pixel(black.Image, 2, 0));
    }

    [Fact]
    public void Opaque_alpha_is_dropped_and_grey_with_alpha_is_read()
    {
        byte[] opaque = [1, 2, 3, 255, 4, 5, 6, 255];
        Picture picture =
            PictureFile.Load(SamplePictures.Vips(opaque, 2, 1, 4, Enums.BandFormat.Uchar, Enums.Interpretation.Srgb).PngsaveBuffer(),
                name: "a.png");
        Assert.Equal("the alpha channel is opaque everywhere and was dropped", Assert.Single(picture.Notes));
        ushort[] greyAlpha = [1000, 65535, 1000, 0];
        picture = PictureFile.Load(
            SamplePictures.Vips(greyAlpha, 2, 1, 2, Enums.BandFormat.Ushort, Enums.Interpretation.Grey16).PngsaveBuffer(), name: "b.png");
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
            Picture picture = PictureFile.Load(file, name: "grey");
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
        foreach (byte[] file in new[] { grey.PngsaveBuffer(bitdepth: 1), grey.PngsaveBuffer(palette: true, bitdepth: 1),
            grey.TiffsaveBuffer(bitdepth: 1) })
            Assert.Equal(two, PictureFile.Load(file, name: "bits").Image.Plane(0, 1).ToArray().Select(ImageTensor.ToByte));
    }

    [Fact]
    public void The_first_frame_of_an_animation_is_taken_and_said()
    {
        using Image first = SamplePictures.VipsRgb(12, 10), second = first.Invert(), strip = first.Join(second, Enums.Direction.Vertical)
            .Mutate(m => m.Set(GValue.GIntType, "page-height", 10));
        foreach ((byte[] file, string note) in new[]
        {
            (strip.WebpsaveBuffer(lossless: true), "the first of 2 frames was taken"),
            (strip.TiffsaveBuffer(), "the first of 2 pages was taken"),
        })
        {
            Picture picture = PictureFile.Load(file, name: "moving");
            Assert.Equal((12, 10, 2), (picture.Image.Width, picture.Image.Height, picture.Info.Frames));
            Assert.Equal(SamplePictures.Rgb(12, 10), SamplePictures.Levels(picture.Image));
            Assert.Contains(note, picture.Notes);
        }
        Picture gif = PictureFile.Load(strip.GifsaveBuffer(), name: "a.gif");
        Assert.Equal((12, 10, 2, PictureFormat.Gif), (gif.Image.Width, gif.Image.Height, gif.Info.Frames, gif.Info.Format));
    }

    [Fact]
    public void Ten_bits_of_AVIF_are_read_as_sixteen()
    {
        Assert.SkipUnless(PictureFormat.Avif.CanWrite, "the native library does not write AVIF");
        ushort[] levels = [.. Enumerable.Range(0, 64 * 64 * 3).Select(i => (ushort)(i / 3 % 64 * 1040))];
        byte[] file = SamplePictures.Vips(levels, 64, 64, 3, Enums.BandFormat.Ushort, Enums.Interpretation.Rgb16)
            .HeifsaveBuffer(bitdepth: 10, q: 100, compression: Enums.ForeignHeifCompression.Av1, subsampleMode: Enums.ForeignSubsample.Off);
        Picture picture = PictureFile.Load(file, name: "a.avif");
        Assert.Equal(16, picture.Info.Bits);
        // Quality 100 is not lossless.
        for (int x = 0; x < 64; x++) Assert.Equal(x * 1040 / 32767.5f - 1f, picture.Image.Plane(0, 1)[64 * 7 + x], 0.01f);
    }

    [Fact]
    public void An_animated_PNG_shows_its_still_image()
    {
        byte[] png = PictureFile.Encode(SamplePictures.Tensor(12, 10), PictureFormat.Png, new PictureSaveOptions { EmbedProfile = false });
        // After IHDR (8 + 25 bytes): acTL with 7 frames, played once; the CRC of an ancillary chunk is checked as well.
        byte[] chunk = [0, 0, 0, 8, (byte)'a', (byte)'c', (byte)'T', (byte)'L', 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0];
        uint crc = PngCrc.Of(chunk.AsSpan(4, 12));
        for (int i = 0; i < 4; i++) chunk[16 + i] = (byte)(crc >> (24 - 8 * i));
        Picture picture = PictureFile.Load([.. png[..33], .. chunk, .. png[33..]], name: "a.png");
        Assert.Equal(7, picture.Info.Frames);
        Assert.Equal("the first of 7 frames was taken", Assert.Single(picture.Notes));
        Assert.Equal(SamplePictures.Rgb(12, 10), SamplePictures.Levels(picture.Image));
    }
}
