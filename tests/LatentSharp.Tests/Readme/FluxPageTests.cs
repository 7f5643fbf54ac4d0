using System.Text.RegularExpressions;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Readme;

/// <summary>
/// What docs/flux.md tells people to type, run on small models in the folders of the programs it names, with smaller pictures.
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed partial class FluxPageTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void Commands_run_as_written()
    {
        SmallModels.Comfy(place.File("models"));
        Directory.Move(place.File("models/tokenizers"), place.File("tokenizers"));
        Directory.CreateDirectory(place.File("models/tokenizers"));
        foreach (string file in Directory.GetFiles(place.File("tokenizers")))
            File.Copy(file, place.File("models/tokenizers/" + Path.GetFileName(file)));
        SmallModels.Redux(place.File("models"));
        PictureFile.Save(place.File("house.png"), new ImageTensor(1, 32, 48));
        string[] commands = [.. new MarkdownPage(Repository.Path("docs/flux.md")).Blocks("text").SelectMany(b => b.Text.Split('\n'))
            .Where(l => l.StartsWith("latent ", StringComparison.Ordinal))];
        Assert.True(commands.Length >= 5, $"{commands.Length} commands");
        foreach (string command in commands)
        {
            string[] words = [.. WordPattern().Matches(command).Skip(1).Select(m => m.Value.Trim('"')).Select(w => w == "512x512" ? "64x48" : w)];
            Workplace.Outcome outcome = place.Latent(words);
            Assert.True(outcome.ExitCode == 0, $"{command}: exit code {outcome.ExitCode}\n{outcome.Output}\n{outcome.Error}");
        }
        Assert.True(File.Exists(place.File("lighthouse.png")));
    }

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex WordPattern();

    // The same picture whatever program's folders the parts lie in.
    [Theory]
    [InlineData("ComfyUI")]
    [InlineData("Forge")]
    [InlineData("InvokeAI")]
    [InlineData("diffusers")]
    public void A_model_is_found_in_the_folders_of(string program)
    {
        string folder = place.File("models");
        switch (program)
        {
            case "ComfyUI": SmallModels.Comfy(folder); break;
            case "Forge": SmallModels.Forge(folder); break;
            case "InvokeAI": SmallModels.Invoke(folder); break;
            default: SmallModels.Diffusers(folder); break;
        }
        place.Latent("ae", "add-folder", "models").Expect(0);
        string[] picture = ["generate", "a lighthouse at dusk", "--size", "64x48", "--steps", "2", "--seed", "42"];
        place.Latent([.. picture, "--model", "flux1-schnell", "-o", "found.safetensors"]).Expect(0);
        place.Latent([.. picture, .. SmallModels.Parts(place), "-o", "named.safetensors"]).Expect(0);
        using WeightFile found = WeightFiles.Open(place.File("found.safetensors")), named = WeightFiles.Open(place.File("named.safetensors"));
        Assert.Equal(named.Read(named.Tensors["image"]), found.Read(found.Tensors["image"]));
    }
}
