using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Tests.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.FluxGolden;

/// <summary>The small transformers of golden/transformer as pipelines, given texts and noise as tensors of a file.</summary>
internal sealed class FluxRuns : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public FluxRuns(string tensors, string model)
    {
        File = SafetensorsFile.Open(Shared.Path("golden/" + tensors));
        string configuration = folder.File("parts.json");
        System.IO.File.WriteAllText(configuration, $"{{\"axes_dims_rope\": [{(model == "schnell" ? "8, 8, 8" : "8, 12, 12")}]}}");
        Pipeline = FluxPipeline.Open(new FluxParts
        {
            Transformer = Shared.Path($"golden/transformer/flux-tiny-{model}.safetensors"),
            Autoencoder = Shared.Path("models/synthetic/flux-ch32-bf16.safetensors"), Configuration = configuration,
        }, new ComputeOptions { Threads = 2 });
    }

    public SafetensorsFile File { get; }

    public FluxPipeline Pipeline { get; }

    /// <summary>A tensor, or one item of it.</summary>
    public float[] this[string name, int? item = null]
    {
        get
        {
            float[] all = File.Read(File.Tensors[name]);
            int size = item is null ? all.Length : all.Length / (int)File.Tensors[name].Shape[0];
            return all.AsSpan(size * (item ?? 0), size).ToArray();
        }
    }

    /// <summary>What text encoders would have made.</summary>
    public TextConditioning Text(string txt, string vec, int item = 0)
        => new(this[txt, item], this[vec, item], (int)File.Tensors[txt].Shape[1]);

    public void Dispose()
    {
        Pipeline.Dispose();
        File.Dispose();
        folder.Dispose();
    }
}
