using LatentSharp.Latents;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Models.Flux;

/// <summary>A FLUX.1 transformer of one double and one single block, two heads of eight features, with weights by formula.</summary>
internal static class SmallFlux
{
    public static MemoryWeights Weights(int channels = 64, bool guidance = true)
    {
        const int h = 16, head = 8, mlp = 64;
        var weights = new MemoryWeights("small FLUX.1");
        ulong seed = 1;
        Linear("img_in", h, channels);
        Linear("txt_in", h, 12);
        foreach ((string name, int inputs) in new[] { ("time_in", 256), ("vector_in", 6), ("guidance_in", 256) })
        {
            if (name == "guidance_in" && !guidance) continue;
            Linear(name + ".in_layer", h, inputs);
            Linear(name + ".out_layer", h, h);
        }
        foreach (string stream in new[] { "double_blocks.0.img", "double_blocks.0.txt" })
        {
            Linear(stream + "_mod.lin", 6 * h, h);
            Linear(stream + "_attn.qkv", 3 * h, h);
            Add(stream + "_attn.norm.query_norm.scale", head);
            Add(stream + "_attn.norm.key_norm.scale", head);
            Linear(stream + "_attn.proj", h, h);
            Linear(stream + "_mlp.0", mlp, h);
            Linear(stream + "_mlp.2", h, mlp);
        }
        Linear("single_blocks.0.modulation.lin", 3 * h, h);
        Linear("single_blocks.0.linear1", 3 * h + mlp, h);
        Linear("single_blocks.0.linear2", h, h + mlp);
        Add("single_blocks.0.norm.query_norm.scale", head);
        Add("single_blocks.0.norm.key_norm.scale", head);
        Linear("final_layer.linear", 64, h);
        Linear("final_layer.adaLN_modulation.1", 2 * h, h);
        return weights;

        void Linear(string name, int outputs, int inputs)
        {
            Add(name + ".weight", outputs, inputs);
            Add(name + ".bias", outputs);
        }

        void Add(string name, params ReadOnlySpan<long> shape)
        {
            long count = 1;
            foreach (long d in shape) count *= d;
            var values = new float[count];
            GaussianNoise.Fill(values, seed++);
            weights.Add(name, values, shape);
        }
    }
}
