using LatentSharp.Bench.Weights;
using LatentSharp.Graph;
using LatentSharp.Models.Flux;
using LatentSharp.Models.Text;
using LatentSharp.Weights;

namespace LatentSharp.Bench.Compare;

/// <summary>The parts of FLUX.1's transformer and of its text encoders, at full width.</summary>
internal static class TransformerCases
{
    // As in FluxShapes.From for FLUX.1-dev.
    private static readonly FluxShapes Dev = new(InChannels: 64, OutChannels: 64, Hidden: 3072, HeadChannels: 128, Mlp: 12288,
        Context: 4096, Vector: 768, DoubleBlocks: 1, SingleBlocks: 1, Guidance: true);

    private const int Texts = 512;

    /// <summary>Every case.</summary>
    public static IEnumerable<BenchCase> All { get; } =
    [
        Product("product-4608", "[4608 x 3072] x [3072 x 12288], BF16 weights", 4608, "mlp", 12288),
        Product("product-1", "[1 x 3072] x [3072 x 18432], BF16 weights", 1, "modulation", 18432) with { Limit = Limit.Memory },
        Case("attention-4608", "attention, 24 heads of 128, 4608 tokens", BenchModel.TransformerLayers, _ => Attention()),
        Case("flux-double-1024", "FLUX.1 double block, 1024x1024", BenchModel.FluxBlocks, w => DoubleBlock(w, 1024)),
        Case("flux-single-1024", "FLUX.1 single block, 1024x1024", BenchModel.FluxBlocks, w => SingleBlock(w, 1024)),
        Case("flux-double-512", "FLUX.1 double block, 512x512", BenchModel.FluxBlocks, w => DoubleBlock(w, 512)),
        Case("t5-block", "T5-XXL, one block, 512 tokens", BenchModel.T5Block, w => T5Encoder.Of(w, Texts)),
        Case("clip", "CLIP-L text encoder, 77 tokens", BenchModel.ClipText, w => ClipTextModel.Of(w, 77)),
    ];

    private static BenchCase Case(string name, string title, BenchModel model, Func<WeightSource, NetworkGraph> build)
        => new(name, title, model, HasPeer: true, build) { Limit = Limit.Arithmetic };

    private static BenchCase Product(string name, string title, int tokens, string layer, int features)
        => Case(name, title, BenchModel.TransformerLayers, w => Rows(name,
            Build.Sequence("input", tokens, 3072).Linear(new WeightScope(w)[layer], features, int8: true)));

    // Queries, keys and values stand side by side in each token, as a joined layer gives them.
    private static NetworkGraph Attention()
    {
        Node[] parts = Build.Sequence("input", 4608, 3 * 3072).Chunk(3);
        return Rows("attention", Build.Attention(parts[0], parts[1], parts[2], "attention", new AttentionForm(Heads: 24)));
    }

    private static NetworkGraph DoubleBlock(WeightSource weights, int size)
    {
        int tokens = size / 16 * (size / 16);
        (Node img, Node txt) = FluxTransformer.DoubleBlock(Build.Sequence("img", tokens, Dev.Hidden),
            Build.Sequence("txt", Texts, Dev.Hidden), Modulation(), Angles(tokens), new WeightScope(weights)["double_blocks"][0], Dev);
        return new NetworkGraph("double block", new Output("img.out", img, Layout.ChannelsLast),
            new Output("txt.out", txt, Layout.ChannelsLast));
    }

    private static NetworkGraph SingleBlock(WeightSource weights, int size)
    {
        int tokens = size / 16 * (size / 16);
        return Rows("single block", FluxTransformer.SingleBlock(Build.Sequence("x", tokens + Texts, Dev.Hidden), Modulation(), Angles(tokens),
            new WeightScope(weights)["single_blocks"][0], Dev));
    }

    private static FluxModulations Modulation() => FluxModulations.Of(Build.Sequence("vec", 1, Dev.Hidden));

    private static Node Angles(int tokens)
        => Build.Sequence("ids", tokens + Texts, 3).RotaryTable(Dev.Axes!.Value, FluxTransformer.Theta, "pe_embedder");

    private static NetworkGraph Rows(string name, Node result)
        => new(name, new Output(NetworkGraph.DefaultOutput, result, Layout.ChannelsLast));
}
