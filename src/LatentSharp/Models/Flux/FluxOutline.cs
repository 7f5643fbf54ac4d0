using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Models.Flux;

/// <summary>
/// The published transformers by name, without their files: hyper-parameters as in black-forest-labs/flux, util.py, names as in their
/// BF16 files.
/// </summary>
internal static class FluxOutline
{
    private const int TimeChannels = 256;

    private static readonly FluxShapes Dev = new(64, 64, 3072, 128, 12288, 4096, 768, 19, 38, true);

    /// <summary>The names and shapes of a model; null for a name that is not known.</summary>
    /// <param name="model"><c>flux1-dev</c>, <c>flux1-schnell</c>, <c>flux1-fill</c>, <c>flux1-canny</c>, <c>flux1-depth</c>,
    /// <c>flux1-control</c>, <c>flux1-kontext</c>, <c>flux1-krea</c>.</param>
    public static WeightSource? Of(string model) => model switch
    {
        "flux1-dev" or "flux1-kontext" or "flux1-krea" => Of(model, Dev),
        "flux1-schnell" => Of(model, Dev with { Guidance = false }),
        "flux1-fill" => Of(model, Dev with { InChannels = 384 }),
        "flux1-canny" or "flux1-depth" or "flux1-control" => Of(model, Dev with { InChannels = 128 }),
        _ => null,
    };

    private static OutlineWeights Of(string name, FluxShapes s)
    {
        var w = new OutlineWeights(name, ElementType.BF16);
        foreach (FluxModule module in FluxNames.Modules(s.DoubleBlocks, s.SingleBlocks))
        {
            if (!s.Guidance && module.Name.StartsWith("guidance_in.", StringComparison.Ordinal)) continue;
            if (module.IsScale)
            {
                w.Add(module.Name + ".scale", s.HeadChannels);
                continue;
            }
            (int outputs, int inputs) = Matrix(module.Name, s);
            w.Linear(module.Name, outputs, inputs);
        }
        return w;
    }

    // Rows and columns by what the name ends with, below the number of the block.
    private static (int Outputs, int Inputs) Matrix(string module, FluxShapes s)
    {
        string[] parts = module.Split('.');
        string end = parts[0].EndsWith("_blocks", StringComparison.Ordinal) ? string.Join('.', parts[2..]) : module;
        int h = s.Hidden;
        return end switch
        {
            "img_in" => (h, s.InChannels),
            "txt_in" => (h, s.Context),
            "time_in.in_layer" or "guidance_in.in_layer" => (h, TimeChannels),
            "vector_in.in_layer" => (h, s.Vector),
            "time_in.out_layer" or "guidance_in.out_layer" or "vector_in.out_layer" => (h, h),
            "final_layer.linear" => (s.OutChannels, h),
            "final_layer.adaLN_modulation.1" => (2 * h, h),
            "img_mod.lin" or "txt_mod.lin" => (6 * h, h),
            "img_attn.qkv" or "txt_attn.qkv" => (3 * h, h),
            "img_attn.proj" or "txt_attn.proj" => (h, h),
            "img_mlp.0" or "txt_mlp.0" => (s.Mlp, h),
            "img_mlp.2" or "txt_mlp.2" => (h, s.Mlp),
            "modulation.lin" => (3 * h, h),
            "linear1" => (3 * h + s.Mlp, h),
            "linear2" => (h, h + s.Mlp),
            _ => throw new InvalidOperationException($"{module} has no shape"),
        };
    }
}
