using System.Text.Json;
using LatentSharp.Quality.Reports;
using LatentSharp.Tests.Quality;

namespace LatentSharp.Tests.CommandLine;

/// <summary>report, compare, diagnose, recalibrate and evaluate from outside.</summary>
[Collection(CommandsCollection.Name)]
public sealed class QualityCommandTests : IDisposable
{
    private readonly Workplace place = new();

    public QualityCommandTests()
    {
        Directory.CreateDirectory(place.File("pictures"));
        for (int i = 1; i <= 2; i++) PictureFile.Save(place.File($"pictures/scene {i}.png"), Pictures.Scene(96, 96, i));
    }

    public void Dispose() => place.Dispose();

    [Fact]
    public void Report_writes_a_valid_document_and_a_page_and_leaves_nothing_else()
    {
        JsonElement said = place.Latent("report", "embedded", "--images", "pictures", "-o", "out", "--quick", "--json").Expect(0).Json;
        Assert.Equal(2, said.GetProperty("pictures").GetInt32());
        Assert.Equal(["report.html", "report.json"],
            Directory.GetFileSystemEntries(place.File("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using JsonDocument schema = JsonDocument.Parse(ReportSchema.Text),
            report = JsonDocument.Parse(File.ReadAllText(place.File("out/report.json")));
        Assert.Empty(JsonSchemaCheck.Errors(schema.RootElement, report.RootElement));
        Assert.Contains("data:image/webp;base64,", File.ReadAllText(place.File("out/report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void Unreadable_pictures_are_listed_the_rest_is_done_and_the_exit_code_tells()
    {
        File.WriteAllText(place.File("pictures/broken.png"), "this is no picture");
        File.WriteAllText(place.File("pictures/notes.txt"), "a note");
        Workplace.Outcome outcome = place.Latent("report", "embedded", "--images", "pictures", "-o", "out", "--quick");
        Assert.Equal(3, outcome.ExitCode);
        Assert.Contains("broken.png", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("notes.txt", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(2, ReportSchema.Read(File.ReadAllText(place.File("out/report.json"))).DataSet.Count);
        Directory.CreateDirectory(place.File("empty"));
        Assert.Contains("empty: there are no pictures",
            place.Latent("report", "embedded", "--images", "empty", "-o", "out2").Expect(3).Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(place.File("out2")));
    }

    [Fact]
    public void Diagnose_names_a_planted_defect_and_says_nothing_about_a_copy()
    {
        ImageTensor scene = Pictures.Scene(192, 192, 3);
        PictureFile.Save(place.File("good.png"), scene);
        PictureFile.Save(place.File("bad.png"), Defects.Grid(scene, 2, 8, "lines"));
        JsonElement finding = place.Latent("diagnose", "bad.png", "--reference", "good.png", "--json")
            .Expect(0).Json.GetProperty("findings")[0];
        Assert.Equal("grid", finding.GetProperty("kind").GetString());
        foreach (string field in (string[])["severity", "confidence", "evidence", "origin", "next"])
            Assert.True(finding.TryGetProperty(field, out _), field);
        Assert.Equal(0, place.Latent("diagnose", "good.png", "--reference", "good.png", "--json").Expect(0).Json.GetProperty("findings")
            .GetArrayLength());
        Assert.Contains("differ in size", place.Latent("diagnose", "pictures/scene 1.png", "--reference", "good.png").Expect(5).Error,
            StringComparison.Ordinal);
        Assert.Contains("a picture or a latent", place.Latent("diagnose").Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("no model of this name", place.Latent("diagnose", "good.png", "--model", "something").Expect(4).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Diagnose_sees_a_latent_in_the_wrong_place()
    {
        place.Latent("encode", "pictures/scene 1.png", "-o", "z.latent.safetensors", "-q").Expect(0);
        JsonElement wrong = place.Latent("diagnose", "--latent", "z.latent.safetensors", "--model", "sdxl", "--json").Expect(0).Json;
        Assert.Equal("space", wrong.GetProperty("findings")[0].GetProperty("kind").GetString());
    }

    [Fact]
    public void Compare_ranks_and_crosses()
    {
        JsonElement comparison = place.Latent("compare", "embedded", "embedded", "--images", "pictures", "-o", "out", "--json")
            .Expect(0).Json.GetProperty("comparison");
        Assert.Equal(2, comparison.GetProperty("autoencoders").GetArrayLength());
        Assert.Equal(4, comparison.GetProperty("swapped").GetArrayLength());
        Assert.Contains(comparison.GetProperty("rankings").EnumerateArray(), r => r.GetProperty("purpose").GetString() == "fidelity");
        // Two of the same: no winner by detail, and the crossed pairs say what they were measured on.
        Assert.Equal("the middle, at most 256 x 256 pixels, of the first 2 pictures", comparison.GetProperty("swapped_on").GetString());
        Assert.Contains("the middle, at most 256 x 256 pixels", File.ReadAllText(place.File("out/compare.html")), StringComparison.Ordinal);
        Assert.Contains("two autoencoders", place.Latent("compare", "embedded", "--images", "pictures").Expect(2).Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_measures_four_ways()
    {
        JsonElement result = place.Latent("evaluate", "embedded", "--against", "embedded", "--images", "pictures", "-o", "sheets", "--json")
            .Expect(0).Json;
        Assert.Equal(4, result.GetProperty("rows").GetArrayLength());
        Assert.Equal(0, result.GetProperty("latent_mean_square").GetDouble());
        Assert.Equal(2, Directory.GetFiles(place.File("sheets")).Length);
    }

    [Fact]
    public void Autoencoders_of_two_spaces_are_not_evaluated_against_each_other()
    {
        string other = Shared.Path("models/tiny/taesd3_encoder.safetensors");
        string said = place.Latent("evaluate", "embedded", "--against", other, "--images", "pictures").Expect(5).Error;
        Assert.Contains("embedded speaks FLUX.1, taesd3 speaks Stable Diffusion 3", said, StringComparison.Ordinal);
        // No latent was given and no --ae is missing.
        Assert.DoesNotContain("the latent", said, StringComparison.Ordinal);
        Assert.DoesNotContain("--ae", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_too_small_for_a_metric_are_said()
    {
        Directory.CreateDirectory(place.File("tiny"));
        PictureFile.Save(place.File("tiny/one.png"), Pictures.Scene(20, 40, 1));
        string said = place.Latent("report", "embedded", "--images", "tiny", "-o", "out").Expect(0).Error;
        Assert.Contains("MS-SSIM (needs 176 pixels): left out for 1 of 1", said, StringComparison.Ordinal);
        Assert.Contains("Experiments: left out", said, StringComparison.Ordinal);
        Assert.Contains("MS-SSIM (needs 176 pixels)", File.ReadAllText(place.File("out/report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void Recalibrate_centres_latents_and_the_new_space_is_kept_apart()
    {
        Workplace.Outcome wrong = place.Latent("recalibrate", "embedded", "--images", "pictures", "--latents", "some", "-o",
            "z.safetensors").Expect(2);
        Assert.Contains("all or each", wrong.Error, StringComparison.Ordinal);
        // Copies, under whatever name, count as one.
        for (int i = 1; i <= 2; i++) File.Copy(place.File($"pictures/scene {i}.png"), place.File($"pictures/zcopy {i}.png"));
        Assert.Contains("of these pictures 2 differ in what they show; 2 pictures show the same as another",
            place.Latent("recalibrate", "embedded", "--images", "pictures", "-o", "none.safetensors").Expect(3).Error, StringComparison.Ordinal);
        for (int i = 3; i <= 6; i++) PictureFile.Save(place.File($"pictures/scene {i}.png"), Pictures.Scene(96, 96, i));
        JsonElement centred = place.Latent("recalibrate", "embedded", "--images", "pictures", "--latents", "each", "-o",
            "centred.safetensors", "--json").Expect(0).Json;
        Assert.Equal((3, 3, 0), (centred.GetProperty("fit").GetInt32(), centred.GetProperty("held_out").GetInt32(),
            centred.GetProperty("unreadable").GetArrayLength()));
        Assert.Contains("zcopy 1.png (as scene 1.png)", centred.GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal("latent-channels", centred.GetProperty("kind").GetString());
        centred = centred.GetProperty("centred");
        Assert.StartsWith("flux1-centred-", centred.GetProperty("space").GetString(), StringComparison.Ordinal);
        Assert.True(centred.GetProperty("nats_after").GetDouble() < centred.GetProperty("nats_before").GetDouble());
        place.Latent("encode", "pictures/scene 1.png", "--ae", "centred.safetensors", "-o", "z.latent.safetensors", "-q").Expect(0);
        place.Latent("decode", "z.latent.safetensors", "--ae", "centred.safetensors", "-o", "back.png", "-q").Expect(0);
        place.Latent("decode", "z.latent.safetensors", "-o", "wrong.png", "-q").Expect(5);
    }

    [Fact]
    public void Recalibrate_refuses_a_name_that_is_no_weight_file()
        => Assert.Contains(".safetensors",
            place.Latent("recalibrate", "embedded", "--images", "pictures", "-o", "better.bin").Expect(2).Error, StringComparison.Ordinal);
}
