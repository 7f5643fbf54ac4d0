using LatentSharp.Service.Training;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Quality;
using LatentSharp.Tuning;

namespace LatentSharp.Tests.Tuning;

/// <summary>The recipes of <c>latent train</c>: those of the repository, and those that make no sense.</summary>
[Collection(CommandsCollection.Name)]
public sealed class RecipeTests : IDisposable
{
    private const string Recipe = "recipe.json", Made = "made.safetensors";

    private static readonly string[] Train = ["train", Recipe, "--images", "set", "-o", Made];

    private readonly Workplace place = new();

    public RecipeTests()
    {
        Directory.CreateDirectory(place.File("set"));
        for (int i = 0; i < 5; i++) PictureFile.Save(place.File($"set/{i}.png"), Pictures.Scene(64, 64, i + 1));
    }

    public void Dispose() => place.Dispose();

    // The recipe of the embedded autoencoder in its short form, with the teacher that it names.
    [Fact]
    public void The_recipe_of_the_embedded_autoencoder_runs()
    {
        File.Copy(Shared.Path("models/tiny/taef1_encoder.safetensors"), place.File("taef1_encoder.safetensors"));
        File.Copy(Repository.Path("training/recipes/embedded.json"), place.File(Recipe));
        for (int i = 0; i < 3; i++) PictureFile.Save(place.File($"set/large{i}.png"), Pictures.Scene(256, 256, i + 11));
        Workplace.Outcome outcome = place.Latent([.. Train, "--steps", "3", "--json"]);
        // Three steps need not show on a picture held back; what they make of the loss does.
        Assert.True(outcome.ExitCode == 3, outcome.Error);
        if (!File.Exists(place.File(Made))) Assert.Contains("nothing was learned", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "netwrok": {} }""", "netwrok: there is no such key; did you mean network?")]
    [InlineData("""{ "network": { "chanels": 32 } }""", "network.chanels: there is no such key; did you mean channels?")]
    [InlineData("""{ "teacher": { "autoencoder": "embedded", "picture": 1 } }""", "teacher.picture: there is no such key; did you mean pictures?")]
    [InlineData("""{ "network": { "channels": 48 } }""", "network.channels: normalisations have 32 groups")]
    [InlineData("""{ "network": { "channels": 48 } }""", "Take 64.")]
    [InlineData("""{ "network": { "channels": -5 } }""", "Take 32.")]
    [InlineData("""{ "network": { "multipliers": [] } }""", "network.multipliers: there are 1 to 6 levels")]
    [InlineData("""{ "network": { "multipliers": [1, 0] } }""", "network.multipliers: there are 1 to 6 levels")]
    [InlineData("""{ "network": { "multipliers": [1, "2"] } }""", "network.multipliers: a whole number is expected; found \"2\"")]
    [InlineData("""{ "network": { "blocks": 0 } }""", "network.blocks: a level has 1 to 8 blocks")]
    [InlineData("""{ "network": { "latent": 32 } }""", "network.latent: 32 channels are those of FLUX.2")]
    [InlineData("""{ "network": { "type": "bf61" } }""", "network.type: there is no \"bf61\"; did you mean bf16?")]
    [InlineData("""{ "network": { "architecture": "tinny" } }""", "network.architecture: there is no \"tinny\"; did you mean tiny?")]
    [InlineData("""{ "network": { "architecture": "tiny", "channels": 32 }, "teacher": { "autoencoder": "embedded" } }""",
        "network.channels: there is no such key")]
    [InlineData("""{ "network": { "architecture": "tiny" } }""", "teacher: a tiny autoencoder learns the latents of a larger one")]
    [InlineData("""{ "network": { "architecture": "tiny", "latent": 4 }, "teacher": { "autoencoder": "embedded" } }""", "its latents have 16 channels at 1/8")]
    [InlineData("""{ "network": 7 }""", "network is an object of keys and values; found 7")]
    [InlineData("""{ "network": { "channels": 4096, "multipliers": [1, 1, 1, 1] } }""", "GB while it is trained")]
    [InlineData("""{ "teacher": {} }""", "the autoencoder to learn from is missing")]
    [InlineData("""{ "teacher": { "autoencoder": "embedded" }, "network": { "latent": 4 } }""", "its latents have 16 channels at 1/8")]
    [InlineData("""{ "teacher": { "autoencoder": "embedded" }, "network": { "multipliers": [1, 1] } }""", "the student's have 16 at 1/2")]
    [InlineData("""{ "teacher": { "autoencoder": "embedded" }, "kl": 1 }""", "kl: a student's latents are its teacher's")]
    [InlineData("""{ "part": "decoder" }""", "learns from a teacher, and there is none")]
    [InlineData("""{ "loss": "charbonier" }""", "Did you mean charbonnier?")]
    [InlineData("""{ "optimiser": "adam" }""", "did you mean adamw?")]
    [InlineData("""{ "crop": 100 }""", "multiples of 8")]
    [InlineData("""{ "steps": 0 }""", "a whole number from 1 to")]
    [InlineData("""{ "steps": 2.5 }""", "found 2.5")]
    [InlineData("""{ "rate": -1 }""", "a number above 0 is expected; found -1")]
    [InlineData("""{ "rate": 1e999 }""", "a number above 0 is expected; found 1e999")]
    [InlineData("""{ "steps": 1, "steps": 2 }""", "steps")]
    [InlineData("""[1]""", "a recipe is an object of keys and values; found a list")]
    [InlineData("{\n \"steps\": }", "it is no JSON in line 2")]
    [InlineData("", "it is no JSON")]
    public void A_recipe_that_makes_no_sense_is_refused_with_the_place_and_the_reason(string recipe, string what)
    {
        Write(recipe);
        Workplace.Outcome outcome = place.Latent(Train);
        Assert.Contains(what, outcome.Error, StringComparison.Ordinal);
        Assert.Contains(Recipe, outcome.Error, StringComparison.Ordinal);
        Assert.Equal(what.Contains(" at 1/", StringComparison.Ordinal) ? 5 : 3, outcome.ExitCode);
        Assert.DoesNotContain(place.Files, f => f.StartsWith("made", StringComparison.Ordinal));
    }

    [Fact]
    public void Bad_input_beside_the_recipe_is_refused_before_the_first_step()
    {
        Assert.Contains("no such recipe", place.Latent(Train).Expect(4).Error, StringComparison.Ordinal);
        Write("""{ "network": { "channels": 32, "multipliers": [1, 1], "blocks": 1, "latent": 4 }, "crop": 32, "batch": 1, "steps": 2 }""");
        Assert.Contains("ends in .safetensors", place.Latent("train", Recipe, "--images", "set", "-o", "made.pt").Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("--images", place.Latent("train", Recipe, "-o", Made).Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("--steps 0", place.Latent([.. Train, "--steps", "0"]).Expect(2).Error, StringComparison.Ordinal);
        Write("""{ "network": { "channels": 32, "multipliers": [1, 1], "blocks": 1, "latent": 4 }, "crop": 128, "steps": 2 }""");
        Assert.Contains("smaller than the squares of 128", place.Latent(Train).Expect(3).Error, StringComparison.Ordinal);
        Write("""{ "crop": 32, "teacher": { "autoencoder": "nobody" } }""");
        Assert.Contains("nobody", place.Latent(Train).Expect(4).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_recipes_of_the_repository_can_be_read_and_make_a_step()
    {
        string[] recipes = Directory.GetFiles(Repository.Path("training/recipes"), "*.json");
        Assert.NotEmpty(recipes);
        foreach (string path in recipes)
        {
            TrainRecipe recipe = RecipeFile.Read(path);
            Autoencoder? teacher = recipe.Teacher is null ? null : EmbeddedAutoencoder.Shared;
            using Autoencoder fresh = recipe.Network.Start(recipe.Seed, recipe.Part, teacher);
            using var trainer = new Trainer(fresh, new TrainerOptions
            {
                Part = recipe.Part, Teacher = teacher, Divergence = recipe.Kl, Optimiser = recipe.Optimiser,
            });
            Assert.Equal(recipe.Network.Parameters, trainer.Parameters);
            TrainingStep step = trainer.Advance([new TrainingExample(Pictures.Scene(32, 32, 1))]);
            Assert.True(double.IsFinite(step.Loss) && step.GradientNorm > 0, $"{path}: {step}");
        }
    }

    private void Write(string recipe) => File.WriteAllText(place.File(Recipe), recipe);
}
