using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;
using LatentSharp.Tests.Reference;

namespace LatentSharp.Tests.Gradients;

/// <summary>
/// Seven losses of a picture against another, and their gradients: shared/golden/gradients/losses-io (PyTorch in float64).
/// </summary>
public sealed class LossTests
{
    // Both sides are float64; what is left is the rounding of the expected values and of constants that are float32.
    private const double Rounding = 2e-6;

    [Theory]
    [InlineData("l1")]
    [InlineData("mse")]
    [InlineData("charbonnier")]
    [InlineData("huber_0.1")]
    [InlineData("l1_of_gradients")]
    [InlineData("ssim_range2")]
    [InlineData("ssim_range1")]
    public void Value_and_gradient_are_those_of_autograd(string name)
    {
        var golden = new Golden("gradients/losses-io.safetensors");
        Node x = Build.Input("x", 32, 32, 3), y = Build.Input("y", 32, 32, 3);
        Node loss = name switch
        {
            "l1" => Losses.L1(x, y),
            "mse" => Losses.MeanSquare(x, y),
            "charbonnier" => Losses.Charbonnier(x, y),
            "huber_0.1" => Losses.Huber(x, y, 0.1f),
            "l1_of_gradients" => Losses.L1OfGradients(x, y),
            "ssim_range2" => Losses.Ssim(x, y, 2),
            _ => Losses.Ssim(Losses.Affine(x, 0.5f, 0.5f), Losses.Affine(y, 0.5f, 0.5f), 1),
        };
        NetworkGraph graph = new LossGraph(name, loss, [x], []).Backward(_ => false).Graph;
        var inputs = new Dictionary<string, float[]> { ["x"] = golden["x"], ["y"] = golden["y"] };
        Dictionary<string, double[]> exact = ReferenceExecutor.Run(graph, inputs);
        var found = new Dictionary<string, float[]> { ["loss"] = new float[1], ["d.x"] = new float[3 * 32 * 32] };
        using PlanSession session = DefaultDevice.Compile(graph).Start();
        session.Run(inputs.ToDictionary(i => i.Key, i => (ReadOnlyMemory<float>)i.Value),
            found.ToDictionary(o => o.Key, o => o.Value.AsMemory()),
            cancellationToken: TestContext.Current.CancellationToken);
        foreach (string output in found.Keys)
        {
            float[] expected = golden[$"{name}.{output}"];
            Assert.InRange(expected.Zip(exact[output], (e, f) => Math.Abs(e - f)).Max(), 0, Rounding * expected.Max(Math.Abs));
            Assert.InRange(expected.Zip(found[output], (e, f) => Math.Abs((double)e - f)).Max(), 0, golden.Tolerance($"{name}.{output}"));
        }
    }
}
