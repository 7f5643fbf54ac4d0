using LatentSharp.Compute;
using LatentSharp.Graph;
using LatentSharp.Models.Autoencoders;
using LatentSharp.OnnxRuntime;
using LatentSharp.Tensors;
using LatentSharp.Tests.Reference;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Onnx;

/// <summary>
/// Exported graphs, run by ONNX Runtime, against the float64 reference executor and the reference implementations' results.
/// </summary>
public sealed class OnnxPlanTests
{
    public static TheoryData<string> Networks => [.. SmallNetworks.All.Keys];

    // ONNX Runtime computes in float32; sums here have at most 144 terms of magnitude 1.
    [Theory]
    [MemberData(nameof(Networks))]
    public void EveryOperationAgreesWithTheReferenceExecutor(string name)
    {
        NetworkGraph graph = SmallNetworks.All[name]();
        float[] input = SmallNetworks.Values((int)graph.Inputs[0].Shape.Count, seed: 5);
        using PlanSession session = Start(graph);
        var output = new float[graph.Outputs[0].Shape.Count];
        session.Run(input, output, cancellationToken: TestContext.Current.CancellationToken);
        AssertClose(ReferenceExecutor.Run(graph, input), output, 2e-5);
    }

    // Expected numbers: black-forest-labs/flux 802fb47 in float64; tolerances from expected-stats.json beside them.
    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    [InlineData("c")]
    [InlineData("d")]
    [InlineData("e")]
    public void TheWidth32FluxAutoencoderAgreesWithTheOriginal(string name)
    {
        using SafetensorsFile weights = SafetensorsFile.Open(Shared.Path("models/synthetic/flux-ch32-bf16.safetensors"));
        var golden = new Golden("flux-ae/flux-ch32-io.safetensors");

        var image = golden.ShapeOf(name + ".image");
        float[] moments = Run(AutoencoderKL.Encoder(weights, (int)image[2], (int)image[3]), golden.Picture(name + ".image", 0));
        AssertClose(Array.ConvertAll(golden.Picture(name + ".moments", 0), v => (double)v), moments, golden.Tolerance(name + ".moments"));

        var latent = golden.ShapeOf(name + ".z");
        float[] model = Array.ConvertAll(golden.Picture(name + ".z", 0), z => (float)(z / 0.3611 + 0.1159));
        float[] decoded = Run(AutoencoderKL.Decoder(weights, (int)latent[2], (int)latent[3]), model);
        AssertClose(Array.ConvertAll(golden.Picture(name + ".decoded", 0), v => (double)v), decoded, golden.Tolerance(name + ".decoded"));
    }

    // The weights stay where they are and as they are: bf16 in a safetensors file below the model's folder. Rounding to bf16 happens before
    // both sides read them.
    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    public void WeightsAreReadFromTheSafetensorsFileItself(ElementType type)
    {
        string folder = Directory.CreateTempSubdirectory("latentsharp-test-").FullName;
        try
        {
            string path = Path.Combine(folder, "weights.safetensors");
            var memory = new MemoryWeights();
            memory.Add("conv.weight", SmallNetworks.Values(8 * 6 * 3 * 3, seed: 1), 8, 6, 3, 3);
            memory.Add("conv.bias", SmallNetworks.Values(8, seed: 2), 8);
            SafetensorsWriter.Write(path, memory.Tensors.Values.Select(t => SafetensorsEntry.Convert(memory, t, t.Name, t.Shape, type)),
                cancellationToken: TestContext.Current.CancellationToken);

            using WeightFile file = SafetensorsFile.Open(path);
            var graph = new NetworkGraph("in place", Build.Input("x", 5, 4, 6).Conv2d(new WeightScope(file, "conv"), 8, 3));
            float[] input = SmallNetworks.Values((int)graph.Inputs[0].Shape.Count, seed: 5),
                output = new float[graph.Outputs[0].Shape.Count];
            using PlanSession session = Start(graph, new OnnxOptions { Folder = folder });
            session.Run(input, output, cancellationToken: TestContext.Current.CancellationToken);

            Assert.Equal(["in-place.onnx", "weights.safetensors"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
            AssertClose(ReferenceExecutor.Run(graph, input), output, 2e-5);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void ACancelledRunSaysSoAndTheNextOneWorks()
    {
        NetworkGraph graph = SmallNetworks.All["convolution"]();
        using PlanSession session = Start(graph);
        var input = new float[graph.Inputs[0].Shape.Count];
        var output = new float[graph.Outputs[0].Shape.Count];
        Assert.Throws<OperationCanceledException>(
            () => session.Run(input, output, cancellationToken: new CancellationToken(canceled: true)));
        session.Run(input, output, cancellationToken: TestContext.Current.CancellationToken);
    }

    [Fact]
    public void LengthsAreChecked()
    {
        NetworkGraph graph = SmallNetworks.All["convolution"]();
        using PlanSession session = Start(graph);
        Assert.Throws<ArgumentException>(
            () => session.Run(new float[3], new float[graph.Outputs[0].Shape.Count],
                cancellationToken: TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentException>(
            () => session.Run(new float[graph.Inputs[0].Shape.Count], new float[3],
                cancellationToken: TestContext.Current.CancellationToken));
    }

    private static PlanSession Start(NetworkGraph graph, OnnxOptions? options = null)
    {
        if (OnnxDevice.RuntimeVersion is null) Assert.Skip("ONNX Runtime has no native library for this system");
        return new OnnxDevice(options).Compile(graph, new ComputeOptions { Threads = 1 }).Start();
    }

    private static float[] Run(NetworkGraph graph, float[] input)
    {
        using PlanSession session = Start(graph);
        var output = new float[graph.Outputs[0].Shape.Count];
        session.Run(input, output, cancellationToken: TestContext.Current.CancellationToken);
        return output;
    }

    private static void AssertClose(double[] expected, float[] found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        double error = expected.Zip(found, (e, f) => Math.Abs(e - f)).Max();
        Assert.True(error <= tolerance, $"largest difference {error:g3}, allowed {tolerance:g3}");
    }
}
