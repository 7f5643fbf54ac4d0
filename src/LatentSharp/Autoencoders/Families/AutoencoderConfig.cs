using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Autoencoders.Families;

/// <summary>The fields of a diffusers <c>config.json</c> that say something the tensors do not.</summary>
/// <param name="Path">The file.</param>
/// <param name="ClassName"><c>_class_name</c>, such as <c>AutoencoderKL</c>; null when it is not there.</param>
/// <param name="ScalingFactor"><c>scaling_factor</c>.</param>
/// <param name="ShiftFactor"><c>shift_factor</c>.</param>
/// <param name="Mean"><c>latents_mean</c>, one for each channel (Playground v2.5).</param>
/// <param name="Deviation"><c>latents_std</c>, likewise.</param>
/// <param name="AttentionHeadChannels"><c>attention_head_dim</c> (DC-AE).</param>
/// <param name="LatentChannels"><c>latent_channels</c>.</param>
/// <param name="LevelChannels"><c>block_out_channels</c>, the finest level first.</param>
/// <param name="SampleSize"><c>sample_size</c>, the side of the pictures that it was trained with, and of diffusers' tiles.</param>
/// <param name="Unknown">Fields that no published configuration has.</param>
internal sealed record AutoencoderConfig(string Path, string? ClassName, float? ScalingFactor, float? ShiftFactor,
    ImmutableArray<float>? Mean, ImmutableArray<float>? Deviation, int? AttentionHeadChannels,
    int? LatentChannels, ImmutableArray<float>? LevelChannels, int? SampleSize, ImmutableArray<string> Unknown)
{
    private const int MaxBytes = 1 << 20;

    // The fields of AutoencoderKL, AutoencoderTiny, AutoencoderDC and the autoencoders of Wan, Qwen-Image, FLUX.2 and HunyuanImage in
    // diffusers.
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "act_fn", "block_out_channels", "down_block_types", "up_block_types", "force_upcast", "in_channels", "out_channels",
        "latent_channels", "latents_mean", "latents_std", "layers_per_block",
        "mid_block_add_attention", "norm_num_groups", "norm_type", "sample_size", "scaling_factor", "shift_factor", "use_quant_conv",
        "use_post_quant_conv", "double_z", "dropout", "resolution",
        "encoder_block_out_channels", "decoder_block_out_channels", "encoder_block_types", "decoder_block_types",
        "encoder_layers_per_block", "decoder_layers_per_block", "encoder_qkv_multiscales",
        "decoder_qkv_multiscales", "encoder_out_shortcut", "decoder_in_shortcut", "downsample_block_type", "upsample_block_type",
        "decoder_norm_types", "decoder_act_fns", "encoder_act_fn", "decoder_act_fn",
        "attention_head_dim", "num_encoder_blocks", "num_decoder_blocks", "latent_magnitude", "latent_shift", "upsampling_scaling_factor",
        "upsample_fn", "num_decoder_blocks",
        "base_dim", "decoder_base_dim", "z_dim", "dim_mult", "num_res_blocks", "attn_scales", "temperal_downsample", "non_linearity",
        "is_residual", "patch_size", "scale_factor_temporal",
        "scale_factor_spatial", "clip_output", "batch_norm_eps", "batch_norm_momentum", "spatial_compression_ratio",
        "temporal_compression_ratio", "ffactor_spatial", "downsample_match_channel",
        "upsample_match_channel", "input_channels", "transformers_version", "torch_dtype", "dtype", "model_type", "architectures", "name_or_path",
    };

    /// <summary>
    /// The configuration that belongs to weights: the one that they carry in their metadata, or a file beside them (see
    /// <see cref="Beside"/>); null when there is none.
    /// </summary>
    /// <param name="weights">The weights.</param>
    /// <param name="path">Where they were opened from; null when they are no file.</param>
    /// <exception cref="LatentSharpException">There is one, but it is not valid JSON.</exception>
    public static AutoencoderConfig? Of(WeightSource weights, string? path)
        => weights.Metadata.TryGetValue(ConfiguredWeights.ConfigKey, out string? carried)
            ? Autoencoders(Parse(path is null ? weights.Name : System.IO.Path.Combine(Folder(path), ConfiguredWeights.ConfigKey),
                Encoding.UTF8.GetBytes(carried)))
            : path is null ? null : Beside(path);

    /// <summary>
    /// The configuration beside a weight file or in a folder: <c>config.json</c> in the folder (or in its <c>vae</c> folder), or
    /// <c>NAME.config.json</c>; null when there is none.
    /// </summary>
    /// <exception cref="LatentSharpException">There is one, but it is not valid JSON.</exception>
    private static AutoencoderConfig? Beside(string path)
    {
        string folder = Folder(path),
            own = System.IO.Path.Combine(folder, System.IO.Path.GetFileNameWithoutExtension(path) + ".config.json");
        string[] candidates = Directory.Exists(path)
            ? [System.IO.Path.Combine(folder, "vae", "config.json"), System.IO.Path.Combine(folder, "config.json")]
            : [own, System.IO.Path.Combine(folder, "config.json")];
        foreach (string candidate in candidates)
            if (File.Exists(candidate) && Autoencoders(Read(candidate)) is { } config) return config;
        return null;
    }

    private static string Folder(string path)
        => Directory.Exists(path) ? path : System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;

    // Transformers and text encoders have files of the same name.
    private static AutoencoderConfig? Autoencoders(AutoencoderConfig config)
        => config.ClassName?.StartsWith("Autoencoder", StringComparison.Ordinal) == true ? config : null;

    /// <summary>
    /// The scale and shift of a space's latents that the configuration states, <c>z = (m - shift) * scale</c>; null when it states none for
    /// so many channels.
    /// </summary>
    public (ImmutableArray<float> Scale, ImmutableArray<float> Shift)? Constants(int channels)
    {
        if (Mean is { } mean && Deviation is { } deviation && mean.Length == channels && deviation.Length == channels
            && deviation.All(d => d > 0))
            return ([.. deviation.Select(d => (ScalingFactor ?? 1) / d)], mean);
        return ScalingFactor is > 0 and { } scale ? ([scale], [ShiftFactor ?? 0]) : null;
    }

    /// <summary>Why this cannot be the configuration of these networks; null when nothing contradicts it.</summary>
    public string? Contradiction(AutoencoderHalves network)
    {
        // FLUX.2's configuration counts channels before positions are packed by four.
        bool packed = ClassName == "AutoencoderKLFlux2" && LatentChannels is { } c && c * 4 == network.Channels;
        if (LatentChannels is { } channels && channels != network.Channels && !packed)
            return $"it has {channels} latent channels, the weights {network.Channels}";
        if (network is KLHalves && ClassName is "AutoencoderTiny" or "AutoencoderDC") return $"it is of {ClassName}, the weights are those of a KL autoencoder";
        if (network is TinyHalves && ClassName is "AutoencoderKL" or "AutoencoderDC")
            return $"it is of {ClassName}, the weights are those of a tiny autoencoder";
        if (network is KLHalves && LevelChannels is { Length: > 0 } levels && 1 << (levels.Length - 1) != network.Factor)
            return $"it has {levels.Length} levels of resolution, the weights {BitOperations.Log2((uint)network.Factor) + 1}";
        return null;
    }

    /// <summary>Whether the configuration states the scale and shift of a space.</summary>
    public bool States(LatentSpace space) => Constants(space.Channels) is { } own
        && Enumerable.Range(0, space.Channels)
        .All(c => Math.Abs(own.Scale[own.Scale.Length == 1 ? 0 : c] - space.ScaleOf(c)) < 1e-4f
            && Math.Abs(own.Shift[own.Shift.Length == 1 ? 0 : c] - space.ShiftOf(c)) < 1e-4f);

    private static AutoencoderConfig Read(string path)
    {
        if (new FileInfo(path).Length > MaxBytes)
            throw new LatentSharpException(ErrorKind.BadInput, path, $"a configuration has less than {MaxBytes:N0} bytes.");
        RegularFile.Require(path);
        return Parse(path, File.ReadAllBytes(path));
    }

    private static AutoencoderConfig Parse(string path, byte[] text)
    {
        try
        {
            // Editors on Windows begin a file with a byte order mark, which JSON does not know.
            ReadOnlyMemory<byte> content =
                text.AsMemory(text.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0);
            using JsonDocument json = JsonDocument.Parse(content);
            JsonElement root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new LatentSharpException(ErrorKind.BadInput, path, "a configuration is a JSON object.");
            CheckComputation(root, path);
            return new AutoencoderConfig(path, Text(root, "_class_name"), Number(root, "scaling_factor", path),
                Number(root, "shift_factor", path), Numbers(root, "latents_mean"), Numbers(root, "latents_std"),
                (int?)Number(root, "attention_head_dim", path), (int?)Number(root, "latent_channels", path),
                Numbers(root, "block_out_channels"), Side(root),
                [.. root.EnumerateObject().Select(p => p.Name).Where(n => !n.StartsWith('_') && !Known.Contains(n)).Take(8)]);
        }
        catch (JsonException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path,
                $"the configuration is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}).",
                "Correct it, fetch it again, or take it out of the folder.", e);
        }
    }

    private static string? Text(JsonElement root, string name)
        => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // A number may stand there as text: some programs write it so.
    private static float? Number(JsonElement root, string name, string path)
    {
        if (!root.TryGetProperty(name, out JsonElement value)
            || value.ValueKind is JsonValueKind.Null or JsonValueKind.Array or JsonValueKind.Object) return null;
        float number = float.NaN;
        if (value.ValueKind == JsonValueKind.Number) number = value.GetSingle();
        else if (value.ValueKind == JsonValueKind.String
            && !float.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out number)) number = float.NaN;
        return float.IsFinite(number) ? number
            : throw new LatentSharpException(ErrorKind.BadInput, path,
                $"{name} has to be a number; found {TensorNames.Printable(value.GetRawText())}.", "Correct the configuration, or take it out of the folder.");
    }

    // Some configurations say height and width; diffusers then takes the first.
    private static int? Side(JsonElement root)
    {
        if (!root.TryGetProperty("sample_size", out JsonElement value)) return null;
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0) value = value[0];
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int side) && side > 0 ? side : null;
    }

    // What would change the computation and is not honoured is refused by name, rather than computed wrongly.
    private static void CheckComputation(JsonElement root, string path)
    {
        if (Text(root, "_class_name") is not "AutoencoderKL") return;
        Expect("act_fn", "silu", "swish");
        Expect("norm_num_groups", "32");
        Expect("in_channels", "3");
        Expect("out_channels", "3");
        Expect("norm_type", "group", "default");
        ExpectAll("down_block_types", "DownEncoderBlock2D");
        ExpectAll("up_block_types", "UpDecoderBlock2D");

        void Expect(string name, params string[] accepted)
        {
            if (root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null) Check(name, value, accepted);
        }

        void ExpectAll(string name, params string[] accepted)
        {
            if (!root.TryGetProperty(name, out JsonElement list) || list.ValueKind != JsonValueKind.Array) return;
            foreach (JsonElement value in list.EnumerateArray()) Check(name, value, accepted);
        }

        void Check(string name, JsonElement value, string[] accepted)
        {
            string found = value.ValueKind == JsonValueKind.String ? value.GetString()!
                : value.ValueKind == JsonValueKind.Number ? value.GetDouble().ToString("R", CultureInfo.InvariantCulture)
                : value.GetRawText();
            if (!accepted.Contains(found, StringComparer.Ordinal))
                throw new LatentSharpException(ErrorKind.BadInput, path,
                    $"{name} is {TensorNames.Printable(found)}; networks of this kind are computed with {string.Join(" or ", accepted)} here, and "
                        + $"would give wrong pictures otherwise.",
                    "If the configuration is not that of the weights, take it out of the folder.");
        }
    }

    private static ImmutableArray<float>? Numbers(JsonElement root, string name)
        => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array
        && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.Number)
            ? [.. value.EnumerateArray().Select(v => v.GetSingle())] : null;
}
