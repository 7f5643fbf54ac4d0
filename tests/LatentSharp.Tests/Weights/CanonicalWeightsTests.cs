using LatentSharp.Models.Autoencoders;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Weights;

public class CanonicalWeightsTests
{
    // The BFL and the diffusers file hold exactly the same values (shared/models/synthetic/README.md).
    [Fact]
    public void FLUX1_in_BFL_and_in_diffusers_layout_are_the_same_weights()
        => AssertSame("models/synthetic/flux-ch32-bf16.safetensors", "BFL/LDM", "models/synthetic/flux-ch32-diffusers.safetensors", "diffusers", 244);

    // Exactly the same values (shared/golden/README.md, flux2-ae); the BFL file keeps quant_conv inside the encoder.
    [Fact]
    public void FLUX2_in_BFL_and_in_diffusers_layout_are_the_same_weights()
        => AssertSame("golden/flux2-ae/flux2-ch32.safetensors", "BFL/LDM", "golden/flux2-ae/flux2-ch32-diffusers.safetensors", "diffusers", 251);

    [Fact]
    public void SD_under_its_prefix_and_with_legacy_attention_names_is_the_same()
    {
        AssertSame("golden/sd-vae/sd-ch32.safetensors", "BFL/LDM", "golden/sd-vae/sd-ch32-diffusers-old-attn.safetensors",
            "diffusers (legacy attention names)", 248);
        using WeightFile file = WeightFiles.Open(Shared.Path("golden/sd-vae/sd-ch32.safetensors"));
        CanonicalWeights weights = CanonicalWeights.From(file);
        Assert.Equal("first_stage_model.", weights.Prefix);
        Assert.Equal(file.Tensors.Count - 248, weights.Unused.Count);
        Assert.Contains("model_ema.decay", weights.Unused);
        Assert.Equal("first_stage_model.encoder.mid.attn_1.q.weight", weights.Stored("encoder.mid.attn_1.q.weight").Name);
    }

    [Theory]
    [InlineData("vae.")]
    [InlineData("first_stage_model.")]
    [InlineData("model.first_stage_model.")]
    [InlineData("module.")]
    public void Any_prefix_is_found(string prefix)
    {
        Shared.Require();
        using WeightFile file = WeightFiles.Open(Shared.Path("models/synthetic/flux-ch32-diffusers.safetensors"));
        var checkpoint = Renamed(file, name => prefix + name);
        checkpoint.Add("model.diffusion_model.double_blocks.0.img_attn.norm.key_norm.scale", new float[2], 2);
        checkpoint.Add("text_encoders.clip_l.text_model.encoder.layers.0.mlp.fc1.weight", new float[4], 2, 2);
        checkpoint.Add("text_encoders.t5xxl.encoder.block.0.layer.0.SelfAttention.q.weight", new float[4], 2, 2);
        CanonicalWeights weights = CanonicalWeights.From(checkpoint);
        Assert.Equal((prefix, "diffusers", 244, 3), (weights.Prefix, weights.Layout, weights.Tensors.Count, weights.Unused.Count));
        Assert.Equal(CanonicalWeights.From(file).Tensors.Keys.Order(), weights.Tensors.Keys.Order());
    }

    [Theory]
    [InlineData("taesd")]
    [InlineData("taesd3")]
    [InlineData("taef1")]
    public void A_tiny_encoder_and_decoder_are_one_autoencoder_in_either_order(string name)
    {
        Shared.Require();
        using WeightFile encoder = WeightFiles.Open(Shared.Path($"models/tiny/{name}_encoder.safetensors"));
        using WeightFile decoder = WeightFiles.Open(Shared.Path($"models/tiny/{name}_decoder.safetensors"));
        foreach (CanonicalWeights pair in new[] { CanonicalWeights.From(encoder, decoder), CanonicalWeights.From(decoder, encoder) })
        {
            Assert.Equal((AutoencoderKind.Tiny, "TAESD (encoder and decoder files)", 134, 0), (pair.Kind, pair.Layout, pair.Tensors.Count, pair.Unused.Count));
            Assert.Equal(encoder.Read(encoder.Tensors["14.weight"]), pair.Read(pair.Tensors["encoder.14.weight"]));
            Assert.Equal(decoder.Read(decoder.Tensors["19.bias"]), pair.Read(pair.Tensors["decoder.19.bias"]));
        }
        Assert.Equal(ErrorKind.Mismatch, Assert.Throws<LatentSharpException>(() => CanonicalWeights.From(encoder, encoder)).Kind);
    }

    [Fact]
    public void A_tiny_autoencoder_under_ComfyUI_and_diffusers_names_is_the_same()
    {
        Shared.Require();
        using WeightFile encoder = WeightFiles.Open(Shared.Path("models/tiny/taef1_encoder.safetensors"));
        using WeightFile decoder = WeightFiles.Open(Shared.Path("models/tiny/taef1_decoder.safetensors"));
        CanonicalWeights pair = CanonicalWeights.From(encoder, decoder);
        CanonicalWeights comfy = CanonicalWeights.From(Renamed(pair, name => "taesd_" + name));
        // AutoencoderTiny has no module at the decoder's index 0 (shared/spec/manifests/taef1-diffusers.json: decoder.layers.0.weight ...
        // decoder.layers.18.bias).
        CanonicalWeights diffusers = CanonicalWeights.From(Renamed(pair, name =>
        {
            string[] parts = name.Split('.', 3);
            return $"{parts[0]}.layers.{int.Parse(parts[1]) - (parts[0] == "decoder" ? 1 : 0)}.{parts[2]}";
        }));
        foreach ((CanonicalWeights weights, string layout) in new[] { (comfy, "TAESD (ComfyUI)"), (diffusers, "TAESD (diffusers)") })
        {
            Assert.Equal(layout, weights.Layout);
            Assert.Equal(pair.Tensors.Keys.Order(), weights.Tensors.Keys.Order());
            foreach (TensorInfo tensor in pair.Tensors.Values) Assert.Equal(pair.Read(tensor), weights.Read(weights.Tensors[tensor.Name]));
        }
    }

    [Theory]
    [InlineData("sana-f32", 185)]
    [InlineData("dc-shuffle-f8", 85)]
    public void DC_AE_in_diffusers_names_is_canonical_and_the_original_names_lead_to_it(string name, int count)
    {
        Shared.Require();
        using WeightFile file = WeightFiles.Open(Shared.Path($"golden/dc-ae/{name}.safetensors"));
        CanonicalWeights weights = CanonicalWeights.From(file);
        Assert.Equal((AutoencoderKind.DeepCompression, "DC-AE (diffusers)", count, 0),
            (weights.Kind, weights.Layout, weights.Tensors.Count, weights.Unused.Count));
        Assert.Equal(file.Tensors.Keys.Order(), weights.Tensors.Keys.Order());
        CanonicalWeights original = CanonicalWeights.From(OriginalDcAe(file));
        Assert.Equal("DC-AE (original)", original.Layout);
        Assert.Empty(original.Unused);
        Assert.Equal(weights.Tensors.Keys.Order(), original.Tensors.Keys.Order());
        foreach (TensorInfo tensor in weights.Tensors.Values)
            Assert.Equal(weights.Read(tensor), original.Read(original.Tensors[tensor.Name]));
    }

    [Fact]
    public void Names_of_another_architecture_are_passed_on()
    {
        Shared.Require();
        using WeightFile file = WeightFiles.Open(Shared.Path("golden/transformer/flux-tiny-schnell.safetensors"));
        CanonicalWeights weights = CanonicalWeights.From(file);
        Assert.Equal((AutoencoderKind.Unknown, "unknown", file.Tensors.Count, 0),
            (weights.Kind, weights.Layout, weights.Tensors.Count, weights.Unused.Count));
    }

    [Fact]
    public void A_canonical_tensor_knows_where_it_lies()
    {
        Shared.Require();
        using WeightFile file = WeightFiles.Open(Shared.Path("models/synthetic/flux-ch32-diffusers.safetensors"));
        CanonicalWeights weights = CanonicalWeights.From(file);
        TensorInfo q = weights.Tensors["decoder.mid.attn_1.q.weight"];
        Assert.Equal(new LatentSharp.Tensors.Shape(128, 128, 1, 1), q.Shape);
        Assert.Equal(file.Locate(weights.Stored(q.Name)), weights.Locate(q));
        Assert.Throws<ArgumentOutOfRangeException>(() => weights.Read(q, 1, new float[q.Shape.ElementCount]));
    }

    // Guards against quadratic time and deep recursion on names made for that; the test would not end, or end the process.
    [Fact]
    public void Absurd_names_are_handled_in_no_time()
    {
        var weights = new MemoryWeights();
        weights.Add(string.Concat(Enumerable.Repeat("encoder.", 200_000)) + "mid.block_1.norm1.weight", new float[1], 1);
        weights.Add(new string('.', 2_000_000), new float[1], 1);
        CanonicalWeights canonical = CanonicalWeights.From(weights);
        Assert.Equal(AutoencoderKind.Unknown, canonical.Kind);
        Assert.All(TensorNames.Summarize(weights.Tensors.Keys), line => Assert.InRange(line.Length, 0, 200));
    }

    [Fact]
    public void Missing_tensors_are_listed_in_groups()
    {
        Shared.Require();
        using WeightFile file = WeightFiles.Open(Shared.Path("models/synthetic/flux-ch32-bf16.safetensors"));
        var partial = new MemoryWeights();
        foreach (TensorInfo tensor in file.Tensors.Values)
            if (!tensor.Name.StartsWith("decoder.up.2.block.", StringComparison.Ordinal) && tensor.Name != "encoder.conv_out.bias")
                partial.Add(tensor.Name, file.Read(tensor), tensor.Shape.Dimensions.AsSpan());
        Assert.Equal(["decoder.up.2.block.*: 24 tensors", "encoder.conv_out.bias"], TensorNames.Missing(partial, file.Tensors.Keys));
        Assert.Empty(TensorNames.Missing(file, file.Tensors.Keys));
        Assert.Equal(["decoder.*: 138 tensors", "encoder.*: 106 tensors"], TensorNames.Summarize(file.Tensors.Keys));
    }

    private static void AssertSame(string first, string firstLayout, string second, string secondLayout, int count)
    {
        Shared.Require(first, second);
        using WeightFile a = WeightFiles.Open(Shared.Path(first)), b = WeightFiles.Open(Shared.Path(second));
        CanonicalWeights left = CanonicalWeights.From(a), right = CanonicalWeights.From(b);
        Assert.Equal((firstLayout, secondLayout), (left.Layout, right.Layout));
        Assert.Equal(AutoencoderKind.KL, left.Kind);
        Assert.Equal(count, left.Tensors.Count);
        Assert.Equal(left.Tensors.Keys.Order(), right.Tensors.Keys.Order());
        foreach (TensorInfo tensor in left.Tensors.Values)
        {
            TensorInfo other = right.Tensors[tensor.Name];
            Assert.Equal(tensor.Shape, other.Shape);
            Assert.Equal(left.Read(tensor), right.Read(other));
        }
    }

    private static MemoryWeights Renamed(WeightSource source, Func<string, string> rename)
    {
        var copy = new MemoryWeights();
        foreach (TensorInfo tensor in source.Tensors.Values)
            copy.Add(rename(tensor.Name), source.Read(tensor), tensor.Shape.Dimensions.AsSpan());
        return copy;
    }

    // The inverse of the renaming in scripts/convert_dcae_to_diffusers.py of diffusers, with q, k and v joined.
    private static MemoryWeights OriginalDcAe(WeightSource source)
    {
        var original = new MemoryWeights();
        foreach (TensorInfo tensor in source.Tensors.Values)
        {
            string name = tensor.Name;
            if (name.EndsWith(".to_k.weight", StringComparison.Ordinal) || name.EndsWith(".to_v.weight", StringComparison.Ordinal))
                continue;
            float[] values = source.Read(tensor);
            long[] shape = [.. tensor.Shape.Dimensions];
            string[] parts = name.Split('.');
            string half = parts[0];
            string renamed;
            if (parts[1] is "down_blocks" or "up_blocks")
            {
                string head = $"{half}.stages.{parts[2]}.op_list.{parts[3]}.", leaf = string.Join('.', parts[4..]);
                renamed = head + leaf switch
                {
                    "attn.to_q.weight" => "context_module.main.qkv.conv.weight",
                    "attn.to_out.weight" => "context_module.main.proj.conv.weight",
                    _ when leaf.StartsWith("attn.norm_out.", StringComparison.Ordinal) => "context_module.main.proj.norm." + parts[^1],
                    _ when leaf.StartsWith("attn.to_qkv_multiscale.", StringComparison.Ordinal) =>
                        $"context_module.main.aggreg.{parts[6]}.{(parts[7] == "proj_in" ? 0 : 1)}.weight",
                    _ when leaf.StartsWith("conv_out.norm.", StringComparison.Ordinal) => "local_module.main.point_conv.norm." + parts[^1],
                    _ when leaf.StartsWith("conv_out.conv_", StringComparison.Ordinal) =>
                        $"local_module.main.{parts[5]["conv_".Length..]}_conv.conv.{parts[^1]}",
                    _ when leaf.StartsWith("norm.", StringComparison.Ordinal) => "main.conv2.norm." + parts[^1],
                    _ when leaf.StartsWith("conv.", StringComparison.Ordinal) => "main.conv.conv." + parts[^1],
                    _ => $"main.{parts[4]}.conv.{parts[^1]}",
                };
                if (leaf == "attn.to_q.weight")
                {
                    string attention = name[..^"to_q.weight".Length];
                    values = [.. values, .. source.Read(source.Tensors[attention + "to_k.weight"]),
                        .. source.Read(source.Tensors[attention + "to_v.weight"])];
                    shape = [3 * shape[0], shape[1], 1, 1];
                }
            }
            else
            {
                renamed = (half, parts[1], parts.Length) switch
                {
                    ("encoder", "conv_in", 4) => "encoder.project_in.main.conv.conv." + parts[3],
                    ("encoder", "conv_in", _) => "encoder.project_in.conv." + parts[2],
                    ("encoder", _, _) => "encoder.project_out.main.op_list.0.conv." + parts[2],
                    ("decoder", "conv_in", _) => "decoder.project_in.main.conv." + parts[2],
                    ("decoder", "norm_out", _) => "decoder.project_out.op_list.0." + parts[2],
                    ("decoder", _, 4) => "decoder.project_out.op_list.2.main.conv.conv." + parts[3],
                    _ => "decoder.project_out.op_list.2.conv." + parts[2],
                };
            }
            original.Add(renamed, values, shape);
        }
        return original;
    }
}
