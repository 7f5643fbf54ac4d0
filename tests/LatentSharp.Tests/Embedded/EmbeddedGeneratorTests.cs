using System.Text.Json;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Tests.Embedded;

/// <summary>The generator that the program brings along: its files, its parity with PyTorch, and what the commands make of it.</summary>
[Collection(CommandsCollection.Name)]
public sealed class EmbeddedGeneratorTests : IDisposable
{
    private const string Name = "flux1-mini-generator";

    private readonly Workplace place = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Unpacked => Path.Combine(place.Home, ".embedded", Name);

    public void Dispose() => place.Dispose();

    /// <summary>
    /// Noise and latents after all steps by training/generator/golden.py (PyTorch, float32, the very files), to 1e-3 of the range as the
    /// recipe promises.
    /// </summary>
    [Fact]
    public void It_draws_what_pytorch_draws_from_the_same_noise()
    {
        using SafetensorsFile golden = SafetensorsFile.Open(Repository.Path($"tests/LatentSharp.Tests/Embedded/{Name}.golden.safetensors"));
        Assert.Equal(golden.Metadata["transformer_sha256"],
            FileDigest.Sha256(Repository.Path($"assets/models/{Name}/transformer/diffusion_pytorch_model.safetensors")));
        string[] prompts = [.. JsonDocument.Parse(golden.Metadata["prompts"]).RootElement.EnumerateArray().Select(p => p.GetString()!)];
        using FluxPipeline pipeline = EmbeddedGenerator.Open(home: place.Home);
        Assert.Equal((64, true, 20), (pipeline.Facts.Channels, pipeline.Facts.Guidance, pipeline.Facts.Steps));
        for (int i = 0; i < prompts.Length; i++)
        {
            float[] expected = Values($"{i}.latent"), noise = Values($"{i}.noise");
            int side = 8 * (int)golden.Tensors[$"{i}.noise"].Shape[3];
            FluxState state = pipeline.Prepare(new FluxRequest
            {
                Prompt = prompts[i], Width = side, Height = side, Noise = new FluxNoise { Values = noise },
            }, null, Cancel);
            Assert.Equal(20, state.Steps);
            while (!state.IsDone) state = pipeline.Step(state, null, Cancel);
            double error = state.Latent.Values.Zip(expected, (a, b) => Math.Abs((double)a - b)).Max();
            double range = expected.Max() - expected.Min();
            Assert.True(error <= 1e-3 * range, $"\"{prompts[i]}\": {error:g3} of {range:g3}");
        }

        float[] Values(string name) => golden.Read(golden.Tensors[name]);
    }

    [Fact]
    public void A_prompt_alone_makes_a_picture_with_it_and_the_command_says_so()
    {
        Workplace.Outcome said = place.Latent("generate", "a red boat under a yellow zeppelin", "--steps", "2", "--seed", "1", "-o", "boat.png",
            "--preview", "steps").Expect(0);
        Assert.Contains($"{Name}, 256 x 256, 2 steps", said.Error, StringComparison.Ordinal);
        Assert.Contains($"no model was named: this is {Name} at 256 x 256, which knows a small world", said.Error, StringComparison.Ordinal);
        Assert.Contains("zeppelin", said.Error, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(place.File("steps")).Length);
        ImageTensor picture = PictureFile.Load(place.File("boat.png")).Image;
        Assert.Equal((256, 256), (picture.Width, picture.Height));
        Workplace.Outcome other = place.Latent("generate", "a red boat", "--steps", "1", "--size", "128x192", "-o", "other.png").Expect(0);
        Assert.Contains("was trained at 256 x 256; at 128 x 192 it draws as well as it can", other.Error, StringComparison.Ordinal);
        // By its name, with what it is made for where nothing is said.
        JsonElement plan = place.Latent("plan", "--model", Name, "--json").Expect(0).Json;
        Assert.Equal((256, 20, 32), (plan.GetProperty("picture").GetProperty("width").GetInt32(), plan.GetProperty("steps").GetInt32(),
            plan.GetProperty("text_tokens").GetInt32()));
        place.Latent("generate", "--from", "boat.png", "-o", "again.png").Expect(0);
        Assert.Equal(File.ReadAllBytes(place.File("boat.png")), File.ReadAllBytes(place.File("again.png")));
    }

    [Fact]
    public void It_is_listed_explained_and_named_by_the_doctor()
    {
        Assert.Contains($"{Name}  FLUX.1's architecture, small: complete", place.Latent("models").Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("a FLUX.1 transformer", place.Latent("inspect", Name).Expect(0).Output, StringComparison.Ordinal);
        string card = place.Latent("inspect", Name, "--card").Expect(0).Output;
        Assert.Contains(FileDigest.Sha256(Path.Combine(Unpacked, "transformer", "diffusion_pytorch_model.safetensors")), card, StringComparison.Ordinal);
        Assert.Contains($"generator  {Name}", place.Latent("doctor").Expect(0).Output, StringComparison.Ordinal);
        place.Latent("prompt", "a red boat", "-o", "boat.safetensors").Expect(0);
    }

    [Fact]
    public void Its_files_are_those_of_the_repository_and_whole_whatever_happened_to_them()
    {
        string assets = Repository.Path($"assets/models/{Name}");
        string[] names = NamesIn(assets);
        Assert.True(names.Sum(n => new FileInfo(Path.Combine(assets, n)).Length) <= 24_000_000);
        string cut = Path.Combine(Directory.CreateDirectory(Path.Combine(Unpacked, "transformer")).FullName, "diffusion_pytorch_model.safetensors");
        File.WriteAllBytes(cut, new byte[100]);
        Assert.Equal(Unpacked, EmbeddedGenerator.BuiltIn.Folder(place.Home));
        Assert.Equal(names, NamesIn(Unpacked));
        Assert.All(names, n => Assert.Equal(FileDigest.Sha256(Path.Combine(assets, n)), FileDigest.Sha256(Path.Combine(Unpacked, n))));
        Assert.Single(Directory.GetFileSystemEntries(Path.Combine(place.Home, ".embedded")));

        static string[] NamesIn(string folder) => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void Where_the_home_cannot_be_written_it_is_unpacked_in_a_temporary_folder()
    {
        File.WriteAllText(place.File("file"), "no folder");
        string folder = EmbeddedGenerator.BuiltIn.Folder(place.File("file"));
        Assert.StartsWith(Path.GetTempPath(), folder, StringComparison.Ordinal);
        using FluxPipeline pipeline = FluxPipeline.Open(FluxParts.OfFolder(folder));
        Assert.Equal(64, pipeline.Facts.Channels);
    }
}
