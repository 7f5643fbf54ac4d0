using System.Text;
using NetVips;

namespace LatentSharp.Tests.Imaging;

public sealed class PictureRefusalTests
{
    [Theory]
    [InlineData("PNG")]
    [InlineData("JPEG")]
    [InlineData("WebP")]
    [InlineData("TIFF")]
    [InlineData("AVIF")]
    [InlineData("GIF")]
    public void A_truncated_picture_is_refused_wherever_it_was_cut(string name)
    {
        PictureFormat format = PictureFormat.All.Single(f => f.Name == name);
        Assert.SkipUnless(format.CanRead, $"the native library does not read {name}");
        byte[] whole = format == PictureFormat.Gif ? SamplePictures.VipsRgb(64, 48).GifsaveBuffer()
            : PictureFile.Encode(SamplePictures.Tensor(64, 48), format, new PictureSaveOptions { EmbedProfile = false });
        for (int percent = 1; percent <= 95; percent += 2)
        {
            byte[] part = whole[..(whole.Length * percent / 100)];
            var e = Assert.Throws<LatentSharpException>(() => PictureFile.Load(part, name: "cut"));
            Assert.Equal(ErrorKind.BadInput, e.Kind);
            Assert.StartsWith("cut: ", e.Message);
            Assert.DoesNotContain("\n", e.Message);
        }
    }

    [Fact]
    public void Damaged_bytes_never_crash()
    {
        var random = new Random(7);
        foreach (PictureFormat format in PictureFormat.All.Where(f => f.CanWrite))
        {
            byte[] whole = PictureFile.Encode(SamplePictures.Tensor(64, 48), format);
            for (int i = 0; i < 60; i++)
            {
                byte[] damaged = [.. whole];
                for (int k = 0; k < 1 + i % 8; k++) damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                try
                {
                    // A flipped size may ask for a gigantic picture; the limit keeps the test small.
                    PictureFile.Load(damaged, new PictureOptions { MaximumPixels = 1 << 22 }, "damaged");
                }
                catch (LatentSharpException e)
                {
                    Assert.Equal(ErrorKind.BadInput, e.Kind);
                }
            }
        }
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html><body>404</body></html>", "a web page (HTML)")]
    [InlineData("\uFEFF<html lang=\"en\">", "a web page (HTML)")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "a Git LFS pointer")]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"4\" height=\"4\"/>", "an SVG drawing")]
    [InlineData("hello", "text beginning with \"hello\"")]
    [InlineData("PK\u0003\u0004rest", "a ZIP archive")]
    [InlineData("\0\0\0\u0018ftypheic\0\0\0\0mif1heic", "this is a HEIC picture")]
    [InlineData("\0\0\0\u0018ftypisom\0\0\0\0isomavc1", "a video or picture container (ftyp isom)")]
    [InlineData("", "the file is empty")]
    public void What_is_no_picture_is_named(string content, string says)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.png", Encoding.UTF8.GetBytes(content));
        var e = Assert.Throws<LatentSharpException>(() => PictureFile.Load(path));
        Assert.Equal(ErrorKind.BadInput, e.Kind);
        Assert.Contains(path, e.Message);
        Assert.Contains(says, e.Message);
    }

    [Fact]
    public void A_safetensors_file_is_named()
    {
        byte[] header = Encoding.UTF8.GetBytes("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}");
        byte[] file = [.. BitConverter.GetBytes((long)header.Length), .. header, 0, 0, 0, 0];
        Assert.Contains("a safetensors file", Assert.Throws<LatentSharpException>(() => PictureFile.Load(file, name: "x")).Message);
    }

    [Fact]
    public void Missing_files_and_folders_are_told_apart()
    {
        using var folder = new TemporaryFolder();
        var missing = Assert.Throws<LatentSharpException>(() => PictureFile.Load(folder["none.png"]));
        Assert.Equal(ErrorKind.NotFound, missing.Kind);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<LatentSharpException>(() => PictureFile.Inspect(folder["none/none.png"])).Kind);
        var directory = Assert.Throws<LatentSharpException>(() => PictureFile.Load(folder.Root));
        Assert.Equal(ErrorKind.BadInput, directory.Kind);
        Assert.Contains("folder", directory.Message);
    }

    [Fact]
    public void A_gigantic_picture_is_refused_by_its_header()
    {
        // A PNG header that claims 60000 x 60000 pixels, with no data behind it.
        byte[] png = PngHeader(60000, 60000);
        var e = Assert.Throws<LatentSharpException>(() => PictureFile.Load(png, name: "huge"));
        Assert.Contains("60000 x 60000 = 3,600,000,000 pixels; the limit is 134,217,728", e.Message);
        byte[] file = PictureFile.Encode(SamplePictures.Tensor(20, 10), PictureFormat.Png);
        Assert.Contains("limit is 199",
            Assert.Throws<LatentSharpException>(() => PictureFile.Load(file, new PictureOptions { MaximumPixels = 199 }, "a")).Message);
        Assert.Equal(20, PictureFile.Load(file, new PictureOptions { MaximumPixels = 200 }, "a").Image.Width);
    }

    [Fact]
    public void A_picture_without_pixels_is_refused()
        => Assert.Equal(ErrorKind.BadInput,
            Assert.Throws<LatentSharpException>(() => PictureFile.Load(PngHeader(0, 10), name: "nothing")).Kind);

    [Fact]
    public void Too_many_channels_are_refused_with_their_number()
    {
        byte[] file = SamplePictures.Vips(new byte[6 * 4], 2, 2, 6, Enums.BandFormat.Uchar, Enums.Interpretation.Multiband)
            .TiffsaveBuffer();
        Assert.Contains("6 channels", Assert.Throws<LatentSharpException>(() => PictureFile.Load(file, name: "six")).Message);
    }

    private static byte[] PngHeader(int width, int height)
    {
        byte[] ihdr = [(byte)'I', (byte)'H', (byte)'D', (byte)'R', .. BigEndian(width), .. BigEndian(height), 8, 2, 0, 0, 0];
        byte[] idat = [(byte)'I', (byte)'D', (byte)'A', (byte)'T', 0x78, 0x9C, 0x03, 0, 0, 0, 0, 1];
        return [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, .. BigEndian(13), .. ihdr, .. BigEndian((int)PngCrc.Of(ihdr)),
            .. BigEndian(idat.Length - 4), .. idat, .. BigEndian((int)PngCrc.Of(idat))];
    }

    private static byte[] BigEndian(int value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
}
