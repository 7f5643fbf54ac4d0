using System.Collections.Immutable;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Diffusion.Discrete;
using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Models.Flux;
using LatentSharp.Models.Pixel;
using LatentSharp.Tests.Reference;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Views;

namespace LatentSharp.Tests.Gradients;

/// <summary>
/// The gradient of every parameter and input of whole networks, computed by the processor, against PyTorch autograd in float64:
/// shared/golden/gradients. A batch is computed item by item; its loss and its gradients are the means.
/// </summary>
public sealed class NetworkTests
{
    private const float FluxScale = 1 / 0.3611f, FluxShift = 0.1159f;

    [Theory]
    [InlineData("l1")]
    [InlineData("roundtrip")]
    [InlineData("kl")]
    public void Flux_autoencoder(string name)
    {
        using SafetensorsFile weights = SafetensorsFile.Open(Shared.Path("golden/flux-ae/flux-ch32s.safetensors"));
        var golden = new Golden("gradients/flux-ae-io.safetensors");
        Check(golden, "flux-ae", name, Loss(weights, golden, name));
    }

    [Fact]
    public void Stable_Diffusion_autoencoder()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Shared.Path("golden/sd-vae/sd-ch32.safetensors"));
        const string prefix = "first_stage_model.";
        var weights = new RenamedWeights(file, n => n.StartsWith(prefix, StringComparison.Ordinal) ? n[prefix.Length..] : null);
        var golden = new Golden("gradients/sd-vae-io.safetensors");
        var shape = golden.ShapeOf("a.image");
        Check(golden, "sd-vae", "a", LossGraphs.KL(AutoencoderKL.Encoder(weights, (int)shape[2], (int)shape[3]),
            AutoencoderKL.Decoder(weights, (int)shape[2] / 8, (int)shape[3] / 8)));
    }

    [Theory]
    [InlineData("decoder", "z", "target")]
    [InlineData("encoder", "image", "target_latent")]
    public void Tiny_autoencoder(string part, string input, string target)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Shared.Path($"models/tiny/taef1_{part}.safetensors"));
        var weights = new RenamedWeights(file, n => $"{part}.{n}");
        var golden = new Golden("gradients/taef1-io.safetensors");
        var shape = golden.ShapeOf($"{part}.{input}");
        NetworkGraph network = part == "decoder" ? TinyAutoencoder.Decoder(weights, (int)shape[2], (int)shape[3])
            : TinyAutoencoder.Encoder(weights, (int)shape[2], (int)shape[3]);
        Check(golden, "taef1", part, LossGraphs.Target(network, input, target, Losses.MeanSquare), part + ".",
            slack: part == "encoder" ? ParameterGradients.Kink : 1);
    }

    [Fact]
    public void Flux_transformer()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Shared.Path("golden/transformer/flux-tiny-dev.safetensors"));
        var golden = new Golden("gradients/transformer-io.safetensors");
        var tokens = new FluxTokens((int)golden.ShapeOf("a.img")[1], (int)golden.ShapeOf("a.txt")[1]);
        Check(golden, "transformer", "a", LossGraphs.Flow(FluxTransformer.Of(FluxWeights.From(file), tokens, [8, 12, 12])));
    }

    // A time of the file is a whole number, from which the schedule of training tells how much of the sample is noise.
    [Fact]
    public void UNet_on_pixels()
    {
        using WeightFile file = WeightFiles.Open(Shared.Path("golden/unet2d/cifar-w32.safetensors"));
        var golden = new Golden("gradients/unet2d-io.safetensors");
        NetworkGraph network = UNet2D.Of(UNet2DWeights.From(file), UNet2DSettings.Published, 32, 32);
        long[] times = golden.Longs("a.timestep");
        ImmutableArray<float> signal = new DiscreteSchedule().Signal;
        Check(golden, "unet2d", "a", LossGraphs.Epsilon(network), given: (name, item) => name switch
        {
            "timestep" => [times[item]],
            LossGraphs.Signal => [MathF.Sqrt(signal[(int)times[item]])],
            LossGraphs.Deviation => [MathF.Sqrt(1 - signal[(int)times[item]])],
            _ => golden.Picture("a." + name, item),
        });
    }

    // Every kind of autoencoder, there and back: the reverse pass exists, reaches every tensor but those of the spread, and is finite.
    [Theory]
    [InlineData("golden/flux-ae/flux-ch32s.safetensors")]
    [InlineData("golden/sd-vae/sd-ch32.safetensors")]
    [InlineData("golden/flux2-ae/flux2-small-decoder.safetensors")]
    [InlineData("golden/dc-ae/sana-f32.safetensors")]
    [InlineData("golden/dc-ae/dc-shuffle-f8.safetensors")]
    [InlineData("golden/flux2-ae/flux2-ch32.safetensors")]
    [InlineData("golden/wan-ae/wan21-d6.safetensors")]
    [InlineData("golden/wan-ae/wan22-d4.safetensors")]
    [InlineData("golden/wan-ae/qwen-d3.safetensors")]
    public void Autoencoders_of_every_kind_have_a_reverse_pass(string path)
    {
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path(path));
        int side = 2 * autoencoder.Space.Factor;
        LossGraph loss = LossGraphs.RoundTrip(autoencoder.EncoderGraph(side, side), autoencoder.DecoderGraph(side, side));
        (NetworkGraph graph, ImmutableArray<WeightRef> trained) = loss.Backward(_ => true);
        string[] all = [.. new NetworkGraph("forward", loss.Loss).Nodes.SelectMany(n => n.Learned).Where(w => !Constants.Holds(w))
            .Select(w => w.Name).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(all, trained.Select(w => w.Name).Order(StringComparer.Ordinal));
        Dictionary<string, float[]> found = graph.Outputs.ToDictionary(o => o.Name, o => new float[o.Shape.Count]);
        using PlanSession session = DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2 }).Start();
        var random = new Random(4);
        session.Run(graph.Inputs.ToDictionary(i => i.Name,
            i => (ReadOnlyMemory<float>)Enumerable.Range(0, (int)i.Shape.Count).Select(_ => (float)random.NextDouble() * 2 - 1).ToArray()),
            found.ToDictionary(o => o.Key, o => o.Value.AsMemory()), cancellationToken: TestContext.Current.CancellationToken);
        Assert.All(found, f => Assert.True(Array.TrueForAll(f.Value, float.IsFinite), f.Key));
        Assert.Contains(found, f => f.Key.StartsWith("decoder", StringComparison.Ordinal) && f.Value.Any(v => v != 0));
    }

    [Fact]
    public void Tiny_encoder_in_float64()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Shared.Path("models/tiny/taef1_encoder.safetensors"));
        var weights = new RenamedWeights(file, n => "encoder." + n);
        var golden = new Golden("gradients/taef1-io.safetensors");
        NetworkGraph graph = LossGraphs.Target(TinyAutoencoder.Encoder(weights, 48, 64), "image", "target_latent", Losses.MeanSquare)
            .Backward(_ => false).Graph;
        Dictionary<string, double[]> found = ReferenceExecutor.Run(graph,
            graph.Inputs.ToDictionary(i => i.Name, i => golden.Picture("encoder." + i.Name, 0)));
        float[] expected = golden.Picture("encoder.d.image", 0);
        Assert.InRange(expected.Zip(found["d.image"], (e, f) => Math.Abs(e - f / 2)).Max(), 0, 1e-6 * expected.Max(Math.Abs));
    }

    // Why its tolerances are multiplied: in float64 one value in front of the first ReLU of the first item is 1.2e-8. No sum in float32 of
    // numbers of its size is sure of that sign. The second item keeps the tolerance as it is.
    [Fact]
    public void One_unit_of_the_tiny_encoder_is_within_rounding_of_a_kink()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Shared.Path("models/tiny/taef1_encoder.safetensors"));
        var weights = new RenamedWeights(file, n => "encoder." + n);
        var golden = new Golden("gradients/taef1-io.safetensors");
        LossGraph loss = LossGraphs.Target(TinyAutoencoder.Encoder(weights, 48, 64), "image", "target_latent", Losses.MeanSquare);
        Activation first = new NetworkGraph("forward", loss.Loss).Nodes.OfType<Activation>().First();
        double[] before = ReferenceExecutor.Run(new NetworkGraph("before", new Output("before", first.Source, Layout.ChannelsLast)),
            new Dictionary<string, float[]> { ["image"] = golden.Picture("encoder.image", 0) })["before"];
        const double rounding = 2e-8;
        Assert.Contains(before, x => Math.Abs(x) < rounding);
        Assert.True(before.Max(Math.Abs) > 1);

        NetworkGraph graph = loss.Backward(_ => false).Graph;
        Dictionary<string, float[]> found = graph.Outputs.ToDictionary(o => o.Name, o => new float[o.Shape.Count]);
        using PlanSession session = DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2 }).Start();
        session.Run(graph.Inputs.ToDictionary(i => i.Name, i => (ReadOnlyMemory<float>)golden.Picture("encoder." + i.Name, 1)),
            found.ToDictionary(o => o.Key, o => o.Value.AsMemory()), cancellationToken: TestContext.Current.CancellationToken);
        Assert.InRange(golden.Picture("encoder.d.image", 1).Zip(found["d.image"], (e, f) => Math.Abs(e - f / 2)).Max(), 0,
            golden.Tolerance("encoder.d.image"));
    }

    // The float64 executor finds the gradients of the decoder, too: what is left is the rounding of the expected values.
    [Fact]
    public void Flux_decoder_in_float64()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("LATENTSHARP_LONG") == "1", "LATENTSHARP_LONG=1 evaluates a decoder's gradients in float64");
        using SafetensorsFile weights = SafetensorsFile.Open(Shared.Path("golden/flux-ae/flux-ch32s.safetensors"));
        var golden = new Golden("gradients/flux-ae-io.safetensors");
        (NetworkGraph graph, ImmutableArray<WeightRef> trained) = Loss(weights, golden, "l1").Backward(_ => true);
        Dictionary<string, double[]>[] items = [.. Enumerable.Range(0, 2).Select(item => ReferenceExecutor.Run(graph,
            graph.Inputs.ToDictionary(i => i.Name, i => golden.Picture("l1." + i.Name, item))))];
        using SafetensorsFile expected = SafetensorsFile.Open(Shared.Path("golden/gradients/flux-ae-l1-grads.safetensors"));
        Assert.Equal(expected.Tensors.Keys.Order(), trained.Select(w => w.Name).Order());
        double largest = expected.Tensors.Values.Max(t => expected.Read(t).Max(Math.Abs));
        foreach (var tensor in expected.Tensors.Values)
        {
            float[] wanted = expected.Read(tensor);
            double[] found = [.. items[0][tensor.Name].Zip(items[1][tensor.Name], (a, b) => (a + b) / 2)];
            // The scale 1 / 0.3611 is a float32 here.
            Assert.InRange(wanted.Zip(found, (w, f) => Math.Abs(w - f)).Max(), 0, Math.Max(1e-6 * wanted.Max(Math.Abs), 1e-8 * largest));
        }
    }

    private static LossGraph Loss(WeightSource weights, Golden golden, string name)
    {
        if (name == "l1")
        {
            NetworkGraph decoder = AutoencoderKL.Decoder(weights, (int)golden.ShapeOf("l1.z")[2], (int)golden.ShapeOf("l1.z")[3]);
            return LossGraphs.Target(decoder, "z", "target", Losses.L1, z => Losses.Affine(z, FluxScale, FluxShift));
        }
        var image = golden.ShapeOf(name + ".image");
        NetworkGraph encoder = AutoencoderKL.Encoder(weights, (int)image[2], (int)image[3]);
        NetworkGraph whole = AutoencoderKL.Decoder(weights, (int)image[2] / 8, (int)image[3] / 8);
        return name == "kl" ? LossGraphs.KL(encoder, whole) : LossGraphs.RoundTrip(encoder, whole);
    }

    private static void Check(Golden golden, string family, string name, LossGraph loss, string prefix = "",
        Func<string, int, float[]>? given = null, double slack = 1)
    {
        given ??= (input, item) => golden.Picture($"{name}.{input}", item);
        (NetworkGraph graph, ImmutableArray<WeightRef> trained) = loss.Backward(_ => true);
        var parameters = new ParameterGradients($"golden/gradients/{family}-{name}-grads.json");
        Assert.Equal(parameters.Names.Select(n => prefix + n).Order(), trained.Select(w => w.Name).Order());
        int items = (int)golden.ShapeOf($"{name}.{graph.Inputs.First(i => golden.Has($"{name}.{i.Name}")).Name}")[0];
        Dictionary<string, float[]> sums = graph.Outputs.ToDictionary(o => o.Name, o => new float[o.Shape.Count]);
        using PlanSession session = DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2 }).Start();
        for (int item = 0; item < items; item++)
        {
            Dictionary<string, float[]> found = graph.Outputs.ToDictionary(o => o.Name, o => new float[o.Shape.Count]);
            session.Run(graph.Inputs.ToDictionary(i => i.Name, i => (ReadOnlyMemory<float>)given(i.Name, item)),
                found.ToDictionary(o => o.Key, o => o.Value.AsMemory()), cancellationToken: TestContext.Current.CancellationToken);
            foreach ((string of, float[] values) in found)
            {
                for (int i = 0; i < values.Length; i++) sums[of][i] += values[i] / items;
                // The gradient of an item's input is its own; it has its part in the mean of the losses.
                if (of.StartsWith("d.", StringComparison.Ordinal) && golden.Has($"{name}.{of}"))
                    Near($"{name}.{of}", golden.Picture($"{name}.{of}", item), [.. values.Select(v => v / items)]);
            }
        }
        foreach (string value in new[] { "loss", "kl", "reconstruction_loss" })
            if (sums.TryGetValue(value, out float[]? sum)) Near($"{name}.{value}", golden[$"{name}.{value}"], sum);
        foreach (string parameter in parameters.Names)
        {
            parameters.Check(parameter, sums[prefix + parameter], slack);
            string whole = $"{name}.grad.{parameter}";
            if (golden.Has(whole)) Near(whole, golden[whole], sums[prefix + parameter], parameters.Tolerance(parameter));
        }

        void Near(string tensor, float[] expected, float[] found, double? tolerance = null)
        {
            double error = expected.Zip(found, (e, f) => Math.Abs((double)e - f)).Max();
            double allowed = slack * (tolerance ?? golden.Tolerance(tensor));
            Assert.True(error <= allowed, $"{tensor}: {error}, allowed {allowed}");
        }
    }
}
