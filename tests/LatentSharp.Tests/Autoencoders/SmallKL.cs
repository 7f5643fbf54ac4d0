using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>
/// KL autoencoders of 32 channels and one block a level, with random weights, for tests that need a file of a certain shape and not its
/// picture.
/// </summary>
internal static class SmallKL
{
    private const int Width = 32;

    public static MemoryWeights Create(int latentChannels, int levels = 4, bool quant = false, string prefix = "", int seed = 1)
    {
        var random = new Random(seed);
        var weights = new MemoryWeights("small autoencoder");
        Half("encoder", "down", "downsample", 3, 2 * latentChannels);
        Half("decoder", "up", "upsample", latentChannels, 3);
        if (quant)
        {
            Conv("quant_conv", 2 * latentChannels, 2 * latentChannels, 1);
            Conv("post_quant_conv", latentChannels, latentChannels, 1);
        }
        return weights;

        void Half(string half, string level, string sampler, int inputs, int outputs)
        {
            Conv(half + ".conv_in", inputs, Width, 3);
            Block(half + ".mid.block_1");
            Block(half + ".mid.block_2");
            Norm(half + ".mid.attn_1.norm");
            foreach (string projection in (string[])["q", "k", "v", "proj_out"]) Conv($"{half}.mid.attn_1.{projection}", Width, Width, 1);
            for (int i = 0; i < levels; i++)
            {
                Block($"{half}.{level}.{i}.block.0");
                if (half == "encoder" ? i < levels - 1 : i > 0) Conv($"{half}.{level}.{i}.{sampler}.conv", Width, Width, 3);
            }
            Norm(half + ".norm_out");
            Conv(half + ".conv_out", Width, outputs, 3);
        }

        void Block(string name)
        {
            Norm(name + ".norm1");
            Conv(name + ".conv1", Width, Width, 3);
            Norm(name + ".norm2");
            Conv(name + ".conv2", Width, Width, 3);
        }

        void Norm(string name)
        {
            Add(name + ".weight", 1, Width);
            Add(name + ".bias", 0, Width);
        }

        void Conv(string name, int inputs, int outputs, int kernel)
        {
            Add(name + ".weight", 0, outputs, inputs, kernel, kernel);
            Add(name + ".bias", 0, outputs);
        }

        void Add(string name, double centre, params long[] shape)
            => weights.Add(prefix + name,
                [.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b))
                    .Select(_ => (float)(centre + (random.NextDouble() - 0.5) * 0.2))], shape);
    }

    /// <summary>The same without the tensors that a condition names.</summary>
    public static MemoryWeights Without(MemoryWeights weights, Func<string, bool> left)
    {
        var rest = new MemoryWeights(weights.Name);
        foreach (TensorInfo tensor in weights.Tensors.Values)
            if (!left(tensor.Name)) rest.Add(tensor.Name, weights.Read(tensor), tensor.Shape.Dimensions.AsSpan());
        return rest;
    }

    /// <summary>Writes weights as a safetensors file.</summary>
    public static string Write(string path, MemoryWeights weights, IReadOnlyDictionary<string, string>? metadata = null)
    {
        SafetensorsWriter.Write(path, weights.Tensors.Values.Select(t => SafetensorsEntry.Copy(weights, t, t.Name, t.Shape)), metadata);
        return path;
    }
}
