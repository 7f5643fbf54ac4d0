using System.Diagnostics;
using System.Text.Json;
using LatentSharp.Service.Training;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Quality;
using LatentSharp.Tuning;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Tuning;

/// <summary><c>latent train</c> with networks of the smallest width on small drawn pictures.</summary>
[Collection(CommandsCollection.Name)]
public sealed class TrainTests : IDisposable
{
    private const string Recipe = "recipe.json", Made = "made.safetensors",
        Tiny = """ "network": { "channels": 32, "multipliers": [1, 1, 1, 1], "blocks": 1 } """,
        Small = """ "network": { "channels": 32, "multipliers": [1, 1], "blocks": 1, "latent": 4 } """,
        Quick = """ "crop": 32, "batch": 1, "optimiser": "muon", "rate": 0.02 """, Taught = """ "teacher": { "autoencoder": "embedded" } """;

    private static readonly string[] Train = ["train", Recipe, "--images", "set", "-o", Made];

    private readonly Workplace place = new();

    public TrainTests()
    {
        Directory.CreateDirectory(place.File("set"));
        for (int i = 0; i < 5; i++) PictureFile.Save(place.File($"set/{i}.png"), Pictures.Scene(64, 64, i + 1));
    }

    public void Dispose() => place.Dispose();

    [Fact]
    public void A_student_comes_nearer_to_its_teacher_in_the_same_latent_space()
    {
        Write($$"""{ {{Tiny}}, {{Taught}}, {{Quick}}, "steps": 16 }""");
        JsonElement result = place.Latent([.. Train, "--page", "course.html", "--json"]).Expect(0).Json;
        Assert.Equal(("flux1", "embedded", "both"), (result.GetProperty("space").GetProperty("id").GetString(),
            result.GetProperty("teacher").GetProperty("name").GetString(), result.GetProperty("part").GetString()));
        JsonElement course = result.GetProperty("course");
        double first = Psnr(course[0].GetProperty("held_back")), last = Psnr(result.GetProperty("after"));
        Assert.True(last > first + 1 && Psnr(result.GetProperty("taught")) > last, $"{first} -> {last}");
        Assert.Contains("<svg", File.ReadAllText(place.File("course.html")), StringComparison.Ordinal);
        Assert.DoesNotContain(place.Files, f => f.Contains("training", StringComparison.Ordinal));

        // The difference of latents by the files, against that of the result, on the picture held back.
        using Autoencoder student = Autoencoder.Open(place.File(Made));
        ImageTensor picture = PictureFile.Load(place.File("set/2.png")).Image;
        float[] own = student.Encode(picture).Values.ToArray(), taught = EmbeddedAutoencoder.Shared.Encode(picture).Values.ToArray();
        double difference = Math.Sqrt(own.Zip(taught, (a, b) => Math.Pow(a - b, 2)).Average());
        Assert.Equal(difference, result.GetProperty("space").GetProperty("latent_difference").GetDouble(), 1e-5);
        Assert.True(difference < Math.Sqrt(taught.Average(v => (double)v * v)), $"{difference}");

        // The file says how it was made, as a recipe that can be read again.
        using SafetensorsFile file = SafetensorsFile.Open(place.File(Made));
        Write(file.Metadata["latentsharp.trained"]);
        Assert.Equal(result.GetProperty("parameters").GetInt64(), RecipeFile.Read(place.File(Recipe)).Network.Parameters);
        Assert.Equal(result.GetProperty("parameters").GetInt64(), file.Tensors.Values.Sum(t => t.Shape.ElementCount));
    }

    // TAESD's architecture, whose file is read as any other of its family.
    [Fact]
    public void A_tiny_student_speaks_the_space_of_its_teacher()
    {
        Write($$"""{ "network": { "architecture": "tiny", "type": "f32" }, {{Taught}}, {{Quick}}, "steps": 12 }""");
        JsonElement result = place.Latent([.. Train, "--json"]).Expect(0).Json;
        JsonElement course = result.GetProperty("course");
        Assert.True(Psnr(result.GetProperty("after")) > Psnr(course[0].GetProperty("held_back")) + 1, result.GetRawText());
        using Autoencoder made = Autoencoder.Open(place.File(Made));
        Assert.Equal((AutoencoderFamily.Taef1, "flux1"), (made.Family, made.Space.Id));
        // The numbers of the published file: shared/models/tiny.
        Assert.Equal(1_229_456 + 1_229_443, result.GetProperty("parameters").GetInt64());
        using SafetensorsFile file = SafetensorsFile.Open(place.File(Made));
        Write(file.Metadata["latentsharp.trained"]);
        Assert.Equal(AutoencoderArchitecture.Tiny, RecipeFile.Read(place.File(Recipe)).Network.Architecture);
    }

    [Theory]
    [InlineData("decoder", "decode")]
    [InlineData("encoder", "encode")]
    public void A_student_can_be_one_half_and_speaks_to_the_other_half_of_its_teacher(string part, string command)
    {
        Write($$"""{ {{Tiny}}, {{Taught}}, {{Quick}}, "part": "{{part}}", "steps": 8 }""");
        place.Latent(Train).Expect(0);
        JsonElement facts = place.Latent("inspect", Made, "--json").Expect(0).Json;
        Assert.Contains("flux1", facts.GetRawText(), StringComparison.Ordinal);
        using Autoencoder half = Autoencoder.Open(place.File(Made));
        Assert.Equal((part == "encoder", part == "decoder"), (half.CanEncode, half.CanDecode));
        if (command == "decode") place.Latent("encode", "set/0.png", "-o", "z.safetensors", "--ae", "embedded").Expect(0);
        place.Latent(command == "decode" ? ["decode", "z.safetensors", "-o", "out.png", "--ae", Made]
            : ["encode", "set/0.png", "-o", "z.safetensors", "--ae", Made]).Expect(0);
        if (command == "encode") place.Latent("decode", "z.safetensors", "-o", "out.png", "--ae", "embedded").Expect(0);
        Assert.Contains("out.png", place.Files);
    }

    // Scale and shift bring the latents of the pictures learned from to mean 0 and deviation 1: that is what they are.
    [Fact]
    public void A_new_autoencoder_has_a_space_of_its_own_in_which_latents_are_scaled()
    {
        Write($$"""{ {{Small}}, {{Quick}}, "kl": 0.001, "steps": 12 }""");
        JsonElement space = place.Latent([.. Train, "--json"]).Expect(0).Json.GetProperty("space");
        using Autoencoder made = Autoencoder.Open(place.File(Made));
        Assert.Equal((made.Space.Id, 2), (space.GetProperty("id").GetString(), made.Space.Factor));
        Assert.StartsWith("own-", made.Space.Id, StringComparison.Ordinal);
        float[] latents = [.. new[] { 0, 1, 3, 4 }.SelectMany(i => made.Encode(PictureFile.Load(place.File($"set/{i}.png")).Image).Values.ToArray())];
        double mean = latents.Average(v => (double)v);
        Assert.Equal(0, mean, 0.01);
        // The weights are rounded to bf16 after they were measured.
        Assert.Equal(1, Math.Sqrt(latents.Average(v => (v - mean) * (v - mean))), 0.02);
        Latent latent = made.Encode(PictureFile.Load(place.File("set/0.png")).Image);
        Assert.Throws<LatentSpaceMismatchException>(() => EmbeddedAutoencoder.Shared.Decode(latent));
    }

    [Fact]
    public void Killed_at_any_moment_it_goes_on_and_gives_the_same_file()
    {
        Assert.SkipWhen(Workplace.IsOtherProgram, "the undisturbed run is one of this program");
        Write($$"""{ {{Small}}, {{Quick}}, "steps": 8 }""");
        place.Latent([.. Train, "-q"]).Expect(0);
        byte[] undisturbed = File.ReadAllBytes(place.File(Made));
        File.Delete(place.File(Made));
        var random = new Random(3);
        for (int kills = 0; kills < 2; kills++)
        {
            using Process process = place.Start([.. Train, "--json-lines"]);
            for (int i = 0; i < 3; i++) process.StandardOutput.ReadLine();
            Thread.Sleep(random.Next(0, 100));
            process.Kill();
            process.WaitForExit();
        }
        if (!File.Exists(place.File(Made)))
        {
            Assert.True(File.Exists(place.File("made.training.safetensors")));
            place.Latent(Train).Expect(0);
        }
        Assert.Equal(undisturbed, File.ReadAllBytes(place.File(Made)));
    }

    // The loss of the first step, by what the networks make of the picture when they are run by themselves.
    [Fact]
    public void The_loss_of_a_student_is_that_of_its_pictures_and_latents()
    {
        Autoencoder teacher = EmbeddedAutoencoder.Shared;
        using Autoencoder student = new AutoencoderDesign { Multipliers = [1, 1, 1, 1], Blocks = 1 }.Start(5, teacher: teacher);
        ImageTensor picture = Pictures.Scene(64, 64, 3);
        using var trainer = new Trainer(student, new TrainerOptions
        {
            Part = TrainedPart.Both, Teacher = teacher, LatentWeight = 0.5, TaughtWeight = 0.25, Loss = PictureLosses.MeanSquare,
        });
        Latent taught = teacher.Encode(picture), own = student.Encode(picture);
        ImageTensor decoded = student.Decode(taught);
        double latents = Mean(own.Values, taught.Values), pictures = Mean(decoded.Values, picture.Values) / 4,
            copied = Mean(decoded.Values, teacher.Decode(taught).Values) / 4;
        double expected = pictures + 0.25 * copied + 0.5 * latents;
        Assert.Equal(expected, trainer.Advance([new TrainingExample(picture)]).Loss, 1e-4 * expected);

        static double Mean(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
        {
            double sum = 0;
            for (int i = 0; i < x.Length; i++) sum += Math.Pow((double)x[i] - y[i], 2);
            return sum / x.Length;
        }
    }

    // A student's posterior is its mean: sampled or not, it gives the same latent.
    [Fact]
    public void A_students_posterior_is_narrow()
    {
        var design = new AutoencoderDesign { Multipliers = [1, 1, 1, 1], Blocks = 1 };
        using Autoencoder student = design.Start(1, teacher: EmbeddedAutoencoder.Shared);
        ImageTensor picture = Pictures.Scene(32, 32, 3);
        float[] mean = student.Encode(picture).Values.ToArray();
        float[] sample = student.Encode(picture, new EncodeOptions { Seed = 1 }).Values.ToArray();
        for (int i = 0; i < mean.Length; i++) Assert.Equal(mean[i], sample[i], 1e-3);
    }

    private void Write(string recipe) => File.WriteAllText(place.File(Recipe), recipe);

    private static double Psnr(JsonElement figures) => figures.GetProperty("psnr").GetDouble();
}
