using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Service;
using LatentSharp.Service.Generating;
using LatentSharp.Service.Inspecting;
using LatentSharp.Service.ModelFolders;
using LatentSharp.Service.Planning;
using LatentSharp.Service.Prompting;
using LatentSharp.Tests.CommandLine;

namespace LatentSharp.Tests.Service;

/// <summary>A model that a program brings along makes the pictures of requests that name nothing, and of no others.</summary>
public sealed class BuiltInModelTests : IDisposable
{
    private const string Name = "small-world";

    private readonly Workplace place = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => place.Dispose();

    [Fact]
    public void With_nothing_named_it_is_used_with_the_embedded_autoencoder_and_says_so()
    {
        GenerateResult done = Run(Request() with { Output = place.File("nothing.png") });
        Assert.Equal("no model was named: this is small-world at 32 x 32, which knows cats and nothing else; for FLUX.1 name a model, such as "
            + "flux1-dev or the path of one", Assert.Single(done.Notes));
        Assert.Equal(Name, done.Model);
        Assert.StartsWith("small-world, 32 x 32, 1 steps", done.Plan.What, StringComparison.Ordinal);
        Assert.Empty(Run(Request() with { Model = Name, Output = place.File("name.png") }).Notes);
        FluxParts embedded = new() { Autoencoder = AutoencoderLibrary.EmbeddedName };
        Assert.Empty(Run(Request() with { Model = Folder(), Parts = embedded, Output = place.File("path.png") }).Notes);
        Assert.Equal(Pixels("path.png"), Pixels("nothing.png"));
        Assert.Equal(Pixels("path.png"), Pixels("name.png"));
    }

    [Fact]
    public void Whoever_names_a_part_is_asked_for_the_others()
    {
        FluxParts parts = new() { Transformer = Path.Combine(Folder(), "transformer", "diffusion_pytorch_model.safetensors") };
        Assert.Contains("clip_l.safetensors", Refused(Library(), Request() with { Parts = parts }), StringComparison.Ordinal);
        AutoencoderLibrary without = new(place.Home, [EmbeddedAutoencoder.BuiltIn]);
        Assert.Contains("no transformer was named", Refused(without, Request()), StringComparison.Ordinal);

        string Refused(AutoencoderLibrary library, GenerateRequest request) => Assert.Throws<LatentSharpException>(
            () => GeneratePictures.Run(library, request with { Output = place.File("no.png") }, null, null, Cancel)).Message;
    }

    [Fact]
    public void It_is_listed_planned_explained_and_encodes_prompts_under_its_name()
    {
        PipelineFacts listed = ListModels.Run(Library(), [], null, Cancel).Pipelines[0];
        Assert.Equal((Name, Name, "a small world of tests", true, "cats"),
            (listed.Name, listed.Model, listed.Title, listed.Complete, listed.Embedded));
        Assert.Equal(AutoencoderLibrary.EmbeddedName, listed.Parts.Single(p => p.Part == "autoencoder").Path);
        // Its encoders are of a toy's width and serve no other model: none of those that are published is here.
        Assert.All(ListModels.Run(Library(), [], null, Cancel).Pipelines.Skip(1), p => Assert.All(p.Parts, part => Assert.Null(part.Path)));
        Assert.DoesNotContain(ListModels.Run(Library(), [Directory.CreateDirectory(place.File("other")).FullName], null, Cancel).Pipelines,
            p => p.Embedded is not null);
        InspectResult inspected = InspectFile.Run(Library(), new InspectRequest { File = Name.ToUpperInvariant() }, Cancel);
        Assert.Contains("small-world", Assert.Single(inspected.Notes), StringComparison.Ordinal);
        Assert.Equal("# cats", ModelCard.Of(Library(), Name, Cancel).Card);
        PromptResult kept = KeepPrompt.Run(Library(), new PromptRequest
        {
            Prompt = "a cat", Parts = new FluxParts(), Length = 16, Output = place.File("cat.safetensors"),
        }, null, Cancel);
        GenerateResult done = Run(Request() with { Prompts = [], Conditioning = kept.Output, Output = place.File("kept.png") });
        Run(Request() with { Output = place.File("said.png") });
        Assert.Equal(Pixels("said.png"), Pixels(done.Pictures[0].File));
    }

    /// <summary>The small model's own files, with what the configuration of a trained one says besides.</summary>
    [Fact]
    public void Size_steps_and_length_are_those_that_its_configuration_says()
    {
        Say("transformer", "\"sample_size\": 4, \"num_inference_steps\": 3");
        Say("text_encoder_2", "\"n_positions\": 12");
        GenerateResult done = Run(Request() with { Size = null, Steps = null, TextLength = null, Output = place.File("own.png") });
        Assert.StartsWith("small-world, 32 x 32, 3 steps", done.Plan.What, StringComparison.Ordinal);
        PlanModelResult plan = PlanModel.Run(Library(), new PlanModelRequest { Model = Name }, Cancel);
        Assert.Equal((new PixelSize(32, 32), 3, 4, 12), (plan.Picture, plan.Steps, plan.ImageTokens, plan.TextTokens));
        GenerateResult other = Run(Request() with { Size = new PixelSize(48, 32), Output = place.File("other.png") });
        Assert.Contains(other.Notes, n => n.Contains("was trained at 32 x 32; at 48 x 32 it draws as well as it can", StringComparison.Ordinal));

        void Say(string part, string what)
        {
            string file = Path.Combine(Folder(), part, "config.json");
            File.WriteAllText(file, File.ReadAllText(file).TrimEnd()[..^1] + $", {what} }}");
        }
    }

    [Fact]
    public void A_folder_of_diffusers_names_its_parts()
    {
        FluxParts parts = FluxParts.OfFolder(Folder());
        Assert.Equal(((string[])["transformer", "text_encoder", "text_encoder_2", "vae", ""]).Select(p => Path.Combine(Folder(), p)),
            [parts.Transformer, parts.Clip, parts.T5, parts.Autoencoder, Path.Combine(parts.Tokenizers!, "")]);
        using FluxPipeline pipeline = FluxPipeline.Open(parts);
        Assert.Equal("FLUX.1-schnell", pipeline.Facts.Variant);
        Directory.Delete(Path.Combine(Folder(), "vae"), recursive: true);
        Assert.Null(FluxParts.OfFolder(Folder()).Autoencoder);
        Assert.Contains("no folder transformer", Assert.Throws<LatentSharpException>(() => FluxParts.OfFolder(place.Home)).Message,
            StringComparison.Ordinal);
    }

    private static GenerateRequest Request() => new()
    {
        Parts = new FluxParts(), Prompts = ["a cat"], Size = new PixelSize(32, 32), Steps = 1, TextLength = 16, Seed = 3,
    };

    private string Folder()
    {
        string folder = place.File("models/flux1-schnell");
        if (!Directory.Exists(folder)) SmallModels.Diffusers(place.File("models"));
        return folder;
    }

    private AutoencoderLibrary Library() => new(place.Home, [EmbeddedAutoencoder.BuiltIn])
    {
        Models = [new BuiltInModel(Name, _ => Folder()) { Title = "a small world of tests", Knows = "cats", Card = () => "# cats" }],
    };

    private GenerateResult Run(GenerateRequest request) => GeneratePictures.Run(Library(), request, null, null, Cancel);

    private float[] Pixels(string picture) => PictureFile.Load(place.File(picture)).Image.Values;
}
