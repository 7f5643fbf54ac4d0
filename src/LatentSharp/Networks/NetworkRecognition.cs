using System.Collections.Immutable;
using LatentSharp.Models.Pixel;
using LatentSharp.Weights;

namespace LatentSharp.Networks;

/// <summary>Tells by names and shapes, without reading a value, which networks weights hold.</summary>
internal static class NetworkRecognition
{
    private static readonly ImmutableArray<(string Mark, string? And, NetworkRole Role, string? Model, string Title)> Others =
    [
        ("control_model.", null, NetworkRole.ControlNet, null, "a ControlNet"),
        ("controlnet_down_blocks.", null, NetworkRole.ControlNet, null, "a ControlNet"),
        ("controlnet_blocks.", null, NetworkRole.ControlNet, null, "a ControlNet"),
        ("input_hint_block.", null, NetworkRole.ControlNet, null, "a ControlNet"),
        ("redux_up.", "redux_down.", NetworkRole.Adapter, "flux1-redux", "the image adapter of FLUX.1 Redux"),
        ("ip_adapter.", null, NetworkRole.Adapter, null, "an IP-Adapter"),
        ("image_proj.", null, NetworkRole.Adapter, null, "an IP-Adapter"),
        ("string_to_param.", null, NetworkRole.Embedding, null, "a textual inversion"),
        ("emb_params", null, NetworkRole.Embedding, null, "a textual inversion"),
        ("model.1.sub.0.RDB1.", null, NetworkRole.Upscaler, null, "an upscaler (ESRGAN)"),
        ("body.0.rdb1.", "conv_first.", NetworkRole.Upscaler, null, "an upscaler (ESRGAN)"),
    ];

    /// <summary>The networks; none where nothing is known.</summary>
    public static IReadOnlyList<Network> Of(WeightSource weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return UNet2DWeights.IsIn(weights) ? [new Network(NetworkRole.DiffusionModel, UNet2DWeights.Name, "a UNet on pixels", LatentSpace.Pixels,
                UNet2DWeights.Mark)]
            : Of(new NetworkNames(weights), weights.Metadata);
    }

    /// <summary>As <see cref="Of(WeightSource)"/>, from names alone: what shapes would tell stays open.</summary>
    public static IReadOnlyList<Network> Of(IReadOnlyCollection<string> names)
        => Of(new NetworkNames(names, _ => null), ImmutableDictionary<string, string>.Empty);

    // The names of a LoRA or a ControlNet hold those of the network that it is for.
    private static IReadOnlyList<Network> Of(NetworkNames names, IReadOnlyDictionary<string, string> metadata)
    {
        if (Loras.Of(names, metadata) is { } lora) return [lora];
        foreach ((string mark, string? and, NetworkRole role, string? model, string title) in Others)
            if (names.First(mark) is { } tensor && (and is null || names.First(and) is not null))
                return [new Network(role, model, title, null, tensor)];
        Network[] encoders = [.. Encoders.Of(names)];
        return DiffusionModels.Of(names) is { } diffusion ? [diffusion, .. encoders] : encoders;
    }
}
