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
    public void A_jpeg_whose_data_end_early_is_refused_though_it_ends_like_a_whole_one()
    {
        byte[] whole = SamplePictures.VipsRgb(256, 192).JpegsaveBuffer(q: 90);
        // Behind the last marker of a scan, so that what is cut off is data.
        for (int percent = 30; percent <= 90; percent += 10)
        {
            byte[] part = whole[..(whole.Length * percent / 100)];
            if (part[^1] == 0xFF) part = part[..^1];
            RefusedAsDamaged([.. part, 0xFF, 0xD9]);
        }
    }

    [Fact]
    public void A_progressive_jpeg_that_was_cut_between_two_scans_says_so()
    {
        byte[] whole = SamplePictures.VipsRgb(256, 192).JpegsaveBuffer(q: 90, interlace: true, keep: Enums.ForeignKeep.None);
        Assert.Empty(PictureFile.Load(whole, name: "whole").Notes);
        int[] scans = [.. Enumerable.Range(2, whole.Length - 3).Where(i => whole[i] == 0xFF && whole[i + 1] == 0xDA)];
        Assert.True(scans.Length > 4, "the encoder's usual script has ten scans");
        foreach (int scan in scans[2..])
        {
            // With what stands before a scan but for its tables, which do no harm.
            byte[] part = [.. whole[..scan], 0xFF, 0xD9];
            Assert.Contains("fine detail is lost", Assert.Single(PictureFile.Load(part, name: "part").Notes), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_jpeg_that_claims_more_rows_than_its_data_have_is_refused()
    {
        byte[] whole = SamplePictures.VipsRgb(100, 75).JpegsaveBuffer();
        int frame = whole.AsSpan().IndexOf<byte>([0xFF, 0xC0]);
        // SOF0: marker, length, precision, height, width (ITU-T T.81, B.2.2).
        (whole[frame + 5], whole[frame + 6]) = (300 >> 8, 300 & 255);
        RefusedAsDamaged(whole);
        (whole[frame + 5], whole[frame + 6], whole[frame + 7], whole[frame + 8]) = (10000 >> 8, 10000 & 255, 10000 >> 8, 10000 & 255);
        RefusedAsDamaged(whole);
    }

    [Fact]
    public void A_jpeg_with_a_flipped_bit_in_its_data_is_refused_or_whole_in_size()
    {
        byte[] whole = SamplePictures.VipsRgb(256, 192).JpegsaveBuffer(q: 90, restartInterval: 4);
        int data = whole.AsSpan().LastIndexOf<byte>([0xFF, 0xDA]) + 32;
        // Bytes of a marker in the place of data: the decoder looks for the next restart, and what lies between is lost.
        (whole[data + 200], whole[data + 201]) = (0xFF, 0xD5);
        RefusedAsDamaged(whole);
    }

    [Fact]
    public void A_jpeg_whose_header_alone_is_odd_is_read_with_a_note()
    {
        byte[] whole = SamplePictures.VipsRgb(64, 48).JpegsaveBuffer(keep: Enums.ForeignKeep.None);
        Picture plain = PictureFile.Load(whole, name: "plain");
        Assert.Empty(plain.Notes);
        // APP0 of JFIF, of the major version 9.
        byte[] odd = [.. whole[..2], 0xFF, 0xE0, 0, 16, .. "JFIF"u8, 0, 9, 1, 0, 0, 1, 0, 1, 0, 0, .. whole[2..]];
        Picture read = PictureFile.Load(odd, name: "odd");
        Assert.Contains("the picture is whole", Assert.Single(read.Notes), StringComparison.Ordinal);
        Assert.Equal(plain.Image.Values, read.Image.Values);
    }

    private static void RefusedAsDamaged(byte[] jpeg)
    {
        var e = Assert.Throws<LatentSharpException>(() => PictureFile.Load(jpeg, name: "cut"));
        Assert.Equal(ErrorKind.BadInput, e.Kind);
        Assert.Contains("damaged or truncated", e.Message, StringComparison.Ordinal);
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
