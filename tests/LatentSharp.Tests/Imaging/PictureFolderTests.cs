using System.Text;
using LatentSharp.Imaging;

namespace LatentSharp.Tests.Imaging;

public sealed class PictureFolderTests
{
    [Fact]
    public void Every_file_is_accounted_for_in_ordinal_order()
    {
        using var folder = new TemporaryFolder();
        byte[] png = PictureFile.Encode(SamplePictures.Tensor(20, 10), PictureFormat.Png),
            jpeg = PictureFile.Encode(SamplePictures.Tensor(8, 9), PictureFormat.Jpeg);
        foreach (string name in new[] { "b.png", "B.png", "a10.png", "a2.png", "ä.png" }) folder.Write(name, png);
        folder.Write("wrong-name.png", jpeg);   // content counts, not the name
        folder.Write("no-extension", jpeg);
        folder.Write("page.jpg", Encoding.UTF8.GetBytes("<!DOCTYPE html>"));
        folder.Write("empty.webp", []);
        folder.Write("a2.txt", Encoding.UTF8.GetBytes("a caption"));
        folder.Write("latent.safetensors", new byte[10]);
        Directory.CreateDirectory(folder["inner.png"]);
        File.WriteAllBytes(Path.Combine(folder["inner.png"], "c.png"), png);

        PictureFolder found = PictureFolder.Open(folder.Root);
        Assert.Equal(["B.png", "a10.png", "a2.png", "b.png", "no-extension", "wrong-name.png", "ä.png"],
            found.Pictures.Select(p => p.Name));
        Assert.Equal(["empty.webp", "page.jpg"], found.Unreadable.Select(u => u.Name));
        Assert.Contains("web page", found.Unreadable[1].Problem.Message);
        Assert.Equal(["a2.txt", "latent.safetensors"], found.Others);
        Assert.Equal((PictureFormat.Jpeg, 8, 9),
            (found.Pictures[5].Info.Format, found.Pictures[5].Info.Width, found.Pictures[5].Info.Height));

        PictureFolder deep = PictureFolder.Open(folder.Root, new PictureFolderOptions { Recursive = true });
        Assert.Contains("inner.png/c.png", deep.Pictures.Select(p => p.Name));
        Assert.Equal(found.Pictures.Count + 1, deep.Pictures.Count);
    }

    [Fact]
    public void A_damaged_picture_is_reported_and_the_others_are_read()
    {
        using var folder = new TemporaryFolder();
        byte[] png = PictureFile.Encode(SamplePictures.Tensor(60, 50), PictureFormat.Png);
        folder.Write("1.png", png);
        folder.Write("2.png", png[..^40]);
        folder.Write("3.png", png);
        PictureFolder found =
            PictureFolder.Open(folder.Root, new PictureFolderOptions { Picture = new PictureOptions { MaximumPixels = 3000 } });
        PictureReading[] readings = [.. found.Read(TestContext.Current.CancellationToken)];
        Assert.Equal(["1.png", "2.png", "3.png"], readings.Select(r => r.Entry.Name));
        Assert.Equal(SamplePictures.Tensor(60, 50).Values, readings[2].Picture!.Image.Values);
        Assert.Null(readings[1].Picture);
        Assert.Contains("2.png", readings[1].Problem!.Message);
        Assert.Equal(ErrorKind.BadInput, readings[1].Problem!.Kind);
    }

    [Fact]
    public void Reading_can_be_cancelled_between_pictures()
    {
        using var folder = new TemporaryFolder();
        for (int i = 0; i < 3; i++) folder.Write($"{i}.png", PictureFile.Encode(SamplePictures.Tensor(4, 4), PictureFormat.Png));
        using var source = new CancellationTokenSource();
        int read = 0;
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (PictureReading _ in PictureFolder.Open(folder.Root).Read(source.Token))
                if (++read == 2) source.Cancel();
        });
        Assert.Equal(2, read);
    }

    [Fact]
    public void Loops_of_links_end_and_missing_folders_are_not_found()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.png", PictureFile.Encode(SamplePictures.Tensor(4, 4), PictureFormat.Png));
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateSymbolicLink(folder["loop"], folder.Root);
            File.CreateSymbolicLink(folder["b.png"], folder["a.png"]);
            Assert.Equal(["a.png", "b.png"],
                PictureFolder.Open(folder.Root, new PictureFolderOptions { Recursive = true }).Pictures.Select(p => p.Name));
        }
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<LatentSharpException>(() => PictureFolder.Open(folder["none"])).Kind);
        Assert.Equal(ErrorKind.BadInput, Assert.Throws<LatentSharpException>(() => PictureFolder.Open(folder["a.png"])).Kind);
    }
}
