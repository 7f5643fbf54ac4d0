using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Diffusion.Samplers;
using LatentSharp.Models.Flux;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Diffusion.Pipelines;

/// <summary>
/// Modulations that are made for all evaluations at once against those that the transformer computes as the reference does. What the
/// transformer gives either way is held to the golden outputs by the tests of the pipeline and of the transformer.
/// </summary>
public sealed class ModulationTests
{
    private static readonly System.Collections.Immutable.ImmutableArray<int> Axes = [4, 10, 10];

    /// <summary>One evaluation: every sum is taken in the same order, so the bits are the same.</summary>
    [Theory]
    [InlineData("flux-tiny-e2e-dev")]
    [InlineData("flux-tiny-e2e-schnell")]
    public void A_transformer_that_is_given_its_modulations_gives_the_same_bits(string model)
    {
        using WeightFile file = Open(model);
        WeightSource weights = FluxWeights.From(file);
        var tokens = new FluxTokens(6, 5);
        Dictionary<string, ReadOnlyMemory<float>> inputs = Inputs(FluxShapes.From(weights), tokens);
        float[] whole = Run(FluxTransformer.Of(weights, tokens, Axes), inputs, "out");
        inputs[FluxModulations.Name] = Run(FluxModulations.Of(weights, 1), inputs, FluxModulations.Name);
        Assert.Equal(whole, Run(FluxTransformer.Modulated(weights, tokens, Axes), inputs, "out"));
    }

    /// <summary>
    /// Up to eight rows are multiplied one way and more of them another, each with sums of its own order: 1e-6 of the range.
    /// </summary>
    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(28)]
    [InlineData(ModulationTable.MostRows + 3)]
    public void Many_evaluations_at_once_give_what_each_gives_alone(int evaluations)
    {
        using WeightFile file = Open("flux-tiny-e2e-dev");
        WeightSource weights = FluxWeights.From(file);
        FluxShapes shapes = FluxShapes.From(weights);
        float[] pooled = Values(shapes.Vector, 3), other = Values(shapes.Vector, 4);
        ModulationTable.Evaluation[] all = [.. Enumerable.Range(0, evaluations)
            .Select(i => new ModulationTable.Evaluation(i % 2 == 0 ? pooled : other, 1 - i / (float)evaluations, 3.5f))];
        var table = new ModulationTable(weights, new ComputeOptions { Threads = 2 });
        table.Expect(all);
        foreach (ModulationTable.Evaluation one in all)
        {
            float[] row = (table.Find(one) ?? table.Make(one, null, TestContext.Current.CancellationToken)).ToArray();
            float[] alone = Run(FluxModulations.Of(weights, 1), new()
            {
                ["timesteps"] = new[] { one.Time }, ["guidance"] = new[] { one.Guidance }, ["y"] = one.Pooled,
            }, FluxModulations.Name);
            float range = alone.Max() - alone.Min();
            for (int i = 0; i < row.Length; i++) Assert.Equal(alone[i], row[i], 1e-6f * range);
        }
        Assert.True(table.Bytes <= table.BytesFor(evaluations));
    }

    /// <summary>The whole point: the modulation weights of a run with true guidance are read once, not twice a step.</summary>
    [Theory]
    [InlineData("euler")]
    [InlineData("heun")]
    [InlineData("dpm_2")]
    public void Their_weights_are_read_once_in_a_run(string sampler)
    {
        using WeightFile file = Open("flux-tiny-e2e-dev");
        var counted = new CountedReads(FluxWeights.From(file));
        using var denoiser = new FluxDenoiser(counted, Axes, new ComputeOptions { Threads = 2 });
        DenoiserFacts facts = denoiser.Facts;
        TextConditioning Text(int seed) => new(Values(4 * facts.Context, seed), Values(facts.Vector, seed), 4);
        var run = new FluxRun
        {
            Height = 32, Width = 32, Text = Text(1), Negative = Text(2), Cfg = 2, Guidance = 3.5f, Sampler = sampler,
            Sigmas = [1, 0.8f, 0.5f, 0.2f, 0],
        };
        var state = new FluxState(run, SamplerState.Start(Values(16 * 4 * 4, 5)));
        while (!state.IsDone) state = new FluxStep(denoiser, state, null, TestContext.Current.CancellationToken).Next();
        const string modulation = "double_blocks.0.img_mod.lin.weight", product = "double_blocks.0.img_mlp.0.weight";
        Assert.Equal(counted.Tensors[modulation].ByteLength, counted.Bytes[modulation]);
        Assert.True(counted.Bytes[product] >= 8 * counted.Tensors[product].ByteLength);
    }

    /// <summary>What a sampler asks is known beforehand, step by step and in order.</summary>
    [Fact]
    public void Every_sampler_says_beforehand_what_it_will_ask()
    {
        float[] sigmas = [0.9f, 0.7f, 0.4f, 0.15f, 0.05f];
        foreach (Sampler sampler in Sampler.All)
        {
            var asked = new List<double>();
            var state = SamplerState.Start(Values(12, 6));
            while (state.Step < sigmas.Length - 1)
                state = sampler.Step(state, sigmas, (x, sigma, denoised) =>
                {
                    asked.Add(sigma);
                    for (int i = 0; i < x.Length; i++) denoised[i] = 0.3f * x[i] - 0.1f;
                }, (draw, noise) => Values(noise.Length, draw).CopyTo(noise));
            Assert.Equal(asked.Distinct(), sampler.Asked(sigmas));
        }
    }

    private static WeightFile Open(string model) => WeightFiles.Open(Shared.Path($"golden/end-to-end/{model}.safetensors"));

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
    }

    private static Dictionary<string, ReadOnlyMemory<float>> Inputs(FluxShapes s, FluxTokens tokens) => new()
    {
        ["img"] = Values(tokens.Image * s.InChannels, 1), ["txt"] = Values(tokens.Text * s.Context, 2),
        ["img_ids"] = Enumerable.Range(0, 3 * tokens.Image).Select(i => i % 3 == 0 ? 0f : i / 3 % 3).ToArray(),
        ["txt_ids"] = new float[3 * tokens.Text], ["timesteps"] = new[] { 0.75f }, ["guidance"] = new[] { 3.5f }, ["y"] = Values(s.Vector, 3),
    };

    private static float[] Run(LatentSharp.Graph.NetworkGraph graph, Dictionary<string, ReadOnlyMemory<float>> inputs, string wanted)
    {
        var found = new float[graph.Outputs[0].Shape.Count];
        using PlanSession session = DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2 }).Start();
        session.Run(graph.Inputs.ToDictionary(i => i.Name, i => inputs[i.Name]), new Dictionary<string, Memory<float>> { [wanted] = found },
            cancellationToken: TestContext.Current.CancellationToken);
        return found;
    }

    // Counts the stored bytes that are read of every tensor.
    private sealed class CountedReads(WeightSource source) : WeightSource
    {
        public Dictionary<string, long> Bytes { get; } = new(StringComparer.Ordinal);

        public override string Name => source.Name;

        public override IReadOnlyDictionary<string, TensorInfo> Tensors => source.Tensors;

        public override IReadOnlyDictionary<string, string> Metadata => source.Metadata;

        public override void Read(TensorInfo tensor, long first, Span<float> destination)
        {
            Count(tensor.Name, destination.Length * tensor.ByteLength / tensor.Shape.ElementCount);
            source.Read(tensor, first, destination);
        }

        public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
        {
            Count(tensor.Name, destination.Length);
            source.ReadBytes(tensor, offset, destination);
        }

        private void Count(string name, long bytes)
        {
            lock (Bytes) Bytes[name] = Bytes.GetValueOrDefault(name) + bytes;
        }
    }
}
