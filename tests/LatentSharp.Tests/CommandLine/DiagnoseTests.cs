using System.Text.Json;
using LatentSharp.Tests.Diagnosing;
using LatentSharp.Tests.Quality;

namespace LatentSharp.Tests.CommandLine;

/// <summary>diagnose from outside: its page, and pictures that a program cut.</summary>
[Collection(CommandsCollection.Name)]
public sealed class DiagnoseTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void The_page_shows_the_picture_its_places_and_what_to_do()
    {
        ImageTensor scene = Pictures.Scene(192, 160, 3);
        PictureFile.Save(place.File("good.png"), scene);
        PictureFile.Save(place.File("bad.png"), PlantedDefect.Squares(scene, 12, 8, 0, 1));
        Workplace.Outcome said = place.Latent("diagnose", "bad.png", "--reference", "good.png", "-o", "out").Expect(0);
        Assert.Contains("diagnose.html", said.Output, StringComparison.Ordinal);
        Assert.Equal(["diagnose.html"], Directory.GetFileSystemEntries(place.File("out")).Select(Path.GetFileName));
        string page = File.ReadAllText(place.File("out/diagnose.html"));
        foreach (string part in (string[])["<rect x=", "severe spots", "class=\"next\"", "error map", "cycles per pixel", "What cannot be told"])
            Assert.Contains(part, page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"\"", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BGR", 2, 1, 0)]
    [InlineData("GRB", 1, 0, 2)]
    [InlineData("GBR", 1, 2, 0)]
    public void Exchanged_channels_of_what_was_a_JPEG_are_named(string order, int red, int green, int blue)
    {
        ImageTensor jpeg = PlantedDefect.Jpeg(Photograph, 88);
        PictureFile.Save(place.File("exchanged.png"), PlantedDefect.Order(jpeg, red, green, blue));
        JsonElement finding = place.Latent("diagnose", "exchanged.png", "--json").Expect(0).Json.GetProperty("findings")[0];
        Assert.Equal("channels", finding.GetProperty("kind").GetString());
        Assert.Contains($"in the order {order} ", finding.GetProperty("evidence").GetString(), StringComparison.Ordinal);
    }

    // The photograph in the repository is a JPEG that was shrunk and kept as a PNG since.
    [Theory]
    [InlineData("BGR", 2, 1, 0, 1)]
    [InlineData("RBG", 0, 2, 1, 1)]
    [InlineData("BGR", 2, 1, 0, 2)]
    public void Exchanged_channels_of_what_was_a_JPEG_and_shrunk_are_named(string order, int red, int green, int blue, int times)
    {
        ImageTensor shrunk = times == 1 ? Photograph : Halved(Photograph);
        PictureFile.Save(place.File("exchanged.png"), PlantedDefect.Order(shrunk, red, green, blue));
        JsonElement finding = place.Latent("diagnose", "exchanged.png", "--json").Expect(0).Json.GetProperty("findings")[0];
        Assert.Equal("channels", finding.GetProperty("kind").GetString());
        Assert.Contains($"in the order {order} ", finding.GetProperty("evidence").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_published_photograph_has_too_is_visible_and_no_finding()
    {
        PictureFile.Save(place.File("coarse.png"), PlantedDefect.Jpeg(Photograph, 30));
        PictureFile.Save(place.File("published.png"), PlantedDefect.Jpeg(Photograph, 55));
        PictureFile.Save(place.File("bricks.png"), Defects.Grid(Photograph, 4, 11, "lines"));
        Assert.Equal(["compression"], Kinds("coarse.png"));
        foreach ((string file, string sign) in (ReadOnlySpan<(string, string)>)[("published.png", "a JPEG of quality 55"), ("bricks.png", "every 11 pixels")])
        {
            Assert.Empty(Kinds(file));
            Workplace.Outcome said = place.Latent("diagnose", file).Expect(0);
            Assert.Contains(sign, said.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("No sign of compression", said.Output, StringComparison.Ordinal);
        }

        string[] Kinds(string file) => [.. place.Latent("diagnose", file, "--json").Expect(0).Json.GetProperty("findings").EnumerateArray()
            .Select(f => f.GetProperty("kind").GetString()!)];
    }

    private static ImageTensor Halved(ImageTensor image)
    {
        ImageTensor half = new(1, image.Height / 2, image.Width / 2);
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < half.Height * half.Width; i++)
            {
                int at = i / half.Width * 2 * image.Width + i % half.Width * 2;
                ReadOnlySpan<float> p = image.Plane(0, c);
                half.Plane(0, c)[i] = (p[at] + p[at + 1] + p[at + image.Width] + p[at + image.Width + 1]) / 4;
            }
        return PlantedDefect.Saved(half);
    }

    [Fact]
    public void Without_traces_of_JPEG_nothing_is_claimed_about_channels()
    {
        PictureFile.Save(place.File("jpeg.png"), PlantedDefect.Jpeg(Photograph, 88));
        // What a decoder computed has no such traces.
        ImageTensor decoded = EmbeddedAutoencoder.Shared.Decode(EmbeddedAutoencoder.Shared.Encode(Halved(Photograph)));
        PictureFile.Save(place.File("never.png"), PlantedDefect.Order(decoded, 2, 1, 0));
        foreach (string picture in (string[])["jpeg.png", "never.png"])
            Assert.Contains("cannot tell: Channels show only in a picture that was a JPEG or WebP before",
                place.Latent("diagnose", picture).Expect(0).Output, StringComparison.Ordinal);
    }

    // The pictures that a review of the command was made with, each by itself with the embedded autoencoder alone: what is wrong, or what
    // is visible where it may be the scene's own.
    [Theory]
    [InlineData("green", "colour", null)]
    [InlineData("washed", "contrast", null)]
    [InlineData("purple-blob", null, "cloud of purple")]
    [InlineData("purenoise", "noise", null)]
    [InlineData("noise", "noise", null)]
    [InlineData("black", "empty", null)]
    [InlineData("half", "empty", null)]
    [InlineData("blur", "blur", null)]
    [InlineData("burnt", "clipping", null)]
    [InlineData("grid", "grid", null)]
    [InlineData("seams", "seams", null)]
    [InlineData("specks", "spots", null)]
    [InlineData("comfy", "space", null)]        // by its metadata, and by the picture
    [InlineData("wrong-vae-sdxl-by-sd1", "space", "cloud of")]
    public void What_can_be_seen_in_a_picture_alone_is_named(string name, string? kind, string? visible)
    {
        JsonElement result = place.Latent("diagnose", Shared.Path($"golden/faults/diagnose/{name}.png"), "--json").Expect(0).Json;
        JsonElement[] findings = [.. result.GetProperty("findings").EnumerateArray()];
        string[] kinds = [.. findings.Select(f => f.GetProperty("kind").GetString()!).Distinct()];
        Assert.Equal(kind is null ? [] : [kind], kinds);
        // What these two are is in the name of the one, and in the metadata of the other.
        if (name is "comfy" or "wrong-vae-sdxl-by-sd1")
            Assert.Contains(findings, f => f.GetProperty("evidence").GetString()!.Contains(
                "looks like a latent of Stable Diffusion XL that an autoencoder of Stable Diffusion 1.x/2.x decoded", StringComparison.Ordinal));
        if (visible is not null)
            Assert.Contains(result.GetProperty("visible").EnumerateArray(), v => v.GetString()!.Contains(visible, StringComparison.Ordinal));
        if (visible is not null && kind is null)
        {
            Assert.Contains("look at it", result.GetProperty("headline").GetString(), StringComparison.Ordinal);
        }
        if (kind is "colour" or "contrast") return;
        string open = string.Join(' ', result.GetProperty("cannot_tell").EnumerateArray().Select(o => o.GetString()));
        Assert.Contains("Colour shows only where", open, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0.8, 0)]
    [InlineData(1, 0.75, 0)]
    [InlineData(2, 1, 14)]
    public void Casts_of_what_was_white_or_black_are_named(int channel, double gain, double lift)
    {
        ImageTensor scene = Photographs.Middle(Shared.Path("photos/face-astronaut.png"), 320);
        Assert.DoesNotContain(Kinds(Save(scene)), k => k == "colour");
        ImageTensor cast = PlantedDefect.Gain(scene, channel, gain);
        for (int i = 0; lift > 0 && i < cast.Height * cast.Width; i++)
            cast.Plane(0, channel)[i] = Math.Clamp(cast.Plane(0, channel)[i] + (float)(lift / 127.5), -1, 1);
        Assert.Contains("colour", Kinds(Save(cast)));
        Assert.Contains("contrast", Kinds(Save(PlantedDefect.Levels(scene, v => 30 + 5 * lift + v * 0.5))));

        string Save(ImageTensor image)
        {
            PictureFile.Save(place.File("cast.png"), image);
            return "cast.png";
        }
        string[] Kinds(string file) => [.. place.Latent("diagnose", file, "--json").Expect(0).Json.GetProperty("findings").EnumerateArray()
            .Select(f => f.GetProperty("kind").GetString()!)];
    }

    private static ImageTensor Photograph => PictureFile.Load(Repository.Path("assets/photos/fur-kitten.png")).Image;

    [Theory]
    [InlineData(3, 2)]      // at the left and at the top, as programs do that keep the middle
    [InlineData(0, 0)]      // at the right and at the bottom
    public void A_reference_of_a_size_that_was_cut_is_compared_where_it_fits(int left, int top)
    {
        ImageTensor scene = Pictures.Scene(198, 165, 4);
        PictureFile.Save(place.File("good.png"), scene);
        PictureFile.Save(place.File("cut.png"), PlantedDefect.Crop(scene, left, top, 160, 192));
        JsonElement result = place.Latent("diagnose", "cut.png", "--reference", "good.png", "--json").Expect(0).Json;
        Assert.Equal(0, result.GetProperty("findings").GetArrayLength());
        Assert.Contains($"from column {left}, row {top} of the reference", result.GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
    }
}
