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
/// <param name="HasPeer">Whether ONNX Runtime is measured beside it.</param>
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
        Product("product-4608", "[4608 x 3072] x [3072 x 12288], BF16 weights", 4608, "mlp", 12288) with { Limit = Limit.Arithmetic },
        Product("product-1", "[1 x 3072] x [3072 x 18432], BF16 weights", 1, "modulation", 18432) with { Limit = Limit.Memory },
        new("attention-4608", "attention, 24 heads of 128, 4608 tokens", BenchModel.TransformerLayers, HasPeer: true, _ => Attention())
        {
            Limit = Limit.Arithmetic,
        },
    ];

    /// <summary>What it is held against beside the peer.</summary>
    public Limit Limit { get; init; }

    /// <summary>The input: uniform numbers with the variance of what the network usually sees (latents 1; pictures fill [-1, 1]).</summary>
    public static float[] Input(NetworkGraph graph)
    {
        float scale = graph.Inputs[0].Shape.Channels == 3 ? 1f : MathF.Sqrt(3f);
        var values = new float[graph.Inputs[0].Shape.Count];
        for (int i = 0; i < values.Length; i++) values[i] = scale * WeightFormula.Unit((uint)i, uint.MaxValue);
        return values;
    }

    private static BenchCase Decode(int size)
        => new($"decode-{size}", $"FLUX.1 decode {size}x{size}", BenchModel.Flux1, HasPeer: true,
            w => AutoencoderKL.Decoder(w, size / 8, size / 8));

    private static BenchCase Encode(int size)
        => new($"encode-{size}", $"FLUX.1 encode {size}x{size}", BenchModel.Flux1, HasPeer: true,
            w => AutoencoderKL.Encoder(w, size, size));

    private static BenchCase Product(string name, string title, int tokens, string layer, int features)
        => new(name, title, BenchModel.TransformerLayers, HasPeer: true, w => Sequence(name, tokens, 3072,
            x => x.Linear(new WeightScope(w)[layer], features)));

    // Queries, keys and values stand side by side in each token, as a joined layer gives them.
    private static NetworkGraph Attention() => Sequence("attention-4608", 4608, 3 * 3072, x =>
    {
        Node[] parts = x.Chunk(3);
        return Graph.Build.Attention(parts[0], parts[1], parts[2], "attention", new AttentionForm(Heads: 24));
    });

    private static NetworkGraph Sequence(string name, int tokens, int channels, Func<Node, Node> build)
    {
        var input = new Input("input", FeatureShape.Sequence(tokens, channels), Layout.ChannelsLast);
        return new NetworkGraph(name, new Output(NetworkGraph.DefaultOutput, build(input), Layout.ChannelsLast));
    }
}
