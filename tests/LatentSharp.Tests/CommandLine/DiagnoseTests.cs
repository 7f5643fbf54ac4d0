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

    [Fact]
    public void Without_traces_of_JPEG_nothing_is_claimed_about_channels()
    {
        PictureFile.Save(place.File("jpeg.png"), PlantedDefect.Jpeg(Photograph, 88));
        PictureFile.Save(place.File("never.png"), PlantedDefect.Order(Photograph, 2, 1, 0));
        foreach (string picture in (string[])["jpeg.png", "never.png"])
            Assert.Contains("channels show only in a picture that was a JPEG before",
                place.Latent("diagnose", picture).Expect(0).Output, StringComparison.OrdinalIgnoreCase);
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
