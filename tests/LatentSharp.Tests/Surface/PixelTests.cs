namespace LatentSharp.Tests.Surface;

/// <summary>
/// Bitmaps to tensors and back. Expected values follow from the definitions: level / 127.5 - 1, and c' = a c + (1 - a) b for straight
/// alpha.
/// </summary>
public sealed class PixelTests
{
    private static readonly PixelFormat[] ColourFormats = [PixelFormat.Rgb24, PixelFormat.Bgr24, PixelFormat.Rgba32, PixelFormat.Bgra32];

    [Theory]
    [InlineData(PixelFormat.Rgb24, new byte[] { 10, 20, 30 })]
    [InlineData(PixelFormat.Bgr24, new byte[] { 30, 20, 10 })]
    [InlineData(PixelFormat.Rgba32, new byte[] { 10, 20, 30, 255 })]
    [InlineData(PixelFormat.Bgra32, new byte[] { 30, 20, 10, 255 })]
    public void The_bytes_of_a_pixel_are_taken_in_the_order_that_the_format_names(PixelFormat format, byte[] pixel)
    {
        ImageTensor image = ImageTensor.FromPixels(pixel, 1, 1, format);
        Assert.Equal([10 / 127.5f - 1, 20 / 127.5f - 1, 30 / 127.5f - 1], image.Values);
        Assert.Equal(pixel, image.ToPixels(format));
    }

    [Fact]
    public void Every_level_comes_back_in_every_format_with_and_without_gaps()
    {
        const int width = 16, height = 16;
        foreach (PixelFormat format in ColourFormats)
        {
            int size = format is PixelFormat.Rgb24 or PixelFormat.Bgr24 ? 3 : 4;
            foreach (int stride in (int[])[0, width * size, width * size + 5])
            {
                int step = stride == 0 ? width * size : stride;
                var pixels = new byte[(height - 1) * step + width * size];
                for (int y = 0; y < height; y++)
                    for (int x = 0; x < width; x++)
                        for (int c = 0; c < size; c++)
                            pixels[y * step + x * size + c] = c == 3 ? (byte)255 : (byte)(y * width + x + 85 * c);
                var back = new byte[pixels.Length];
                ImageTensor.FromPixels(pixels, width, height, format, stride).CopyPixels(back, format, stride);
                Assert.Equal(pixels, back);
            }
        }
    }

    [Fact]
    public void Bytes_between_rows_are_left_as_they_are()
    {
        var pixels = new byte[2 * 8];
        pixels.AsSpan().Fill(7);
        new ImageTensor([1, 1, -1, -1, 1, 1], 1, 2, 1).CopyPixels(pixels, PixelFormat.Rgb24, 8);
        Assert.Equal([255, 0, 255, 7, 7, 7, 7, 7, 255, 0, 255, 7, 7, 7, 7, 7], pixels);
    }

    [Fact]
    public void Alpha_is_composited_on_the_background()
    {
        byte[] pixel = [100, 150, 200, 51];     // a fifth
        Assert.Equal([0.2f * 100 + 0.8f * 255, 0.2f * 150 + 0.8f * 255, 0.2f * 200 + 0.8f * 255],
            Levels(ImageTensor.FromPixels(pixel, 1, 1, PixelFormat.Rgba32)), (a, b) => Math.Abs(a - b) < 1e-3);
        Assert.Equal([0.2f * 100 + 0.8f * 10, 0.2f * 150 + 0.8f * 20, 0.2f * 200 + 0.8f * 30],
            Levels(ImageTensor.FromPixels(pixel, 1, 1, PixelFormat.Rgba32, background: (10, 20, 30))), (a, b) => Math.Abs(a - b) < 1e-3);
        // Fully transparent is exactly the background, fully opaque exactly the colour.
        Assert.Equal([1f, 1, 1], ImageTensor.FromPixels([1, 2, 3, 0], 1, 1, PixelFormat.Bgra32).Values);

        static float[] Levels(ImageTensor image) => [.. image.Values.Select(v => (v + 1) * 127.5f)];
    }

    [Fact]
    public void Opacity_is_given_where_there_is_some()
        => Assert.Equal([255, 0, 128, 0, 255, 0, 128, 255],
            new ImageTensor([1, 1, -1, -1, 0, 0], 1, 1, 2) { Opacity = [-1, 1] }.ToPixels(PixelFormat.Rgba32));

    [Fact]
    public void Grey_becomes_three_channels_and_is_not_given_back()
    {
        ImageTensor image = ImageTensor.FromPixels([0, 255], 2, 1, PixelFormat.Gray8);
        Assert.Equal([-1, 1, -1, 1, -1, 1], image.Values);
        Assert.Contains("grey", Assert.Throws<ArgumentException>(() => image.ToPixels(PixelFormat.Gray8)).Message);
    }

    [Fact]
    public void A_picture_file_with_alpha_and_the_same_pixels_agree()
    {
        // The reader of picture files was checked against libvips; both have to composite alike.
        byte[] pixels = [200, 10, 60, 128, 0, 255, 30, 3];
        ImageTensor fromFile = PictureFile.Load(SamplePng(pixels)).Image;
        Assert.Equal(fromFile.Values, ImageTensor.FromPixels(pixels, 2, 1, PixelFormat.Rgba32).Values, (a, b) => Math.Abs(a - b) < 1e-6);

        static byte[] SamplePng(byte[] rgba)
            => Imaging.SamplePictures.Vips(rgba, 2, 1, 4, NetVips.Enums.BandFormat.Uchar, NetVips.Enums.Interpretation.Srgb)
            .PngsaveBuffer();
    }

    [Theory]
    [InlineData(PixelValues.Symmetric, -0.5f, 0.25f)]
    [InlineData(PixelValues.Unit, 0.25f, 0.625f)]
    [InlineData(PixelValues.Levels, 63.75f, 159.375f)]
    public void Float_pixels_mean_what_their_caller_says(PixelValues values, float dark, float bright)
    {
        float[] interleaved = [dark, bright, dark, bright, dark, bright];
        ImageTensor image = ImageTensor.FromPixels(interleaved, 2, 1, FloatPixelFormat.Interleaved, values);
        Assert.Equal([-0.5f, 0.25f, 0.25f, -0.5f, -0.5f, 0.25f], image.Values, (a, b) => Math.Abs(a - b) < 1e-6);
        var back = new float[6];
        image.CopyPixels(back, FloatPixelFormat.Interleaved, values);
        Assert.Equal(interleaved, back, (a, b) => Math.Abs(a - b) <= 1e-6 * Math.Abs(a));
    }

    [Fact]
    public void Planes_may_have_gaps_between_rows()
    {
        float[] planes = [1, 2, 99, 3, 4, 99, 5, 6, 99, 7, 8, 99, 9, 10, 99, 11, 12];
        ImageTensor image = ImageTensor.FromPixels(planes, 2, 2, FloatPixelFormat.Planar, stride: 3);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], image.Values);
        var back = new float[12];
        image.CopyPixels(back, FloatPixelFormat.Planar);
        Assert.Equal(image.Values, back);
    }

    [Fact]
    public void One_picture_of_a_batch_is_given()
    {
        var image = new ImageTensor([-1, -1, -1, 1, 1, 1], 2, 1, 1);
        Assert.Equal([0, 0, 0], image.ToPixels(PixelFormat.Rgb24));
        Assert.Equal([255, 255, 255], image.ToPixels(PixelFormat.Rgb24, 1));
        Assert.Contains("2 pictures", Assert.Throws<ArgumentOutOfRangeException>(() => image.ToPixels(PixelFormat.Rgb24, 2)).Message);
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_named()
    {
        var pixels = new byte[12];
        Assert.Contains("take 15 bytes; there are 12", Assert.Throws<ArgumentException>(() => ImageTensor.FromPixels(pixels, 5, 1, PixelFormat.Rgb24)).Message);
        Assert.Contains("takes 6 bytes",
            Assert.Throws<ArgumentOutOfRangeException>(() => ImageTensor.FromPixels(pixels, 2, 2, PixelFormat.Rgb24, 5)).Message);
        Assert.Contains("bottom row",
            Assert.Throws<ArgumentOutOfRangeException>(() => ImageTensor.FromPixels(pixels, 2, 2, PixelFormat.Rgb24, -6)).Message);
        Assert.Equal("width",
            Assert.Throws<ArgumentOutOfRangeException>(() => ImageTensor.FromPixels(pixels, 0, 1, PixelFormat.Rgb24)).ParamName);
        Assert.Equal("format",
            Assert.Throws<ArgumentOutOfRangeException>(() => ImageTensor.FromPixels(pixels, 1, 1, (PixelFormat)99)).ParamName);
        Assert.Equal("destination",
            Assert.Throws<ArgumentException>(() => new ImageTensor(1, 2, 2).CopyPixels(new byte[11], PixelFormat.Rgb24)).ParamName);
        Assert.Contains("take 24 values; there are 23",
            Assert.Throws<ArgumentException>(() => ImageTensor.FromPixels(new float[23], 4, 2, FloatPixelFormat.Planar)).Message);
    }

    [Fact]
    public void What_is_no_number_has_no_level()
        => Assert.Contains("1 of the picture's 3 values",
            Assert.Throws<LatentSharpException>(() => new ImageTensor([0, float.NaN, 0], 1, 1, 1).ToPixels(PixelFormat.Rgb24)).Message);

    [Theory]
    [InlineData(0, 255, "these look like 0..255")]
    [InlineData(0, 65535, "these look like 0..65535")]
    [InlineData(-300, 20, "reach from -300 to 20")]
    public void Encoding_refuses_values_of_another_range_by_name(float low, float high, string expected)
    {
        var image = new ImageTensor(1, 8, 8);
        (image.Values[5], image.Values[7]) = (low, high);
        Assert.Contains(expected, Assert.Throws<LatentSharpException>(() => Autoencoder.Pixels.Encode(image)).Message);
    }

    [Fact]
    public void What_decoders_overshoot_is_not_refused()
    {
        var image = new ImageTensor(1, 8, 8);
        (image.Values[5], image.Values[7]) = (-3.5f, 4.25f);
        Assert.Equal(image.Values, Autoencoder.Pixels.Encode(image).Values);
    }
}
