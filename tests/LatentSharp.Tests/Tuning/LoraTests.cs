using System.Diagnostics;
using System.Text.Json;
using LatentSharp.Models.Flux;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Quality;
using LatentSharp.Tests.Weights;
using LatentSharp.Tuning;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Tuning;

/// <summary><c>latent finetune</c> of the generator that the program brings along, and of transformers that are too large.</summary>
[Collection(CommandsCollection.Name)]
public sealed class LoraTests : IDisposable
{
    private const string Model = "flux1-mini-generator", Lora = "style.safetensors";

    private static readonly string[] Captions = ["a red boat", "a blue house", "a green tree", "a yellow sun"];

    private static readonly string[] Short = ["finetune", Model, "--images", "set", "-o", Lora, "--batch", "1", "--steps", "6"],
        Quick = [.. Short, "--crop", "64", "--part", "rank:2", "--rate", "5e-3"];

    private readonly Workplace place = new();

    public LoraTests() => Directory.CreateDirectory(place.File("set"));

    public void Dispose() => place.Dispose();

    [Fact]
    public void The_loss_falls_and_the_picture_of_a_caption_comes_nearer_to_that_of_the_set()
    {
        Draw(128);
        JsonElement result = place.Latent("finetune", Model, "--images", "set", "-o", Lora, "--crop", "128", "--steps", "40", "--batch", "1",
            "--rate", "2e-3", "--json").Expect(0).Json;
        Assert.Equal((3, 1), (result.GetProperty("pictures").GetInt32(), result.GetProperty("held_back").GetInt32()));
        Assert.True(result.GetProperty("after").GetDouble() < 0.9 * result.GetProperty("before").GetDouble(), result.GetRawText());
        string[] generate = ["generate", Captions[0], "--steps", "6", "--seed", "3", "--size", "128x128"];
        place.Latent([.. generate, "-o", "before.png", "--model", Model]).Expect(0);
        place.Latent([.. generate, "-o", "after.png", "--model", Model, "--lora", Lora]).Expect(0);
        Assert.True(Distance("after.png") < 0.7 * Distance("before.png"), $"{Distance("before.png")} -> {Distance("after.png")}");

        double Distance(string name)
        {
            ImageTensor made = PictureFile.Load(place.File(name)).Image, wanted = PictureFile.Load(place.File("set/0.png")).Image;
            return made.Values.Zip(wanted.Values, (a, b) => Math.Abs(a - b)).Average();
        }
    }

    [Fact]
    public void Killed_at_any_moment_it_goes_on_and_gives_the_same_file()
    {
        Assert.SkipWhen(Workplace.IsOtherProgram, "the undisturbed run is one of this program");
        Draw(64);
        place.Latent([.. Quick, "-q"]).Expect(0);
        byte[] undisturbed = File.ReadAllBytes(place.File(Lora));
        File.Delete(place.File(Lora));
        var random = new Random(3);
        for (int kills = 0; kills < 2; kills++)
        {
            using Process process = place.Start([.. Quick, "--json-lines"]);
            for (int i = 0; i < 3; i++) process.StandardOutput.ReadLine();
            Thread.Sleep(random.Next(0, 100));
            process.Kill();
            process.WaitForExit();
        }
        if (!File.Exists(place.File(Lora))) place.Latent(Quick).Expect(0);
        Assert.Equal(undisturbed, File.ReadAllBytes(place.File(Lora)));
        Assert.DoesNotContain(place.Files, f => f.Contains("training", StringComparison.Ordinal));
    }

    [Fact]
    public void A_loss_that_is_no_number_is_named_with_the_step_and_the_block()
    {
        Draw(64);
        string error = place.Latent([.. Short, "--crop", "64", "--rate", "1e30"]).Expect(3).Error;
        Assert.Matches("after step 1: the loss of what was held back is NaN; it comes from (double|single)_blocks[.]", error);
        Assert.DoesNotContain(Lora, place.Files);
    }

    // What is written is read by the code that reads everyone's LoRAs, and gives the loss that was measured.
    [Fact]
    public void The_file_is_the_LoRA_that_was_trained()
    {
        using WeightFile file = WeightFiles.Open(Repository.Path($"assets/models/{Model}/transformer"));
        WeightSource weights = FluxWeights.From(file);
        FluxShapes shapes = FluxShapes.From(weights);
        var axes = LatentSharp.Models.NetworkConfiguration.Beside(null, file).Axes;
        var options = new TrainerOptions { Part = TrainedPart.LowRank(3), Steps = 3, Rate = 1e-2, Warmup = 0, Average = null };
        var random = new Random(1);
        LoraExample[] examples = [new(Random(4 * 64), Random(5 * shapes.Context), Random(shapes.Vector), 0.7f, Random(4 * 64))];
        using var trainer = new LoraTrainer(weights, 2, 5, axes, options);
        double before = trainer.Measure(examples, TestContext.Current.CancellationToken), first = double.NaN;
        while (trainer.Step < 3)
        {
            TrainingStep step = trainer.Advance(examples, TestContext.Current.CancellationToken);
            if (step.Step == 1) first = step.Loss;
        }
        double after = trainer.Measure(examples, TestContext.Current.CancellationToken);
        Assert.Equal(before, first, 1e-4 * before);
        Assert.True(after < before, $"{before} -> {after}");
        trainer.Keep();
        trainer.Write(place.File(Lora), new Dictionary<string, string>(), TestContext.Current.CancellationToken);
        using WeightFile written = WeightFiles.Open(place.File(Lora));
        FluxLoraResult laid = FluxLora.Apply(weights, new LoraFile(written));
        Assert.Empty(laid.Unknown);
        using var over = new LoraTrainer(laid.Weights, 2, 5, axes, options);
        Assert.Equal(after, over.Measure(examples, TestContext.Current.CancellationToken), 1e-4 * after);

        float[] Random(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(2 * random.NextDouble() - 1))];
    }

    [Fact]
    public void A_full_size_transformer_is_refused_by_its_plan()
    {
        Draw(64);
        HeaderOnly.Write(place.File("models/flux1-dev.safetensors"), FluxOutline.Of("flux1-dev")!.Tensors.Values);
        place.Latent("ae", "add-folder", "models").Expect(0);
        foreach (string model in (string[])["models/flux1-dev.safetensors", "flux1-dev"])
        {
            string error = place.Latent("finetune", model, "--images", "set", "-o", Lora, "--memory", "16GB").Expect(3).Error;
            Assert.Contains("a step on pictures of 512x512 takes", error, StringComparison.Ordinal);
            Assert.Contains("there are 16.0 GB", error, StringComparison.Ordinal);
            Assert.Contains("graphics card", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Bad_input_is_refused_before_the_first_step()
    {
        Draw(64);
        Says(2, "it belongs to autoencoders", "--loss", "l1");
        Says(2, "Give rank:N", "--part", "decoder");
        Says(2, "multiples of 16", "--crop", "72");
        File.Delete(place.File("set/1.txt"));
        File.WriteAllText(place.File("set/2.txt"), " ");
        Says(3, "a training needs 3 at least (1.png: there is no 1.txt");
        File.WriteAllText(place.File("set/2.txt"), Captions[2]);
        // Pictures without a caption are listed, and the rest is used.
        Assert.Contains("1.png: there is no 1.txt that says what it shows", place.Latent(Quick).Expect(3).Error, StringComparison.Ordinal);
        Assert.Contains(Lora, place.Files);
        Assert.Contains("training does not help", place.Latent([.. Short, "--crop", "64", "--rate", "1e-12"]).Expect(3).Error, StringComparison.Ordinal);

        void Says(int code, string what, params string[] options)
        {
            Assert.Contains(what, place.Latent([.. Short, .. options]).Expect(code).Error, StringComparison.Ordinal);
            Assert.DoesNotContain(Lora, place.Files);
        }
    }

    // Pictures of a style that is not the model's: two colours, one below the other.
    private void Draw(int side)
    {
        for (int i = 0; i < Captions.Length; i++)
        {
            int[] above = [160 + 12 * i, 40, 170], below = [250, 150 + 12 * i, 20];
            PictureFile.Save(place.File($"set/{i}.png"), Pictures.Make(side, side, (c, y, _) => (y < side / 2 ? above : below)[c]));
            File.WriteAllText(place.File($"set/{i}.txt"), Captions[i]);
        }
    }
}
