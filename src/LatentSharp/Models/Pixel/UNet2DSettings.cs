using System.Text.Json;
using LatentSharp.Weights;

namespace LatentSharp.Models.Pixel;

/// <summary>
/// What the shapes of a <see cref="UNet2D"/> do not show, from its <c>config.json</c>. Fields that are not there have the defaults of
/// diffusers (58eb52c, unet_2d.py).
/// </summary>
/// <param name="NormGroups">Groups of every normalisation.</param>
/// <param name="NormEpsilon">Added to the variance.</param>
/// <param name="HeadChannels">Channels of a head of the attention; null for one head.</param>
/// <param name="FrequencyShift">What is taken off the number of waves when their lengths are spread.</param>
/// <param name="CosineFirst">Whether the cosines of the time stand before the sines.</param>
/// <param name="PadsAllSides">Whether a picture is halved with zeros on all sides, and not on the right and below only.</param>
internal sealed record UNet2DSettings(int NormGroups, float NormEpsilon, int? HeadChannels, int FrequencyShift, bool CosineFirst,
    bool PadsAllSides)
{
    private const int DefaultHeadChannels = 8;

    /// <summary>The size that it was trained with; null where nothing says it.</summary>
    public (int Height, int Width)? SampleSize { get; init; }

    /// <summary>Those of google/ddpm-*, which hold where there is no configuration.</summary>
    public static UNet2DSettings Published { get; } = new(32, 1e-6f, null, 1, false, false);

    /// <summary>Those of Stable Diffusion 1, whose UNet reads text.</summary>
    public static UNet2DSettings StableDiffusion { get; } = new(32, 1e-5f, null, 0, true, true);

    /// <summary>Those of a file, or of the weights where none is named.</summary>
    /// <exception cref="LatentSharpException">The configuration cannot be read, or asks for what is not computed here.</exception>
    public static UNet2DSettings Of(string? path, WeightSource weights)
        => NetworkConfiguration.Read(path, weights, root => Of(path ?? weights.Name, root)) ?? Published;

    private static UNet2DSettings Of(string where, JsonElement root)
    {
        Require("_class_name", "UNet2DModel");
        Require("time_embedding_type", "positional");
        Require("act_fn", "silu", "swish");
        Require("resnet_time_scale_shift", "default");
        Require("downsample_type", "conv");
        Require("upsample_type", "conv");
        Require("class_embed_type");
        foreach (string block in Texts("down_block_types").Concat(Texts("up_block_types")))
            if (block is not ("DownBlock2D" or "AttnDownBlock2D" or "UpBlock2D" or "AttnUpBlock2D")) throw Refuse("block types", block);
        if (root.TryGetProperty("center_input_sample", out JsonElement centre) && centre.ValueKind == JsonValueKind.True)
            throw Refuse("center_input_sample", "true");
        if (Number("mid_block_scale_factor", 1) is not 1 and var factor) throw Refuse("mid_block_scale_factor", $"{factor}");
        return new UNet2DSettings((int)Number("norm_num_groups", 32)!, (float)Number("norm_eps", 1e-5)!,
            (int?)Number("attention_head_dim", DefaultHeadChannels), (int)Number("freq_shift", 0)!,
            !root.TryGetProperty("flip_sin_to_cos", out JsonElement flip) || flip.GetBoolean(), Number("downsample_padding", 1) != 0)
        {
            SampleSize = root.TryGetProperty("sample_size", out JsonElement size) ? size.ValueKind switch
            {
                JsonValueKind.Number => (size.GetInt32(), size.GetInt32()),
                JsonValueKind.Array when size.GetArrayLength() == 2 => (size[0].GetInt32(), size[1].GetInt32()),
                _ => null,
            } : null,
        };

        void Require(string name, params ReadOnlySpan<string> known)
        {
            if (root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null
                && !known.Contains(value.GetString()!)) throw Refuse(name, value.GetString()!);
        }

        IEnumerable<string> Texts(string name)
            => root.TryGetProperty(name, out JsonElement list) ? list.EnumerateArray().Select(v => v.GetString()!) : [];

        double? Number(string name, double otherwise)
            => !root.TryGetProperty(name, out JsonElement value) ? otherwise
                : value.ValueKind == JsonValueKind.Null && name == "attention_head_dim" ? null : value.GetDouble();

        LatentSharpException Refuse(string name, string value)
            => new(ErrorKind.BadInput, where, $"its configuration has {name} {value}, which is not computed here.");
    }
}
