namespace LatentSharp.Tests.Imaging;

public sealed class PictureRoundTripTests
{
    public static TheoryData<string> Lossless => ["a.png", "a.tif", "a.TIFF"];

    [Theory]
    [MemberData(nameof(Lossless))]
    public void Eight_bits_come_back_exactly(string name)
    {
        using var folder = new TemporaryFolder();
        ImageTensor image = SamplePictures.Tensor(37, 23);
        PictureFile.Save(folder[name], image);
        Picture picture = PictureFile.Load(folder[name]);
        Assert.Equal(image.Values, picture.Image.Values);
        Assert.Equal((37, 23, 8), (picture.Info.Width, picture.Info.Height, picture.Info.Bits));
        Assert.Empty(picture.Notes);
    }

    [Theory]
    [MemberData(nameof(Lossless))]
    public void Sixteen_bits_come_back_exactly(string name)
    {
        using var folder = new TemporaryFolder();
        var image = new ImageTensor(1, 256, 256); // every level of 16 bits once in each channel, in three orders
        for (int level = 0; level < 65536; level++)
        {
            image.Plane(0, 0)[level] = level / 32767.5f - 1f;
            image.Plane(0, 1)[65535 - level] = level / 32767.5f - 1f;
            image.Plane(0, 2)[level ^ 0x5555] = level / 32767.5f - 1f;
        }
        PictureFile.Save(folder[name], image, new PictureSaveOptions { Bits = 16 });
        Picture picture = PictureFile.Load(folder[name]);
        Assert.Equal(image.Values, picture.Image.Values);
        Assert.Equal(16, picture.Info.Bits);
    }

    [Fact]
    public void Lossless_WebP_comes_back_exactly()
    {
        using var folder = new TemporaryFolder();
        ImageTensor image = SamplePictures.Tensor(40, 30);
        PictureFile.Save(folder["a.webp"], image, new PictureSaveOptions { Lossless = true });
        Assert.Equal(image.Values, PictureFile.Load(folder["a.webp"]).Image.Values);
    }

    [Theory]
    [InlineData("a.jpg")]
    [InlineData("a.webp")]
    [InlineData("a.avif")]
    public void Lossy_formats_keep_a_smooth_picture_close(string name)
    {
        Assert.SkipUnless(PictureFormat.FromExtension(name)!.CanWrite, $"the native library does not write {name}");
        using var folder = new TemporaryFolder();
        var image = new ImageTensor(1, 48, 64);
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < 48 * 64; i++) image.Plane(0, c)[i] = (i % 64 + (c + 1) * (i / 64)) / 128f - 0.9f;
        PictureFile.Save(folder[name], image);
        Picture picture = PictureFile.Load(folder[name]);
        Assert.Equal(PictureFormat.FromExtension(name), picture.Info.Format);
        float worst = image.Values.Zip(picture.Image.Values, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(worst < 0.07f, $"worst difference {worst}"); // 9 levels of 255, for quality 95 on a gradient
    }

    [Fact]
    public void Values_are_clamped_and_rounded_to_nearest_even()
    {
        // 0 lies halfway between the levels 127 and 128 (32767 and 32768): the even one is taken. No other value lies exactly halfway.
        float[] values = [-3f, 3f, 0f, 0.49f / 127.5f - 1f, 0.51f / 127.5f - 1f];
        var image = new ImageTensor([.. values, .. values, .. values], 1, 1, values.Length);
        ImageTensor eight = PictureFile.Load(PictureFile.Encode(image, PictureFormat.Png), name: "picture").Image;
        Assert.Equal([0, 255, 128, 0, 1], eight.Plane(0, 1).ToArray().Select(v => MathF.Round((v + 1) * 127.5f)));
        ImageTensor sixteen = PictureFile.Load(PictureFile.Encode(image, PictureFormat.Png, new PictureSaveOptions { Bits = 16 }),
            name: "picture").Image;
        Assert.Equal([0, 65535, 32768, 126, 131], sixteen.Plane(0, 1).ToArray().Select(v => MathF.Round((v + 1) * 32767.5f)));
    }

    [Fact]
    public void An_sRGB_profile_is_embedded_unless_declined()
    {
        ImageTensor image = SamplePictures.Tensor(8, 8);
        foreach (PictureFormat format in PictureFormat.All.Where(f => f.CanWrite))
        {
            Picture with = PictureFile.Load(PictureFile.Encode(image, format), name: "with");
            Picture without = PictureFile.Load(PictureFile.Encode(image, format, new PictureSaveOptions { EmbedProfile = false }),
                name: "without");
            Assert.NotNull(with.Info.Profile);
            Assert.Null(without.Info.Profile);
            Assert.Empty(with.Notes);
            Assert.Equal(with.Image.Values, without.Image.Values);
        }
    }

    [Fact]
    public void The_native_library_here_handles_what_the_package_promises()
    {
        Assert.All(PictureFormat.All, f => Assert.True(f.CanRead, f.Name));
        Assert.All(PictureFormat.All.Where(f => f != PictureFormat.Gif), f => Assert.True(f.CanWrite, f.Name));
        Assert.False(PictureFormat.Gif.CanWrite);
        Assert.Matches(@"^libvips 8\.\d+\.\d+: reads PNG, JPEG, WebP, TIFF, AVIF, GIF; writes PNG, JPEG, WebP, TIFF, AVIF$", PictureFormat.Describe());
    }

    [Fact]
    public void A_name_with_brackets_is_only_a_name()
    {
        using var folder = new TemporaryFolder();
        PictureFile.Save(folder["a[page=7].png"], SamplePictures.Tensor(5, 4));
        Assert.Equal(5, PictureFile.Load(folder["a[page=7].png"]).Image.Width);
    }

    [Theory]
    [InlineData("a.jpg", 16, "PNG or TIFF")]
    [InlineData("a.png", 12, "8 or 16")]
    [InlineData("a.xyz", 8, "\".xyz\"")]
    [InlineData("a.gif", 8, "GIF cannot be written")]
    public void What_cannot_be_written_is_refused(string name, int bits, string says)
    {
        using var folder = new TemporaryFolder();
        var e = Assert.Throws<LatentSharpException>(
            () => PictureFile.Save(folder[name], SamplePictures.Tensor(5, 4), new PictureSaveOptions { Bits = bits }));
        Assert.Contains(says, e.Message);
        Assert.Empty(Directory.GetFiles(folder.Root));
    }

    [Fact]
    public void Values_that_are_not_finite_are_counted_and_refused()
    {
        using var folder = new TemporaryFolder();
        ImageTensor image = SamplePictures.Tensor(5, 4);
        (image.Values[3], image.Values[9]) = (float.NaN, float.PositiveInfinity);
        var e = Assert.Throws<LatentSharpException>(() => PictureFile.Save(folder["a.png"], image));
        Assert.Contains("2 of the picture's 60 values", e.Message);
        Assert.Empty(Directory.GetFiles(folder.Root));
    }

    [Fact]
    public void A_failed_write_leaves_no_file_and_says_where()
    {
        using var folder = new TemporaryFolder();
        ImageTensor image = SamplePictures.Tensor(5, 4);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<LatentSharpException>(() => PictureFile.Save(folder["no/such/a.png"], image)).Kind);
        Directory.CreateDirectory(folder["b.png"]);
        Assert.Contains("this is a folder", Assert.Throws<LatentSharpException>(() => PictureFile.Save(folder["b.png"], image)).Message);
        Assert.Equal([folder["b.png"]], Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public void Saving_over_a_file_replaces_it_whole()
    {
        using var folder = new TemporaryFolder();
        PictureFile.Save(folder["a.png"], SamplePictures.Tensor(60, 50));
        PictureFile.Save(folder["a.png"], SamplePictures.Tensor(6, 5));
        Assert.Equal((6, 5), (PictureFile.Inspect(folder["a.png"]).Width, PictureFile.Inspect(folder["a.png"]).Height));
        Assert.Single(Directory.GetFiles(folder.Root));
    }
}
