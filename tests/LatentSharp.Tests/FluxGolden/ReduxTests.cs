using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Models.Flux;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Reference;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.FluxGolden;

/// <summary>Redux: SigLIP's features become text tokens, which stand behind T5's. golden/flux-variants, case redux.</summary>
[Collection(CommandsCollection.Name)]
public sealed class ReduxTests
{
    private const string Model = "golden/flux-variants/redux-tiny.safetensors", Io = "golden/flux-variants/sequences-io.safetensors";

    [Fact]
    public void Features_become_the_tokens_of_the_reference()
    {
        using SafetensorsFile weights = SafetensorsFile.Open(Shared.Path(Model)), io = SafetensorsFile.Open(Shared.Path(Io));
        float[] siglip = io.Read(io.Tensors["redux.siglip"]), expected = io.Read(io.Tensors["redux.embeds"]);
        NetworkGraph graph = ReduxEmbedder.Of(weights, siglip.Length / ReduxEmbedder.Width(weights));
        var found = new float[expected.Length];
        DefaultDevice.Compile(graph, new ComputeOptions { Threads = 1 }).Run(siglip, found);
        Correctness.Check("redux image tokens", "flux 802fb47", expected, found, 1e-5);
        Assert.Equal(io.Read(io.Tensors["redux.txt"]), io.Read(io.Tensors["redux.t5"]).Concat(expected));
    }

    [Fact]
    public void The_command_runs_the_adapter()
    {
        using var place = new Workplace();
        using (SafetensorsFile io = SafetensorsFile.Open(Shared.Path(Io)))
            SafetensorsWriter.Write(place.File("in.safetensors"),
                [SafetensorsEntry.Of("siglip", io.Read(io.Tensors["redux.siglip"]), [.. io.Tensors["redux.siglip"].Shape.Dimensions])]);
        place.Latent("run", Shared.Path(Model), "--inputs", "in.safetensors", "-o", "out.safetensors").Expect(0);
        using SafetensorsFile found = SafetensorsFile.Open(place.File("out.safetensors"));
        Assert.Equal([1, 9, 32], [.. found.Tensors["image_embeds"].Shape.Dimensions]);
        string[] other = ["run", Shared.Path("golden/text/t5-w24.safetensors"), "--inputs", "in.safetensors", "-o", "no.safetensors"];
        Assert.Contains("Redux", place.Latent(other).Expect(3).Error, StringComparison.Ordinal);
    }
}
