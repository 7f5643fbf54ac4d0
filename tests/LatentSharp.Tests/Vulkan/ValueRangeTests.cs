using System.Globalization;
using System.Text;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Vulkan.Cards;
using LatentSharp.Vulkan.Planning;

namespace LatentSharp.Tests.Vulkan;

/// <summary>
/// The largest values that real networks reach over photographs: what the mode fp16 keeps in 16 bits stays below their end. With
/// LATENTSHARP_WRITE_DOCS=1 twenty photographs are computed and the table is written.
/// </summary>
public sealed class ValueRangeTests
{
    private const string Page = "docs/gpu-ranges.md", Head = """
        # How large values become

        The mode fp16 of graphics cards ([gpu.md](gpu.md)) keeps in 16 bits what a normalisation bounds: its result, the function behind it,
        and the queries, keys and values made from it. The largest number of 16 bits is 65,504; everything else stays in float32, because
        networks are known whose stream goes beyond (Stable Diffusion XL's is black in 16 bits, FLUX.1's autoencoder too, as users of
        public engines report). A value that does not fit all the same ends the run with an error that names its step.

        Measured with every real file at hand: the embedded autoencoder and the TAESD family, which has no normalisation and so keeps
        nothing but weights in 16 bits. Twenty photographs, the middle 384 x 384 of each, encoded and decoded on the processor in float32.
        The published files of FLUX.1, FLUX.2, Stable Diffusion, Wan and Qwen-Image were not at hand. `LATENTSHARP_WRITE_DOCS=1 ./test
        --filter-class '*ValueRangeTests'` writes this page.

        | network | operation | kept in | largest | at |
        |---|---|---|---|---|

        """;

    private static readonly (string Name, string Encoder, string Decoder)[] Files =
    [
        ("embedded", "models/flux1-mini.safetensors", "models/flux1-mini.safetensors"),
        .. ((string[])["taef1", "taesd", "taesd3", "taesdxl"]).Select(
            n => (n, $"models/tiny/{n}_encoder.safetensors", $"models/tiny/{n}_decoder.safetensors")),
        ("taef2", "models/tiny/taef2_encoder.pth", "models/tiny/taef2_decoder.pth"),
    ];

    public static TheoryData<string> Names => [.. Files.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_kept_in_16_bits_stays_far_below_their_end(string name)
        => Assert.All(Measure(name, [Shared.Path("photos/fur-kitten.png")], 128).Where(r => r.Key.Bits == 16),
            r => Assert.InRange(r.Value.Largest, 0, (float)Half.MaxValue / 16));

    [Fact]
    public void The_table_is_written()
    {
        if (Environment.GetEnvironmentVariable("LATENTSHARP_WRITE_DOCS") != "1") Assert.Skip("LATENTSHARP_WRITE_DOCS=1 measures and writes it");
        string[] photos = [.. Directory.GetFiles(Shared.Path("photos"), "*.png").Order(StringComparer.Ordinal),
            .. Directory.GetFiles(Shared.Path("photos/train")).Where(f => !f.EndsWith(".tsv", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        var page = new StringBuilder(Head);
        foreach ((string name, _, _) in Files)
            foreach ((Place place, (float largest, string at)) in Measure(name, photos[..20], 384).OrderBy(r => r.Key.ToString()))
                page.Append(CultureInfo.InvariantCulture,
                    $"| {name} {place.Part} | {place.Operation} | {place.Bits} bits | {largest:#,0.0} | `{at}` |\n");
        File.WriteAllText(Repository.Path(Page), page.ToString());
    }

    private sealed record Place(string Part, string Operation, int Bits);

    // The largest value and the node that gave it.
    private static Dictionary<Place, (float Largest, string At)> Measure(string name, string[] photos, int side)
    {
        (_, string encoderFile, string decoderFile) = Files.First(f => f.Name == name);
        using Autoencoder encoder = Autoencoder.Open(Shared.Path(encoderFile)), decoder = Autoencoder.Open(Shared.Path(decoderFile));
        Dictionary<Place, (float Largest, string At)> largest = [];
        foreach (string photo in photos)
        {
            ImageTensor picture = Middle(PictureFile.Load(photo).Image, side);
            Look("encoder", encoder.EncoderGraph(side, side), picture.Values);
            Latent latent = encoder.Encode(picture);
            var model = new float[latent.Values.Length];
            decoder.Space.ToModel(latent.Values, model, latent.Height, latent.Width);
            Look("decoder", decoder.DecoderGraph(side, side), model);
        }
        return largest;

        void Look(string part, NetworkGraph graph, float[] input)
        {
            NetworkGraph known = graph.Expand(VulkanOperations.Knows, "the device vulkan");
            var lowering = new Lowering(known, new CardLimits(), Precision.Float16);
            HashSet<string> halves = [.. lowering.Tensors.Where(t => t.ValueBytes == sizeof(ushort)).Select(t => t.Name)];
            Node[] nodes = [.. known.Nodes.Where(n => n is not (Input or Output))];
            var all = new NetworkGraph(graph.Name, [.. nodes.Select((n, i) => new Output($"{i}", n, Layout.ChannelsLast))]);
            var values = nodes.Select((n, i) => (Name: $"{i}", Values: new float[n.Shape.Count])).ToDictionary(v => v.Name, v => v.Values);
            using PlanSession session = DefaultDevice.Compile(all).Start();
            session.Run(new Dictionary<string, ReadOnlyMemory<float>> { [all.Inputs[0].Name] = input },
                values.ToDictionary(v => v.Key, v => v.Value.AsMemory()), cancellationToken: TestContext.Current.CancellationToken);
            for (int i = 0; i < nodes.Length; i++)
            {
                var place = new Place(part, nodes[i].Operation, halves.Contains(nodes[i].ToString()) ? 16 : 32);
                float most = values[$"{i}"].Max(MathF.Abs);
                if (most > largest.GetValueOrDefault(place, (-1, "")).Largest) largest[place] = (most, nodes[i].Name);
            }
        }
    }

    private static ImageTensor Middle(ImageTensor image, int side)
    {
        var middle = new float[3 * side * side];
        int top = (image.Height - side) / 2, left = (image.Width - side) / 2;
        for (int row = 0; row < 3 * side; row++)
        {
            int from = (row / side * image.Height + top + row % side) * image.Width + left;
            image.Values.AsSpan(from, side).CopyTo(middle.AsSpan(row * side, side));
        }
        return new ImageTensor(middle, 1, side, side);
    }
}
