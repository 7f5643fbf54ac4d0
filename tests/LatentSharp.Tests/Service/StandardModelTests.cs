using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Service;
using LatentSharp.Service.Generating;
using LatentSharp.Tests.CommandLine;

namespace LatentSharp.Tests.Service;

/// <summary>A model that a program brings along makes the pictures of requests that name nothing, and of no others.</summary>
public sealed class StandardModelTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void With_nothing_named_it_is_used_with_the_embedded_autoencoder_and_says_so()
    {
        GenerateResult done = Run(Request() with { Output = place.File("standard.png") });
        Assert.Contains("embedded generator", Assert.Single(done.Notes), StringComparison.Ordinal);
        GenerateResult named = Run(Request() with
        {
            Standard = null,
            Model = Folder(),
            Parts = new FluxParts { Autoencoder = AutoencoderLibrary.EmbeddedName },
            Output = place.File("named.png"),
        });
        Assert.Empty(named.Notes);
        Assert.Equal(Pixels("named.png"), Pixels("standard.png"));
    }

    [Fact]
    public void Whoever_names_a_part_is_asked_for_the_others()
    {
        FluxParts parts = new() { Transformer = Path.Combine(Folder(), "transformer", "diffusion_pytorch_model.safetensors") };
        Assert.Contains("clip_l.safetensors", Refused(Request() with { Parts = parts }), StringComparison.Ordinal);
        Assert.Contains("no transformer was named", Refused(Request() with { Standard = null }), StringComparison.Ordinal);

        string Refused(GenerateRequest request)
            => Assert.Throws<LatentSharpException>(() => Run(request with { Output = place.File("no.png") })).Message;
    }

    private GenerateRequest Request() => new()
    {
        Parts = new FluxParts(), Standard = Folder(), Prompts = ["a cat"], Size = new PixelSize(32, 32), Steps = 1, TextLength = 16, Seed = 3,
    };

    private string Folder()
    {
        string folder = place.File("models/flux1-schnell");
        if (!Directory.Exists(folder)) SmallModels.Diffusers(place.File("models"));
        return folder;
    }

    private GenerateResult Run(GenerateRequest request)
        => GeneratePictures.Run(new AutoencoderLibrary(place.Home, [EmbeddedAutoencoder.BuiltIn]), request, null, null,
            TestContext.Current.CancellationToken);

    private float[] Pixels(string picture) => PictureFile.Load(place.File(picture)).Image.Values;
}
