using System.Text;
using LatentSharp.Tests.Imaging;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Models;

/// <summary>
/// TAESana. No published decoder was at hand, so weights are made by a formula, and expected numbers are those of its
/// modules written in PyTorch 1.13 from the specification of madebyollin/taesd (not by running its code), in float64, with the same
/// weights; names and shapes are those of the published files.
/// </summary>
public sealed class TaesanaTests
{
    private const double Tolerance = 2e-6;

    [Fact]
    public void Encoder_and_decoder_give_what_the_original_gives()
    {
        using var folder = new TemporaryFolder();
        Write(folder["taesana_encoder.safetensors"], Encoder());
        Write(folder["taesana_decoder.safetensors"], Decoder());
        using Autoencoder both = Autoencoder.Open(folder["taesana_encoder.safetensors"]);
        Assert.Equal((AutoencoderFamily.Taesana, LatentSpace.Sana, true, true), (both.Family, both.Space, both.CanEncode, both.CanDecode));

        var picture = new ImageTensor(1, 64, 96);
        for (int i = 0; i < picture.Values.Length; i++) picture.Values[i] = (float)(2 * (i * 29 % 97 / 96.0) - 1);
        Latent latent = both.Encode(picture);
        Assert.Equal((32, 2, 3), (latent.Channels, latent.Height, latent.Width));
        Near(latent.Values, -0.00183433994, 0.0323532849, [0.0404634535, -0.0442454726, -0.0155836244, -0.021908291]);

        float[] z = [.. Enumerable.Range(0, 32 * 6).Select(i => (float)(i * 31 % 89 / 44.0 - 1))];
        ImageTensor decoded = both.Decode(new Latent(LatentSpace.Sana, z, 1, 2, 3));
        Near([.. decoded.Values.Select(v => (v + 1) / 2)], -0.00915264496, 0.0508510977,
            [0.0447486767, 0.0532940253, -0.0592896961, -0.0248502264]);
    }

    [Fact]
    public void Each_half_opens_by_itself_and_is_no_other_tiny_autoencoder()
    {
        using var folder = new TemporaryFolder();
        Write(folder["a.safetensors"], Encoder());
        Write(folder["b.safetensors"], Decoder());
        foreach ((string name, bool encodes) in ((string, bool)[])[("a", true), ("b", false)])
        {
            using Autoencoder half = Autoencoder.Open(folder[name + ".safetensors"]);
            Assert.Equal((AutoencoderFamily.Taesana, encodes, !encodes), (half.Family, half.CanEncode, half.CanDecode));
            Assert.Equal(32, half.Space.Factor);
        }
    }

    private static void Near(ReadOnlySpan<float> values, double mean, double rms, double[] samples)
    {
        double sum = 0, squares = 0;
        foreach (float v in values) (sum, squares) = (sum + v, squares + (double)v * v);
        Assert.Equal(mean, sum / values.Length, Tolerance);
        Assert.Equal(rms, Math.Sqrt(squares / values.Length), Tolerance);
        int[] places = [0, 17, values.Length / 2, values.Length - 1];
        for (int i = 0; i < places.Length; i++) Assert.Equal(samples[i], values[places[i]], Tolerance);
    }

    private static IEnumerable<(string Name, long[] Shape)> Encoder()
    {
        List<(string, long[])> tensors = [.. Conv("0", 3, 32), .. Conv("2", 32, 64), .. Block(4, 64)];
        foreach (int stage in (int[])[5, 9, 13])
        {
            tensors.Add(($"{stage}.weight", [64, 64, 3, 3]));
            for (int i = 1; i < 4; i++) tensors.AddRange(Block(stage + i, 64));
        }
        return tensors.Concat(Conv("17", 64, 32));
    }

    private static IEnumerable<(string Name, long[] Shape)> Decoder()
    {
        List<(string, long[])> tensors = [.. Conv("1", 32, 256)];
        int[] widths = [256, 128, 64, 64, 64, 64];
        for (int level = 0; level < 5; level++)
        {
            for (int i = 0; i < 3; i++) tensors.AddRange(Block(3 + 5 * level + i, widths[level]));
            tensors.Add(($"{7 + 5 * level}.weight", [widths[level + 1], widths[level], 3, 3]));
        }
        return tensors.Concat(Block(28, 64)).Concat(Conv("29", 64, 3));
    }

    private static IEnumerable<(string, long[])> Block(int index, int width)
        => ((string[])["0", "2", "4"]).SelectMany(i => Conv($"{index}.conv.{i}", width, width));

    private static (string, long[])[] Conv(string name, int inputs, int outputs)
        => [($"{name}.weight", [outputs, inputs, 3, 3]), ($"{name}.bias", [outputs])];

    // ((37 i + 11 s) mod 251 - 125) / 125 with s the sum of the letters of the name, times the root of 3 over the inputs of a kernel.
    private static void Write(string path, IEnumerable<(string Name, long[] Shape)> tensors)
    {
        var weights = new MemoryWeights();
        foreach ((string name, long[] shape) in tensors)
        {
            long count = shape.Aggregate(1L, (a, b) => a * b);
            double scale = shape.Length == 4 ? Math.Sqrt(3.0 / (count / shape[0])) : 0.05;
            int letters = Encoding.ASCII.GetBytes(name).Sum(b => b) * 11;
            var values = new float[count];
            for (int i = 0; i < values.Length; i++) values[i] = (float)(((i * 37L + letters) % 251 - 125) / 125.0 * scale);
            weights.Add(name, values, shape);
        }
        SafetensorsWriter.Write(path,
            [.. weights.Tensors.Values.Select(t => SafetensorsEntry.Convert(weights, t, t.Name, t.Shape, t.Type))]);
    }
}
