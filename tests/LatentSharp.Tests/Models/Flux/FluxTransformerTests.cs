using System.Collections.Immutable;
using System.Text.Json;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Models.Flux;
using LatentSharp.Tests.Reference;
using LatentSharp.Tests.Vulkan;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Models.Flux;

/// <summary>
/// The transformer against the reference implementation (black-forest-labs/flux 802fb47 in float32): golden/transformer, flux-variants,
/// flux-layouts, gguf, fp8, lora.
/// </summary>
public sealed class FluxTransformerTests
{
    // Of the range of the expected values. The references themselves are 2e-7 of it away from float64; the specification allows 1e-4.
    private const double Tolerance = 1e-5;

    // With products in eight bits: 1e-3 to 6e-3 were measured. A factor that is rounded to 255 steps is off by 1 / (127 sqrt(12)) of the
    // largest of its block, 6e-3 of a usual value; a layer's output by about as much, and three layers of a block add up as a walk.
    private const double ToleranceOfInt8 = 2e-2;

    // golden/transformer/configs.json: head widths other than 128 do not tell
    private static readonly ImmutableArray<int> DevAxes = [8, 12, 12], SchnellAxes = [8, 8, 8];

    [Theory]
    [InlineData("transformer/flux-tiny-dev.safetensors", "transformer/flux-tiny-dev-io.safetensors", "")]
    [InlineData("transformer/flux-tiny-schnell.safetensors", "transformer/flux-tiny-schnell-io.safetensors", "")]
    [InlineData("flux-layouts/diffusion_pytorch_model.safetensors.index.json", "transformer/flux-tiny-dev-io.safetensors", "")]
    [InlineData("gguf/flux-tiny-schnell.gguf", "gguf/flux-tiny-schnell-out.safetensors", "")]
    [InlineData("fp8/flux-tiny-dev-fp8.safetensors", "fp8/expected.safetensors", "fp8.")]
    [InlineData("fp8/flux-tiny-dev-scaled-fp8.safetensors", "fp8/expected.safetensors", "scaled-fp8.")]
    [InlineData("fp8/flux-tiny-dev-comfy-quant.safetensors", "fp8/expected.safetensors", "comfy-quant.")]
    public void Every_file_gives_what_the_reference_gives(string model, string outputs, string prefix)
    {
        using WeightFile file = Open(model), expected = Open(outputs);
        bool schnell = model.Contains("schnell", StringComparison.Ordinal);
        using WeightFile io = Open($"transformer/flux-tiny-{(schnell ? "schnell" : "dev")}-io.safetensors");
        WeightSource weights = FluxWeights.From(file);
        foreach (string name in new[] { "a", "b" })
        {
            Batch given = Batch.Of(io, name);
            for (int i = 0; i < given.Count; i++)
            {
                string what = $"transformer {Path.GetFileNameWithoutExtension(model)} {name}{i}";
                float[] wanted = Row(expected, $"{prefix}{name}.out", i);
                ImmutableArray<int> axes = schnell ? SchnellAxes : DevAxes;
                Close(wanted, Run(weights, axes, given[i]), what);
                Close(wanted, Run(weights, axes, given[i], precision: Precision.Int8), "int8 " + what, ToleranceOfInt8);
            }
        }
    }

    public static TheoryData<string> Loras => [.. LoraCases()];

    [Theory]
    [MemberData(nameof(Loras))]
    public void Loras_change_the_output_as_in_the_reference(string name)
    {
        using WeightFile model = Open("transformer/flux-tiny-dev.safetensors"), expected = Open("lora/expected.safetensors"),
            io = Open("transformer/flux-tiny-dev-io.safetensors");
        var open = new List<WeightFile>();
        try
        {
            LoraFile[] files = name == "two.kohya0.6+xlabs0.4" ? [Lora("kohya", 0.6f), Lora("xlabs", 0.4f)]
                : [Lora(name[..name.LastIndexOf(".s", StringComparison.Ordinal)], float.Parse(name[(name.LastIndexOf(".s",
                    StringComparison.Ordinal) + 2)..], System.Globalization.CultureInfo.InvariantCulture))];
            WeightSource changed = FluxLora.Apply(FluxWeights.From(model), files).Weights;
            Batch given = Batch.Of(io, "a");
            Dictionary<string, float[]> inputs = given[0];
            if (name.StartsWith("bfl-control", StringComparison.Ordinal)) inputs["img"] = Row(expected, "bfl-control.img", 0);
            Close(Row(expected, name + ".out", 0), Run(changed, DevAxes, inputs), $"transformer with LoRA {name}");
        }
        finally
        {
            foreach (WeightFile file in open) file.Dispose();
        }

        LoraFile Lora(string file, float strength)
        {
            open.Add(Open($"lora/{file}.safetensors"));
            return new LoraFile(open[^1], strength);
        }
    }

    [Fact]
    public void A_lora_goes_over_quantised_weights()
    {
        using WeightFile model = Open("gguf/flux-tiny-schnell.gguf"), lora = Open("lora/kohya-schnell.safetensors"),
            io = Open("transformer/flux-tiny-schnell-io.safetensors"),
            expected = Open("lora/gguf-plus-lora-out.safetensors");
        WeightSource changed = FluxLora.Apply(FluxWeights.From(model), [new LoraFile(lora, 0.8f)]).Weights;
        string name = expected.Tensors.Keys.Single(n => n.EndsWith("out", StringComparison.Ordinal));
        Close(Row(expected, name, 0), Run(changed, SchnellAxes, Batch.Of(io, "a")[0]), "transformer of gguf with LoRA");
    }

    /// <summary>
    /// Over weights of every storage, streamed or packed once and kept, a LoRA gives the bits of the matrices that it would be merged into.
    /// </summary>
    [Theory]
    [InlineData("fp8/flux-tiny-dev-fp8.safetensors", "kohya")]
    [InlineData("fp8/flux-tiny-dev-scaled-fp8.safetensors", "kohya")]
    [InlineData("fp8/flux-tiny-dev-scaled-fp8.safetensors", "lokr")]
    [InlineData("fp8/flux-tiny-dev-comfy-quant.safetensors", "dora")]
    [InlineData("gguf/flux-tiny-schnell.gguf", "kohya-schnell")]
    public void A_lora_over_stored_weights_is_one_over_their_values(string model, string lora)
    {
        bool schnell = model.Contains("schnell", StringComparison.Ordinal);
        using WeightFile file = Open(model), over = Open($"lora/{lora}.safetensors"),
            io = Open($"transformer/flux-tiny-{(schnell ? "schnell" : "dev")}-io.safetensors");
        ImmutableArray<int> axes = schnell ? SchnellAxes : DevAxes;
        WeightSource view = FluxLora.Apply(FluxWeights.From(file), [new LoraFile(over, 0.7f)]).Weights;
        var merged = new MemoryWeights("merged");
        foreach (TensorInfo tensor in view.Tensors.Values) merged.Add(tensor.Name, view.Read(tensor), [.. tensor.Shape.Dimensions]);
        Dictionary<string, float[]> given = Batch.Of(io, "a")[0];
        float[] expected = Run(merged, axes, given);
        Assert.NotEqual(Run(FluxWeights.From(file), axes, given), expected);
        Assert.Equal(expected, Run(view, axes, given));
        Assert.Equal(expected, Run(view, axes, given, keep: true));
        Assert.Equal(Run(merged, axes, given, precision: Precision.Int8), Run(view, axes, given, precision: Precision.Int8, keep: true));
    }

    [Theory]
    [InlineData("fill_hard", "fill", "flux-variants/flux-tiny-fill.safetensors")]
    [InlineData("fill_bfl", "fill", "flux-variants/flux-tiny-fill.safetensors")]
    [InlineData("fill_diffusers", "fill", "flux-variants/flux-tiny-fill.safetensors")]
    [InlineData("fill_comfy", "fill", "flux-variants/flux-tiny-fill.safetensors")]
    [InlineData("control", "control", "flux-variants/flux-tiny-control.safetensors")]
    [InlineData("control_b2", "control", "flux-variants/flux-tiny-control.safetensors")]
    [InlineData("kontext", "sequences", "transformer/flux-tiny-dev.safetensors")]
    [InlineData("redux", "sequences", "transformer/flux-tiny-dev.safetensors")]
    [InlineData("cfg", "sequences", "transformer/flux-tiny-dev.safetensors")]
    [InlineData("batch3", "sequences", "transformer/flux-tiny-schnell.safetensors")]
    public void Every_variant_predicts_what_the_reference_predicts(string name, string file, string model)
    {
        using WeightFile io = Open($"flux-variants/{file}-io.safetensors"), weights = Open(model);
        using JsonDocument cases = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/flux-variants/cases.json")));
        JsonElement one = cases.RootElement.GetProperty(name);
        int rows = one.GetProperty("height").GetInt32() / 16, columns = one.GetProperty("width").GetInt32() / 16, compared = 0;
        bool schnell = model.Contains("schnell", StringComparison.Ordinal);
        float[] times = io.Read(io.Tensors[name + ".timesteps"]);
        for (int step = 0; io.Tensors.ContainsKey($"{name}.step{step}.latent_in"); step++)
        {
            for (int i = 0; i < io.Tensors[$"{name}.step{step}.latent_in"].Shape[0]; i++)
            {
                float[] img = Row(io, $"{name}.step{step}.latent_in", i), ids = Ids(rows, columns, 0);
                if (file == "fill") img = Beside(img, 64, Row(io, name + ".img_cond", 0), 320);
                if (file == "control") img = Beside(img, 64, Pack(Row(io, name + ".control_latent", 0), 2 * rows, 2 * columns), 64);
                int reference = 0;
                if (name == "kontext")
                {
                    float[] tokens = Pack(Row(io, name + ".reference_latent", 0), 8, 4);
                    (img, ids, reference) = ([.. img, .. tokens], [.. ids, .. Row(io, name + ".cond_seq_ids", 0)], tokens.Length / 64);
                }
                foreach ((string text, string prediction) in name == "cfg" ? [("txt", "pred_pos"), ("neg_txt",
                    "pred_neg")] : new[] { ("txt", "pred") })
                {
                    float[] txt = Row(io, $"{name}.{text}", i);
                    var inputs = new Dictionary<string, float[]>
                    {
                        ["img"] = img, ["img_ids"] = ids, ["txt"] = txt, ["txt_ids"] = new float[txt.Length / 32 * 3],
                        ["timesteps"] = [times[step]],
                        ["y"] = Row(io, $"{name}.{text.Replace("txt", "vec", StringComparison.Ordinal)}", i),
                    };
                    if (!schnell) inputs["guidance"] = [one.GetProperty("guidance").GetSingle()];
                    float[] wanted = Row(io, $"{name}.step{step}.{prediction}", i);
                    ImmutableArray<int> axes = schnell ? SchnellAxes : DevAxes;
                    string what = $"transformer {name} step {step} {prediction}{i}";
                    Close(wanted, Run(FluxWeights.From(weights), axes, inputs, reference), what);
                    Close(wanted, Run(FluxWeights.From(weights), axes, inputs, reference, Precision.Int8), "int8 " + what, ToleranceOfInt8);
                    compared++;
                }
            }
        }
        Assert.True(compared >= 2);
    }

    [Fact]
    public void Unknown_axes_are_asked_for()
    {
        using WeightFile file = Open("transformer/flux-tiny-dev.safetensors");
        var error = Assert.Throws<LatentSharpException>(() => FluxTransformer.Of(FluxWeights.From(file), new FluxTokens(4, 3)));
        Assert.Contains("axes_dims_rope", error.Message, StringComparison.Ordinal);
        Assert.Throws<LatentSharpException>(() => FluxTransformer.Of(FluxWeights.From(file), new FluxTokens(4, 3), [16, 56, 56]));
    }

    private static IEnumerable<string> LoraCases()
    {
        using var file = SafetensorsFile.Open(Shared.Path("golden/lora/expected.safetensors"));
        return [.. file.Tensors.Keys.Where(n => n.EndsWith(".out", StringComparison.Ordinal)).Select(n => n[..^4])];
    }

    /// <summary>On a graphics card.</summary>
    [Theory]
    [InlineData("transformer/flux-tiny-dev.safetensors", "transformer/flux-tiny-dev-io.safetensors", "")]
    [InlineData("gguf/flux-tiny-schnell.gguf", "gguf/flux-tiny-schnell-out.safetensors", "")]
    [InlineData("fp8/flux-tiny-dev-fp8.safetensors", "fp8/expected.safetensors", "fp8.")]
    public void On_a_card(string model, string outputs, string prefix)
    {
        Device card = VulkanNetwork.Shared;
        using WeightFile file = Open(model), expected = Open(outputs);
        bool schnell = model.Contains("schnell", StringComparison.Ordinal);
        using WeightFile io = Open($"transformer/flux-tiny-{(schnell ? "schnell" : "dev")}-io.safetensors");
        float[] found = Run(FluxWeights.From(file), schnell ? SchnellAxes : DevAxes, Batch.Of(io, "a")[0], device: card);
        Close(Row(expected, $"{prefix}a.out", 0), found, $"vulkan transformer {Path.GetFileNameWithoutExtension(model)} a0");
    }

    private static WeightFile Open(string relative) => WeightFiles.Open(Shared.Path("golden/" + relative));

    private static float[] Run(WeightSource weights, ImmutableArray<int> axes, Dictionary<string, float[]> inputs, int reference = 0,
        Precision precision = Precision.Float32, bool keep = false, Device? device = null)
    {
        FluxShapes shapes = FluxShapes.From(weights);
        var tokens = new FluxTokens(inputs["img"].Length / shapes.InChannels - reference, inputs["txt"].Length / shapes.Context, reference);
        var result = new float[tokens.Image * shapes.OutChannels];
        var options = new ComputeOptions { Threads = 2, Precision = precision, KeepWeights = keep, Device = device };
        using PlanSession session = DefaultDevice.Compile(FluxTransformer.Of(weights, tokens, axes), options).Start();
        var outputs = new Dictionary<string, Memory<float>> { ["out"] = result };
        session.Run(inputs.ToDictionary(p => p.Key, p => (ReadOnlyMemory<float>)p.Value), outputs,
            cancellationToken: TestContext.Current.CancellationToken);
        return result;
    }

    private static void Close(float[] expected, float[] found, string what, double tolerance = Tolerance)
        => Correctness.Check(what, "flux 802fb47, float32", expected, found, tolerance);

    // One of a batch.
    private static float[] Row(WeightSource source, string name, int index)
    {
        TensorInfo tensor = source.Tensors[name];
        int size = (int)(tensor.Shape.ElementCount / tensor.Shape[0]);
        return source.Read(tensor).AsSpan((int)Math.Min(index, tensor.Shape[0] - 1) * size, size).ToArray();
    }

    private static float[] Ids(int rows, int columns, int first)
        => [.. Enumerable.Range(0, rows * columns).SelectMany(i => new float[] { first, i / columns, i % columns })];

    private static float[] Beside(float[] left, int leftChannels, float[] right, int rightChannels)
        => [.. left.Chunk(leftChannels).Zip(right.Chunk(rightChannels), (l, r) => l.Concat(r)).SelectMany(v => v)];

    // [16, h, w] to tokens of 2x2: "b c (h ph) (w pw) -> b (h w) (c ph pw)".
    private static float[] Pack(float[] latent, int height, int width)
        => [.. from y in Enumerable.Range(0, height / 2)
               from x in Enumerable.Range(0, width / 2)
               from f in Enumerable.Range(0, 64)
               select latent[(f / 4 * height + 2 * y + f % 4 / 2) * width + 2 * x + f % 2]];

    private sealed record Batch(int Count, Func<int, Dictionary<string, float[]>> At)
    {
        public Dictionary<string, float[]> this[int index] => At(index);

        public static Batch Of(WeightSource io, string name) => new((int)io.Tensors[name + ".img"].Shape[0], i =>
            io.Tensors.Keys.Where(n => n.StartsWith(name + ".", StringComparison.Ordinal) && !n.EndsWith(".out", StringComparison.Ordinal))
                .ToDictionary(n => n[(name.Length + 1)..], n => Row(io, n, i)));
    }
}
