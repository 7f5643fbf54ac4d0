using System.Diagnostics;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Cpu.Simd;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Graph;
using LatentSharp.Latents;
using LatentSharp.Models.Flux;
using LatentSharp.Service.Generating;
using LatentSharp.Service.Planning;
using LatentSharp.Weights;

namespace LatentSharp.Service.Timing;

/// <summary>
/// Times the blocks of FLUX.1's transformer at full width on this machine, with values by formula in place of a file, and says what a step
/// takes by that.
/// </summary>
public static class TimeFlux
{
    private const int Patch = LatentTokens.Pixels;

    /// <summary>Measures.</summary>
    /// <param name="request">What to time.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it within a second.</param>
    /// <exception cref="LatentSharpException">The model is not known, the size is not a multiple of 16, or the memory does not
    /// suffice.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TimeFluxResult Run(TimeFluxRequest request, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        (int width, int height) = (request.Size.Width, request.Size.Height);
        FluxSize.Require(request.Size);
        WeightSource outline = FluxOutline.Of(request.Model.ToLowerInvariant()) ?? throw new LatentSharpException(ErrorKind.NotFound,
            request.Model, "no published FLUX.1 model has this name.",
            "Name flux1-schnell, flux1-dev, flux1-fill, flux1-canny or flux1-kontext.");
        FluxShapes shapes = FluxShapes.From(outline);
        int image = width / Patch * (height / Patch), text = FluxDefaults.Text(shapes.Guidance);
        int steps = FluxDefaults.Steps(shapes.Guidance);
        NetworkGraph[] graphs = Blocks(outline, shapes, image, text);
        var weights = new OutlinedValues(outline, graphs.SelectMany(g => g.Weights).Max(w => w.Info.ByteLength));
        graphs = Blocks(weights, shapes, image, text);
        int threads = request.Compute.EffectiveThreads;
        double peak = PeakRate.MultiplyAdds(threads, SimdLevels.Chosen);
        TimedBlock[] blocks =
        [
            Measure(graphs[0], shapes.DoubleBlocks, PartOfJob.Of(progress, 0, 0.5, graphs[0].Name)),
            Measure(graphs[1], shapes.SingleBlocks, PartOfJob.Of(progress, 0.5, 0.5, graphs[1].Name)),
        ];
        double step = blocks.Sum(b => b.Count * b.MedianSeconds);
        return new TimeFluxResult(request.Model.ToLowerInvariant(), request.Size, image, text, steps, peak, blocks, step, steps * step,
            threads, SimdLevels.Chosen.ToString(), PrecisionWords.Of(request.Compute.Precision));

        TimedBlock Measure(NetworkGraph graph, int count, IProgress<double>? told)
        {
            using PlanSession session = DefaultDevice.Compile(graph, request.Compute with { KeepWeights = false }).Start();
            Dictionary<string, ReadOnlyMemory<float>> inputs = graph.Inputs.ToDictionary(i => i.Name, Values);
            Dictionary<string, Memory<float>> outputs = graph.Outputs
                .ToDictionary(o => o.Name, o => (Memory<float>)new float[o.Shape.Count]);
            var seconds = new double[request.Repeat];
            for (int i = -1; i < seconds.Length; i++)     // the first compiles and touches memory
            {
                long start = Stopwatch.GetTimestamp();
                session.Run(inputs, outputs, null, cancellationToken);
                if (i >= 0) seconds[i] = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 4);
                told?.Report((i + 2.0) / (seconds.Length + 1));
            }
            double median = seconds.Order().ElementAt(seconds.Length / 2), rate = 2 * graph.MultiplyAdds / median;
            return new TimedBlock(graph.Name, count, graph.MultiplyAdds, median, seconds, rate, rate / peak);
        }
    }

    // A block of each kind, given its modulations.
    private static NetworkGraph[] Blocks(WeightSource weights, FluxShapes s, int image, int text)
    {
        var w = new WeightScope(weights);
        FluxModulations mod = FluxModulations.Given(s);
        Node pe = Build.Sequence("ids", text + image, 3).RotaryTable(s.Axes!.Value, FluxTransformer.Theta, "pe_embedder");
        (Node img, Node txt) = FluxTransformer.DoubleBlock(Build.Sequence("img", image, s.Hidden), Build.Sequence("txt", text, s.Hidden),
            mod, pe, w["double_blocks"][0], s);
        Node x = FluxTransformer.SingleBlock(Build.Sequence("x", text + image, s.Hidden), mod, pe, w["single_blocks"][0], s);
        return
        [
            new NetworkGraph("double block", new Output("img.out", img, Layout.ChannelsLast),
                new Output("txt.out", txt, Layout.ChannelsLast)),
            new NetworkGraph("single block", new Output("x.out", x, Layout.ChannelsLast)),
        ];
    }

    // Any values that are neither zero nor so small that processors slow down.
    private static ReadOnlyMemory<float> Values(Input input)
    {
        var values = new float[input.Shape.Count];
        for (int i = 0; i < values.Length; i++) values[i] = input.Name == "ids" ? i % 3 * (i / 96 % 32) : (i % 31 - 15) / 16f;
        return values;
    }
}
