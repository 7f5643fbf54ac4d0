using LatentSharp.Bench.Weights;
using LatentSharp.Graph;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Weights;

namespace LatentSharp.Bench.Compare;

/// <summary>What the machine has too little of for a case.</summary>
internal enum Limit
{
    /// <summary>Several things, in different parts of the network.</summary>
    Mixed,
    /// <summary>Multiply-adds.</summary>
    Arithmetic,
    /// <summary>Reading the weights.</summary>
    Memory,
}

/// <summary>One thing that is measured: a network at a size.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Title">The name in tables.</param>
/// <param name="Model">The weights it needs.</param>
/// <param name="HasPeer">Whether another program is measured beside it.</param>
/// <param name="Build">The graph, from the weights.</param>
internal sealed record BenchCase(string Name, string Title, BenchModel Model, bool HasPeer, Func<WeightSource, NetworkGraph> Build)
{
    /// <summary>Every case, in the order in which it is measured and listed.</summary>
    public static IReadOnlyList<BenchCase> All { get; } =
    [
        Decode(64), Decode(256), Decode(512), Decode(1024), Encode(512), Encode(1024),
        new("taef1-decode-512", "TAEF1 decode 512x512", BenchModel.Taef1Decoder, HasPeer: true, w => TinyAutoencoder.Decoder(w, 64, 64)),
        new("taef1-decode-1024", "TAEF1 decode 1024x1024", BenchModel.Taef1Decoder, HasPeer: true, w => TinyAutoencoder.Decoder(w, 128, 128)),
        new("mini-decode-512", "flux1-mini decode 512x512", BenchModel.Flux1Mini, HasPeer: true, w => AutoencoderKL.Decoder(w, 64, 64)),
        Decode(2048) with { HasPeer = false },
        .. TransformerCases.All,
        Finetune("finetune-flux-256", "FLUX.1's decoder, a training step on 256x256", BenchModel.Flux1, new TrainingCase(AutoencoderFamily.Flux1, 256, 1),
            w => AutoencoderKL.Decoder(w, 32, 32)),
        Finetune("finetune-taef1-256", "TAEF1's decoder, a training step on 4 of 256x256", BenchModel.Taef1Decoder,
            new TrainingCase(AutoencoderFamily.Taef1, 256, 4), w => TinyAutoencoder.Decoder(w, 32, 32)),
    ];

    /// <summary>What it is held against beside the peer.</summary>
    public Limit Limit { get; init; }

    /// <summary>A training, which is measured beside PyTorch; null for a network that runs.</summary>
    public TrainingCase? Training { get; init; }

    /// <summary>
    /// Multiply-adds of a direct evaluation: those of the graph, and for a step of a training three times as many a picture, once forward,
    /// once for the gradients of what was read and once for those of the weights.
    /// </summary>
    public long MultiplyAddsOf(NetworkGraph graph) => graph.MultiplyAdds * (Training is { } training ? 3 * training.Batch : 1);

    /// <summary>
    /// Values for every input: uniform numbers with the variance of what the network usually sees (latents and tokens 1; pictures fill
    /// [-1, 1]), and one token of a vocabulary after the other.
    /// </summary>
    public static Dictionary<string, ReadOnlyMemory<float>> Inputs(NetworkGraph graph)
        => graph.Inputs.ToDictionary(input => input.Name, input => (ReadOnlyMemory<float>)Values(input));

    private static float[] Values(Input input)
    {
        var values = new float[input.Shape.Count];
        float scale = input.Shape.Channels == 3 ? 1f : MathF.Sqrt(3f);
        for (int i = 0; i < values.Length; i++)
            values[i] = input.Name == "input_ids" ? i : scale * WeightFormula.Unit((uint)i, uint.MaxValue);
        return values;
    }

    /// <summary>Room for every output.</summary>
    public static Dictionary<string, Memory<float>> Outputs(NetworkGraph graph)
        => graph.Outputs.ToDictionary(output => output.Name, output => new float[output.Shape.Count].AsMemory());

    private static BenchCase Finetune(string name, string title, BenchModel model, TrainingCase training,
        Func<WeightSource, NetworkGraph> build)
        => new(name, title, model, HasPeer: true, build) { Training = training };

    private static BenchCase Decode(int size)
        => new($"decode-{size}", $"FLUX.1 decode {size}x{size}", BenchModel.Flux1, HasPeer: true,
            w => AutoencoderKL.Decoder(w, size / 8, size / 8));

    private static BenchCase Encode(int size)
        => new($"encode-{size}", $"FLUX.1 encode {size}x{size}", BenchModel.Flux1, HasPeer: true,
            w => AutoencoderKL.Encoder(w, size, size));
}
