using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Latents;
using LatentSharp.Tests.Weights;

namespace LatentSharp.Tests.Diffusion.Pipelines;

/// <summary>The small models of golden/end-to-end as the parts of a pipeline.</summary>
internal static class SmallPipeline
{
    /// <summary>The parts of a complete model.</summary>
    /// <param name="folder">Where the configuration goes that the shapes of small models do not show.</param>
    /// <param name="model">A transformer of golden/end-to-end.</param>
    /// <param name="allInOne">Whether the whole schnell checkpoint of ComfyUI's layout is taken.</param>
    public static FluxParts Parts(TemporaryFolder folder, string model, bool allInOne)
    {
        string configuration = folder.File("parts.json");
        File.WriteAllText(configuration, """{"axes_dims_rope": [4, 10, 10], "num_attention_heads": 4, "eos_token_id": 2}""");
        string whole = Shared.Path("golden/flux-layouts/flux-tiny-schnell-all-in-one.safetensors");
        return new FluxParts
        {
            Transformer = allInOne ? whole : Shared.Path($"golden/end-to-end/{model}.safetensors"),
            Clip = allInOne ? whole : Shared.Path("golden/text/clip-w24.safetensors"),
            T5 = allInOne ? whole : Shared.Path("golden/text/t5-w24.safetensors"),
            Autoencoder = allInOne ? whole : Shared.Path("golden/flux-ae/flux-ch32s-bf16.safetensors"),
            Tokenizers = Shared.Path("golden/text"), Configuration = configuration,
        };
    }

    /// <summary>The latent of a state as the reference keeps it: tokens.</summary>
    public static float[] Packed(FluxState state) => LatentTokens.Pack(state.Latent.Values, state.Run.Height / 8, state.Run.Width / 8);
}
