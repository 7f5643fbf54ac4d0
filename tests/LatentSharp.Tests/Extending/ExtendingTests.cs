using System.Runtime.Intrinsics;
using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;
using LatentSharp.Tests.Cpu;
using LatentSharp.Tests.Graph;
using LatentSharp.Tests.Onnx;
using LatentSharp.Tests.Readme;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Extending;

/// <summary>The examples of docs/extending.md: they stand in this folder, they are what the page shows, and they work.</summary>
public sealed class ExtendingTests
{
    public static TheoryData<SimdLevel> Levels => new(TestNetwork.Levels);

    [Fact]
    public void The_page_shows_what_is_compiled()
    {
        string code = string.Concat(Directory.EnumerateFiles(Repository.Path("tests/LatentSharp.Tests/Extending"), "*.cs")
            .Select(f => Flat(File.ReadAllText(f))));
        (int Line, string Text)[] blocks = [.. new MarkdownPage(Repository.Path("docs/extending.md")).Blocks("csharp")];
        Assert.NotEmpty(blocks);
        Assert.All(blocks, b => Assert.True(code.Contains(Flat(b.Text), StringComparison.Ordinal),
            $"docs/extending.md:{b.Line} is not in tests/LatentSharp.Tests/Extending"));

        static string Flat(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
    }

    [Fact]
    public void Files_that_the_page_names_are_there()
    {
        string[] named = [.. System.Text.RegularExpressions.Regex
            .Matches(File.ReadAllText(Repository.Path("docs/extending.md")), @"`((?:src|tests)/[\w./]+)`").Select(m => m.Groups[1].Value)];
        Assert.NotEmpty(named);
        Assert.All(named, n => Assert.True(Path.Exists(Repository.Path(n)), n));
    }

    // The processor, ONNX Runtime and the float64 executor know nothing of the operation: each computes its expansion.
    [Fact]
    public void An_operation_with_an_expansion_runs_everywhere()
    {
        var x = new SquaredReLU("squared", Build.Input("x", 5, 7, 12));
        NetworkGraphTests.Compare(new NetworkGraph("example", new Output("result", x, Layout.ChannelsFirst)), 1e-6);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public unsafe void A_kernel_gives_the_same_on_every_width(SimdLevel level)
    {
        for (int count = 1; count <= 67; count++)
        {
            float[] source = SmallNetworks.Values(count, count), found = new float[count];
            fixed (float* from = source, to = found)
            {
                switch (level)
                {
                    case SimdLevel.Vector512: SquaredReLUKernel<Simd512, Vector512<float>>.Apply(from, to, count); break;
                    case SimdLevel.Vector256: SquaredReLUKernel<Simd256, Vector256<float>>.Apply(from, to, count); break;
                    case SimdLevel.Vector128: SquaredReLUKernel<Simd128, Vector128<float>>.Apply(from, to, count); break;
                    default: SquaredReLUKernel<SimdScalar, float>.Apply(from, to, count); break;
                }
            }
            // One rounding, of the product: the very bits.
            Assert.Equal(source.Select(v => v > 0 ? v * v : 0), found);
        }
    }

    [Fact]
    public void A_model_agrees_with_the_reference_and_opens_under_foreign_names()
    {
        MemoryWeights own = Weights(i => i switch { 0 => "conv_in", 3 => "conv_out", _ => $"blocks.{i - 1}.conv" });
        MemoryWeights flat = Weights(i => i == 3 ? "net.last" : $"net.{i}");
        Assert.Equal(new SharpenerShape(3, 8, 2), SharpenerShape.Of(own));
        Assert.Equal(new SharpenerShape(3, 8, 2), SharpenerShape.Of(SharpenerNames.FromFlat(flat)));
        NetworkGraph graph = Sharpener.Graph(own, 9, 7), renamed = Sharpener.Graph(SharpenerNames.FromFlat(flat), 9, 7);
        NetworkGraphTests.Compare(graph, 2e-5);
        Dictionary<string, float[]> inputs = NetworkGraphTests.Values(graph);
        Assert.Equal(NetworkGraphTests.RunCpu(graph, inputs).Values.Single(), NetworkGraphTests.RunCpu(renamed, inputs).Values.Single());
        var error = Assert.Throws<LatentSharpException>(() => SharpenerShape.Of(flat));
        Assert.Contains("conv_in.weight is missing", error.Message, StringComparison.Ordinal);

        static MemoryWeights Weights(Func<int, string> name)
        {
            var weights = new MemoryWeights();
            (int Outputs, int Inputs)[] layers = [(8, 3), (8, 8), (8, 8), (3, 8)];
            for (int i = 0; i < layers.Length; i++)
            {
                (int outputs, int inputs) = layers[i];
                weights.Add(name(i) + ".weight", Array.ConvertAll(SmallNetworks.Values(outputs * inputs * 9, i + 1), v => v / 5), outputs, inputs, 3, 3);
                weights.Add(name(i) + ".bias", SmallNetworks.Values(outputs, i + 11), outputs);
            }
            return weights;
        }
    }
}
