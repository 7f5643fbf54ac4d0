using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Quality;
using LatentSharp.Tuning;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Tuning;

/// <summary>
/// LPIPS on weights of the published layouts. The published weights are not here: tensors and pictures follow from a hash of the place
/// (that of golden/gradients/README.md, with 1,000,003 times a seed added to the place). Expected numbers were computed from the same
/// tensors by PyTorch 1.13 in float64, with the operations of lpips/lpips.py and lpips/pretrained_networks.py (082bb24).
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class LpipsTests : IDisposable
{
    private const int Height = 40, Width = 56;

    private static readonly (int Number, int Channels, int Size)[] Vgg =
        [(0, 64, 3), (2, 64, 3), (5, 128, 3), (7, 128, 3), (10, 256, 3), (12, 256, 3), (14, 256, 3), (17, 512, 3), (19, 512, 3),
            (21, 512, 3), (24, 512, 3), (26, 512, 3), (28, 512, 3)];
    private static readonly (int Number, int Channels, int Size)[] Alex =
        [(0, 64, 11), (3, 192, 5), (6, 384, 3), (8, 256, 3), (10, 256, 3)];

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData("vgg", 0.13802024526844822, 0.04077585452740911, -0.0189627017189652)]
    [InlineData("alex", 0.11604075451384871, 0.08885792912790, 0.07794645788857625)]
    public void Value_and_gradient_are_those_of_PyTorch(string network, double value, double norm, double projection)
    {
        Lpips lpips = Lpips.Open(Write(network));
        Assert.Equal(network == "vgg" ? "VGG16" : "AlexNet", lpips.Network);
        float[] x = [.. Hash(3 * Height * Width, 301).Select(v => (v + 1) / 2)];
        float[] y = [.. x.Zip(Hash(3 * Height * Width, 302), (v, noise) => Math.Clamp(v + 0.2f * noise, 0, 1))];
        (float loss, float[] gradient) = Differentiate(lpips, x, y);
        Assert.Equal(value, loss, 1e-5 * value);
        Assert.Equal(norm, Math.Sqrt(gradient.Sum(g => (double)g * g)), 1e-4 * norm);
        Assert.Equal(projection, gradient.Zip(Hash(gradient.Length, 0), (g, u) => (double)g * u).Sum(), 1e-4 * norm);

        (loss, gradient) = Differentiate(lpips, x, x);
        Assert.Equal(0, loss);
        Assert.All(gradient, g => Assert.Equal(0, g));
    }

    // The root of the reference has no gradient where a network sees nothing, and PyTorch gives NaN.
    [Fact]
    public void Where_nothing_is_seen_the_gradient_is_a_number()
    {
        Lpips lpips = Lpips.Open(Write("alex", bias: -100));
        (float loss, float[] gradient) = Differentiate(lpips, Hash(3 * Height * Width, 301), Hash(3 * Height * Width, 302));
        Assert.Equal(0, loss);
        Assert.All(gradient, g => Assert.Equal(0, g));
    }

    [Fact]
    public void Files_that_are_missing_or_of_another_network_are_named()
    {
        string[] vgg = Write("vgg"), alex = Write("alex");
        Says(ErrorKind.NotFound, "lin0.model.1.weight is not there", vgg[0]);
        Says(ErrorKind.NotFound, "features.0.weight", alex[1]);
        Says(ErrorKind.Mismatch, "lin1.model.1.weight is [1, 192, 1, 1]; [1, 128, 1, 1] was expected", vgg[0], alex[1]);
        Says(ErrorKind.NotFound, "richzhang/PerceptualSimilarity");
        var small = new LossNode(Build.Input("x", 16, 16, 3));
        Assert.Contains("32 pixels", Assert.Throws<LatentSharpException>(() => Lpips.Open(alex).Of(small, small)).Message, StringComparison.Ordinal);

        static void Says(ErrorKind kind, string what, params string[] files)
        {
            var error = Assert.Throws<LatentSharpException>(() => Lpips.Open(files));
            Assert.Equal(kind, error.Kind);
            Assert.Contains(what, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_training_takes_it_as_a_term_of_its_loss()
    {
        Directory.CreateDirectory(place.File("set"));
        for (int i = 0; i < 4; i++) PictureFile.Save(place.File($"set/{i}.png"), Pictures.Scene(72, 80, i + 1));
        string[] run = ["finetune", "embedded", "--images", "set", "-o", "out.safetensors", "--part", "last:1", "--crop", "64", "--batch", "1",
            "--steps", "1", "--loss"];
        string missing = place.Latent([.. run, "l1+0.1*lpips"]).Expect(4).Error;
        Assert.Contains("vgg16-397923af.pth", missing, StringComparison.Ordinal);
        Assert.Contains("--lpips", missing, StringComparison.Ordinal);
        string[] files = ["--lpips", .. Write("alex")];
        Assert.Contains("does not ask for it", place.Latent([.. run, "l1", .. files]).Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("Put another term before it", place.Latent([.. run, "lpips+l1", .. files]).Expect(2).Error, StringComparison.Ordinal);
        // One step helps or not; either way it was made.
        Workplace.Outcome made = place.Latent([.. run, "l1+0.1*lpips", "--json-lines", .. files]);
        Assert.Contains("\"step\":1,\"loss\":", made.Output, StringComparison.Ordinal);
    }

    private static (float Loss, float[] Gradient) Differentiate(Lpips lpips, float[] x, float[] y)
    {
        Node found = Build.Input("x", Height, Width, 3), wanted = Build.Input("y", Height, Width, 3);
        NetworkGraph graph = new LossGraph("lpips", lpips.Of(new LossNode(found), new LossNode(wanted)).Node, [found], []).Backward(_ => true).Graph;
        var results = new Dictionary<string, float[]> { ["loss"] = new float[1], ["d.x"] = new float[x.Length] };
        Assert.Equal(results.Keys, graph.Outputs.Select(o => o.Name));
        using var session = DefaultDevice.Compile(graph).Start();
        session.Run(new Dictionary<string, ReadOnlyMemory<float>> { ["x"] = x, ["y"] = y }, results.ToDictionary(o => o.Key, o => o.Value.AsMemory()),
            cancellationToken: TestContext.Current.CancellationToken);
        return (results["loss"][0], results["d.x"]);
    }

    // As torchvision and lpips name their tensors, in two files.
    private string[] Write(string network, float bias = 0)
    {
        var layers = new List<SafetensorsEntry>();
        var judgements = new List<SafetensorsEntry>();
        int inputs = 3;
        int[] seen = network == "vgg" ? [2, 7, 14, 21, 28] : [0, 3, 6, 8, 10];
        foreach ((int number, int channels, int size) in network == "vgg" ? Vgg : Alex)
        {
            float reach = (float)Math.Sqrt(6.0 / (inputs * size * size));
            layers.Add(Entry($"features.{number}.weight", Hash(channels * inputs * size * size, number + 1), v => v * reach, channels, inputs, size, size));
            layers.Add(Entry($"features.{number}.bias", Hash(channels, number + 101), v => v * 0.125f + bias, channels));
            int stage = Array.IndexOf(seen, number);
            if (stage >= 0) judgements.Add(Entry($"lin{stage}.model.1.weight", Hash(channels, stage + 201), Math.Abs, 1, channels, 1, 1));
            inputs = channels;
        }
        string[] files = [place.File($"{network}-features.safetensors"), place.File($"{network}.safetensors")];
        SafetensorsWriter.Write(files[0], layers);
        SafetensorsWriter.Write(files[1], judgements);
        return files;

        static SafetensorsEntry Entry(string name, float[] values, Func<float, float> map, params long[] shape)
            => SafetensorsEntry.Of(name, Array.ConvertAll(values, v => map(v)), shape);
    }

    private static float[] Hash(int count, int seed)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            uint x = unchecked((uint)(i + 1_000_003 * seed) * 0x9E3779B1u + 0xC2B2AE3Du);
            x ^= x >> 16;
            x = unchecked(x * 0x85EBCA6Bu);
            x ^= x >> 13;
            x = unchecked(x * 0xC2B2AE35u);
            x ^= x >> 16;
            values[i] = (x >> 8) * (1f / (1 << 23)) - 1;
        }
        return values;
    }
}
