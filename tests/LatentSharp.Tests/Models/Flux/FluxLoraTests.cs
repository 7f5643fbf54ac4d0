using LatentSharp.Latents;
using LatentSharp.Models.Flux;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Models.Flux;

public sealed class FluxLoraTests
{
    // Every way to name one module of a small model: where the product lands, computed here by plain loops.
    [Theory]
    [InlineData("lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight", "lora_unet_double_blocks_0_img_attn_qkv.lora_up.weight",
        "double_blocks.0.img_attn.qkv.weight", 0, 48)]
    [InlineData("diffusion_model.single_blocks.0.linear1.lora_A.weight", "diffusion_model.single_blocks.0.linear1.lora_B.weight",
        "single_blocks.0.linear1.weight", 0, 112)]
    [InlineData("transformer.transformer_blocks.0.attn.add_k_proj.lora_A.default.weight",
        "transformer.transformer_blocks.0.attn.add_k_proj.lora_B.default.weight", "double_blocks.0.txt_attn.qkv.weight", 16, 16)]
    [InlineData("transformer.single_transformer_blocks.0.proj_mlp.lora.down.weight",
        "transformer.single_transformer_blocks.0.proj_mlp.lora.up.weight", "single_blocks.0.linear1.weight", 48, 64)]
    [InlineData("transformer.transformer_blocks.0.attn.processor.to_v_lora.down.weight",
        "transformer.transformer_blocks.0.attn.processor.to_v_lora.up.weight", "double_blocks.0.img_attn.qkv.weight", 32, 16)]
    [InlineData("lora_transformer_single_transformer_blocks_0_attn_to_k.lora_down.weight",
        "lora_transformer_single_transformer_blocks_0_attn_to_k.lora_up.weight", "single_blocks.0.linear1.weight", 16, 16)]
    [InlineData("transformer.double_blocks.0.txt_attn.qkv.2.lora_down.weight", "transformer.double_blocks.0.txt_attn.qkv.2.lora_up.weight",
        "double_blocks.0.txt_attn.qkv.weight", 32, 16)]
    [InlineData("double_blocks.0.processor.qkv_lora2.down.weight", "double_blocks.0.processor.qkv_lora2.up.weight",
        "double_blocks.0.txt_attn.qkv.weight", 0, 48)]
    [InlineData("diffusion_model.single_blocks.0.processor.qkv_lora.down.weight",
        "diffusion_model.single_blocks.0.processor.qkv_lora.up.weight", "single_blocks.0.linear1.weight", 0, 48)]
    [InlineData("base_model.model.proj_out.lora_A.weight", "base_model.model.proj_out.lora_B.weight", "final_layer.linear.weight", 0, 64)]
    public void NamesFindTheirRows(string downName, string upName, string tensor, int first, int rows)
    {
        MemoryWeights weights = SmallFlux.Weights();
        int columns = (int)weights.Tensors[tensor].Shape[1];
        float[] up = Values(rows * 2, 90), down = Values(2 * columns, 91), expected = weights.Read(weights.Tensors[tensor]);
        var lora = new MemoryWeights("lora");
        lora.Add(downName, down, 2, columns);
        lora.Add(upName, up, rows, 2);
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++)
                expected[(first + row) * columns + column] += 0.5f
                    * (up[row * 2] * down[column] + up[row * 2 + 1] * down[columns + column]);
        FluxLoraResult result = FluxLora.Apply(weights, new LoraFile(lora, 0.5f));
        Assert.Empty(result.Unknown);
        Close(expected, result.Weights.Read(result.Weights.Tensors[tensor]), 1e-5);
    }

    [Fact]
    public void UnknownTensorsAreListedAndThoseOfTextEncodersApart()
    {
        var lora = new MemoryWeights("lora");
        lora.Add("lora_unet_img_in.lora_down.weight", Values(64, 1), 1, 64);
        lora.Add("lora_unet_img_in.lora_up.weight", Values(16, 2), 16, 1);
        lora.Add("lora_unet_what_is_this.alpha", [1], 1);
        lora.Add("lora_te1_text_model_encoder_layers_0_self_attn_q_proj.alpha", [1], 1);
        FluxLoraResult result = FluxLora.Apply(SmallFlux.Weights(), new LoraFile(lora));
        Assert.Equal(["lora_unet_what_is_this.alpha"], result.Unknown);
        Assert.Single(result.TextEncoders);
    }

    [Theory]
    [InlineData("lora_unet_down_blocks_0_attentions_0_proj_in.alpha", "Stable Diffusion")]
    [InlineData("diffusion_model.single_stream_modulation.lin.lora_A.weight", "FLUX.2")]
    [InlineData("diffusion_model.blocks.0.self_attn.q.lora_A.weight", "Wan")]
    [InlineData("something.else", "no tensor has the name")]
    public void AnotherArchitectureIsRefusedByName(string name, string what)
    {
        var lora = new MemoryWeights("other.safetensors");
        lora.Add(name, [1], 1);
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => FluxLora.Apply(SmallFlux.Weights(), new LoraFile(lora)));
        Assert.Equal((ErrorKind.Mismatch, "other.safetensors"), (error.Kind, error.Where));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnotherSizeAndAHalfModuleAreRefused()
    {
        var wide = new MemoryWeights("wide");
        wide.Add("lora_unet_txt_in.lora_down.weight", Values(4096, 1), 1, 4096);
        wide.Add("lora_unet_txt_in.lora_up.weight", Values(3072, 2), 3072, 1);
        Assert.Contains("another size",
            Assert.Throws<LatentSharpException>(() => FluxLora.Apply(SmallFlux.Weights(), new LoraFile(wide))).Message,
            StringComparison.Ordinal);
        var half = new MemoryWeights("half");
        half.Add("lora_unet_txt_in.lora_down.weight", Values(12, 1), 1, 12);
        Assert.Contains("incomplete",
            Assert.Throws<LatentSharpException>(() => FluxLora.Apply(SmallFlux.Weights(), new LoraFile(half))).Message,
            StringComparison.Ordinal);
    }

    // (w1_a w1_b) o (w2_a w2_b) * alpha / rank.
    [Fact]
    public void LohaIsTheProductOfTwoProducts()
    {
        MemoryWeights weights = SmallFlux.Weights();
        float[] a1 = Values(32, 1), b1 = Values(24, 2), a2 = Values(32, 3), b2 = Values(24, 4),
            expected = weights.Read(weights.Tensors["txt_in.weight"]);
        var lora = new MemoryWeights("loha");
        lora.Add("lycoris_context_embedder.hada_w1_a", a1, 16, 2);
        lora.Add("lycoris_context_embedder.hada_w1_b", b1, 2, 12);
        lora.Add("lycoris_context_embedder.hada_w2_a", a2, 16, 2);
        lora.Add("lycoris_context_embedder.hada_w2_b", b2, 2, 12);
        lora.Add("lycoris_context_embedder.alpha", [1]);
        for (int i = 0; i < 16; i++)
            for (int j = 0; j < 12; j++)
                expected[i * 12 + j] += 0.5f * (a1[2 * i] * b1[j] + a1[2 * i + 1] * b1[12 + j])
                    * (a2[2 * i] * b2[j] + a2[2 * i + 1] * b2[12 + j]);
        WeightSource changed = FluxLora.Apply(weights, new LoraFile(lora)).Weights;
        Close(expected, changed.Read(changed.Tensors["txt_in.weight"]), 1e-5);
    }

    /// <summary>Merged weights of ComfyUI and of the originals, in float32: golden/lora/expected.</summary>
    [Theory]
    [InlineData("kohya")]
    [InlineData("bfl-peft")]
    [InlineData("diffusers-peft")]
    [InlineData("xlabs")]
    [InlineData("bfl-control")]
    public void MergedWeights(string name)
    {
        using WeightFile model = WeightFiles.Open(Shared.Path("golden/transformer/flux-tiny-dev.safetensors")),
            lora = WeightFiles.Open(Shared.Path($"golden/lora/{name}.safetensors"));
        using WeightFile expected = WeightFiles.Open(Shared.Path("golden/lora/expected.safetensors"));
        FluxLoraResult result = FluxLora.Apply(FluxWeights.From(model), new LoraFile(lora));
        Assert.Empty(result.Unknown);
        string[] tensors =
            [.. expected.Tensors.Keys.Where(
                k => k.StartsWith($"{name}.s1.0.", StringComparison.Ordinal) && !k.EndsWith(".out", StringComparison.Ordinal))];
        foreach (string key in tensors)
            Close(expected.Read(expected.Tensors[key]), result.Weights.Read(result.Weights.Tensors[key[$"{name}.s1.0.".Length..]]), 1e-6);
        if (name != "bfl-peft") Assert.NotEmpty(tensors);
    }

    /// <summary>
    /// Files of golden/lora that hold one LoRA under two kinds of names change the weights alike (their B is stored in other types, or
    /// halved with alpha).
    /// </summary>
    [Theory]
    [InlineData("bfl-peft", "base-model-bfl")]
    [InlineData("diffusers-peft", "base-model-diffusers")]
    [InlineData("diffusers-peft", "onetrainer")]
    [InlineData("diffusers-peft", "onetrainer-bfl")]
    [InlineData("diffusers-peft", "kohya-from-split")]
    public void FormatsAgree(string first, string second)
    {
        using WeightFile model = WeightFiles.Open(Shared.Path("golden/transformer/flux-tiny-dev.safetensors"));
        using WeightFile a = WeightFiles.Open(Shared.Path($"golden/lora/{first}.safetensors")),
            b = WeightFiles.Open(Shared.Path($"golden/lora/{second}.safetensors"));
        FluxLoraResult one = FluxLora.Apply(FluxWeights.From(model), new LoraFile(a)),
            other = FluxLora.Apply(FluxWeights.From(model), new LoraFile(b));
        Assert.Empty(one.Unknown.Concat(other.Unknown));
        int changed = 0;
        foreach (TensorInfo tensor in model.Tensors.Values)
        {
            float[] values = one.Weights.Read(one.Weights.Tensors[tensor.Name]);
            Close(values, other.Weights.Read(other.Weights.Tensors[tensor.Name]), 1e-6);
            if (!values.SequenceEqual(model.Read(tensor))) changed++;
        }
        Assert.InRange(changed, 30, 40);
    }

    /// <summary>LoKr and DoRA of golden/lora against their formulas written out here, and ComfyUI's differences.</summary>
    [Fact]
    public void Relatives()
    {
        using WeightFile model = WeightFiles.Open(Shared.Path("golden/transformer/flux-tiny-dev.safetensors"));
        using WeightFile lokr = WeightFiles.Open(Shared.Path("golden/lora/lokr.safetensors")),
            dora = WeightFiles.Open(Shared.Path("golden/lora/dora.safetensors"));
        using WeightFile diff = WeightFiles.Open(Shared.Path("golden/lora/comfy-diff.safetensors"));
        float[] Of(WeightSource source, string name) => source.Read(source.Tensors[name]);

        WeightSource changed = FluxLora.Apply(FluxWeights.From(model), new LoraFile(lokr, 0.7f)).Weights;
        float[] expected = Of(model, "double_blocks.0.img_attn.qkv.weight"),
            w1 = Of(lokr, "diffusion_model.double_blocks.0.img_attn.qkv.lokr_w1"), w2 = Of(lokr, "diffusion_model.double_blocks.0.img_attn.qkv.lokr_w2");
        for (int i = 0; i < 192; i++)
            for (int j = 0; j < 64; j++) expected[i * 64 + j] += 0.7f * w1[i / 24 * 8 + j / 8] * w2[i % 24 * 8 + j % 8];
        Close(expected, Of(changed, "double_blocks.0.img_attn.qkv.weight"), 1e-6);

        changed = FluxLora.Apply(FluxWeights.From(model), new LoraFile(dora)).Weights;
        const string module = "lora_transformer_transformer_blocks_0_attn_to_out_0";
        float[] w = Of(model, "double_blocks.0.img_attn.proj.weight"), up = Of(dora, module + ".lora_up.weight"),
            down = Of(dora, module + ".lora_down.weight"), lengths = Of(dora, module + ".dora_scale");
        float alpha = Of(dora, module + ".alpha")[0];
        for (int j = 0; j < 64; j++)
        {
            var column = new double[64];
            for (int i = 0; i < 64; i++)
                column[i] = w[i * 64 + j] + alpha / 4 * Enumerable.Range(0, 4).Sum(r => (double)up[i * 4 + r] * down[r * 64 + j]);
            double length = Math.Sqrt(column.Sum(v => v * v));
            for (int i = 0; i < 64; i++) w[i * 64 + j] = (float)(column[i] * lengths[j] / (length + 1.1920929e-07));
        }
        Close(w, Of(changed, "double_blocks.0.img_attn.proj.weight"), 1e-6);

        changed = FluxLora.Apply(FluxWeights.From(model), new LoraFile(diff, 0.7f)).Weights;
        Close([.. Of(model, "img_in.bias").Zip(Of(diff, "diffusion_model.img_in.diff_b"), (a, b) => a + 0.7f * b)], Of(changed, "img_in.bias"), 1e-6);
        Close([.. Of(model, "img_in.weight").Zip(Of(diff, "diffusion_model.img_in.diff"), (a, b) => a + 0.7f * b)], Of(changed, "img_in.weight"), 1e-6);
        Close(Of(diff, "diffusion_model.single_blocks.0.norm.key_norm.scale.set_weight"), Of(changed, "single_blocks.0.norm.key_norm.scale"), 0);
    }

    private static float[] Values(int count, ulong seed)
    {
        var values = new float[count];
        GaussianNoise.Fill(values, seed);
        return values;
    }

    private static void Close(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        double worst = expected.Zip(actual).Max(p => Math.Abs((double)p.First - p.Second));
        Assert.True(worst <= tolerance, $"{worst:g3} above {tolerance:g3}");
    }
}
