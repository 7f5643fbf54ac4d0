using LatentSharp.Imaging.Sheets;

namespace LatentSharp.Tests.Imaging;

public sealed class SheetTests
{
    private static readonly byte[] Ground = [0x14, 0x16, 0x1A];

    [Fact]
    public void Side_by_side_keeps_the_pixels_of_large_pictures()
    {
        ImageTensor a = SamplePictures.Tensor(300, 200), b = SamplePictures.Tensor(280, 260);
        ImageTensor sheet = SideBySide.Render(new SheetPanel("left", a), new SheetPanel("right", b, "detail"));
        // Unit 1 for panels up to 400 pixels wide: gaps of 14, 44 rows of captions when there are details.
        Assert.Equal((14 + 300 + 14 + 280 + 14, 44 + 260 + 14), (sheet.Width, sheet.Height));
        AssertPasted(sheet, a, 14, 44);
        AssertPasted(sheet, b, 14 + 300 + 14, 44);
        Assert.Equal(Ground, SamplePictures.Pixel(sheet, 7, 100));
        Assert.Equal(Ground, SamplePictures.Pixel(sheet, 100, 44 + 230));
        Assert.True(Inked(sheet, 14, 4, 100, 30) > 50, "the caption is missing");
        Assert.Equal(0, Inked(sheet, 14, 32, 280, 44)); // only the right panel has a second line
        Assert.True(Inked(sheet, 328, 28, 428, 43) > 30, "the detail is missing");
    }

    [Fact]
    public void Small_pictures_are_enlarged_by_whole_factors()
    {
        ImageTensor a = SamplePictures.Tensor(100, 60);
        ImageTensor sheet = SideBySide.Render(new SheetPanel("small", a));
        Assert.Equal((14 + 300 + 14, 28 + 180 + 14), (sheet.Width, sheet.Height));
        for (int y = 0; y < 180; y += 7)
            for (int x = 0; x < 300; x += 7)
                Assert.Equal(SamplePictures.Pixel(a, x / 3, y / 3), SamplePictures.Pixel(sheet, 14 + x, 28 + y));
    }

    [Fact]
    public void A_small_picture_beside_a_large_one_is_brought_close_to_its_size()
    {
        ImageTensor large = SamplePictures.Tensor(512, 300), small = SamplePictures.Tensor(60, 40);
        ImageTensor sheet = SideBySide.Render(new SheetPanel("a", large), new SheetPanel("b", small));
        Assert.Equal(17 + 512 + 17 + 480 + 17, sheet.Width); // 8 times 60; one unit is 480 / 400 pixels, a gap 14 of them
        AssertPasted(sheet, large, 17, 34);
    }

    [Fact]
    public void Text_grows_with_the_panels_and_never_leaves_them()
    {
        string caption = string.Concat(Enumerable.Repeat("a long caption ", 20));
        foreach (int width in new[] { 256, 800, 1600 })
        {
            ImageTensor sheet = SideBySide.Render(new SheetPanel(caption, new ImageTensor(1, 40, width)),
                new SheetPanel("", new ImageTensor(1, 40, width)));
            int head = sheet.Height - 40 - (sheet.Width - 2 * width) / 3;
            Assert.InRange(head, 28 * width / 400, Math.Max(28, 28 * width / 400 + 1));
            int gap = (sheet.Width - 2 * width) / 3;
            Assert.Equal(0, Inked(sheet, gap + width + 1, 0, sheet.Width, head));
            Assert.Equal(0, Inked(sheet, 0, 0, gap - 1, head));
        }
    }

    [Fact]
    public void The_same_input_gives_the_same_sheet()
        => Assert.Equal(SideBySide.Render(new SheetPanel("twice ±1 ü", SamplePictures.Tensor(9, 9))).Values,
            SideBySide.Render(new SheetPanel("twice ±1 ü", SamplePictures.Tensor(9, 9))).Values);

    [Fact]
    public void The_error_map_counts_in_levels()
    {
        ImageTensor a = SamplePictures.Tensor(40, 25);
        var b = new ImageTensor([.. a.Values], 1, 25, 40);
        b.Plane(0, 0)[0] = a.Plane(0, 0)[0] + 30 / 127.5f; // 30 levels in red: 10 on average over the colours
        b.Plane(0, 1)[41] = 7f;                            // beyond white: clamped before the comparison
        ErrorMap map = ErrorMap.Absolute(a, b);
        float second = (255 - (a.Plane(0, 1)[41] + 1) * 127.5f) / 3;
        Assert.Equal(second, map.Largest, 1e-3);
        Assert.Equal((10 + second) / 1000, map.Mean, 1e-4);
        Assert.Equal((0, 1), (map.Percentile99, map.Range)); // all but 2 of 1000 pixels are equal
        Assert.Equal((40, 25), (map.Map.Width, map.Map.Height));
        Assert.Equal(SamplePictures.Pixel(map.Map, 5, 5), SamplePictures.Pixel(map.Map, 30, 20));
        Assert.True(SamplePictures.Pixel(map.Map, 0, 0).Sum(v => v) > 600); // far above the range: the last, palest colour
    }

    [Fact]
    public void The_worst_square_is_found_and_shown_enlarged()
    {
        ImageTensor a = SamplePictures.Tensor(200, 120);
        var b = new ImageTensor([.. a.Values], 1, 120, 200);
        for (int y = 70; y < 86; y++) for (int x = 131; x < 147; x++) b.Plane(0, 2)[y * 200 + x] -= 0.4f;
        b.Plane(0, 0)[5] += 1.5f; // one bad pixel is not a bad region
        ErrorMap map = ErrorMap.Absolute(a, b);
        Assert.Equal((131, 70), map.WorstSquare(16));
        Assert.Equal((0, 0), map.WorstSquare(1000));
        ImageTensor detail = DetailSheet.Render(map, 16, new SheetPanel("before", a), new SheetPanel("after", b));
        Assert.Equal((14 + 256 + 14 + 256 + 14, 44 + 256 + 14), (detail.Width, detail.Height)); // 16 times 16 pixels
        Assert.Equal(SamplePictures.Pixel(a, 131, 70), SamplePictures.Pixel(detail, 14, 44));
        Assert.Equal(SamplePictures.Pixel(b, 146, 85), SamplePictures.Pixel(detail, 14 + 256 + 14 + 255, 44 + 255));
    }

    [Fact]
    public void Signed_errors_tell_darker_from_brighter()
    {
        var grey = new ImageTensor(1, 1, 3);
        var changed = new ImageTensor([-0.5f, 0, 0.5f, -0.5f, 0, 0.5f, -0.5f, 0, 0.5f], 1, 1, 3);
        ErrorMap map = ErrorMap.Signed(grey, changed);
        Assert.Equal(63.75, map.Largest, 1e-3);
        Assert.Equal(64, map.Range);
        byte[] darker = SamplePictures.Pixel(map.Map, 0, 0), same = SamplePictures.Pixel(map.Map, 1, 0),
            brighter = SamplePictures.Pixel(map.Map, 2, 0);
        Assert.True(darker[2] > darker[0] + 50 && brighter[0] > brighter[2] + 50 && same.Max() < 50);
    }

    [Fact]
    public void The_heat_scale_gets_brighter_all_the_way()
    {
        var black = new ImageTensor([.. Enumerable.Repeat(-1f, 3 * 256)], 1, 1, 256);
        var ramp = new ImageTensor([.. Enumerable.Range(0, 3 * 256).Select(i => ImageTensor.FromByte((byte)(i % 256)))], 1, 1, 256);
        ImageTensor map = ErrorMap.Absolute(black, ramp, 255).Map;
        float[] luma = [.. Enumerable.Range(0, 256)
            .Select(i => 0.2126f * map.Plane(0, 0)[i] + 0.7152f * map.Plane(0, 1)[i] + 0.0722f * map.Plane(0, 2)[i])];
        for (int i = 1; i < 256; i++) Assert.True(luma[i] > luma[i - 1] - 0.002f, $"level {i} is darker than the one before");
        Assert.True(luma[0] < -0.85f && luma[255] > 0.8f);
    }

    [Fact]
    public void The_rendered_error_map_has_a_legend()
    {
        ImageTensor a = SamplePictures.Tensor(512, 64), b = new([.. a.Values.Select(v => v * 0.9f)], 1, 64, 512);
        ErrorMap map = ErrorMap.Absolute(a, b);
        ImageTensor sheet = map.Render();
        Assert.True(sheet.Width > 512 && sheet.Height > 64 + 80);
        AssertPasted(sheet, map.Map, (sheet.Width - 512) / 2, 38); // head of 30 units, one unit = 512 / 400 pixels
        Assert.True(Inked(sheet, 20, sheet.Height - 50, sheet.Width, sheet.Height) > 100, "the figures are missing");
        Assert.Throws<ArgumentException>(() => ErrorMap.Absolute(a, SamplePictures.Tensor(511, 64)));
    }

    [Fact]
    public void The_latent_sheet_shows_each_channel_on_its_own_scale()
    {
        var latent = new Latent(LatentSpace.Flux1, new float[16 * 40 * 40], 1, 40, 40);
        latent.Plane(0, 1).Fill(3);
        latent.Plane(0, 2).Fill(-0.001f);
        latent.Plane(0, 3)[0] = float.NaN;
        latent.Plane(0, 4)[0] = 5;
        ImageTensor sheet = LatentSheet.Render(latent);
        // 4 columns of 40 * 4 pixels; the unit is 160 / 190 held at 0.85: gaps 12, head 32, labels 19.
        Assert.Equal((12 + 4 * 172, 32 + 4 * (160 + 19 + 12)), (sheet.Width, sheet.Height));
        byte[] zero = At(0, 80, 80), high = At(1, 80, 80), low = At(2, 80, 80);
        Assert.InRange(zero.Max() - zero.Min(), 0, 1);
        Assert.True(high[0] > 200 && high[0] > high[2] + 30, "a positive channel is warm and bright");
        Assert.True(low[2] > low[0] && low.Max() < 120, "a negative channel is blue and dark, however small its values");
        Assert.Equal(new byte[] { 255, 0, 255 }, At(3, 0, 0));
        Assert.Equal(high, At(4, 3, 3)); // one latent position is 4 x 4 pixels
        Assert.Equal(zero, At(4, 4, 3));

        byte[] At(int channel, int x, int y) => SamplePictures.Pixel(sheet, 12 + channel % 4 * 172 + x, 32 + channel / 4 * 191 + y);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 2)]
    [InlineData(32, 8)]
    [InlineData(128, 16)]
    public void The_latent_sheet_takes_any_number_of_channels(int channels, int columns)
    {
        var space = new LatentSpace("test", "Test", channels, 8, [1f], [0f]);
        ImageTensor sheet = LatentSheet.Render(new Latent(space, new float[2 * channels * 20], 2, 4, 5), image: 1);
        Assert.Equal(12 + columns * 172, sheet.Width);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => LatentSheet.Render(new Latent(space, new float[channels * 20], 1, 4, 5), image: 1));
    }

    private static void AssertPasted(ImageTensor sheet, ImageTensor panel, int x, int y)
    {
        for (int c = 0; c < 3; c++)
            for (int row = 0; row < panel.Height; row++)
                Assert.Equal(panel.Plane(0, c).Slice(row * panel.Width, panel.Width),
                    sheet.Plane(0, c).Slice((y + row) * sheet.Width + x, panel.Width));
    }

    private static int Inked(ImageTensor sheet, int left, int top, int right, int bottom)
    {
        int count = 0;
        for (int y = top; y < bottom; y++)
            for (int x = left; x < right; x++)
                if (!SamplePictures.Pixel(sheet, x, y).SequenceEqual(Ground)) count++;
        return count;
    }
}
